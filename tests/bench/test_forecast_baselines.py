"""The learnt baselines know nothing of what they are asked for, and do what they are said to do."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor

from bench._forecast_baselines import LAGS, of_each_home, pooled, recursive
from bench._forecast_rows import FIRST_ROW_DAY, HOURS, day_ahead_rows, hour_ahead_rows
from caravels_operator.common.forecasting.series import Floats

DAYS = 45
WEEKDAY = np.arange(DAYS) % 7


def homes(seed: int = 1, count: int = 2) -> Floats:
    return np.random.default_rng(seed).gamma(2.0, 0.5, (count, DAYS, HOURS))


@pytest.mark.parametrize("issue_hour", [1, 12, 23, 24])
def test_a_day_is_told_from_what_was_known_at_the_issue_alone(issue_hour: int) -> None:
    kwh = homes()
    before = day_ahead_rows(kwh, WEEKDAY, issue_hour)
    day = 40
    kwh[:, day - 1, issue_hour:] += 100.0
    kwh[:, day:] += 100.0
    after = day_ahead_rows(kwh, WEEKDAY, issue_hour)
    place = day - FIRST_ROW_DAY
    np.testing.assert_array_equal(before.inputs[:, : place + 1], after.inputs[:, : place + 1])
    np.testing.assert_array_equal(before.scale[:, : place + 1], after.scale[:, : place + 1])
    assert not np.allclose(before.inputs[:, place + 2], after.inputs[:, place + 2])


def test_what_was_known_last_is_among_the_inputs() -> None:
    kwh = homes()
    rows = day_ahead_rows(kwh, WEEKDAY, 12)
    energies = rows.inputs[1, 5, :, :8] * rows.scale[1, 5]
    assert energies[3].tolist() == pytest.approx(kwh[1, 27:35, 3][::-1].tolist())  # 03:00 is over at the issue
    assert energies[20].tolist() == pytest.approx(kwh[1, 26:34, 20][::-1].tolist())  # 20:00 is not
    usual = [np.mean([kwh[1, day, hour] for day in range(7, 35)]) for hour in range(12)]
    above = np.mean([kwh[1, 34, hour] - usual[hour] for hour in (11, 10, 9)])
    assert (rows.inputs[1, 5, 0] * rows.scale[1, 5]).tolist().count(pytest.approx(above)) == 1


def test_an_hour_is_told_from_what_was_known_at_its_start_alone() -> None:
    kwh = homes()
    before = hour_ahead_rows(kwh, WEEKDAY)
    kwh.reshape(2, -1)[:, 40 * HOURS + 7 :] += 100.0
    after = hour_ahead_rows(kwh, WEEKDAY)
    place = 40 - FIRST_ROW_DAY
    np.testing.assert_array_equal(before.inputs[:, place, :8], after.inputs[:, place, :8])
    assert not np.allclose(before.inputs[:, place, 8], after.inputs[:, place, 8])


def test_test_days_are_not_learnt_from() -> None:
    kwh = homes()
    rows = day_ahead_rows(kwh, WEEKDAY, 12)
    said = pooled(rows, 5, LinearRegression), of_each_home(rows, 5, LinearRegression)
    rows.target[:, -5:] += 50.0
    np.testing.assert_array_equal(said[0], pooled(rows, 5, LinearRegression))
    np.testing.assert_array_equal(said[1], of_each_home(rows, 5, LinearRegression))
    assert said[0].shape == (2, 5, HOURS)


def test_recursion_feeds_on_its_own_answers() -> None:
    home = homes()[0]
    flat = home.ravel()
    said = recursive(KNeighborsRegressor, home, WEEKDAY, 3, 12)
    first = flat.size - 3 * HOURS
    model = KNeighborsRegressor(5)
    model.fit([flat[hour - LAGS : hour][::-1] for hour in range(LAGS, first)], flat[LAGS:first])
    for day in range(3):
        known = flat[: first + day * HOURS - 12].tolist()
        for _ in range(36):
            known.append(float(model.predict([known[-1 : -LAGS - 1 : -1]])[0]))
        assert said[day].tolist() == pytest.approx(known[-24:])
