"""Profiles of measured days against the plainest way to say the same."""

import numpy as np
import pytest

from caravels_operator.common.forecasting.candidates import (
    LAST_DAY,
    LAST_WEEK,
    MEAN_7_DAYS,
    MEAN_28_DAYS,
    NAMES,
    WEEKDAY_MEAN,
    candidates,
)  # fmt: skip
from caravels_operator.common.forecasting.days import days_of
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.periods import HOUR_S

from .homes import LISBON, after, changed, home, instant

UTC = Calendar("UTC")


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_each_method_by_hand(hour: int) -> None:
    series = home(60, calendar=UTC)
    day = 58
    by_day = series.wh.reshape(60, 24)
    found = candidates(series, UTC, after(series, 24 * day + hour), after(series, 24 * (day + 1)), 24)
    assert set(found) == set(NAMES)
    for clock in range(24):
        last = day if clock < hour else day - 1
        assert found[LAST_DAY][clock] == by_day[last, clock]
        assert found[LAST_WEEK][clock] == by_day[day - 6, clock]
        assert found[MEAN_7_DAYS][clock] == pytest.approx(by_day[last - 6 : last + 1, clock].mean())
        assert found[MEAN_28_DAYS][clock] == pytest.approx(by_day[last - 27 : last + 1, clock].mean())
        assert found[WEEKDAY_MEAN][clock] == pytest.approx(
            by_day[[day - 6, day - 13, day - 20, day - 27], clock].mean()
        )


def test_days_of_which_nothing_is_known_are_passed_over() -> None:
    series = changed(home(60, calendar=UTC), 24 * 50, np.full(24 * 5, np.nan))
    by_day = series.wh.reshape(60, 24)
    found = candidates(series, UTC, after(series, 24 * 56), after(series, 24 * 56), 24)
    assert found[MEAN_7_DAYS] == pytest.approx(by_day[[44, 45, 46, 47, 48, 49, 55]].mean(axis=0)[:], rel=0.2)
    measured = by_day[[45, 46, 47, 48, 49, 55]]
    expected = np.concatenate((by_day[[44]], measured)).mean(axis=0)
    assert found[MEAN_7_DAYS] == pytest.approx(expected)


def test_nothing_known_is_nan_everywhere() -> None:
    found = candidates(Series(0, np.full(100, np.nan)), UTC, 360_000, 360_000, 5)
    assert all(np.isnan(values).all() for values in found.values())


def test_a_day_of_23_hours_lacks_one_and_a_day_of_25_has_the_mean_of_two() -> None:
    spring = Series(instant("2025-03-30T00:00"), np.arange(23.0))
    days = days_of(spring, LISBON, *[int(LISBON.hours(spring.first, 1).day[0])] * 2)
    assert np.isnan(days.wh[0, 1])
    assert days.wh[0, [0, 2, 23]].tolist() == [0.0, 1.0, 22.0]
    autumn = Series(instant("2025-10-25T23:00"), np.arange(25.0))
    days = days_of(autumn, LISBON, *[int(LISBON.hours(autumn.first, 1).day[0])] * 2)
    assert days.wh[0, [0, 1, 2, 23]].tolist() == [0.0, 1.5, 3.0, 24.0]
    half = changed(autumn, 2, np.nan)
    assert days_of(half, LISBON, days.first, days.first).wh[0, 1] == 1.0
    assert autumn.end == autumn.first + 25 * HOUR_S
