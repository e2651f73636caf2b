"""The last months of a series by the clock, cleaned, and from where on they differ from what was seen before."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...periods import DAY_S, HOUR_S
from ..days import Days, kinds_of_days, put_by_clock
from ..quality import Believed, believed
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from .similar import HISTORY_DAYS

REPLAYED_DAYS: Final = 28
"""At least so many past days are forecast again, and up to `BLOCK_DAYS` more."""
BLOCK_DAYS: Final = 14
"""Replays begin at whole blocks of days, so that a day's forecast does not depend on when one began to look."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ODD: Final = np.array([pow(0x9E3779B97F4A7C15, power, 2**64) for power in range(1, HOURS_A_DAY + 1)], np.uint64)
"""By the sum of a day's bits so many times each, no single hour can change unseen, and more than one hardly."""
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
    _slot: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    _kind: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    _since: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    _digests: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))

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
        raw = Days(first, wh, self._kind)
        digests = (wh.view(np.uint64) * _ODD).sum(axis=1, dtype=np.uint64)
        changed = np.array([0]) if fresh else np.flatnonzero(digests != self._digests)
        self._digests = digests
        changed_from = int(changed[0]) if changed.size else raw.count
        if fresh:
            self._since = np.zeros(0, np.int64)
        history = believed(raw, self._since[: changed_from + 1])
        self._since = history.since
        return Recent(raw, history, (day - first) * HOURS_A_DAY + hour + 1, changed_from)

    def _move(self, first: int, into_hour_s: int, calendar: Calendar) -> bool:
        """Begin the table at a day (ordinal); return whether it is another table than before."""
        start = (first - _EPOCH) * DAY_S - _BEFORE_UTC_S + into_hour_s
        if (start, calendar) == (self._start, self._calendar):
            return False
        count = HISTORY_DAYS + REPLAYED_DAYS + BLOCK_DAYS + 1
        shown = calendar.hours(start, (count + 2) * HOURS_A_DAY)
        self._calendar, self._start = calendar, start
        self._slot = ((shown.day - first) * HOURS_A_DAY + shown.hour).astype(np.int16)
        self._kind = kinds_of_days(calendar, range(first, first + count))
        return True

    def _by_clock(self, wh: Floats) -> Floats:
        by_clock = np.full(self._kind.size * HOURS_A_DAY, np.nan)
        slot = self._slot[: wh.size]
        inside = (slot >= 0) & (slot < by_clock.size)
        put_by_clock(by_clock, slot[inside], wh[inside])
        by_clock[np.isnan(by_clock)] = np.nan
        return by_clock.reshape(-1, HOURS_A_DAY)
