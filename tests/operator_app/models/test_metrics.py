"""Every figure, against sums that are done by hand and one element after the other."""

import math

import numpy as np
import pytest

from caravels_operator.common.forecasting.series import Series
from caravels_operator.models.metrics import coverage, daily_scale, metrics_of, skill, together

DAY = np.array([1, 1, 2, 2])


def test_figures_worked_out_by_hand() -> None:
    actual = np.array([[100.0, 200.0, 300.0, np.nan], [10.0, 10.0, 10.0, 10.0]])
    forecast = np.array([[130.0, 160.0, 300.0, 50.0], [10.0, 20.0, 0.0, 10.0]])
    found = metrics_of(actual, forecast, np.array([70.0, 5.0]), DAY)
    # Errors: 30, -40, 0, unknown; 0, 10, -10, 0. Seven hours, 640 Wh measured, 90 Wh off.
    assert found.hours == 7
    assert found.mean_wh == pytest.approx(640 / 7)
    assert found.mae_wh == pytest.approx(90 / 7)
    assert found.nmae == pytest.approx(90 / 640)
    assert found.nrmse == pytest.approx((math.sqrt(2500 / 3) + math.sqrt(200 / 4)) / 2 / (640 / 7))
    assert found.mase == pytest.approx(((70 / 3) / 70 + 5 / 5) / 2)
    assert found.energy_ratio == pytest.approx((590 + 40) / 640)
    # Days: -10 of 300, 0 of 300; +10 of 20, -10 of 20.
    assert found.day_nmae == pytest.approx(30 / 640)


def test_a_home_whose_scale_is_not_known_or_that_has_no_hour_does_not_spoil_the_others() -> None:
    actual = np.array([[1.0, 1.0, 1.0, 1.0], [np.nan] * 4, [2.0] * 4])
    forecast = np.array([[2.0, 2.0, 2.0, 2.0], [1.0] * 4, [2.0] * 4])
    found = metrics_of(actual, forecast, np.array([0.5, 1.0, np.nan]), DAY)
    assert (found.hours, found.mase, found.mae_wh) == (8, 2.0, 0.5)
    assert found.nrmse == pytest.approx(0.5 / 1.5)


def test_nothing_to_score_is_nan_and_no_error() -> None:
    found = metrics_of(np.full((1, 4), np.nan), np.zeros((1, 4)), np.ones(1), DAY)
    assert found.hours == 0
    assert all(math.isnan(each) for each in (found.mae_wh, found.nmae, found.nrmse, found.mase, found.day_nmae))


def test_the_scale_is_what_as_yesterday_is_off_by_before_the_test() -> None:
    wh = np.array([*range(24), *range(3, 27), *range(100, 124)], float)
    wh[5] = np.nan
    assert daily_scale(Series(0, wh), 48 * 3600) == 3.0
    assert daily_scale(Series(0, wh), 72 * 3600) == pytest.approx((23 * 3 + 24 * 97) / 47)
    assert math.isnan(daily_scale(Series(0, wh), 24 * 3600))


def test_coverage_leaves_out_the_night_and_what_is_not_known() -> None:
    actual = np.array([[0.0, 5.0, 9.0, np.nan, 0.0, 10.0]])
    low = np.array([[0.0, 1.0, 1.0, 1.0, 0.0, 10.0]])
    high = np.array([[0.0, 6.0, 8.0, 9.0, 2.0, 12.0]])
    assert coverage(actual, low, high) == 3 / 4  # inside: 5, 0 and 10; not 9
    assert math.isnan(coverage(np.zeros(3), np.zeros(3), np.zeros(3)))


def test_a_community_is_the_sum_of_who_is_known_in_each_hour() -> None:
    actual = np.array([[1.0, np.nan, np.nan], [2.0, 4.0, np.nan]])
    total, expected = together(actual, np.array([[10.0, 20.0, 30.0], [100.0, 200.0, 300.0]]))
    np.testing.assert_array_equal(total, [[3.0, 4.0, np.nan]])
    np.testing.assert_array_equal(expected, [[110.0, 200.0, np.nan]])


def test_skill_is_negative_where_the_reference_is_better() -> None:
    assert skill(0.8, 1.0) == pytest.approx(0.2)
    assert skill(1.5, 1.0) == -0.5
    assert math.isnan(skill(1.0, 0.0))
