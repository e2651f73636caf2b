"""What may happen around the mean: quantiles from one's own errors, and a width that adapts to how often they hold.

Split conformal on the errors of the last 28 days, scaled by hour of the day; the width follows the share of misses
from day to day (reference: forecasting, section 3).
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .series import HOURS_A_DAY, Floats, Integers

QUANTILES: Final = (0.1, 0.5, 0.9)
FIRST_WIDTH: Final = 1.05
"""What 28 days leave out of the tails; from there on the width adapts."""
_STEP: Final = 0.02
_WIDTHS: Final = (0.5, 2.0)
# Before a week of errors is known: quantiles as shares of the mean.
_FIRST: Final = np.array([[0.3], [0.85], [1.9]])
_FEWEST_ERRORS: Final = 7 * HOURS_A_DAY
_SHRINK_DAYS: Final = 3.0
"""An hour's own scale is drawn to that of all hours as if that had been seen on so many days."""
_LEAST_SCALE: Final = 0.02
"""Of the scale of all hours: what was always right may still be wrong once."""


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of the error of a mean.

    Attributes:
        scale: typical size of the error in each hour of the day [Wh], shape (24,).
        score: P10, P50 and P90 of error / scale; None before enough errors are known.
    """

    scale: Floats
    score: Floats | None

    def around(self, mean: Floats, hour: Integers, width: float) -> Floats:
        """Return P10, P50 and P90 [Wh], shape (3, m), ascending, for means of hours of the day, shape (m,) each."""
        if self.score is None:
            return np.asarray(_FIRST * mean)
        middle = self.score[1]
        stretched = middle + (self.score - middle) * width
        around: Floats = mean + stretched[:, None] * self.scale[hour]
        return around


def band_of(past: NDArray[np.floating]) -> Band:
    """Return the band that fits past errors, measured - mean [Wh], shape (days, 24); nan where nothing is known."""
    errors = past.astype(np.float64)
    known = np.isfinite(errors)
    count = known.sum()
    if count < _FEWEST_ERRORS:
        return Band(np.zeros(HOURS_A_DAY), None)
    size = np.where(known, np.abs(errors), 0.0)
    typical = size.sum() / count
    if typical <= 0.0:
        return Band(np.zeros(HOURS_A_DAY), np.zeros(len(QUANTILES)))
    days = known.sum(axis=0)
    of_hour = np.maximum(size.sum(axis=0) / np.maximum(days, 1), _LEAST_SCALE * typical)
    own = days / (days + _SHRINK_DAYS)
    scale = typical ** (1.0 - own) * of_hour**own
    score = np.sort((errors / scale)[known])
    return Band(scale, score[_ranks(int(count))])


def adapted(width: float, missed: float) -> float:
    """Return the width after a day on which a share of hours lay outside of the band from P10 to P90."""
    outside = QUANTILES[0] + 1.0 - QUANTILES[2]
    least, most = _WIDTHS
    return min(max(width + _STEP * (missed - outside) / outside, least), most)


def _ranks(count: int) -> Integers:
    """Return where the quantiles stand among so many sorted scores: split conformal, outwards by one score."""
    low, middle, high = QUANTILES
    ranks = (floor(low * (count + 1)) - 1, round(middle * (count - 1)), ceil(high * (count + 1)) - 1)
    return np.array([min(max(rank, 0), count - 1) for rank in ranks], np.int64)
