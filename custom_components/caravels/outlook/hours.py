"""Values that services give at instants of their own, in the hours of the home's clock."""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite, nan
from typing import Final

import numpy as np
from homeassistant.util import dt as dt_util

from ..common.forecasting.series import Floats
from ..common.member.history import period_floor
from ..common.periods import HOUR_S

MOST_HOURS: Final = 200
"""A week ahead, and today: what lies further ahead is not asked for."""


def instant_of(said: object) -> int | None:
    """Return an instant [Unix s] that a service says as text or as a time, or None where it is neither."""
    moment = dt_util.parse_datetime(said) if isinstance(said, str) else said
    if not isinstance(moment, datetime):
        return None
    return int(dt_util.as_utc(moment).timestamp())  # without a zone it is the home's


def number_of(said: object) -> float:
    """Return a number that a service says, nan where it says none."""
    try:
        value = float(said)  # type: ignore[arg-type]  # whatever it is
    except TypeError, ValueError:
        return nan
    return value if isfinite(value) else nan


def hour_of(instant: int, zone: str) -> int:
    """Return the start of the hour of the local clock that an instant falls into [Unix s]."""
    return period_floor(instant, zone, HOUR_S)


def hour_grid(hours: Iterable[int]) -> tuple[int, int]:
    """Return the first of some hours [Unix s], and how many there are to the last, `MOST_HOURS` at most."""
    starts = list(hours)
    first = min(starts)
    return first, min((max(starts) - first) // HOUR_S + 1, MOST_HOURS)


def filled(values: Floats, longest: int) -> Floats:
    """Return values with straight lines through gaps of less than `longest` hours: of services that skip hours."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size < 2:
        return values
    places = np.arange(values.size)
    line: Floats = np.interp(places, known, values[known], left=nan, right=nan)
    after = np.clip(np.searchsorted(known, places), 1, known.size - 1)
    line[known[after] - known[after - 1] > longest] = nan
    line[known] = values[known]
    return line
