"""What a plant will generate, learnt on the device from what it did under the weather that was forecast.

The weather of an hour, against the weather that its level was measured in, moves it from its level, by ridge
regression in parts of the hour's clear-sky output. So a biased cloud forecast calibrates itself, a forecast that is
worth little is shrunk to the mean, and a plant that grew takes its relation to the weather along.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..series import Floats
from .levels import Issues, Levels, Plant, every_day, faded, levels, sums_of
from .sky import PENALTIES as SKY_PENALTIES
from .sky import sky_of, turned

FEWEST_DAYS: Final = 14
"""The model answers from so many measured days on, and looks at the weather from so many days with a forecast on."""
FEWEST_DAYS_TO_JUDGE: Final = 7
"""From so many it is judged."""
_HALF_LIFE_DAYS: Final = 150.0
"""Days after which a day counts half in the regression."""
_RIDGE_DAYS: Final = 5.0
"""So many days of no relation at all are added to what was seen."""
_OFF: Final = 1e9
"""Penalty that leaves nothing of a column."""
_LEVEL_COLUMNS: Final = 2
_PENALTIES: Final = np.array((1.0,) * _LEVEL_COLUMNS + SKY_PENALTIES)
_FIRST_DAYS: Final = 3
"""A level of fewer days is no level to learn against."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of each issue's target.

    Attributes:
        wh: expected energy [Wh], shape (m, 24), not yet bounded; nan where the model does not answer.
        levels: where the hours are without a look at the weather.
    """

    wh: Floats
    levels: Levels


@dataclass(frozen=True, slots=True)
class SiteModel:
    """What a plant's past days say, ready to be fitted as of any of them (`site_model`).

    Attributes:
        plant: the plant.
        sums: its faded sums (`levels.sums_of`).
        sky_sums: faded sums of the weather's columns over measured hours, and counts, shape (n, 24, 2, k); None
            without any weather.
        grams, products: normal equations of each day, shape (n, k, k) and (n, k).
        seen: whether a column of a day says anything, shape (n, k).
        measured: whether a day was measured, shape (n,).
    """

    plant: Plant
    sums: Floats
    sky_sums: Floats | None
    grams: Floats
    products: Floats
    seen: NDArray[np.bool_]
    measured: NDArray[np.bool_]

    def predict(self, issues: Issues, fewest_days: int, weather: Floats | None = None) -> Prediction:
        """Return what the model, fitted as of each issue, says of its target.

        Args:
            issues: when, and of which days.
            fewest_days: measured days below which it does not answer, and days with a weather forecast below which
                it does not look at the weather.
            weather: of each issue's target, shape (m, 24, 3); None: as in the plant.
        """
        found = levels(self.plant, self.sums, issues)
        if weather is None and self.plant.weather is not None:
            weather = self.plant.weather[issues.target]
        columns = _columns(found, self.sky_sums, issues, weather)
        weights = self._weights(issues)
        wh = found.mean + np.einsum("mhk,mk->mh", columns, self._fit(weights, fewest_days))
        answers = (weights > 0.0).astype(float) @ self.measured >= fewest_days
        return Prediction(np.where(answers[:, None], np.maximum(wh, 0.0), np.nan), found)

    def _weights(self, issues: Issues) -> Floats:
        """Return what each day counts in the fit of each issue, shape (m, n): whole days before the issue's."""
        age = issues.row[:, None] - np.arange(self.plant.wh.shape[0])
        return np.where(age >= 1, 0.5 ** (np.maximum(age, 0) / _HALF_LIFE_DAYS), 0.0)

    def _fit(self, weights: Floats, fewest_days: int) -> Floats:
        """Return the coefficients of each issue, shape (m, k)."""
        size = self.products.shape[1]
        gram = (weights @ self.grams.reshape(-1, size * size)).reshape(-1, size, size)
        days = weights @ self.seen
        scale = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
        scale = np.where(scale > 0.0, scale, 1.0)
        penalty = _RIDGE_DAYS * _PENALTIES[:size] / np.maximum(days, 1.0)
        if size > _LEVEL_COLUMNS:
            with_weather = (weights > 0.0).astype(float) @ self.seen[:, _LEVEL_COLUMNS:].any(axis=1)
            penalty[with_weather < fewest_days, _LEVEL_COLUMNS:] = _OFF
        normal = gram / (scale[:, :, None] * scale[:, None, :])
        normal[:, np.arange(size), np.arange(size)] += penalty
        return np.linalg.solve(normal, (weights @ self.products / scale)[..., None])[..., 0] / scale


def site_model(plant: Plant, hour: int) -> SiteModel:
    """Return the model of a plant whose past days are forecast when so many hours of the day before are known."""
    days = every_day(plant, hour)
    sums = sums_of(plant)
    found = levels(plant, sums, days)
    known = np.isfinite(plant.wh)
    sky_sums = None
    if plant.weather is not None:
        sky = sky_of(plant.weather, found.clear)
        told = np.isfinite(sky) & known[..., None]
        sky_sums = faded(np.stack((np.where(told, sky, 0.0), told), axis=2))
    measured = known.any(axis=1)
    learnt = known & (np.cumsum(measured) > _FIRST_DAYS)[:, None]
    columns = np.where(learnt[..., None], _columns(found, sky_sums, days, plant.weather), 0.0)
    above = np.where(learnt, plant.wh - found.mean, 0.0)
    turned_columns = columns.swapaxes(1, 2)
    return SiteModel(
        plant=plant,
        sums=sums,
        sky_sums=sky_sums,
        grams=turned_columns @ columns,
        products=(turned_columns @ above[..., None])[..., 0],
        seen=columns.any(axis=1),
        measured=measured,
    )


def _columns(found: Levels, sky_sums: Floats | None, issues: Issues, weather: Floats | None) -> Floats:
    """Return the inputs of the regression for each issue's target, shape (m, 24, k); 0 of what is not known."""
    moves = found.moves[:, None, :]
    if sky_sums is not None and weather is not None:
        total, count = np.moveaxis(np.nan_to_num(issues.pick(sky_sums)), 2, 0)
        usual = total / np.maximum(count, 1e-9)
        anomaly = np.where(count > 0.0, np.nan_to_num(sky_of(weather, found.clear) - usual), 0.0)
        every_hour = np.broadcast_to(moves, (*found.mean.shape, moves.shape[-1]))
        moves = np.concatenate((every_hour, turned(anomaly, found.clear)), axis=-1)
    return np.asarray(found.clear[..., None] * moves)
