"""A model of the operator, held to what it showed when it was checked: afterwards it may still fail on other rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..forecasting.consumption.card import Card
from ..forecasting.model import Model, ModelRefused
from .engines import Rows

MOST: Final = 1_000.0
"""No hour of a home is so many times its usual one; what a model says beyond is not believed."""
_ROWS: Final = 48
"""Two days at once: more than one, because a file may be made for exactly the row of its self-test."""
_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class GuardedModel:
    """A model whose failures are unknown values (nan): the forecaster then goes by what else it has."""

    metadata: Mapping[str, str]
    _model: Model

    def run(self, rows: Rows) -> Rows:
        """Return the outputs, shape (n, 1), in multiples of a usual hour, for rows of inputs, shape (n, f).

        They are nan where the model cannot be run, or says what nobody can believe.
        """
        try:
            found = self._model.run(rows)
        except ModelRefused:
            return np.full((rows.shape[0], 1), np.nan, np.float32)
        return np.where(np.abs(found) <= MOST, found, np.float32(np.nan))


def guarded(model: Model, card: Card) -> GuardedModel:
    """Return a model that passed its self-test, once it answers the same when many rows are asked at once.

    Raises:
        ModelRefused: it does not, or what it answers cannot be an hour's energy.
    """
    if not abs(card.answer[0]) <= MOST:
        raise ModelRefused(f"The model's self-test gives {card.answer[0]} times a usual hour.")
    answers = model.run(np.array([card.row] * _ROWS, np.float32))
    if answers.shape != (_ROWS, 1) or not np.allclose(answers, card.answer[0], rtol=_TOLERANCE, atol=_TOLERANCE):
        raise ModelRefused("The model answers otherwise when it is asked for many hours at once.")
    return GuardedModel(model.metadata, model)
