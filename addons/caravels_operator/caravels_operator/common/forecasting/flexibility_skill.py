"""How forecasts of flexibility did lately: against what the devices' own meters show could have been.

Each of the last 28 days is forecast again with what was known a day ahead, when the day before it began, and compared
with that day's runs. Devices without a meter are left out on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from ..periods import DAY_S, HOUR_S
from .device_chances import LearntDevice, expected_sums, learn
from .device_habits import RUN_DAYS, own_meter, seen_runs
from .device_runs import by_hour, cycling_limit, flexible_minutes, planned_runs
from .devices import MINUTES_AN_HOUR, FlexibleDevice, HourPlan, device_to_dict
from .forecast import Skill
from .series import HOURS_A_DAY, Calendar, Floats, Integers, LocalHours

JUDGED_DAYS: Final = 28
_LEAST_DAYS: Final = 7
_BEFORE_DAYS: Final = 9
"""Days before the first judged one that the naive forecasts need: a week, and the day that is not over at the issue."""

type Band = tuple[Floats, Floats, Floats, Floats]


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


@dataclass(slots=True)
class _Replayed:
    fingerprint: bytes
    bands: dict[HourPlan, Band]


class SkillMemory:
    """The skill of each plan's forecast, remembered while what it rests on stays the same."""

    def __init__(self) -> None:
        self._known: tuple[tuple[FlexibleDevice, ...], Calendar, int] | None = None
        self._skill: dict[HourPlan, Skill | None] = {}
        self._days: dict[int, _Replayed] = {}

    def skill(self, learnt: Sequence[LearntDevice], calendar: Calendar, midnight: int) -> dict[HourPlan, Skill | None]:
        """Return the skill by plan over the days before a midnight [Unix s]; None where it cannot be judged."""
        metered = tuple(entry.device for entry in learnt if entry.device.use_wh is not None)
        if self._known != (metered, calendar, midnight):
            self._skill = self._judge(metered, calendar, midnight) if metered else {}
            self._known = (metered, calendar, midnight)
        return self._skill

    def _judge(
        self, devices: tuple[FlexibleDevice, ...], calendar: Calendar, midnight: int
    ) -> dict[HourPlan, Skill | None]:
        count = (JUDGED_DAYS + _BEFORE_DAYS + 1) * HOURS_A_DAY
        first = midnight - count * HOUR_S
        clock = calendar.hours(first, count)
        days, index = np.unique(clock.day, return_index=True)
        judged = days[-JUDGED_DAYS:]
        issues = dict(zip((days[1:] + 1).tolist(), (first + index[1:] * HOUR_S).tolist(), strict=True))
        self._days = {
            day: self._replay(devices, calendar, day, issues[day]) for day in judged.tolist() if day in issues
        }
        return {
            plan: _score(
                _grid(_possible_sum(devices, plan, calendar, clock, first), clock, days),
                {day: replayed.bands[plan] for day, replayed in self._days.items()},
                days,
            )
            for plan in (HourPlan.REDUCE, HourPlan.SHIFT)
        }

    def _replay(self, devices: tuple[FlexibleDevice, ...], calendar: Calendar, day: int, issued_at: int) -> _Replayed:
        """Return the forecast of a day (ordinal) as issued at an instant [Unix s], worked out or remembered."""
        fingerprint = _fingerprint(devices, calendar, issued_at)
        before = self._days.get(day)
        if before is not None and before.fingerprint == fingerprint:
            return before
        learnt = [learn(device, calendar, issued_at) for device in devices]
        wall = np.arange(HOURS_A_DAY)
        clock = LocalHours(np.full_like(wall, day), wall, np.full_like(wall, (day - 1) % 7), np.zeros(wall.size, bool))
        plans = (HourPlan.REDUCE, HourPlan.SHIFT)
        return _Replayed(
            fingerprint, {plan: expected_sums(devices, learnt, plan, clock, issued_at, issued_at) for plan in plans}
        )


def _fingerprint(devices: tuple[FlexibleDevice, ...], calendar: Calendar, issued_at: int) -> bytes:
    """Return a digest of all that a forecast issued at an instant rests on."""
    digest = blake2b(digest_size=16)
    digest.update(repr((calendar.zone, sorted(calendar.holidays), issued_at)).encode())
    for device in devices:
        digest.update(repr(device_to_dict(device)).encode())
        digest.update(own_meter(device, issued_at - RUN_DAYS * DAY_S, issued_at).wh.tobytes())
    return digest.digest()


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


def _score(actual: Floats, bands: dict[int, Band], days: Integers) -> Skill | None:
    """Return the skill of replayed days against what could have been, a grid (days, 24)."""
    rows = np.array([day - int(days[0]) for day in sorted(bands)])
    if not rows.size:
        return None
    truth = actual[rows]
    known = ~np.isnan(truth)
    judged = int(known.any(axis=1).sum())
    if judged < _LEAST_DAYS or not np.nansum(truth):
        return None
    mean, low, _, high = (np.stack([bands[day][part] for day in sorted(bands)]) for part in range(4))
    error = np.abs(mean - truth)
    return Skill(
        mae_wh=float(error[known].mean()),
        mean_wh=float(truth[known].mean()),
        over_last_week=_over(error, np.abs(actual[np.maximum(rows - 7, 0)] - truth)),
        over_mean_7_days=_over(error, np.abs(_mean_7_days(actual, rows) - truth)),
        coverage=float(((low <= truth) & (truth <= high))[known].mean()),
        days=judged,
    )


def _mean_7_days(actual: Floats, rows: Integers) -> Floats:
    """Return the mean of the seven days that were over at the issue, hour by hour; nan where none is known."""
    back = np.stack([actual[np.maximum(rows - by, 0)] for by in range(2, 9)])
    count = (~np.isnan(back)).sum(axis=0)
    return np.where(count > 0, np.nansum(back, axis=0) / np.maximum(count, 1), np.nan)


def _over(error: Floats, naive: Floats) -> float:
    both = ~np.isnan(error) & ~np.isnan(naive)
    total = float(naive[both].sum())
    return 1.0 - float(error[both].sum()) / total if total else float("nan")
