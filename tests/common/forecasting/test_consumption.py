"""A home's consumption: an answer comes whatever the meter did, rests on the past alone, and says what it rests on."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from caravels_operator.common.forecasting.consumption.forecaster import ConsumptionForecaster
from caravels_operator.common.forecasting.forecast import Forecast, Horizon, Method, Reason
from caravels_operator.common.forecasting.model import Model
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.member.bundled import bundled_models
from caravels_operator.common.periods import HOUR_S

from .homes import LISBON, after, changed, home, instant

MODELS: dict[Horizon, Model] = dict(bundled_models(read_numpy))
DAY, HOUR = Horizon.DAY_AHEAD, Horizon.HOUR_AHEAD


def tomorrow(series: Series, day: int, calendar: Calendar = LISBON, hour: int = 12) -> Forecast:
    """The day after the `day`-th, from a fresh forecaster at an hour of it."""
    issued_at = after(series, 24 * day + hour)
    first = after(series, 24 * day + 24)
    return ConsumptionForecaster(MODELS).forecast(series, calendar, DAY, issued_at, first, 24)


def all_values(forecast: Forecast) -> np.ndarray:
    return np.stack((forecast.mean_wh, forecast.p10_wh, forecast.p50_wh, forecast.p90_wh))


def assert_whole(forecast: Forecast, hours: int) -> None:
    values = all_values(forecast)
    assert values.shape == (4, hours)
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert (np.diff(values[1:], axis=0) >= 0).all()


GARBAGE = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -1.0, np.nan, np.inf, 1e308, -1e308, 1e-320, 500.0, 1e9]),
)


@settings(max_examples=100)
@given(
    wh=arrays.arrays(np.float64, st.integers(0, 24 * 40), elements=GARBAGE, fill=st.sampled_from([np.nan, 0.0, 300.0])),
    issued=st.integers(-50, 24 * 50),
    ahead=st.integers(0, 200),
    hours=st.integers(0, 60),
    horizon=st.sampled_from(Horizon),
    zone=st.sampled_from(["Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe", "Atlantic/Azores", "Etc/GMT+8"]),
    models=st.booleans(),
)
def test_an_answer_always_comes(
    wh: np.ndarray, issued: int, ahead: int, hours: int, horizon: Horizon, zone: str, models: bool
) -> None:
    first = instant("2025-03-20T00:00") + (1_800 if zone == "Asia/Kolkata" else 0)
    series = Series(first, wh)
    forecaster = ConsumptionForecaster(MODELS if models else {})
    issued_at = after(series, issued)
    forecast = forecaster.forecast(series, Calendar(zone), horizon, issued_at, issued_at + ahead * HOUR_S, hours)
    assert_whole(forecast, hours)
    assert forecast.issued_at == issued_at


@pytest.mark.parametrize("horizon", Horizon)
def test_what_comes_after_the_issue_changes_nothing(horizon: Horizon) -> None:
    series = home(75)
    issued_at = after(series, 24 * 70 + 12)
    future = changed(series, 24 * 70 + 12, np.linspace(0.0, 9e6, 24 * 4))
    first = issued_at if horizon is HOUR else after(series, 24 * 71)
    one, other = (
        ConsumptionForecaster(MODELS).forecast(of, LISBON, horizon, issued_at, first, 2) for of in (series, future)
    )
    assert (all_values(one) == all_values(other)).all()
    assert one.basis == other.basis
    before = changed(series, 24 * 70 + 11, 9_000.0)
    third = ConsumptionForecaster(MODELS).forecast(before, LISBON, horizon, issued_at, first, 2)
    assert (third.mean_wh != one.mean_wh).all()


def test_what_was_said_at_midnight_is_what_would_be_said_again() -> None:
    series = home(110)
    kept = ConsumptionForecaster(MODELS, 0)
    for day in (*range(60, 78), 80, 81):
        issued_at = after(series, 24 * day)
        known = series if day < 68 else changed(series, 24 * 66 + 5, 3_000.0)  # of what was said twice already
        for hours in (51, 24):
            one = kept.forecast(known, LISBON, Horizon.DAY_AHEAD, issued_at, issued_at, hours)
            fresh = ConsumptionForecaster(MODELS, 0).forecast(
                known, LISBON, Horizon.DAY_AHEAD, issued_at, issued_at, hours
            )
            assert np.allclose(all_values(one), all_values(fresh), rtol=1e-5, atol=1e-3)
            assert one.basis.reasons == fresh.basis.reasons


def test_an_old_hour_that_changed_is_noticed_at_both_horizons() -> None:
    series = home(75)
    other = changed(series, 24 * 66 + 5, 9_000.0)
    issued_at = after(series, 24 * 72)
    kept = ConsumptionForecaster(MODELS)
    for known in (series, other):
        for horizon in Horizon:
            one = kept.forecast(known, LISBON, horizon, issued_at, issued_at, 2)
            fresh = ConsumptionForecaster(MODELS).forecast(known, LISBON, horizon, issued_at, issued_at, 2)
            assert (all_values(one) == all_values(fresh)).all()
            assert one.basis == fresh.basis


@pytest.mark.parametrize("horizon", Horizon)
def test_what_is_kept_of_past_days_changes_no_answer(horizon: Horizon) -> None:
    series = home(110)
    kept = ConsumptionForecaster(MODELS, 12)
    for day in (*range(60, 78), 95, 80):  # across the start of a block, a leap, and back
        for hour in (12, 24):
            issued_at = after(series, 24 * day + hour)
            known = series if day != 70 else changed(series, 24 * 66 + 5, np.nan)  # an old hour that is known no more
            first = issued_at if horizon is HOUR else issued_at + 12 * HOUR_S
            hours = 2 if horizon is HOUR else 24
            one = kept.forecast(known.until(issued_at), LISBON, horizon, issued_at, first, hours)
            fresh = ConsumptionForecaster(MODELS, 12).forecast(known, LISBON, horizon, issued_at, first, hours)
            # Sums over one day and over forty round differently: in the last digits, no more.
            assert np.allclose(all_values(one), all_values(fresh), rtol=1e-5, atol=1e-3)
            assert (one.basis.method, one.basis.reasons) == (fresh.basis.method, fresh.basis.reasons)


@pytest.mark.parametrize("factor", [0.05, 37.0])
@pytest.mark.parametrize("horizon", Horizon)
def test_a_home_of_another_size_is_the_same_home(horizon: Horizon, factor: float) -> None:
    series = home(70)
    large = Series(series.first, series.wh * factor)
    issued_at = after(series, 24 * 69 + 12)
    one, other = (
        ConsumptionForecaster(MODELS).forecast(of, LISBON, horizon, issued_at, issued_at, 2) for of in (series, large)
    )
    assert np.allclose(all_values(other), factor * all_values(one), rtol=1e-3)


def test_each_stage_of_a_life_says_what_it_rests_on() -> None:
    series = home(70)
    empty = ConsumptionForecaster(MODELS).forecast(
        Series(series.first, np.zeros(0)), LISBON, DAY, series.first, series.first, 24
    )
    assert empty.basis.method is Method.NOTHING
    assert (all_values(empty) == 0).all()
    first_day = tomorrow(series, 0)
    assert first_day.basis.method is Method.MEAN_SO_FAR
    assert first_day.basis.reasons == (Reason.FEW_DAYS,)
    assert np.allclose(first_day.mean_wh, series.wh[:12].mean())
    third = tomorrow(series, 3)
    assert (third.basis.method, third.basis.days) == (Method.MEAN_7_DAYS, 4)
    expected = np.concatenate(
        (series.wh[:84].reshape(-1, 12)[::2].mean(axis=0), series.wh[12:72].reshape(-1, 12)[::2].mean(axis=0))
    )
    assert np.allclose(third.mean_wh, expected)
    later = tomorrow(series, 10)
    assert (later.basis.method, later.basis.reasons) == (Method.MODEL, (Reason.FEW_DAYS,))
    assert later.basis.source == MODELS[DAY].metadata["version"]
    grown = tomorrow(series, 69)
    assert grown.basis.reasons == ()
    assert grown.basis.skill is not None
    assert grown.basis.skill.days == 28
    assert 0.65 <= grown.basis.skill.coverage <= 0.95
    assert grown.basis.skill.over_last_week > 0.1


def test_without_models_the_mean_of_seven_days_serves() -> None:
    series = home(69)
    forecast = ConsumptionForecaster({}).forecast(series, LISBON, DAY, series.end, series.end, 24)
    assert forecast.basis.method in {Method.MEAN_7_DAYS, Method.WEEKDAY_MEAN}
    assert forecast.basis.source == ""


def test_a_gap_of_days_is_told_and_bridged() -> None:
    series = changed(home(70), 24 * 55, np.full(24 * 6, np.nan))
    forecast = tomorrow(series, 69)
    assert Reason.GAPS in forecast.basis.reasons
    whole = tomorrow(home(70), 69)
    assert np.abs(forecast.mean_wh - whole.mean_wh).mean() < 0.15 * whole.mean_wh.mean()


def test_a_meter_that_went_silent_is_stale_and_still_forecast() -> None:
    series = home(70)
    issued_at = after(series, 24 * 74)
    forecast = ConsumptionForecaster(MODELS).forecast(series, LISBON, DAY, issued_at, issued_at, 48)
    assert Reason.STALE in forecast.basis.reasons
    assert_whole(forecast, 48)
    assert 0.6 < forecast.mean_wh.mean() / series.wh[-28 * 24 :].mean() < 1.4


@pytest.mark.parametrize("value", [0.0, 412.0])
def test_a_dead_sensor_is_not_believed(value: float) -> None:
    series = changed(home(70), 24 * 66, np.full(24 * 4, value))
    forecast = tomorrow(series, 69, hour=24)
    assert Reason.DEAD_SENSOR in forecast.basis.reasons
    usual = home(70).wh[24 * 38 : 24 * 66].mean()
    assert 0.8 * usual < forecast.mean_wh.mean() < 1.2 * usual


def test_a_false_zero_is_not_learnt() -> None:
    series = home(70)
    hour = 24 * 69 + 3
    unknown, false = (tomorrow(changed(series, hour, value), 69) for value in (np.nan, 0.0))
    assert (all_values(unknown) == all_values(false)).all()
    assert false.basis.reasons == ()


def test_a_home_that_is_often_at_zero_keeps_its_zeros() -> None:
    series = home(70)
    nights = np.where(np.arange(series.wh.size) % 24 < 6, 0.0, series.wh)
    forecast = tomorrow(Series(series.first, nights), 69)
    assert (forecast.mean_wh[1:5] < 0.15 * forecast.mean_wh.mean()).all()


def test_a_counter_that_jumps_is_not_believed_once() -> None:
    series = home(70)
    hour = 24 * 69 + 3
    unknown, spike = (tomorrow(changed(series, hour, value), 69) for value in (np.nan, 4e6))
    assert (all_values(unknown) == all_values(spike)).all()


def test_a_household_that_changed_two_weeks_ago_is_taken_as_it_is_now() -> None:
    series = home(84)
    moved = Series(series.first, np.where(np.arange(series.wh.size) >= 24 * 69, series.wh * 3.5, series.wh))
    forecast = tomorrow(moved, 83)
    assert Reason.CHANGED in forecast.basis.reasons
    assert 0.85 < forecast.mean_wh.sum() / (3.5 * tomorrow(series, 83).mean_wh.sum()) < 1.15
    assert Reason.CHANGED not in tomorrow(series, 83).basis.reasons


@pytest.mark.parametrize(("first", "hours"), [("2025-03-30T00:00", 23), ("2025-10-25T23:00", 25)])
def test_days_of_23_and_25_hours_are_forecast_whole_and_learnt(first: str, hours: int) -> None:
    series = home(330, first="2025-01-01T00:00")
    start = instant(first)
    issued_at = start - 12 * HOUR_S
    forecast = ConsumptionForecaster(MODELS).forecast(series, LISBON, DAY, issued_at, start, hours)
    assert_whole(forecast, hours)
    shown = LISBON.hours(start, hours)
    assert len(set(shown.day.tolist())) == 1
    # The evening is where it is on the clock, before and after the change.
    assert shown.hour[int(np.argmax(forecast.mean_wh))] in {19, 20, 21}
    twice = np.flatnonzero(np.diff(shown.hour) == 0)
    assert (forecast.mean_wh[twice] == forecast.mean_wh[twice + 1]).all()
    next_day = start + hours * HOUR_S
    after_it = ConsumptionForecaster(MODELS).forecast(series, LISBON, DAY, next_day, next_day, 24)
    assert LISBON.hours(next_day, 24).hour[int(np.argmax(after_it.mean_wh))] in {19, 20, 21}


def test_a_holiday_is_a_sunday() -> None:
    series = home(70)
    day = 66  # a Thursday
    weekend = tomorrow(series, day - 1, Calendar("Europe/Lisbon", frozenset({date(2025, 3, 13)})))
    working = tomorrow(series, day - 1)
    assert date(2025, 3, 13).toordinal() == LISBON.hours(weekend.first, 1).day[0]
    assert weekend.mean_wh.sum() > 1.03 * working.mean_wh.sum()


def test_a_week_ahead_and_the_rest_of_today_are_forecast_too() -> None:
    series = home(70)
    issued_at = after(series, 24 * 69 + 10)
    forecast = ConsumptionForecaster(MODELS).forecast(series, LISBON, DAY, issued_at, issued_at, 24 * 7)
    assert_whole(forecast, 24 * 7)
    assert 0.8 < forecast.mean_wh.mean() / series.wh[: 24 * 69].mean() < 1.2


def test_the_second_hour_rests_on_the_forecast_of_the_first() -> None:
    series = home(70)
    issued_at = after(series, 24 * 69 + 19)
    forecaster = ConsumptionForecaster(MODELS)
    both = forecaster.forecast(series, LISBON, HOUR, issued_at, issued_at, 2)
    first = forecaster.forecast(series, LISBON, HOUR, issued_at, issued_at, 1)
    second = forecaster.forecast(series, LISBON, HOUR, issued_at, issued_at + HOUR_S, 1)
    assert both.mean_wh.tolist() == [*first.mean_wh.tolist(), *second.mean_wh.tolist()]
    assert both.basis.source == MODELS[HOUR].metadata["version"]
