"""Trains the pooled consumption models: one ridge regression a horizon over many homes, each divided by its own scale.

A linear model of scale-free inputs wins here over trees and small networks, and serves homes that it never saw
(docs/methods/forecasting.md has the measurements). It minimises the squared error, so that it forecasts the mean.
Training is exact and without chance: the same data give the same bytes.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import reduce
from hashlib import sha256
from itertools import repeat
from operator import add
from typing import Final

import numpy as np

from ..common.forecasting.consumption.card import Card, digests_of
from ..common.forecasting.consumption.contract import (
    CONTRACT_VERSION,
    LARGEST_INPUT,
    Rows,
    day_ahead_rows,
    hour_ahead_rows,
)
from ..common.forecasting.consumption.similar import HISTORY_DAYS
from ..common.forecasting.days import days_of
from ..common.forecasting.forecast import Horizon
from ..common.forecasting.quality import Believed, believed, known_at
from ..common.forecasting.series import Calendar, Floats, Integers, Series
from .export import linear_file

FEWEST_DAYS: Final = 28
"""Days of a home that only serve as its history; a home needs more than that."""
MODEL_NAMES: Final = {Horizon.DAY_AHEAD: "consumption_day_ahead", Horizon.HOUR_AHEAD: "consumption_hour_ahead"}
_ISSUES: Final = ((12, 0), (12, 1), (24, 1))
"""Issue hour and days ahead: the rest of today, tomorrow from noon, and tomorrow from the end of today."""
_PENALTY: Final = 0.004
"""Of the ridge, a row, on standardised inputs."""
_HOMES_WORTH_A_POOL: Final = 4

type Progress = Callable[[str], None]


class NothingToTrain(ValueError):
    """No home has days enough, or none used anything; the message is a sentence for who gave the data."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over rows, which is all that a linear regression needs of them.

    Attributes:
        rows: how many.
        first: sums of inputs and target, shape (f + 1,).
        second: sums of their products, shape (f + 1, f + 1).
    """

    rows: int
    first: Floats
    second: Floats

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.rows + other.rows, self.first + other.first, self.second + other.second)


@dataclass(frozen=True, slots=True)
class HomeMoments:
    """What is learnt of one home, by horizon, and the digests of its days."""

    moments: Mapping[Horizon, Moments]
    digests: tuple[bytes, ...]
    first: int
    last: int


def train(
    series: Mapping[str, Series],
    calendar: Calendar,
    *,
    until: int | None = None,
    data: str = "",
    progress: Progress = lambda _home: None,
    workers: int | None = None,
) -> dict[Horizon, bytes]:
    """Return the model files of both horizons, trained on homes.

    Args:
        series: what homes consumed [Wh], by home.
        calendar: their clock and holidays.
        until: nothing from this instant on is looked at [Unix s].
        data: what the data are, and their licence, for the card.
        progress: is called with the name of each home whose data are worked through.
        workers: processes; as many as there are cores where it is not said, none for a few homes.

    Raises:
        NothingToTrain: no home has more than `FEWEST_DAYS` days, or none used anything.
    """
    known = {home: one if until is None else one.until(until) for home, one in series.items()}
    pool = min(workers or os.cpu_count() or 1, len(known)) if len(known) >= _HOMES_WORTH_A_POOL else 1
    names, found = list(known), []
    for home, one in zip(names, _spread(list(known.values()), calendar, pool), strict=True):
        if one is not None:
            found.append(one)
        progress(home)
    if not found:
        raise NothingToTrain(f"No home has more than {FEWEST_DAYS} measured days to learn from.")
    if not all(sum(home.moments[horizon].rows for home in found) for horizon in MODEL_NAMES):
        raise NothingToTrain(f"No home used anything on more than {FEWEST_DAYS} days: there is nothing to learn.")
    return {horizon: _file(horizon, found, data) for horizon in MODEL_NAMES}


def home_moments(series: Series, calendar: Calendar) -> HomeMoments | None:
    """Return what is learnt of a home, or None if it has too few days."""
    if not np.isfinite(series.wh).any():
        return None
    shown = calendar.hours(series.first, series.wh.size).day
    first, last = int(shown[0]), int(shown[-1])
    raw = days_of(series, calendar, first - HISTORY_DAYS, last)
    history = believed(raw)
    days = history.days
    measured = np.cumsum(np.isfinite(days.wh).any(axis=1))
    if measured[-1] <= FEWEST_DAYS:
        return None
    targets = np.flatnonzero(measured > FEWEST_DAYS)
    targets = targets[targets > int(targets[0])]
    moments = {
        Horizon.DAY_AHEAD: _day_ahead(history, targets),
        Horizon.HOUR_AHEAD: _moments(hour_ahead_rows(known_at(history, targets, 0), history.past), days.wh[targets]),
    }
    return HomeMoments(moments, tuple(digests_of(raw)), first, last)


def fit(moments: Moments) -> tuple[Floats, float]:
    """Return weights and intercept of the ridge regression of the last column on the others, shape (f,)."""
    mean = moments.first / moments.rows
    covariance = moments.second / moments.rows - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance)[:-1], 0.0))
    spread = np.where(spread > 1e-9, spread, np.inf)  # what never varies says nothing
    inputs = covariance[:-1, :-1] / np.outer(spread, spread) + _PENALTY * np.eye(spread.size)
    weights: Floats = np.linalg.solve(inputs, covariance[:-1, -1] / spread) / spread
    return weights, float(mean[-1] - mean[:-1] @ weights)


def _spread(series: list[Series], calendar: Calendar, workers: int) -> Iterable[HomeMoments | None]:
    if workers <= 1:
        yield from map(home_moments, series, repeat(calendar))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(home_moments, series, repeat(calendar))


def _day_ahead(history: Believed, targets: Integers) -> Moments:
    days, parts = history.days, []
    for hour, ahead in _ISSUES:
        rows = day_ahead_rows(known_at(history, targets - ahead, hour), history.past, targets, days.kind[targets])
        actual = days.wh[targets].copy()
        if not ahead:
            actual[:, :hour] = np.nan
        parts.append(_moments(rows, actual))
    return reduce(add, parts)


def _moments(rows: Rows, actual: Floats) -> Moments:
    """Return the sums over the hours that were measured, of homes that use anything."""
    used = np.isfinite(actual) & (rows.profile.scale > 0.0)[:, None]
    scale = np.where(used, rows.profile.scale[:, None], 1.0)
    target = np.minimum(actual / scale, LARGEST_INPUT)[used]
    table = np.column_stack((rows.inputs[used], target))
    return Moments(len(table), table.sum(axis=0), table.T @ table)


def _file(horizon: Horizon, homes: list[HomeMoments], data: str) -> bytes:
    total = reduce(add, (home.moments[horizon] for home in homes))
    weights, intercept = fit(total)
    row = (total.first[:-1] / total.rows).astype(np.float32)
    answer = float(row.astype(float) @ weights.astype(np.float32) + np.float32(intercept))
    digests = b"".join(sorted({digest for home in homes for digest in home.digests}))
    contents = sha256(weights.astype("<f4").tobytes() + digests).hexdigest()
    card = Card(
        name=MODEL_NAMES[horizon],
        version=f"{CONTRACT_VERSION}.{contents[:8]}",
        horizon=horizon,
        loss="squared error",
        data=data,
        homes=len(homes),
        trained_from=date.fromordinal(min(home.first for home in homes)).isoformat(),
        trained_until=date.fromordinal(max(home.last for home in homes)).isoformat(),
        digests=digests,
        row=tuple(round(float(value), 6) for value in row),
        answer=(round(answer, 6),),
    )
    return linear_file(weights, intercept, card.metadata())
