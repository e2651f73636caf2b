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
from .declared import UNKNOWN, Band, DeclaredBands
from .devices import FlexibleDevice, HourPlan
from .meter import use_digest
from .skill import SkillMemory
from .state import issue_at

FLEXIBLE: Final = ((Target.REDUCTION, HourPlan.REDUCE), (Target.SHIFTING, HourPlan.SHIFT))


class FlexibilityForecaster:
    """Forecasts flexibility by devices.

    It remembers what it has learnt of them and how it did lately, for speed alone: answers do not depend on what was
    asked before.
    """

    def __init__(self) -> None:
        self._learnt: dict[str, tuple[FlexibleDevice, int, LearntDevice]] = {}
        """By name: the device as declared, a digest of what its meter showed, and what was learnt."""
        self._skill = SkillMemory()
        self._declared = DeclaredBands()

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
        whole_days = [_by_midnight(device, issue.midnight) for device in devices]
        self._learnt = {device.name: self._learn(device, calendar, issue.midnight) for device in whole_days}
        learnt = [self._learnt[device.name][2] for device in devices]
        skill = self._skill.skill(whole_days, calendar, issue.midnight)
        if horizon is Horizon.DAY_AHEAD:
            devices = [_without_state(device) for device in devices]

        def bands() -> tuple[Band, ...]:
            return tuple(expected_sums(devices, learnt, plan, clock, issue) for _, plan in FLEXIBLE)

        reduction, shifting = (
            Forecast(target, horizon, issued_at, first, *band, _basis(learnt, skill.get(plan)))
            for (target, plan), band in zip(
                FLEXIBLE, self._declared.bands(devices, calendar, clock, issue, bands), strict=True
            )
        )
        return reduction, shifting

    def _learn(
        self, device: FlexibleDevice, calendar: Calendar, midnight: int
    ) -> tuple[FlexibleDevice, int, LearntDevice]:
        declared, digest = replace(device, use_wh=None), use_digest(device)
        before = self._learnt.get(device.name)
        if before is not None and before[:2] == (declared, digest) and before[2].calendar == calendar:
            return before
        return declared, digest, learn(device, calendar, midnight)


def _by_midnight(device: FlexibleDevice, midnight: int) -> FlexibleDevice:
    """Return a device without its state, and with what its meter had seen by midnight [Unix s]."""
    device = _without_state(device)
    if device.use_wh is None:
        return device
    return replace(device, use_wh=device.use_wh[: max((midnight - device.use_first) // HOUR_S, 0)])


def _without_state(device: FlexibleDevice) -> FlexibleDevice:
    return device if device.state == UNKNOWN else replace(device, state=UNKNOWN)


def _basis(learnt: Sequence[LearntDevice], skill: Skill | None) -> Basis:
    if not learnt:
        return Basis(Method.DEVICES, reasons=(Reason.NO_DEVICES,))
    found = frozenset[Reason]().union(*(entry.reasons for entry in learnt))
    days = max(entry.habits.days for entry in learnt)
    return Basis(Method.DEVICES, days=days, reasons=tuple(reason for reason in Reason if reason in found), skill=skill)
