"""Where a plant's hours are expected without a look at the weather.

Each hour of the clock has a level, the fading mean of what was measured, moved with the sun where the place is known,
and a clear hour's output above it. Tilt, shade and size of the plant are in them and are not asked.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..series import Floats, Integers

FADE: Final = 0.88
"""What a day counts in the level against the day after it."""
_DOUBLINGS: Final = 6
"""2**6 = 64 days make a level; what is older would count less than 0.03 %."""
LEVEL_DAYS: Final = 2**_DOUBLINGS
_CLEAR_DEVIATIONS: Final = 1.6
"""A clear hour lies so many standard deviations above its level."""
_LEAST_CLEAR_W_M2: Final = 20.0
"""Below it the ratio of two clear skies says more of the horizon than of the season."""
_SEASON: Final = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant's days by the hours of the clock; the last rows may lie ahead.

    Attributes:
        wh: what was measured [Wh], shape (n, 24); nan where it is not known.
        clear: irradiance under a clear sky [W/m2], shape (n, 24); 1 everywhere where the place is not known.
        weather: cloud cover [%], temperature [C] and humidity [%] as forecast when the day was, shape (n, 24, 3);
            None where there is none.
    """

    wh: Floats
    clear: Floats
    weather: Floats | None


@dataclass(frozen=True, slots=True)
class Issues:
    """When days were forecast.

    Attributes:
        row: the day of each issue, as its row, shape (m,).
        hour: hours of that day before this one were known, 1 to 24.
        target: the day that is forecast, as its row, shape (m,).
    """

    row: Integers
    hour: int
    target: Integers

    def pick(self, by_day: Floats) -> Floats:
        """Return each hour of the clock of the day where it was known last, shape (m, 24, ...)."""
        found = [by_day[np.maximum(row, 0)] for row in (self.row, self.row - 1)]
        found[0][self.row < 0] = np.nan
        found[1][self.row < 1] = np.nan
        return np.concatenate((found[0][:, : self.hour], found[1][:, self.hour :]), axis=1)


@dataclass(frozen=True, slots=True)
class Levels:
    """Where hours are expected without a look at the weather.

    Attributes:
        mean: fading mean, moved to the target's season [Wh], shape (m, 24).
        clear: what a clear hour gives [Wh], shape (m, 24).
        moves: by how much the last known day, and the known part of the issue's, lay above it, in parts of a clear
            hour, shape (m, 2).
    """

    mean: Floats
    clear: Floats
    moves: Floats


def every_day(plant: Plant, hour: int) -> Issues:
    """Return the issues of each day of a plant at an hour of the day before it."""
    rows = np.arange(plant.wh.shape[0])
    return Issues(rows - 1, hour, rows)


def faded(values: Floats) -> Floats:
    """Return the sums of the last 64 rows, each row counting `FADE` of the next; shape of `values`."""
    total = values.copy()
    for step in range(_DOUBLINGS):
        back = 2**step
        if back >= total.shape[0]:
            break
        total[back:] += FADE**back * total[:-back].copy()
    return total


def sums_of(plant: Plant) -> Floats:
    """Return the faded sums over measured hours of 1, energy, its square and the clear sky, shape (n, 24, 4)."""
    known = np.isfinite(plant.wh)
    wh = np.where(known, plant.wh, 0.0)
    return faded(np.stack((known, wh, wh * wh, plant.clear * known), axis=-1))


def levels(plant: Plant, sums: Floats, issues: Issues) -> Levels:
    """Return the levels of each issue's target; sums are of `sums_of`."""
    count, total, squares, clear = np.moveaxis(_zero_where_unknown(issues.pick(sums)), -1, 0)
    some = np.maximum(count, 1e-9)
    mean, usual = total / some, clear / some
    now = plant.clear[issues.target]
    season = np.where(usual > _LEAST_CLEAR_W_M2, now / np.maximum(usual, 1.0), 1.0)
    season = np.clip(season, *_SEASON)
    spread = np.sqrt(np.maximum(squares / some - mean**2, 0.0))
    mean = mean * season
    clear_wh = mean + _CLEAR_DEVIATIONS * spread * season
    return Levels(mean, clear_wh, _moves(plant, issues, mean, clear_wh))


def _moves(plant: Plant, issues: Issues, mean: Floats, clear: Floats) -> Floats:
    """Return `Levels.moves`; they fade with every day that the target is further ahead than the next."""
    whole = np.maximum(clear.sum(axis=1), 1e-9)
    above = _zero_where_unknown(issues.pick(plant.wh) - mean)
    moves = np.stack((above.sum(axis=1), above[:, : issues.hour].sum(axis=1)), axis=1) / whole[:, None]
    lead = np.maximum(issues.target - issues.row - 1, 0)
    return np.asarray(moves * 0.5 ** lead[:, None])


def _zero_where_unknown(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)
