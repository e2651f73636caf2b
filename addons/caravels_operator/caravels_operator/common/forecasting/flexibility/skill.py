"""How forecasts of flexibility did lately: against what the devices' own meters show could have been.

Each of the last 28 days is forecast again with what was known a day ahead, when the day before it began, and compared
with that day's runs. Devices without a meter are left out on both sides.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...periods import DAY_S, HOUR_S
from ..forecast import Skill
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, LocalHours
from .chances import expected_sums, learn
from .devices import MINUTES_AN_HOUR, FlexibleDevice, HourPlan, device_to_dict
from .habits import RUN_DAYS
from .meter import day_digests, own_meter, seen_runs, use_digest
from .runs import by_hour, cycling_limit, flexible_minutes, planned_runs
from .state import Issue

JUDGED_DAYS: Final = 28
_LEAST_DAYS: Final = 7
_BEFORE_DAYS: Final = 9
"""Days before the first judged one that the naive forecasts need: a week, and the day that is not over at the issue."""

_PLANS: Final = (HourPlan.REDUCE, HourPlan.SHIFT)

_LOOK_BACK_DAYS: Final = JUDGED_DAYS + RUN_DAYS + 2
"""Days of its meter that replays look at, and the hour by which clocks change."""

type _Single = NDArray[np.float32]
"""Mean, P10 and P90 of a day by plan [Wh], shape (2, 3, 24): many are kept."""


def possible_wh(device: FlexibleDevice, plan: HourPlan, calendar: Calendar, first: int, hours: int) -> Floats:
    """Return what a device's own meter shows could have been reduced or shifted [Wh], shape (hours,); nan unknown.

    The same for every plan of its people: hours that they planned otherwise are for the caller to leave out.

    Args:
        device: with measured use.
        plan: reduce or shift.
        calendar: of its home.
        first: start of the first hour [Unix s].
        hours: how many.
    """
    end = first + hours * HOUR_S
    meter = own_meter(device, first - 2 * DAY_S, end + DAY_S)
    clock = calendar.hours(first, hours)
    minutes = meter.between(first, end)
    if plan is HourPlan.REDUCE or device.comfort_k is not None:
        limit = cycling_limit(device, plan)[clock.hour] if device.comfort_k is not None else device.held_minutes
        flexible = np.minimum(minutes, limit)
    else:
        seen = seen_runs(device, calendar, meter)
        table = flexible_minutes(device, plan, planned_runs(device, seen.starts, seen.lengths))
        days = np.unique(seen.days)
        runs = {day: table[seen.days == day].sum(axis=0) for day in days.tolist()}
        flexible = np.minimum(by_hour(runs, clock), minutes)
    return np.asarray(np.where(np.isnan(minutes), np.nan, flexible) * (device.power_w / MINUTES_AN_HOUR))


class SkillMemory:
    """The skill of each plan's forecast; what was worked out is kept while what it rests on stays the same."""

    def __init__(self) -> None:
        self._declared: list[tuple[dict[str, object], int]] = []
        self._calendar: Calendar | None = None
        self._midnight = 0
        self._used: tuple[int, ...] = ()
        self._days: list[Integers] = []
        """By device: digests of its meter's last days before midnight."""
        self._skill: dict[HourPlan, Skill | None] = {}
        self._replayed: dict[int, _Single] = {}
        """By the start of the day before [Unix s], when it is issued."""

    def skill(
        self, devices: Sequence[FlexibleDevice], calendar: Calendar, midnight: int
    ) -> dict[HourPlan, Skill | None]:
        """Return the skill by plan over the days before a midnight [Unix s]; None where it cannot be judged.

        Args:
            devices: without their state, and with what their meters had seen by midnight.
            calendar: of their home.
            midnight: the last one.
        """
        metered = tuple(device for device in devices if device.use_wh is not None)
        used = tuple(map(use_digest, metered))
        declared = [(device_to_dict(device), device.use_first % HOUR_S) for device in metered]
        if (used, declared, calendar, midnight) != (self._used, self._declared, self._calendar, self._midnight):
            if (declared, calendar) == (self._declared, self._calendar):
                self._forget(metered)
            else:
                self._replayed = {}
            self._used, self._declared, self._calendar, self._midnight = used, declared, calendar, midnight
            self._days = self._digests(metered)
            self._skill = self._judge(metered, calendar, midnight) if metered else {}
        return self._skill

    def _judge(
        self, devices: tuple[FlexibleDevice, ...], calendar: Calendar, midnight: int
    ) -> dict[HourPlan, Skill | None]:
        count = (JUDGED_DAYS + _BEFORE_DAYS + 1) * HOURS_A_DAY
        first = midnight - count * HOUR_S
        clock = calendar.hours(first, count)
        days, index = np.unique(clock.day, return_index=True)
        issues = (first + index[-JUDGED_DAYS - 1 : -1] * HOUR_S).tolist()
        judged = days[-JUDGED_DAYS:].tolist()
        before = self._replayed
        self._replayed = {
            issued_at: before[issued_at] if issued_at in before else _replay(devices, calendar, day, issued_at)
            for day, issued_at in zip(judged, issues, strict=True)
        }
        bands = np.stack([self._replayed[issued_at] for issued_at in issues]).astype(np.float64)
        return {
            plan: _score(_grid(_possible_sum(devices, plan, calendar, clock, first), clock, days), bands[:, index])
            for index, plan in enumerate(_PLANS)
        }

    def _forget(self, devices: tuple[FlexibleDevice, ...]) -> None:
        """Forget the days that would be forecast otherwise now: what is known of the weeks before them changed."""
        changed = np.zeros(_LOOK_BACK_DAYS, bool)
        for now, before in zip(self._digests(devices), self._days, strict=True):
            changed |= now != before
        at = self._midnight - (_LOOK_BACK_DAYS - np.flatnonzero(changed)) * DAY_S
        self._replayed = {
            issued_at: bands
            for issued_at, bands in self._replayed.items()
            if not ((at + DAY_S > issued_at - RUN_DAYS * DAY_S) & (at < issued_at)).any()
        }

    def _digests(self, devices: tuple[FlexibleDevice, ...]) -> list[Integers]:
        first = self._midnight - _LOOK_BACK_DAYS * DAY_S
        return [day_digests(device, first, _LOOK_BACK_DAYS) for device in devices]


