"""The sum over homes: each hour of each home once, whoever says it; and its band."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.forecasting.candidates import LAST_WEEK, MEAN_7_DAYS
from caravels_operator.common.forecasting.forecast import Target
from caravels_operator.common.forecasting.judge import new_judge
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.models.community_sum import SUM, learnt, outcome, together, with_band

HOURS = 3
HOMES = ("a", "b", "c", "d")

words = st.dictionaries(
    st.sampled_from((*HOMES, "stranger")),
    st.lists(st.one_of(st.none(), st.integers(0, 20_000)), min_size=HOURS, max_size=HOURS),
)


def floats(said: dict[str, list[int | None]]) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return {home: np.array([np.nan if wh is None else wh for wh in row], float) for home, row in said.items()}


@given(reported=words, estimated=words)
def test_each_hour_of_each_home_counts_once_by_its_own_word_first(
    reported: dict[str, list[int | None]], estimated: dict[str, list[int | None]]
) -> None:
    found = together(HOMES, HOURS, floats(reported), floats(estimated))
    nothing: list[int | None] = [None] * HOURS
    expected, groups = [0] * HOURS, {}
    for home in HOMES:
        own, other = reported.get(home, nothing), estimated.get(home, nothing)
        filled = [first if first is not None else second for first, second in zip(own, other, strict=True)]
        expected = [total + (wh or 0) for total, wh in zip(expected, filled, strict=True)]
        groups[home] = 0 if None not in own else 1 if None not in filled else 2
    assert found.wh.tolist() == expected
    for number, group in enumerate((found.reported, found.estimated, found.unknown)):
        assert group == tuple(home for home in HOMES if groups[home] == number)


def test_at_night_no_generation_is_expected_and_flexibility_has_no_band() -> None:
    judge = new_judge((SUM,))
    for day in range(10):
        errors = np.full(24, 50.0 + day)
        judge = judge.learn({SUM: np.full(24, 400.0)}, np.full(24, 400.0) + errors)
    hour, wh = np.array([3, 12]), np.array([0.0, 400.0])
    mean, low, middle, high = with_band(judge, Target.GENERATION, hour, wh)
    assert (mean[0], low[0], middle[0], high[0]) == (0.0, 0.0, 0.0, 0.0)
    assert low[1] <= middle[1] <= high[1]
    assert 400.0 < mean[1] < 460.0
    for kept in with_band(judge, Target.SHIFTING, hour, wh):
        assert kept.tolist() == wh.tolist()


def test_a_day_comes_out_by_its_clock_beside_what_naive_forecasts_would_have_said() -> None:
    zone = Calendar("Europe/Lisbon")
    begin = 1_792_018_800  # midnight of 15 October 2026
    wh = np.arange(24.0 * 11 + 1)
    day = begin + 10 * 86_400  # the 25th, on which an hour comes twice
    came = outcome(zone, Series(begin, wh), day - 12 * 3_600, day, np.full(25, 7.0))
    assert came.actual.shape == (24,)
    assert came.actual[0] == 240.0
    assert came.actual[1] == (241.0 + 242.0) / 2, "the mean of both"
    assert came.actual[2] == 243.0
    assert came.predictions[LAST_WEEK][3] == 24.0 * 3 + 3
    assert came.predictions[MEAN_7_DAYS][3] == np.mean([24.0 * n + 3 for n in range(3, 10)])
    judge = learnt(new_judge((SUM,)), came)
    skill = judge.skill()
    assert skill is not None
    assert skill.days == 1
