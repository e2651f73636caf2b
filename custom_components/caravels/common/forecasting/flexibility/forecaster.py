"""Flexibility: what a home could use less in an hour, and what it could use in another hour instead.

Definitions (design, engines C.2), each hour taken alone, each device by the plan of its people for that hour:

- **reduction** [Wh]: what the devices with plan `reduce` use in the hour, each for no longer than it may be held back
  (its longest interruption; a thermostatic one until its room reaches the comfort limit);
- **shifting** [Wh]: what the runs of devices with plan `shift` use in the hour and would not use in it if they were
  started at another time within their window and their reach. Nothing starts in the past; a run under way can only be
  paused.

A device has one plan in an hour, so that no energy is counted in both. The forecast is the sum over devices of their
own use, as declared (power, energy, runs a week, window) and as learnt where a device has a meter; it is never a share
of the home's consumption.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ...periods import HOUR_S
from ..forecast import Basis, Forecast, Horizon, Method, Reason, Skill, Target
from ..series import Calendar
from .chances import LearntDevice, expected_sums, learn
from .devices import DeviceState, FlexibleDevice, HourPlan
from .skill import SkillMemory
from .state import issue_at

_UNKNOWN: Final = DeviceState()
FLEXIBLE: Final = ((Target.REDUCTION, HourPlan.REDUCE), (Target.SHIFTING, HourPlan.SHIFT))


class FlexibilityForecaster:
    """Forecasts flexibility by devices.

    It remembers what it has learnt of them and how it did lately, for speed alone: answers do not depend on what was
    asked before.
    """

    def __init__(self) -> None:
        self._learnt: dict[str, LearntDevice] = {}
        self._skill = SkillMemory()

    def forecast(
        self,
        devices: Sequence[FlexibleDevice],
        calendar: Calendar,
        horizon: Horizon,
        issued_at: int,
        first: int,
        hours: int,
    ) -> tuple[Forecast, Forecast]:
        """Return what could be reduced and what could be shifted.

        Args:
            devices: the home's; their names differ.
            calendar: of the home.
            horizon: an hour ahead the devices' states count; without states it is the same as a day ahead.
            issued_at: what was measured until then is known [Unix s].
            first: start of the first hour [Unix s], not before `issued_at`.
            hours: how many.
        """
        clock = calendar.hours(first, hours)
        issue = issue_at(calendar, issued_at, first)
        learnt = [self._learn(device, calendar, issue.midnight) for device in devices]
        self._learnt = {entry.device.name: entry for entry in learnt}
        skill = self._skill.skill(learnt, calendar, issue.midnight)
        if horizon is Horizon.DAY_AHEAD:
            devices = [_without_state(device) for device in devices]
        forecasts = []
        for target, plan in FLEXIBLE:
            band = expected_sums(devices, learnt, plan, clock, issue)
            basis = _basis(learnt, skill.get(plan))
            forecasts.append(Forecast(target, horizon, issued_at, first, *band, basis))
        return forecasts[0], forecasts[1]

    def _learn(self, device: FlexibleDevice, calendar: Calendar, midnight: int) -> LearntDevice:
        device = _without_state(device)
        if device.use_wh is not None:
            device = replace(device, use_wh=device.use_wh[: max((midnight - device.use_first) // HOUR_S, 0)])
        before = self._learnt.get(device.name)
        if before is not None and before.device == device and before.calendar == calendar:
            return before
        return learn(device, calendar, midnight)


def _without_state(device: FlexibleDevice) -> FlexibleDevice:
    return device if device.state == _UNKNOWN else replace(device, state=_UNKNOWN)


def _basis(learnt: Sequence[LearntDevice], skill: Skill | None) -> Basis:
    if not learnt:
        return Basis(Method.DEVICES, reasons=(Reason.NO_DEVICES,))
    found = frozenset[Reason]().union(*(entry.reasons for entry in learnt))
    days = max(entry.habits.days for entry in learnt)
    return Basis(Method.DEVICES, days=days, reasons=tuple(reason for reason in Reason if reason in found), skill=skill)
