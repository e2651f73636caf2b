"""What a device's own meter shows: its use hour by hour, its runs, and how far it can be relied on."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...periods import DAY_S, HOUR_S
from ..forecast import Reason
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from .devices import MINUTES_A_DAY, MINUTES_AN_HOUR, FlexibleDevice

STANDBY_MINUTES: Final = 3.0
"""An hour's use [minutes at full power] that is no run."""
_KNOWN_SHARE: Final = 0.9
_JUDGED_DAYS: Final = 28
_FEW_DAYS: Final = 14
_DEAD_DAYS: Final = 7
_DEAD_FACTOR: Final = 2
"""A meter is thought dead when it shows nothing for a week, and twice as long as it ever did before."""


@dataclass(frozen=True, slots=True)
class SeenRuns:
    """Runs that a device's own meter shows, shape (n,): day (ordinal) on which its window began, start and length."""

    days: Integers
    starts: Floats
    lengths: Floats


def own_meter(device: FlexibleDevice, start: int, end: int) -> Series:
    """Return a device's measured use as minutes at full power an hour, from `start` to `end` [Unix s]; nan unknown."""
    begin = max(-(-(start - device.use_first) // HOUR_S), 0)
    first = device.use_first + begin * HOUR_S
    hours = max((end - first) // HOUR_S, 0)
    minutes = np.full(hours, np.nan)
    known = np.array((device.use_wh or ())[begin : begin + hours], np.float64)
    minutes[: known.size] = np.clip(known * (MINUTES_AN_HOUR / max(device.power_w, 1)), 0.0, MINUTES_AN_HOUR)
    return Series(first, minutes)


def use_digest(device: FlexibleDevice) -> int:
    """Return a digest of what a device's own meter showed, and when; without a meter it is not that of no value."""
    return hash((device.use_first, None if device.use_wh is None else np.array(device.use_wh, np.float64).tobytes()))


def day_digests(device: FlexibleDevice, first: int, days: int) -> Integers:
    """Return a digest of what its own meter showed in each of so many times 24 hours from `first` on [Unix s]."""
    end = first + days * DAY_S
    minutes = own_meter(device, first, end).between(first, end).reshape(days, HOURS_A_DAY)
    return np.array([hash(day.tobytes()) for day in minutes], np.int64)


def meter_reasons(device: FlexibleDevice, until: int) -> frozenset[Reason]:
    """Return why what a device's meter had shown by an instant [Unix s] is less than it could be; none without one."""
    if device.use_wh is None:
        return frozenset()
    minutes = own_meter(device, device.use_first, until).wh
    known = np.flatnonzero(~np.isnan(minutes))
    last = minutes[-_JUDGED_DAYS * HOURS_A_DAY :]
    found = {
        Reason.FEW_DAYS: known.size < _FEW_DAYS * HOURS_A_DAY,
        Reason.GAPS: bool(last.size) and float(np.isnan(last).mean()) > 1 - _KNOWN_SHARE,
        Reason.STALE: not known.size or int(known[-1]) < minutes.size - HOURS_A_DAY,
        Reason.DEAD_SENSOR: _is_dead(minutes[known]),
    }
    return frozenset(reason for reason, holds in found.items() if holds)


def _is_dead(minutes: Floats) -> bool:
    """Return whether a meter that showed runs shows none any more, for far longer than ever before."""
    runs = np.flatnonzero(minutes > STANDBY_MINUTES)
    if not runs.size:
        return False
    longest = int(np.diff(np.concatenate([[-1], runs])).max())
    quiet = minutes.size - int(runs[-1])
    return quiet > max(_DEAD_DAYS * HOURS_A_DAY, _DEAD_FACTOR * longest)


def seen_runs(device: FlexibleDevice, calendar: Calendar, meter: Series) -> SeenRuns:
    """Return the runs that a meter [min of an hour at full power] shows: hours with use in a row.

    A run that passes from one hour into the next began as long before the full hour as its first hour shows; one
    inside a single hour is put into its middle. Its length is its energy at full power.
    """
    minutes = np.nan_to_num(meter.wh)
    active = np.concatenate([[False], minutes > STANDBY_MINUTES, [False]])
    edges = np.flatnonzero(active[1:] != active[:-1])
    first, end = edges[::2], edges[1::2]
    total = np.concatenate([[0.0], np.cumsum(minutes)])
    lengths = total[end] - total[first]
    hours = calendar.hours(meter.first, minutes.size)
    at = hours.day[first] * float(MINUTES_A_DAY) + hours.hour[first] * MINUTES_AN_HOUR
    spare = MINUTES_AN_HOUR - minutes[first]
    at = at + np.where(end - first > 1, spare, spare / 2)
    days = np.floor((at - device.window_start_minute) / MINUTES_A_DAY).astype(np.int64)
    starts = at - days * float(MINUTES_A_DAY)
    return SeenRuns(days, starts, np.minimum(lengths, 2.0 * MINUTES_A_DAY - starts))


def known_days(device: FlexibleDevice, calendar: Calendar, meter: Series) -> Integers:
    """Return the days (ordinals) whose window lies in what the meter knows."""
    hours = calendar.hours(meter.first, meter.wh.size)
    middle = hours.day * MINUTES_A_DAY + hours.hour * MINUTES_AN_HOUR + MINUTES_AN_HOUR // 2
    after = middle - device.window_start_minute
    inside = (after % MINUTES_A_DAY < device.window_minutes) & ~np.isnan(meter.wh)
    days, count = np.unique(after[inside] // MINUTES_A_DAY, return_counts=True)
    return np.asarray(days[count >= _KNOWN_SHARE * device.window_minutes / MINUTES_AN_HOUR - 1])
