"""What followed when the last hours looked like this before: a kernel regression over a home's own past.

Moments at the same time of the day, and an hour before and after it, of the last weeks are weighted by how near the
hours that led up to them were to the latest ones. Roots of energies are compared, so that one spike does not decide;
distances are relative to their mean, so that the scale of a home does not matter. In the manner of the analogue
ensembles and k nearest neighbours of the literature (Gigoni et al.), but as one input of a linear model among others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..days import Days, is_day_off
from ..series import HOURS_A_DAY, Floats, Integers

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
_PRIOR: Final = np.exp(-_BACK / _AGE_DAYS - _SHIFT_COST * np.abs(_SHIFT)).astype(np.float32)
_PRIOR_UNLIKE: Final = _PRIOR * np.float32(np.exp(-_UNLIKE_COST))
type Roots = NDArray[np.float32]
"""Single precision is enough to weigh by, and twice as fast."""

HISTORY_DAYS: Final = DAYS + 2
"""Days that a table must have before the first moment; they may be empty."""


@dataclass(frozen=True, slots=True)
class Past:
    """Consecutive hours of the clock, as they are compared and as they are averaged.

    Attributes:
        root: square root of the energy [Wh^0.5], shape (n,); gaps are filled from the days before.
        wh: energy [Wh], shape (n,); 0 where it is not known.
        known: whether it is, shape (n,).
        off: whether a day is a Saturday, a Sunday or a holiday, shape (n / 24,).
    """

    root: Roots
    wh: Roots
    known: NDArray[np.bool_]
    off: NDArray[np.bool_]


def past_of(days: Days) -> Past:
    """Return a table of days as a past."""
    known = np.isfinite(days.wh)
    wh = np.where(known, days.wh, 0.0)
    root = np.sqrt(np.maximum(wh, 0.0))
    if not known.all():
        rows = np.where(known, np.arange(days.count)[:, None], 0)
        root = np.take_along_axis(root, np.maximum.accumulate(rows, axis=0), axis=0)
    return Past(root.ravel().astype(np.float32), wh.ravel().astype(np.float32), known.ravel(), is_day_off(days.kind))


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


def means_after_similar(
    past: Past,
    similarities: Sequence[Similarity],
    moment: Integers,
    target: Integers,
    off: NDArray[np.bool_],
    since: Integers,
) -> list[Floats]:
    """Return what followed similar moments on average [Wh], shape (d, 24) by similarity; nan where nothing is known.

    Args:
        past: hours of the clock; at least `HISTORY_DAYS` lie before every moment.
        similarities: how moments are compared.
        moment: positions of the first hours that were not known, ascending: shape (d, 1), one for all hours of a day,
            or (d, 24), one for each.
        target: positions of the hours to forecast, shape (d, 24), by day.
        off: whether the day to forecast is a day off, shape (d,).
        since: the first day that counts, as its row, shape (d,).
    """
    days_back = target[:, :1] // HOURS_A_DAY - _BACK
    unlike = past.off[np.minimum(days_back, past.off.size - 1)] != off[:, None]
    of_day = np.where(unlike, _PRIOR_UNLIKE, _PRIOR) * (days_back >= since[:, None])
    last = past.known.size - 1
    source = target[:, :, None] - _LAGS
    usable = ((source < moment[:, :, None]) & past.known[np.minimum(source, last)]).astype(np.float32)
    value = past.wh[np.minimum(source, last)] * usable
    found = []
    for distance in _distances(past, similarities, moment):
        weight = np.exp(-distance, out=distance).reshape(*moment.shape, _LAGS.size)
        weight *= of_day[:, None]
        with np.errstate(invalid="ignore"):
            mean = np.vecdot(weight, value) / np.vecdot(weight, usable)
        found.append(mean.astype(np.float64))
    return found


def _distances(past: Past, similarities: Sequence[Similarity], moment: Integers) -> Iterator[Roots]:
    """Yield the distance of each past moment from each moment, in units of their mean, shape (moments, lags)."""
    moments = moment.ravel()
    longest = max(similarity.hours for similarity in similarities)
    low, end = int(moments[0]) - longest, int(moments[-1])
    apart = past.root[low:end, None] - _before(past.root, low, end)
    apart *= apart
    hour_after_hour = moments.size == end - low - longest + 1
    known = past.known[moments[:, None] - 1 - _LAGS].astype(np.float32)
    count = np.maximum(known.sum(axis=1), 1.0)
    for similarity in similarities:
        distance = np.zeros((moments.size, _LAGS.size), np.float32)
        for back in range(similarity.hours):
            rows = slice(longest - 1 - back, end - low - back) if hour_after_hour else moments - low - 1 - back
            distance += apart[rows] * np.float32(np.exp(-back / similarity.fading))
        mean = np.vecdot(distance, known) / count
        distance /= (np.float32(similarity.sharpness) * np.where(mean > 0.0, mean, np.float32(1.0)))[:, None]
        yield distance


def _before(values: Roots, low: int, end: int) -> Roots:
    """Return the values so many hours before the positions from `low` to `end`, shape (end - low, lags)."""
    windows = sliding_window_view(values[low - _LONGEST : end], _LONGEST + 1)
    before: Roots = windows[:, _LONGEST - _LAGS]
    return before
