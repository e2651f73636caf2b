"""What the home's meters showed, in memory: period by period, and hour by hour for the forecasters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..forecasting.series import Floats, Series
from ..periods import DAY_S, HOUR_S, day_start, local_day
from .records import HomeReading

HISTORY_DAYS: Final = 112
"""As far as forecasters look back and a few days more: where a day left it, what was worked out of it would be anew."""

type Columns = NDArray[np.float32]
"""Whole Wh up to 2^24 are exact in them."""


@lru_cache(maxsize=16_384)
def period_floor(instant: int, zone: str, period_s: int) -> int:
    """Return the start [Unix s] of the period of the local day that an instant [Unix s] falls into."""
    start = day_start(local_day(instant, zone), zone)
    return start + (instant - start) // period_s * period_s


@dataclass(frozen=True, slots=True)
class MeterHistory:
    """What the meters showed in the last 16 weeks. A value: threads may read it while others go on.

    Attributes:
        zone: the time zone whose days are divided into periods.
        period_s: length of a reading's period [s].
        first: start of the first period [Unix s], on an hour of the local clock.
        wh: import less export, generation, charge less discharge, and use where that is measured [Wh], of consecutive
            periods up to the end of the last hour that has a reading, shape (4, n); nan where it is not known.
    """

    zone: str
    period_s: int
    first: int = 0
    wh: Columns = field(default_factory=lambda: np.empty((4, 0), np.float32))

    @property
    def end(self) -> int:
        """End of the last period [Unix s]."""
        return self.first + int(self.wh.shape[1]) * self.period_s

    def with_readings(self, readings: Sequence[HomeReading]) -> MeterHistory:
        """Return it with more readings, in ascending order; a later one of the same period replaces the earlier one."""
        if not readings:
            return self
        starts = np.array([reading.start for reading in readings], np.int64)
        first, end = self._bounds(int(starts[0]), int(starts[-1]) + self.period_s)
        wh = np.full((4, (end - first) // self.period_s), np.nan, np.float32)
        shift = (self.first - first) // self.period_s
        kept = self.wh[:, max(-shift, 0) :]
        wh[:, max(shift, 0) : max(shift, 0) + kept.shape[1]] = kept
        place = (starts - first) // self.period_s
        rows = np.array([_row(reading) for reading in readings], np.float32).T
        wh[:, place[place >= 0]] = rows[:, place >= 0]
        return replace(self, first=first, wh=wh)

    def _bounds(self, start: int, end: int) -> tuple[int, int]:
        """Return from when to when it is to reach with readings in [start, end): whole hours, 16 weeks at most."""
        first = period_floor(start, self.zone, HOUR_S)
        if self.wh.size:
            first, end = min(first, self.first), max(end, self.end)
        end = first - (first - end) // HOUR_S * HOUR_S
        return max(first, end - HISTORY_DAYS * DAY_S), end

    def columns(self) -> Periods:
        """Return what is forecast, period by period."""
        net, generation, battery, measured = self.wh.astype(np.float64)
        inside = _if_ever(generation) - _if_ever(battery)
        consumption = np.where(np.isnan(measured), np.maximum(net + inside, 0.0), measured)
        return Periods(self.first, self.period_s, net, consumption, generation, battery)


@dataclass(frozen=True, slots=True)
class Periods:
    """What was measured of consecutive periods [Wh], shape (n,) each; nan where it is not known.

    Attributes:
        first: start of the first [Unix s].
        period_s: length of each [s].
        net: import less export.
        consumption: what the home used; not known while a meter of a generator or a battery that it has is silent.
        generation: what it generated.
        battery: what its batteries took less what they gave.
    """

    first: int
    period_s: int
    net: Floats
    consumption: Floats
    generation: Floats
    battery: Floats

    @property
    def is_known(self) -> bool:
        """Whether anything was ever measured."""
        return not np.isnan(self.net).all()

    @property
    def generates(self) -> bool:
        """Whether generation is metered, or was."""
        return not np.isnan(self.generation).all()

    @property
    def hides_generation(self) -> bool:
        """Whether the home feeds in what no meter of its own shows: then only its net can be foretold."""
        return not self.generates and bool((self.net < 0).any())

    def in_periods(self, period_s: int) -> Periods:
        """Return the sums of longer periods, of whole ones: where a part is not known, the whole is not."""
        if period_s == self.period_s:
            return self
        parts = period_s // self.period_s
        columns = (self.net, self.consumption, self.generation, self.battery)
        return Periods(self.first, period_s, *(column.reshape(-1, parts).sum(axis=1) for column in columns))

    def until(self, end: int) -> Periods:
        """Return what was known at an instant [Unix s]: the periods that were over."""
        count = max((end - self.first) // self.period_s, 0)
        columns = (self.net, self.consumption, self.generation, self.battery)
        return Periods(self.first, self.period_s, *(column[:count] for column in columns))

    def series(self, wh: Floats) -> Series:
        """Return one of these columns as a series; their periods must be hours."""
        return Series(self.first, wh)


def _if_ever(wh: Floats) -> Floats:
    """Return a column, or zeros where it was never known: the home has no such meter."""
    return np.zeros(wh.size) if np.isnan(wh).all() else wh


def _row(reading: HomeReading) -> tuple[float, float | None, float | None, float | None]:
    charge, discharge = reading.charge_wh, reading.discharge_wh
    battery = None if charge is None and discharge is None else (charge or 0) - (discharge or 0)
    return reading.net_wh, reading.generation_wh, battery, reading.consumption_wh


def days_before(instant: int, days: int, zone: str) -> int:
    """Return the start [Unix s] of the local day that lies `days` before the one of an instant [Unix s]."""
    return day_start(local_day(instant, zone) - timedelta(days=days), zone)
