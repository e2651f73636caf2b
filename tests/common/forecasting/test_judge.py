"""Whom a judge believes, by how much it corrects him, and how sure it is: against plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from caravels_operator.common.forecasting.candidates import LAST_WEEK, MEAN_7_DAYS
from caravels_operator.common.forecasting.judge import Judge, new_judge

HOURS = np.arange(24)
CHANCE = np.random.default_rng(7)


def day(level: float = 1_000.0, spread: float = 200.0) -> np.ndarray:
    return level + spread * CHANCE.standard_normal(24)


def taught(judge: Judge, days: int, **offsets: float) -> Judge:
    """A judge after days on which each candidate was off by so many Wh."""
    for _ in range(days):
        actual = day()
        judge = judge.learn({name: actual + offset for name, offset in offsets.items()}, actual)
    return judge


def wavering(judge: Judge, days: int, **sizes: float) -> Judge:
    """A judge after days on which each candidate was off by so many Wh, one day above, one below."""
    for number in range(days):
        actual = day()
        sign = 1.0 if number % 2 else -1.0
        judge = judge.learn({name: actual + sign * size for name, size in sizes.items()}, actual)
    return judge


def test_nothing_is_known_of_nobody() -> None:
    judge = new_judge(("model", MEAN_7_DAYS))
    assert judge.skill() is None
    assert judge.choice({"model", MEAN_7_DAYS}) == "model"
    assert judge.choice({MEAN_7_DAYS}) == MEAN_7_DAYS
    with pytest.raises(ValueError, match="made a forecast"):
        judge.choice({LAST_WEEK})
    mean, low, middle, high = judge.issue({"model": np.full(24, 500.0)}, HOURS)
    assert mean.tolist() == [500.0] * 24
    assert (low < middle).all()
    assert (middle < high).all()


def test_a_day_without_measurements_teaches_nothing() -> None:
    judge = taught(new_judge(("model",)), 10, model=50.0)
    assert judge.learn({"model": day()}, np.full(24, np.nan)) is judge


def test_another_is_believed_when_he_was_clearly_better_and_not_before() -> None:
    close = wavering(new_judge(("model", "other")), 28, model=200.0, other=196.0)
    assert close.choice({"model", "other"}) == "model"
    few = wavering(new_judge(("model", "other")), 20, model=200.0, other=50.0)
    assert few.choice({"model", "other"}) == "model"
    better = wavering(few, 8, model=200.0, other=50.0)
    assert better.choice({"model", "other"}) == "other"
    assert better.choice({"model"}) == "model"
    # And once believed he stays, until the first was clearly better over 28 days.
    again = wavering(better, 28, model=50.0, other=51.0)
    assert again.choice({"model", "other"}) == "other"
    assert wavering(again, 28, model=40.0, other=51.0).choice({"model", "other"}) == "model"


def test_the_bias_of_an_hour_is_shrunk() -> None:
    judge = new_judge(("model",))
    off = np.where(HOURS == 18, 300.0, 0.0)
    for _ in range(28):
        actual = day()
        judge = judge.learn({"model": actual - off}, actual)
    mean, *_ = judge.issue({"model": np.full(24, 1_000.0)}, HOURS)
    shrunk = 300.0 * 28 / (28 + 56)
    assert mean[18] == pytest.approx(1_000.0 + shrunk)
    assert np.delete(mean, 18) == pytest.approx(np.full(23, 1_000.0))


def test_no_more_than_28_days_are_remembered() -> None:
    old, new = taught(new_judge(("model",)), 40, model=900.0), new_judge(("model",))
    chance = np.random.default_rng(3)
    for _ in range(28):
        actual = 1_000.0 + 100.0 * chance.standard_normal(24)
        old, new = (judge.learn({"model": actual + 10.0}, actual) for judge in (old, new))
    assert np.allclose(old.bias, new.bias)
    skill = old.skill()
    assert skill is not None
    assert skill.days == 28


def test_skill_is_one_minus_the_errors_over_theirs_and_negative_where_worse() -> None:
    chance = np.random.default_rng(5)
    judge = new_judge(("model", MEAN_7_DAYS))
    own = beside_week = week = seven = measured = 0.0
    for _ in range(28):
        actual = 1_000.0 + 100.0 * chance.standard_normal(24)
        said = {"model": actual + 60.0, MEAN_7_DAYS: actual - 58.0, LAST_WEEK: actual + 200.0}
        said[LAST_WEEK][3] = np.nan
        mean, *_ = judge.issue(said, HOURS)
        known = np.delete(HOURS, 3)
        own += np.abs(actual - mean).sum()
        beside_week += np.abs(actual - mean)[known].sum()
        week += 200.0 * 23
        seven += 58.0 * 24
        measured += actual.sum()
        judge = judge.learn(said, actual)
    skill = judge.skill()
    assert skill is not None
    assert skill.mae_wh == pytest.approx(own / (28 * 24))
    assert skill.mean_wh == pytest.approx(measured / (28 * 24))
    assert skill.over_last_week == pytest.approx(1 - beside_week / week)
    assert skill.over_mean_7_days == pytest.approx(1 - own / seven)


def test_the_band_holds_four_hours_of_five() -> None:
    chance = np.random.default_rng(11)
    judge, inside = new_judge(("model",)), []
    spread = np.where(HOURS < 6, 20.0, 400.0)
    for number in range(200):
        actual = np.maximum(1_000.0 + spread * (chance.gamma(2.0, 1.0, 24) - 2.0), 0.0)
        if number >= 40:
            _, low, _, high = judge.issue({"model": np.full(24, 1_000.0)}, HOURS)
            inside.append((actual >= low) & (actual <= high))
        judge = judge.learn({"model": np.full(24, 1_000.0)}, actual)
    assert 0.77 <= np.mean(inside) <= 0.83
    by_hour = np.mean(inside, axis=0)
    assert (by_hour > 0.65).all()
    assert (by_hour < 0.95).all()  # calm hours have a narrow band of their own


def test_nothing_lies_outside_of_floor_and_cap_and_gaps_are_filled_by_the_next() -> None:
    judge = taught(new_judge(("model", "other")), 28, model=100.0, other=800.0)
    said = {"model": np.full(24, 10.0), "other": np.full(24, 500.0)}
    said["model"][5] = np.nan
    mean, low, middle, high = judge.issue(said, HOURS, cap=120.0)
    for values in (mean, low, middle, high):
        assert (values >= 0.0).all()
        assert (values <= 120.0).all()
    uncapped, *_ = judge.issue(said, HOURS)
    assert uncapped[5] == pytest.approx(500.0 - 800.0 * 28 / (28 + 56))


values = arrays.arrays(np.float64, 24, elements=st.one_of(st.just(np.nan), st.floats(0, 1e8)))


@settings(max_examples=40)
@given(st.lists(st.tuples(values, values, values), max_size=12), values)
def test_quantiles_ascend_whatever_was_seen(
    days: list[tuple[np.ndarray, np.ndarray, np.ndarray]], last: np.ndarray
) -> None:
    judge = new_judge(("model", MEAN_7_DAYS))
    for model, seven, actual in days:
        judge = judge.learn({"model": model, MEAN_7_DAYS: seven}, actual)
    mean, low, middle, high = judge.issue({"model": last, MEAN_7_DAYS: np.full(24, 5.0)}, HOURS)
    assert np.isfinite(np.stack((mean, low, middle, high))).all()
    assert (low <= middle).all()
    assert (middle <= high).all()


def test_what_is_said_beyond_all_measure_stays_a_number() -> None:
    judge = taught(new_judge(("model", "other")), 21, model=100.0, other=100.0)
    with np.errstate(over="raise"):
        judge = judge.learn({"model": np.full(24, 1e60), "other": day()}, day())
    assert np.isfinite(judge.errors).all()
    assert judge.chosen == "other"
