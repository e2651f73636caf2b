"""The next two hours of a plant: the day-ahead forecast, moved by how far the last hours were off it.

An hour's deviation is counted in parts of a clear hour (the clear-sky index of the plant itself), so that it is carried
from low sun to high. How much of it lasts is learnt by ridge regression from the last weeks, for each lead apart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..series import HOURS_A_DAY, Floats

LEADS: Final = 2
_LOW: Final = 0.05
"""A clear hour counts at least this share of the highest: an hour at the horizon says little."""
_RIDGE_DAYS: Final = 5.0
_FIRST_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Course:
    """Consecutive days: what was expected of them the day before, and what came.

    Attributes:
        expected: the day-ahead forecast [Wh], shape (n, 24).
        clear: what a clear hour gives [Wh], shape (n, 24).
        wh: what was measured [Wh], shape (n, 24); nan where it is not known (yet).
    """

    expected: Floats
    clear: Floats
    wh: Floats

    def moved(self, lead: int) -> Floats:
        """Return the forecasts of every hour, made when `lead` hours before it the hour was over [Wh], shape (n, 24).

        Each day is forecast by what was learnt from the days before it. nan where the day-ahead forecast is.
        """
        columns = self._columns(lead)
        above = self.wh - self.expected
        learnt = np.isfinite(above)
        inputs = np.where(learnt[..., None], columns, 0.0)
        turned = inputs.swapaxes(1, 2)
        grams = _before(turned @ inputs)
        products = _before(turned @ np.where(learnt, above, 0.0)[..., None])[..., 0]
        days = _before(learnt.any(axis=1).astype(float))
        moved = self.expected + np.einsum("nhk,nk->nh", columns, _ridge(grams, products, days))
        return np.asarray(np.maximum(moved, 0.0))

    def _columns(self, lead: int) -> Floats:
        """Return what is known of the deviation when `lead` hours before an hour the hour was over, shape (n, 24, k).

        The deviation of the last known hour, of the one before it, and of the whole day so far; the first also by the
        time of the day.
        """
        clear = np.maximum(self.clear, _LOW * self.clear.max(axis=1, keepdims=True))
        above = np.nan_to_num(self.wh - self.expected)
        index = np.divide(above, clear, out=np.zeros_like(above), where=clear > 0.0)
        so_far = np.cumsum(above, axis=1) / np.maximum(np.cumsum(clear, axis=1), 1e-9)
        last, before, day = _later(index, lead), _later(index, lead + 1), _later(so_far, lead)
        noon = (self.clear @ np.arange(HOURS_A_DAY)) / np.maximum(self.clear.sum(axis=1), 1e-9)
        angle = (np.arange(HOURS_A_DAY) - noon[:, None]) / 6.0
        return np.asarray(self.clear[..., None] * np.stack((last, before, day, last * angle), axis=-1))


def _later(values: Floats, hours: int) -> Floats:
    """Return the values of so many hours before, 0 before the day began."""
    return np.concatenate((np.zeros((values.shape[0], hours)), values[:, :-hours]), axis=1)


def _before(of_days: Floats) -> Floats:
    """Return the sums over the days before each day."""
    return np.asarray(np.cumsum(of_days, axis=0) - of_days)


def _ridge(grams: Floats, products: Floats, days: Floats) -> Floats:
    """Return the coefficients of each day, shape (n, k); 0 where too few days were learnt."""
    scale = np.sqrt(np.diagonal(grams, axis1=1, axis2=2))
    scale = np.where(scale > 0.0, scale, 1.0)
    normal = grams / (scale[:, :, None] * scale[:, None, :])
    diagonal = np.arange(scale.shape[1])
    normal[:, diagonal, diagonal] += (_RIDGE_DAYS / np.maximum(days, 1.0))[:, None]
    found = np.linalg.solve(normal, (products / scale)[..., None])[..., 0] / scale
    return np.where(days[:, None] >= _FIRST_DAYS, found, 0.0)
