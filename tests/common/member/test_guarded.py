"""A model that passed its self-test and goes wrong afterwards: it must not reach a forecast, nor a bid."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from caravels_operator.common.forecasting.consumption.card import read_card
from caravels_operator.common.forecasting.consumption.forecaster import ConsumptionForecaster
from caravels_operator.common.forecasting.forecast import Horizon, Method
from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.common.member.guarded import GuardedModel, guarded

HOUR = 3_600
TRUE = {horizon: read_numpy(data) for horizon, data in bundled_files().items()}


@dataclass(frozen=True)
class Odd:
    """A model that computes something of its own for rows other than that of its self-test."""

    how: Callable[[Any], Any]
    metadata: dict[str, str] = field(default_factory=dict)

    def run(self, rows: Any) -> Any:
        return self.how(rows)


def refuse(_rows: Any) -> Any:
    raise ModelRefused("The rows do not fit.")


@pytest.mark.parametrize(
    "how",
    [
        refuse,
        *(
            lambda rows, value=value: np.full((rows.shape[0], 1), value, np.float32)
            for value in (np.nan, np.inf, -np.inf, 1e30)
        ),
    ],
)
@pytest.mark.parametrize("horizon", list(Horizon))
def test_what_cannot_be_believed_is_not_forecast(how: Callable[[Any], Any], horizon: Horizon) -> None:
    days = 40
    wh = np.tile(np.arange(24.0) * 20 + 100, days)
    series, end = Series(0, wh), days * 24 * HOUR
    models = {far: GuardedModel(TRUE[far].metadata, Odd(how)) for far in Horizon}
    found = ConsumptionForecaster(models).forecast(series, Calendar("UTC"), horizon, end, end, 2)
    assert found.basis.method is not Method.MODEL
    assert found.mean_wh == pytest.approx(wh[:2], rel=0.1), "as the means of the last days are"
    assert (found.p90_wh <= 2 * wh.max()).all()


def test_what_a_good_model_says_is_left_as_it_is() -> None:
    for model in TRUE.values():
        card = read_card(model.metadata)
        rows = np.array([card.row, [0.0] * len(card.row)], np.float32)
        assert np.array_equal(guarded(model, card).run(rows), model.run(rows))


@pytest.mark.parametrize(
    "how",
    [
        lambda rows: rows[:1, :1],
        lambda rows: np.repeat(rows[:, :1], 2, axis=1),
        lambda rows: rows[:, :1] + np.arange(rows.shape[0], dtype=np.float32)[:, None],
        refuse,
    ],
)
def test_a_file_made_for_the_row_of_its_self_test_alone_is_refused(how: Callable[[Any], Any]) -> None:
    card = read_card(TRUE[Horizon.DAY_AHEAD].metadata)
    with pytest.raises(ModelRefused):
        guarded(Odd(how), replace(card, answer=(card.row[0],)))


@pytest.mark.parametrize("answer", [1e30, np.inf, np.nan])
def test_a_self_test_whose_answer_is_no_energy_is_refused(answer: float) -> None:
    card = replace(read_card(TRUE[Horizon.DAY_AHEAD].metadata), answer=(answer,))
    with pytest.raises(ModelRefused, match="self-test"):
        guarded(Odd(lambda rows: np.full((rows.shape[0], 1), answer, np.float32)), card)
