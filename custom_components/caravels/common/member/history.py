"""What the home's meter showed, in memory and ready for the forecaster."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ..forecasting.predictor import History
from ..periods import day_start, local_day
from ..protocol import Reading

HISTORY_DAYS: Final = 28
DAY_S: Final = 86_400

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


class NetHistory:
    """Import less export of the last 28 days at settlement resolution, oldest first."""

    def __init__(self, zone: str, period_s: int) -> None:
        self._zone = zone
        self._period_s = period_s
        self._start: Column = np.empty(0, np.int64)
        self._net_wh: Column = np.empty(0, np.int64)
        self._slot: Column = np.empty(0, np.int64)

    def add(self, readings: Sequence[Reading]) -> None:
        """Take in readings, in ascending order; a later one of the same period replaces the earlier one."""
        if not readings:
            return
        start = np.array([reading.start for reading in readings], np.int64)
        net = np.array([reading.import_wh - reading.export_wh for reading in readings], np.int64)
        slot = self._slots(start, self._period_s)
        known = ~np.isin(self._start, start) if self._start.size and start[0] <= self._start[-1] else slice(None)
        start, net = np.append(self._start[known], start), np.append(self._net_wh[known], net)
        slot = np.append(self._slot[known], slot)
        order = np.argsort(start, kind="stable")
        kept = order[np.searchsorted(start, start.max() - HISTORY_DAYS * DAY_S, sorter=order) :]
        self._start, self._net_wh, self._slot = start[kept], net[kept], slot[kept]

    def in_periods(self, period_s: int) -> History:
        """Return the history in market periods of the local day, exact to the Wh.

        Longer periods are sums, and only whole ones count; shorter ones are split by the cumulative rule.
        """
        if period_s == self._period_s:
            return History(slot=self._slot, net_wh=self._net_wh)
        start, net = self._sum(period_s) if period_s > self._period_s else self._split(period_s)
        return History(slot=self._slots(start, period_s), net_wh=net)

    def _slots(self, start: Column, period_s: int) -> Column:
        return np.array([clock_slot(instant, self._zone, period_s) for instant in start.tolist()], np.int64)

    def _sum(self, period_s: int) -> tuple[Column, Column]:
        of = np.array([period_floor(instant, self._zone, period_s) for instant in self._start.tolist()], np.int64)
        start, first, count = np.unique(of, return_index=True, return_counts=True)
        if not start.size:
            return start, self._net_wh
        whole = count == period_s // self._period_s
        return start[whole], np.add.reduceat(self._net_wh, first)[whole]

    def _split(self, period_s: int) -> tuple[Column, Column]:
        parts = self._period_s // period_s
        edges = self._net_wh[:, None] * np.arange(parts + 1) // parts
        starts = self._start[:, None] + period_s * np.arange(parts)
        return starts.ravel(), np.diff(edges, axis=1).ravel()


def days_before(instant: int, days: int, zone: str) -> int:
    """Return the start [Unix s] of the local day that lies `days` before the one of an instant [Unix s]."""
    return day_start(local_day(instant, zone) - timedelta(days=days), zone)
