"""Days as people live them: 24 hours of the clock each, of one kind each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .series import HOURS_A_DAY, Calendar, Floats, Integers, Series

_SATURDAY: Final = 5
SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class Days:
    """Local days by the hours of the clock.

    Attributes:
        first: the first day as its ordinal (`date.toordinal`).
        wh: energy of each hour of the clock [Wh], shape (n, 24); nan where it is not known. An hour that clocks skip
            is nan, one that comes twice is the mean of both.
        kind: what each day is, shape (n,): 0 is Monday; a holiday is a Sunday (6).
    """

    first: int
    wh: Floats
    kind: Integers

    @property
    def count(self) -> int:
        """How many days."""
        return self.kind.size


def is_day_off(kind: Integers) -> NDArray[np.bool_]:
    """Return whether days are Saturdays, Sundays or holidays."""
    return kind >= _SATURDAY


def kinds_of_days(calendar: Calendar, days: Iterable[int]) -> Integers:
    """Return what days (ordinals) are: 0 is Monday, 6 is Sunday or a holiday; shape (n,)."""
    return np.array([SUNDAY if date.fromordinal(day) in calendar.holidays else (day - 1) % 7 for day in days], np.int64)


def days_of(series: Series, calendar: Calendar, first: int, last: int) -> Days:
    """Return the days from `first` to `last` (ordinals, both included); hours outside of the series are nan."""
    count = last - first + 1
    by_clock = np.full(count * HOURS_A_DAY, np.nan)
    shown = calendar.hours(series.first, series.wh.size)
    slot = (shown.day - first) * HOURS_A_DAY + shown.hour
    inside = (slot >= 0) & (slot < by_clock.size)
    put_by_clock(by_clock, slot[inside], series.wh[inside])
    return Days(first, by_clock.reshape(count, HOURS_A_DAY), kinds_of_days(calendar, range(first, last + 1)))


def put_by_clock(by_clock: Floats, slot: NDArray[np.signedinteger], wh: Floats) -> None:
    """Write consecutive hours to the hours of the clock that they begin in; of two in one, their mean."""
    by_clock[slot] = wh
    twice = np.flatnonzero(slot[1:] == slot[:-1])
    if twice.size:
        both = np.stack((wh[twice], wh[twice + 1]))
        known = np.isfinite(both)
        total = np.where(known, both, 0.0).sum(axis=0)
        by_clock[slot[twice]] = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