def _replay(devices: tuple[FlexibleDevice, ...], calendar: Calendar, day: int, issued_at: int) -> _Single:
    """Return the forecast of a day (ordinal) as issued at an instant [Unix s], the midnight before the day before."""
    learnt = [learn(device, calendar, issued_at) for device in devices]
    wall = np.arange(HOURS_A_DAY)
    clock = LocalHours(np.full_like(wall, day), wall, np.full_like(wall, (day - 1) % 7), np.zeros(wall.size, bool))
    issue = Issue(issued_at, issued_at, day - 1, 0.0)
    bands = [expected_sums(devices, learnt, plan, clock, issue) for plan in _PLANS]
    return np.array([(mean, low, high) for mean, low, _, high in bands], np.float32)


def _possible_sum(
    devices: tuple[FlexibleDevice, ...], plan: HourPlan, calendar: Calendar, clock: LocalHours, first: int
) -> Floats:
    total = np.zeros(clock.hour.size)
    for device in devices:
        planned = np.array([hour is plan for hour in device.plan])[clock.hour]
        if planned.any():
            possible = possible_wh(device, plan, calendar, first, clock.hour.size)
            total += np.where(planned, possible, 0.0)
    return total


def _grid(values: Floats, clock: LocalHours, days: Integers) -> Floats:
    """Return hours as a grid (days, 24); an hour that comes twice is its second."""
    grid = np.full((days.size, HOURS_A_DAY), np.nan)
    grid[clock.day - days[0], clock.hour] = values
    return grid


def _score(actual: Floats, bands: Floats) -> Skill | None:
    """Return the skill of forecasts (mean, P10, P90) of the last days of a grid (days, 24) of what could have been."""
    mean, low, high = bands.swapaxes(0, 1)
    rows = np.arange(len(actual) - len(bands), len(actual))
    truth = actual[rows]
    known = ~np.isnan(truth)
    judged = int(known.any(axis=1).sum())
    if judged < _LEAST_DAYS or not np.nansum(truth):
        return None
    error = np.abs(mean - truth)
    return Skill(
        mae_wh=float(error[known].mean()),
        mean_wh=float(truth[known].mean()),
        over_last_week=_over(error, np.abs(actual[rows - 7] - truth)),
        over_mean_7_days=_over(error, np.abs(_mean_7_days(actual, rows) - truth)),
        coverage=float(((low <= truth) & (truth <= high))[known].mean()),
        days=judged,
    )


def _mean_7_days(actual: Floats, rows: Integers) -> Floats:
    """Return the mean of the seven days that were over at the issue, hour by hour; nan where none is known."""
    back = np.stack([actual[rows - by] for by in range(2, 9)])
    count = (~np.isnan(back)).sum(axis=0)
    return np.where(count > 0, np.nansum(back, axis=0) / np.maximum(count, 1), np.nan)


def _over(error: Floats, naive: Floats) -> float:
    both = ~np.isnan(error) & ~np.isnan(naive)
    total = float(naive[both].sum())
    return 1.0 - float(error[both].sum()) / total if total else float("nan")
