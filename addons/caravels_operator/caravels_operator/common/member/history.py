"""What the home's meters showed, in memory and ready for the forecaster."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ..forecasting.predictor import History
from ..periods import DAY_S, day_start, local_day
from .records import HomeReading

HISTORY_DAYS: Final = 28

type Column = NDArray[np.int64]


@lru_cache(maxsize=16_384)
def clock_slot(start: int, zone: str, period_s: int) -> int:
    """Return what a clock in the zone shows at `start` [Unix s], in periods since midnight.

    Use follows the clock: on the days when it changes, a slot is missing or comes twice.
    """
    local = datetime.fromtimestamp(start, ZoneInfo(zone))
    return (local.hour * 3_600 + local.minute * 60 + local.second) // period_s


@lru_cache(maxsize=16_384)
def period_floor(instant: int, zone: str, period_s: int) -> int:
    """Return the start [Unix s] of the period of the local day that an instant [Unix s] falls into."""
    start = day_start(local_day(instant, zone), zone)
    return start + (instant - start) // period_s * period_s


@dataclass(frozen=True, slots=True)
class NetHistory:
    """What the meters showed in the last 28 days, oldest first. A value: threads may read it while others go on.

    Attributes:
        zone: the time zone whose days are divided into periods.
        period_s: length of a reading's period [s].
        start: start of each reading [Unix s], shape (n,).
        wh: net, consumption, generation (0 where it is not known) and whether generation is known [Wh], shape (4, n).
        slot: what a clock showed at each start, in periods since midnight, shape (n,).
    """

    zone: str
    period_s: int
    start: Column = field(default_factory=lambda: np.empty(0, np.int64))
    wh: Column = field(default_factory=lambda: np.empty((4, 0), np.int64))
    slot: Column = field(default_factory=lambda: np.empty(0, np.int64))

    def with_readings(self, readings: Sequence[HomeReading]) -> NetHistory:
        """Return it with more readings, in ascending order; a later one of the same period replaces the earlier one."""
        if not readings:
            return self
        start = np.array([reading.start for reading in readings], np.int64)
        wh = np.array([_row(reading) for reading in readings], np.int64).T
        slot = self._slots(start, self.period_s)
        late = self.start.size > 0 and start[0] <= self.start[-1]
        known = ~np.isin(self.start, start) if late else slice(None)
        start, slot = np.append(self.start[known], start), np.append(self.slot[known], slot)
        wh = np.concatenate((self.wh[:, known], wh), axis=1)
        order = np.argsort(start, kind="stable")
        kept = order[np.searchsorted(start, start.max() - HISTORY_DAYS * DAY_S, sorter=order) :]
        return replace(self, start=start[kept], wh=wh[:, kept], slot=slot[kept])

    def net(self, period_s: int) -> History:
        """Return import less export in market periods of the local day, exact to the Wh.

        Longer periods are sums, and only whole ones count; shorter ones are split by the cumulative rule.
        """
        return self._in_periods(period_s, self.start, self.wh[0], self.slot)

    def consumption(self, period_s: int) -> History:
        """Return what the home used, in the same way."""
        return self._in_periods(period_s, self.start, self.wh[1], self.slot)

    def generation(self, period_s: int) -> History | None:
        """Return what the home generated, in the same way, where that is known; None if it never was."""
        known = self.wh[3] == 1
        if not known.any():
            return None
        return self._in_periods(period_s, self.start[known], self.wh[2][known], self.slot[known])

    def _in_periods(self, period_s: int, start: Column, wh: Column, slot: Column) -> History:
        if period_s == self.period_s:
            return History(slot=slot, wh=wh)
        spread = self._sum if period_s > self.period_s else self._split
        start, wh = spread(period_s, start, wh)
        return History(slot=self._slots(start, period_s), wh=wh)

    def _slots(self, start: Column, period_s: int) -> Column:
        return np.array([clock_slot(instant, self.zone, period_s) for instant in start.tolist()], np.int64)

    def _sum(self, period_s: int, start: Column, wh: Column) -> tuple[Column, Column]:
        of = np.array([period_floor(instant, self.zone, period_s) for instant in start.tolist()], np.int64)
        longer, first, count = np.unique(of, return_index=True, return_counts=True)
        if not longer.size:
            return longer, wh
        whole = count == period_s // self.period_s
        return longer[whole], np.add.reduceat(wh, first)[whole]

    def _split(self, period_s: int, start: Column, wh: Column) -> tuple[Column, Column]:
        parts = self.period_s // period_s
        edges = wh[:, None] * np.arange(parts + 1) // parts
        starts = start[:, None] + period_s * np.arange(parts)
        return starts.ravel(), np.diff(edges, axis=1).ravel()


def _row(reading: HomeReading) -> tuple[int, int, int, int]:
    generation_wh = reading.generation_wh
    return reading.net_wh, reading.consumption(), generation_wh or 0, int(generation_wh is not None)


def days_before(instant: int, days: int, zone: str) -> int:
    """Return the start [Unix s] of the local day that lies `days` before the one of an instant [Unix s]."""
    return day_start(local_day(instant, zone) - timedelta(days=days), zone)
