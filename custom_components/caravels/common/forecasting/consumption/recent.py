"""The last months of a series by the clock, cleaned, and from where on they differ from what was seen before."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...periods import DAY_S, HOUR_S
from ..days import Days, kinds_of_days, put_by_clock
from ..quality import Believed, believed
from ..series import HOURS_A_DAY, Calendar, Floats, Series
from .similar import HISTORY_DAYS

REPLAYED_DAYS: Final = 28
"""At least so many past days are forecast again, and up to `BLOCK_DAYS` more."""
BLOCK_DAYS: Final = 14
"""Replays begin at whole blocks of days, so that a day's forecast does not depend on when one began to look."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_BEFORE_UTC_S: Final = 14 * HOUR_S
"""No clock is further ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What is known of the last months.

    Attributes:
        raw: the days as they were measured; the first to replay is row `HISTORY_DAYS`, the last ones are yet to come.
        history: what of them is believed.
        moment: position of the first hour after the last known one, counted in hours of the clock.
        changed_from: the first row that differs from what was seen the last time.
    """

    raw: Days
    history: Believed
    moment: int
    changed_from: int

    @property
    def days(self) -> Days:
        """The days, cleaned."""
        return self.history.days

    @property
    def row(self) -> int:
        """The day of the moment, as a row."""
        return self.moment // HOURS_A_DAY


@dataclass(slots=True)
class RecentDays:
    """Keeps the table of a series between calls; what it returns depends on its arguments alone."""

    _calendar: Calendar | None = None
    _start: int = 0
    _slot: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    _days: Days = field(default_factory=lambda: Days(0, np.zeros((0, HOURS_A_DAY)), np.zeros(0, np.int64)))

    def of(self, series: Series, calendar: Calendar) -> Recent | None:
        """Return the last months before the end of a series' known values, or None if it has none."""
        known = np.flatnonzero(np.isfinite(series.wh))
        if not known.size:
            return None
        last = series.first + HOUR_S * int(known[-1])
        shown = calendar.hours(last, 1)
        day, hour = int(shown.day[0]), int(shown.hour[0])
        first = (day + (hour + 1) // HOURS_A_DAY) // BLOCK_DAYS * BLOCK_DAYS - REPLAYED_DAYS - HISTORY_DAYS
        fresh = self._move(first, series.first % HOUR_S, calendar)
        wh = self._by_clock(series.between(self._start, last + HOUR_S))
        changed = np.flatnonzero(((wh != self._days.wh) & ~(np.isnan(wh) & np.isnan(self._days.wh))).any(axis=1))
        raw = Days(first, wh, self._days.kind)
        self._days = raw
        changed_from = 0 if fresh else int(changed[0]) if changed.size else raw.count
        return Recent(raw, believed(raw), (day - first) * HOURS_A_DAY + hour + 1, changed_from)

    def _move(self, first: int, into_hour_s: int, calendar: Calendar) -> bool:
        """Begin the table at a day (ordinal); return whether it is another table than before."""
        start = (first - _EPOCH) * DAY_S - _BEFORE_UTC_S + into_hour_s
        if (start, calendar) == (self._start, self._calendar):
            return False
        count = HISTORY_DAYS + REPLAYED_DAYS + BLOCK_DAYS + 1
        shown = calendar.hours(start, (count + 2) * HOURS_A_DAY)
        self._calendar, self._start = calendar, start
        self._slot = ((shown.day - first) * HOURS_A_DAY + shown.hour).astype(np.int32)
        kind = kinds_of_days(calendar, range(first, first + count))
        self._days = Days(first, np.full((count, HOURS_A_DAY), np.nan), kind)
        return True

    def _by_clock(self, wh: Floats) -> Floats:
        by_clock = np.full(self._days.wh.size, np.nan)
        slot = self._slot[: wh.size]
        inside = (slot >= 0) & (slot < by_clock.size)
        put_by_clock(by_clock, slot[inside], wh[inside])
        return by_clock.reshape(self._days.wh.shape)
