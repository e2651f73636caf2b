"""Simulated loads: the standard load profile of a home or an office, made one household's own, and its devices.

The devices are part of the yearly energy, not on top of it: what they leave is spread by the standard profile
(BDEW's H25 and G25 from `demandlib`), with habits, days out and noise of the household's own.
"""

import warnings
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from .appliances import devices_year
from .chance import stream
from .scenario_types import Device, Kind
from .wall_clock import QUARTERS_A_DAY, Floats, Integers, wall_clock
from .weather import autoregressive

_AWAY_SHARE: Final = 0.35
"""What a home uses while everyone is away, of what it uses otherwise."""
_NOISE_PERSISTENCE: Final = 0.75
_QUARTER_SPREAD: Final[dict[Kind, float]] = {"home": 0.5, "office": 0.12}
_DAY_SPREAD: Final[dict[Kind, float]] = {"home": 0.2, "office": 0.06}


@dataclass(frozen=True, slots=True)
class Household:
    """What makes one simulated load; the same for all members drawn from one row."""

    seed: int
    row: str
    kind: Kind
    year_wh: int
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class SimulatedLoad:
    """The load of a member: its household's, some days later, scaled."""

    household: Household
    zone: str
    shift_days: int
    scale_permille: int

    def month(self, month: int) -> Integers:
        """Return the load [Wh] in the quarters of a UTC month, int64 (Q,)."""
        clock = wall_clock(self.zone, month)
        days = clock.days - self.shift_days
        load = np.empty(days.size, dtype=np.int64)
        for year in range(date.fromordinal(int(days[0])).year, date.fromordinal(int(days[-1])).year + 1):
            first, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            inside = (days >= first) & (days < end)
            at = (days[inside] - first) * QUARTERS_A_DAY + clock.quarters[inside]
            load[inside] = household_year(self.household, year)[at]
        return (load * self.scale_permille + 500) // 1_000


@lru_cache(maxsize=256)
def household_year(household: Household, year: int) -> Integers:
    """Return the load [Wh] in the quarters of a local year, int64 (days * 96,); sums to `year_wh`.

    The running total is rounded, not the quarters, so that the year's energy is exact.
    """
    away = away_days(household, year - 1) | away_days(household, year)
    devices = devices_year(household.seed, household.row, household.devices, year, away)
    base = _base_year(household, year, away)
    total = devices + base * ((household.year_wh - devices.sum()) / base.sum())
    return np.diff(np.rint(np.cumsum(total)), prepend=0.0).astype(np.int64)


def away_days(household: Household, year: int) -> frozenset[int]:
    """Return the days (ordinals) on which a home is empty: a summer holiday and some short ones; an office never."""
    if household.kind != "home":
        return frozenset()
    chance = stream(household.seed, household.row, "away", year)
    summer = date(year, 7, 1).toordinal() + int(chance.integers(0, 50))
    new_year = date(year, 1, 1).toordinal()
    absences = [(summer, int(chance.integers(7, 17)))] + [
        (new_year + int(chance.integers(0, 360)), int(chance.integers(2, 5))) for _ in range(chance.integers(1, 4))
    ]
    last = date(year, 12, 31).toordinal()
    return frozenset(day for start, days in absences for day in range(start, start + days) if day <= last)


def _base_year(household: Household, year: int, away: frozenset[int]) -> Floats:
    """Return the use that no device explains, up to a factor, shape (days * 96,)."""
    kind = household.kind
    habits = stream(household.seed, household.row, "habits")
    chance = stream(household.seed, household.row, "base load", year)
    shape = standard_year(kind, year).reshape(-1, QUARTERS_A_DAY)
    days = len(shape)
    if kind == "home":
        late = int(habits.integers(-4, 7)) + chance.integers(-2, 3, size=(days, 1))
        shape = np.take_along_axis(shape, (np.arange(QUARTERS_A_DAY) - late) % QUARTERS_A_DAY, axis=1)
        standby = habits.uniform(0.1, 0.3)
        shape = (1 - standby) * shape + standby * shape.mean()
    noise = autoregressive(chance.standard_normal((days, QUARTERS_A_DAY)), _NOISE_PERSISTENCE)
    day_factor = np.exp(_DAY_SPREAD[kind] * chance.standard_normal((days, 1)))
    first = date(year, 1, 1).toordinal()
    present = np.array([_AWAY_SHARE if first + day in away else 1.0 for day in range(days)])[:, None]
    return np.ravel(shape * present * day_factor * np.exp(_QUARTER_SPREAD[kind] * noise))


@lru_cache(maxsize=16)
def standard_year(kind: Kind, year: int) -> Floats:
    """Return the standard load profile of a local year of quarters, shape (days * 96,), mean 1."""
    import pandas as pd  # noqa: PLC0415  # takes longer to load than all else a small command does
    from demandlib import bdew  # noqa: PLC0415  # loads pandas

    profile = bdew.H25 if kind == "home" else bdew.G25
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # demandlib 0.2 uses what pandas 3 deprecates
        index = pd.date_range(date(year, 1, 1), date(year + 1, 1, 1), freq="15min", inclusive="left")
        values = profile(index).to_numpy(dtype=np.float64)
    return np.asarray(values / values.mean(), dtype=np.float64)
