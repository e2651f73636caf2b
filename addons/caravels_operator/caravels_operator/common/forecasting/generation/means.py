"""The means that a plant's forecasts are measured against: the last seven days, and the same hour last week."""

from typing import Final

import numpy as np

from ..series import Floats
from .levels import Issues
from .plant_data import PlantData

_DAYS: Final = 7
_WEEKS: Final = 4


def mean_of_seven_days(data: PlantData, issues: Issues) -> Floats:
    """Return the mean of the last seven measured days of each hour of the clock [Wh], shape (m, 24).

    An hour of the clock that was not measured in them has its share of the sun, where the place is known, else the
    mean of those that were; nan where nothing was.
    """
    known = np.isfinite(data.wh)
    measured = np.flatnonzero(known.any(axis=1))
    wh = np.where(known, data.wh, 0.0)
    sums = np.stack((wh, known, np.where(known, data.clear, 0.0)))[:, measured]
    upto = np.concatenate((np.zeros((3, 1, sums.shape[2])), np.cumsum(sums, axis=1)), axis=1)
    last = np.searchsorted(measured, np.stack((issues.row, issues.row - 1)), side="right")
    today, before = (upto[:, last] - upto[:, np.maximum(last - _DAYS, 0)]).swapaxes(0, 1)
    total, count, sun = np.concatenate((today[:, :, : issues.hour], before[:, :, issues.hour :]), axis=2)
    usual = total.sum(axis=1, keepdims=True) / np.maximum(sun.sum(axis=1, keepdims=True), 1e-9)
    mean = np.where(count > 0.0, total / np.maximum(count, 1.0), usual * data.clear[issues.target])
    return np.where(count.any(axis=1, keepdims=True), mean, np.nan)


def last_week(data: PlantData, issues: Issues) -> Floats:
    """Return what each hour gave a week before, or as many weeks as it takes to find it known [Wh], shape (m, 24)."""
    found = np.full((issues.target.size, data.wh.shape[1]), np.nan)
    for week in range(1, _WEEKS + 1):
        row = issues.target - 7 * week
        values = data.wh[np.maximum(row, 0)]
        found = np.where(np.isfinite(found) | (row < 0)[:, None], found, values)
    return found
