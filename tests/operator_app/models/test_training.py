"""Training: the same data give the same bytes, what comes after the limit is not looked at, and it fits exactly."""

import numpy as np
import pytest

from caravels_operator.common.forecasting.consumption.card import check_model, read_card
from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.periods import HOUR_S
from caravels_operator.models.training import Moments, NothingToTrain, fit, train

CALENDAR = Calendar("Europe/Lisbon")
START = 1_736_121_600  # 6 January 2025, a Monday


def home(days: int, seed: int) -> Series:
    chance = np.random.default_rng(seed)
    hour = np.arange(24 * days) % 24
    return Series(START, (200 + 800 * np.exp(-((hour - 19) ** 2) / 8)) * chance.gamma(5.0, 0.2, hour.size) * seed)


HOMES = {f"h{seed}": home(60, seed) for seed in range(1, 6)}


def test_the_same_data_give_the_same_bytes_whatever_works_on_them() -> None:
    seen: list[str] = []
    one = train(HOMES, CALENDAR, data="made up", progress=seen.append, workers=1)
    assert seen == list(HOMES)
    assert train(HOMES, CALENDAR, data="made up", workers=2) == one
    for horizon, data in one.items():
        card = check_model(read_numpy(data), horizon)
        assert (card.data, card.homes, card.trained_from, card.trained_until) == (
            "made up",
            5,
            "2025-01-06",
            "2025-03-06",
        )


def test_nothing_after_the_limit_is_looked_at() -> None:
    until = START + 24 * 50 * HOUR_S
    spoilt = {
        name: Series(START, np.where(np.arange(one.wh.size) < 24 * 50, one.wh, 1e6)) for name, one in HOMES.items()
    }
    assert train(spoilt, CALENDAR, until=until) == train(HOMES, CALENDAR, until=until)
    assert train(spoilt, CALENDAR) != train(HOMES, CALENDAR)
    card = read_card(read_numpy(train(spoilt, CALENDAR, until=until)[Horizon.DAY_AHEAD]).metadata)
    assert card.trained_until == "2025-02-24"


def test_names_and_sizes_of_homes_do_not_matter() -> None:
    renamed = {f"x{name}": Series(one.first, one.wh * 1_000) for name, one in HOMES.items()}
    ours, theirs = (train(homes, CALENDAR)[Horizon.DAY_AHEAD] for homes in (HOMES, renamed))
    rows = np.abs(np.random.default_rng(1).standard_normal((50, len(read_card(read_numpy(ours).metadata).row))))
    answers = [read_numpy(data).run(rows.astype(np.float32)) for data in (ours, theirs)]
    assert np.allclose(answers[0], answers[1], atol=1e-3)


def test_homes_of_a_few_days_teach_nothing() -> None:
    with pytest.raises(NothingToTrain, match="28"):
        train({"a": home(20, 1), "b": Series(START, np.full(2_000, np.nan))}, CALENDAR)
    with pytest.raises(NothingToTrain):
        train({}, CALENDAR)


def test_the_regression_finds_what_was_put_in() -> None:
    chance = np.random.default_rng(2)
    inputs = chance.standard_normal((5_000, 4)) * [1.0, 10.0, 0.1, 0.0]
    target = inputs @ [2.0, -0.3, 5.0, 0.0] + 7.0
    table = np.column_stack((inputs, target))
    weights, intercept = fit(Moments(len(table), table.sum(axis=0), table.T @ table))
    assert weights == pytest.approx([2.0, -0.3, 5.0, 0.0], rel=0.02)
    assert intercept == pytest.approx(7.0, rel=0.01)
