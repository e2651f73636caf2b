"""What followed when the last hours looked like this before: a kernel regression over a home's own past.

Moments at the same time of the day, and an hour before and after it, of the last weeks are weighted by how near the
hours that led up to them were to the latest ones. Roots of energies are compared, so that one spike does not decide;
distances are relative to their mean, so that the scale of a home does not matter. In the manner of the analogue
ensembles and k nearest neighbours of the literature (Gigoni et al.), but as one input of a linear model among others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .days import Days, is_day_off
from .series import HOURS_A_DAY, Floats, Integers

DAYS: Final = 56
_SHIFTS: Final = (-1, 0, 1)
_SHIFT_COST: Final = 0.5
_AGE_DAYS: Final = 28.0
_UNLIKE_COST: Final = 0.5
"""For a day off where a working day is asked for, and the other way round."""
_BACK: Final = np.repeat(np.arange(1, DAYS + 1), len(_SHIFTS))
_SHIFT: Final = np.tile(np.array(_SHIFTS), DAYS)
_LAGS: Final = HOURS_A_DAY * _BACK + _SHIFT
_LONGEST: Final = int(_LAGS.max())
_PRIOR: Final = -_BACK / _AGE_DAYS - _SHIFT_COST * np.abs(_SHIFT)
HISTORY_DAYS: Final = DAYS + 2
"""Days that a table must have before the first moment; they may be empty."""


@dataclass(frozen=True, slots=True)
class Past:
    """Consecutive hours of the clock, as they are compared and as they are averaged.

    Attributes:
        root: square root of the energy [Wh^0.5], shape (n,); gaps are filled from the days before.
        wh: energy [Wh], shape (n,); 0 where it is not known.
        known: whether it is, as 0 or 1, shape (n,).
        off: whether a day is a Saturday, a Sunday or a holiday, shape (n / 24,).
    """

    root: Floats
    wh: Floats
    known: Floats
    off: NDArray[np.bool_]


def past_of(days: Days) -> Past:
    """Return a table of days as a past."""
    known = np.isfinite(days.wh)
    wh = np.where(known, days.wh, 0.0)
    root = np.sqrt(np.maximum(wh, 0.0))
    if not known.all():
        rows = np.where(known, np.arange(days.count)[:, None], 0)
        root = np.take_along_axis(root, np.maximum.accumulate(rows, axis=0), axis=0)
    return Past(root.ravel(), wh.ravel(), known.ravel().astype(float), is_day_off(days.kind))


@dataclass(frozen=True, slots=True)
class Similarity:
    """How moments are compared.

    Attributes:
        hours: how many hours before a moment are compared.
        fading: weight of an hour before it falls to 1/e over so many hours.
        sharpness: weight of a moment falls to 1/e at so many times the mean distance.
    """

    hours: int
    fading: float
    sharpness: float


def mean_after_similar(
    past: Past, similarity: Similarity, moment: Integers, target: Integers, off: NDArray[np.bool_], since: Integers
) -> Floats:
    """Return what followed similar moments on average [Wh], shape (m, q); nan where nothing is known.

    Args:
        past: hours of the clock; at least `HISTORY_DAYS` lie before every moment.
        similarity: how moments are compared.
        moment: positions of the first hours that were not known, ascending, shape (m,).
        target: positions of the hours to forecast, each row within one day, shape (m, q).
        off: whether the day to forecast is a day off, shape (m,).
        since: the first day that counts, as its row, shape (m,).
    """
    days_back = target[:, :1] // HOURS_A_DAY - np.arange(1, DAYS + 1)
    unlike = past.off[np.minimum(days_back, past.off.size - 1)] != off[:, None]
    of_day = np.where(unlike, np.exp(-_UNLIKE_COST), 1.0) * (days_back >= since[:, None])
    weight = np.exp(_PRIOR - _apart(past, similarity, moment)) * np.repeat(of_day, len(_SHIFTS), axis=1)
    source = target[:, :, None] - _LAGS
    known = past.known[np.minimum(source, past.known.size - 1)] * (source < moment[:, None, None])
    value = past.wh[np.minimum(source, past.wh.size - 1)] * known
    with np.errstate(invalid="ignore"):
        mean: Floats = (value @ weight[:, :, None])[:, :, 0] / (known @ weight[:, :, None])[:, :, 0]
    return mean


def _apart(past: Past, similarity: Similarity, moment: Integers) -> Floats:
    """Return the distance of each past moment from each moment, in units of their mean, shape (m, lags)."""
    low = int(moment[0]) - similarity.hours
    span = past.root[low : int(moment[-1])]
    apart = (span[:, None] - _before(past.root, low, span.size)) ** 2
    last = moment - low - 1
    distance = apart[last]
    for back in range(1, similarity.hours):
        distance += apart[last - back] * np.exp(-back / similarity.fading)
    known = past.known[moment[:, None] - 1 - _LAGS]
    total = (distance * known).sum(axis=1, keepdims=True)
    mean = total / np.maximum(known.sum(axis=1, keepdims=True), 1.0)
    relative: Floats = distance / (similarity.sharpness * np.where(mean > 0.0, mean, 1.0))
    return relative


def _before(values: Floats, low: int, count: int) -> Floats:
    """Return the values so many hours before `count` positions from `low` on, shape (count, lags)."""
    windows = sliding_window_view(values[low - _LONGEST : low + count], _LONGEST + 1)
    before: Floats = windows[:count, _LONGEST - _LAGS]
    return before
