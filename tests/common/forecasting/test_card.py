"""A model's card, and the checks before a model is used: another contract, another answer, trained on these days."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from caravels_operator.common.forecasting.consumption.card import check_model, read_card, trained_days
from caravels_operator.common.forecasting.consumption.contract import NAMES, day_ahead_rows, hour_ahead_rows
from caravels_operator.common.forecasting.consumption.similar import HISTORY_DAYS
from caravels_operator.common.forecasting.days import days_of
from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.quality import believed, known_at
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.models.training import train

from .homes import LISBON, home

DAY, HOUR = Horizon.DAY_AHEAD, Horizon.HOUR_AHEAD


@dataclass(frozen=True)
class Fake:
    """A model that says what it is told to."""

    metadata: Mapping[str, str]
    answer: NDArray[np.float32]

    def run(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.answer


@pytest.mark.parametrize("horizon", Horizon)
def test_the_bundled_models_are_what_they_say(horizon: Horizon) -> None:
    data = bundled_files()[horizon]
    assert len(data) < 150_000
    card = check_model(read_numpy(data), horizon)
    assert (card.horizon, card.homes) == (horizon, 15)
    assert card.about()["days"] > 4_000
    assert "MIT" in card.data


def test_a_model_of_the_other_horizon_is_refused() -> None:
    with pytest.raises(ModelRefused, match=r"for hour_ahead, not for day_ahead"):
        check_model(read_numpy(bundled_files()[HOUR]), DAY)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("contract", "0", "contract is '0'"),
        ("zone_rule", "UTC", "zone_rule"),
        ("features", '["mean_7"]', "other inputs"),
        ("features", "null", "cannot be read"),
        ("self_test", "{}", "cannot be read"),
        ("self_test", '{"row": [1], "answer": [1]}', "1 inputs instead of"),
        ("digests", "!", "cannot be read"),
        ("horizon", "year_ahead", "cannot be read"),
    ],
)
def test_another_contract_is_refused_with_the_reason(key: str, value: str, says: str) -> None:
    model = read_numpy(bundled_files()[DAY])
    with pytest.raises(ModelRefused, match=says):
        check_model(Fake({**model.metadata, key: value}, model.run(np.zeros((1, len(NAMES[DAY])), np.float32))), DAY)
    with pytest.raises(ModelRefused):
        check_model(
            Fake({name: text for name, text in model.metadata.items() if name != key}, np.zeros((1, 1), np.float32)),
            DAY,
        )


def test_a_model_that_computes_something_else_is_refused() -> None:
    metadata = read_numpy(bundled_files()[DAY]).metadata
    answer = read_card(metadata).answer[0]
    check_model(Fake(metadata, np.array([[answer]], np.float32)), DAY)
    for wrong in ([[answer + 0.01]], [[np.nan]], [[answer, answer]]):
        with pytest.raises(ModelRefused, match=r"self-test|shape"):
            check_model(Fake(metadata, np.array(wrong, np.float32)), DAY)


def test_days_of_training_are_known_again_by_their_values() -> None:
    series = home(60)
    card = read_card(read_numpy(train({"a": series}, LISBON)[DAY]).metadata)
    assert trained_days(card, series, LISBON) == 60
    assert trained_days(card, Series(series.first, series.wh + 0.2), LISBON) == 60  # to the Wh
    assert trained_days(card, home(60, seed=2), LISBON) == 0
    assert trained_days(card, Series(series.first, np.zeros(0)), LISBON) == 0
    flat = Series(series.first, np.full(24 * 60, 300.0))
    assert trained_days(read_card(read_numpy(train({"a": flat, "b": series}, LISBON)[DAY]).metadata), flat, LISBON) == 0


def test_days_of_training_are_known_again_by_another_clock() -> None:
    series = home(60)
    utc, tokyo = Calendar("UTC"), Calendar("Asia/Tokyo")
    card = read_card(read_numpy(train({"a": series}, utc)[DAY]).metadata)
    assert trained_days(card, series, utc) == 60
    assert trained_days(card, series, tokyo) == 60
    late = Series(series.first + 31 * 3600, series.wh[31:])  # 58 whole days of training
    assert trained_days(card, late, tokyo) == 58
    assert trained_days(card, Series(series.first + 7 * 3600, series.wh[7:48]), tokyo) == 0  # one alone may be chance
    assert trained_days(card, Series(series.first, series.wh[:12]), tokyo) == 0


def test_the_inputs_are_what_their_names_say() -> None:
    series = home(100)
    first = int(LISBON.hours(series.first, 1).day[0])
    days = days_of(series, LISBON, first - HISTORY_DAYS, first + 69)
    row, by_day = HISTORY_DAYS + 60, series.wh.reshape(-1, 24)
    history = believed(days)
    rows = day_ahead_rows(
        known_at(history, np.array([row]), 12), history.past, np.array([row + 1]), days.kind[[row + 1]]
    )
    scale = np.concatenate((by_day[33:61, :12].mean(axis=0), by_day[32:60, 12:].mean(axis=0))).mean()
    assert rows.profile.scale[0] == pytest.approx(scale)
    found = dict(zip(NAMES[DAY], rows.inputs[0].T * scale, strict=True))
    assert found["last_1"][[5, 15]] == pytest.approx([by_day[60, 5], by_day[59, 15]])
    assert found["last_2"][5] == pytest.approx(by_day[59, 5])
    assert found["week_1"][15] == pytest.approx(by_day[54, 15])
    assert found["week_2"][15] == pytest.approx(by_day[47, 15])
    assert found["mean_7"][5] == pytest.approx(by_day[54:61, 5].mean())
    assert found["mean_28_hour_+1"][5] == pytest.approx(by_day[33:61, 4].mean())
    assert found["mean_4_same_weekdays"][15] == pytest.approx(by_day[[54, 47, 40, 33], 15].mean())
    assert found["above_1"][0] == pytest.approx(by_day[60, 11] - by_day[33:61, 11].mean())
    assert found["near_last_1"][5] == pytest.approx(by_day[60, 5] * np.exp(-17 / 12))
    assert found["day_off"] == pytest.approx(np.full(24, scale))  # 1: a Saturday
    hourly = hour_ahead_rows(known_at(history, np.array([row]), 0), history.past)
    found = dict(zip(NAMES[HOUR], hourly.inputs[0].T * hourly.profile.scale[0], strict=True))
    assert found["hour_1"][[0, 9]] == pytest.approx([by_day[59, 23], by_day[60, 8]])
    assert found["hour_6"][9] == pytest.approx(by_day[60, 3])
    assert found["hour_1_week_1"][9] == pytest.approx(by_day[53, 8])
    assert by_day[50:60, 9].min() < found["similar_hour"][9] < by_day[50:60, 9].max() * 1.5
