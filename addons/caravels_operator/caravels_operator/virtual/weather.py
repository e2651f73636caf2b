"""Clouds over a community: one process for all, with a little of its own over each roof.

A clear-sky index (irradiance as a share of a clear sky's) is a logistic function of a sum of latent normal
processes: the season, the day (AR(1) from day to day), and inside the day AR(1) of quarters, widest on partly cloudy
days. Every year of days and every day of quarters starts from its stationary distribution, so that any month can be
worked out alone.
"""

from datetime import date
from functools import lru_cache

import numpy as np

from .chance import stream
from .wall_clock import EPOCH_DAY, QUARTERS_A_DAY, Floats, month_start

_DARKEST = 0.08
_DAY_PERSISTENCE = 0.6
_QUARTER_PERSISTENCE = 0.9
_DAY_SPREAD = 1.5
_INSIDE_SPREAD = 1.6
_LOCAL_SHARE = 0.25
_MEAN_LEVEL = 1.7
_SEASON_LEVEL = 0.9


def autoregressive(shocks: Floats, persistence: float) -> Floats:
    """Return stationary AR(1) series of unit variance from unit normal shocks, along the last axis, shape unchanged."""
    series = np.empty_like(shocks)
    series[..., 0] = shocks[..., 0]
    fresh = np.sqrt(1 - persistence**2)
    for step in range(1, shocks.shape[-1]):
        series[..., step] = persistence * series[..., step - 1] + fresh * shocks[..., step]
    return series


@lru_cache(maxsize=64)
def community_level(seed: int, northern: bool, month: int) -> tuple[Floats, Floats]:
    """Return the latent level of the clear-sky index, shape (D, 96) for the UTC days of a month, and its inner spread.

    The spread, shape (D, 1), is how far the level moves inside a day.
    """
    first = month_start(month) // 86_400 + EPOCH_DAY
    days = month_start(month + 1) // 86_400 + EPOCH_DAY - first
    new_year = date(month // 12, 1, 1).toordinal()
    numbers = np.arange(first - new_year, first - new_year + days)
    midsummer = 172 if northern else 355
    season = _MEAN_LEVEL + _SEASON_LEVEL * np.cos(2 * np.pi * (numbers - midsummer) / 365.2425)
    level = (season + _DAY_SPREAD * _year_of_days(seed, month // 12)[numbers])[:, None]
    clear = 1 / (1 + np.exp(-level))
    spread = _INSIDE_SPREAD * 4 * clear * (1 - clear)
    return level + spread * _quarters(seed, "clouds", month, days), spread


def clearness(seed: int, northern: bool, member: str, month: int) -> Floats:
    """Return the clear-sky index over one member's roof in the quarters of a UTC month, shape (Q,), in (0, 1)."""
    level, spread = community_level(seed, northern, month)
    local = level + _LOCAL_SHARE * spread * _quarters(seed, f"clouds over {member}", month, len(level))
    return (_DARKEST + (1 - _DARKEST) / (1 + np.exp(-local))).ravel()


def _year_of_days(seed: int, year: int) -> Floats:
    return autoregressive(stream(seed, "days of weather", year).standard_normal(366), _DAY_PERSISTENCE)


def _quarters(seed: int, purpose: str, month: int, days: int) -> Floats:
    shocks = stream(seed, purpose, month).standard_normal((days, QUARTERS_A_DAY))
    return autoregressive(shocks, _QUARTER_PERSISTENCE)
