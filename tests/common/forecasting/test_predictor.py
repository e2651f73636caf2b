"""The first forecaster against the plainest way to say the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.forecasting.predictor import History, ProfileMean


def plain(slots: list[int], net: list[int], asked: list[int], days: int) -> list[int]:
    answers = []
    for slot in asked:
        recent = [value for at, value in zip(slots, net, strict=True) if at == slot][-days:] or net or [0]
        answers.append(round(sum(recent) / len(recent)))
    return answers


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(-50_000, 50_000)), max_size=120),
    st.lists(st.integers(0, 14), max_size=30),
    st.integers(1, 9),
)
def test_the_mean_of_the_last_days_at_the_same_slot(rows: list[tuple[int, int]], asked: list[int], days: int) -> None:
    slots, net = [slot for slot, _ in rows], [wh for _, wh in rows]
    history = History(slot=np.array(slots, np.int64), wh=np.array(net, np.int64))
    predicted = ProfileMean(days).predict(history, np.array(asked, np.int64))
    assert predicted.dtype == np.int64
    assert predicted.tolist() == plain(slots, net, asked, days)


def test_a_week_by_hand() -> None:
    slots = np.tile(np.arange(24), 10)
    net = np.repeat(np.arange(10) * 100, 24)
    history = History(slot=slots, wh=net)
    # days 3 to 9 count: 300 to 900, mean 600
    assert ProfileMean().predict(history, np.arange(24)).tolist() == [600] * 24


def test_nothing_known_is_nothing_expected() -> None:
    empty = np.empty(0, np.int64)
    assert ProfileMean().predict(History(empty, empty), np.arange(3)).tolist() == [0, 0, 0]
