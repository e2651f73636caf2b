"""What is shown of forecasts: single hours with their band, sums of means, and what they rest on."""

from dataclasses import replace
from datetime import date
from math import nan

import numpy as np
import pytest

from custom_components.caravels.common.forecasting.forecast import Basis, Horizon, Method, Reason, Target
from custom_components.caravels.common.member.records import HomeReading, Rhythm
from custom_components.caravels.common.periods import day_start, local_instant
from custom_components.caravels.views import (
    BasisView,
    ForecastView,
    HourView,
    Metered,
    NetView,
    SkillView,
    TargetView,
    basis_view,
    forecast_view,
    read_hour,
)

from .agent_states import CONNECTED, TODAY, UNPAIRED, ZONE, at, changed
from .made_forecasts import GOOD, GOOD_BASIS, HOUR_S, made, rows_from, six

USE = Target.CONSUMPTION


def test_an_hour_has_a_band_and_days_are_sums_of_means() -> None:
    view = forecast_view([], [made(at(9), 50)], [], ZONE, at(9.5)).target(USE)
    # 1 Wh = 9:00, so 10:00 is 2, 9:00 to 24:00 is 1..15, tomorrow is 16..39
    assert view.next_hour == HourView(mean_wh=2, p10_wh=0, p90_wh=22)
    assert view.rest_of_today_wh == 120
    assert view.tomorrow_wh == 660
    assert view.bases == {Horizon.DAY_AHEAD: basis_view(GOOD_BASIS)}


def test_the_next_hour_is_the_one_forecast_an_hour_ahead_as_long_as_it_lasts() -> None:
    soon = made(at(9), 2, horizon=Horizon.HOUR_AHEAD, begin_wh=1_000)
    forecasts = [made(at(9), 50), soon]
    by_hour = {now: forecast_view([], forecasts, [], ZONE, at(now)).target(USE).next_hour for now in (8.9, 9.9, 10.1)}
    assert by_hour == {8.9: HourView(1_000, 990, 1_020), 9.9: HourView(1_001, 991, 1_021), 10.1: HourView(3, 0, 23)}


def test_what_a_forecast_does_not_cover_is_not_shown() -> None:
    assert forecast_view([], [], [], ZONE, at(9)) == ForecastView()
    assert ForecastView().target(USE) == TargetView()
    only_soon = forecast_view([], [made(at(9), 2, horizon=Horizon.HOUR_AHEAD)], [], ZONE, at(9)).target(USE)
    assert (only_soon.next_hour, only_soon.rest_of_today_wh, only_soon.tomorrow_wh) == (HourView(2, 0, 22), None, None)
    late = forecast_view([], [made(at(11), 50)], [], ZONE, at(9)).target(USE)
    assert (late.next_hour, late.rest_of_today_wh) == (None, None)
    next_on = forecast_view([], [made(at(10), 50)], [], ZONE, at(9.1)).target(USE)
    assert (next_on.next_hour, next_on.rest_of_today_wh) == (HourView(1, 0, 21), sum(range(1, 15)))


def test_before_anything_was_measured_there_is_no_energy_but_a_word() -> None:
    view = forecast_view([], [made(at(9), 50, basis=Basis(Method.NOTHING))], [], ZONE, at(9)).target(USE)
    assert (view.next_hour, view.rest_of_today_wh, view.tomorrow_wh) == (None, None, None)
    assert view.bases == {Horizon.DAY_AHEAD: BasisView(Method.NOTHING, "", 0, (), None)}


@pytest.mark.parametrize(
    ("today", "hours_left", "hours_tomorrow"),
    [(date(2026, 10, 23), 24, 24), (date(2026, 10, 24), 24, 25), (date(2026, 3, 28), 24, 23)],
)
def test_tomorrow_is_as_long_as_its_clock(today: date, hours_left: int, hours_tomorrow: int) -> None:
    first = day_start(today, ZONE)
    wanted = sum(range(hours_left + 1, hours_left + hours_tomorrow + 1))
    view = forecast_view(rows_from(first, 50), [made(first, 50)], [], ZONE, first)
    assert view.target(USE).tomorrow_wh == wanted
    assert view.net.tomorrow_wh == wanted - 100 * hours_tomorrow
    less = hours_left + hours_tomorrow - 1
    short = forecast_view(rows_from(first, less), [made(first, less)], [], ZONE, first)
    assert short.target(USE).tomorrow_wh is None, "a sum of less than the day would look like one of the day"
    assert short.net.tomorrow_wh is None


def test_hours_follow_the_local_clock_of_half_hour_zones() -> None:
    zone = "Asia/Kolkata"
    nine = local_instant(TODAY, 9 * 60, zone)
    view = forecast_view(rows_from(nine, 50), [made(nine, 50)], [], zone, nine + 60)
    assert (view.target(USE).next_hour, view.net.next_hour_wh) == (HourView(2, 0, 22), -98)


def test_what_passes_the_grid_is_summed_over_the_home_s_periods() -> None:
    view = forecast_view(rows_from(at(9), 50), [], [], ZONE, at(9.5))
    assert view.net == NetView(-98, 120 - 1_500, 660 - 2_400)
    assert len(view.rows) == 50
    quarters = forecast_view(rows_from(at(9.25), 50, 900), [], [], ZONE, at(9.3))
    # rows: 1 = 9:15, so 10:00 to 11:00 is 4, 5, 6, 7
    assert quarters.net.next_hour_wh == 22 - 400


def test_an_older_forecast_is_shown_from_now_on() -> None:
    rows, readings, forecasts = rows_from(at(23), 50), [HomeReading(at(22), 500, 0)], [made(at(23), 50)]
    before = forecast_view(rows, forecasts, readings, ZONE, at(24) - 1)
    after = forecast_view(rows, forecasts, readings, ZONE, at(24))
    assert (before.target(USE).next_hour, before.metered_today) == (HourView(2, 0, 22), Metered(500, 0, 500, None))
    assert (after.target(USE).next_hour, after.metered_today) == (HourView(3, 0, 23), None)
    assert after.rows[0] == rows[1]
    assert before.target(USE).tomorrow_wh == after.target(USE).rest_of_today_wh == 324
    assert before.net.tomorrow_wh == after.net.rest_of_today_wh == -2_076
    assert after.target(USE).tomorrow_wh == sum(range(26, 50))


def test_a_basis_is_rounded_and_says_what_is_not_known() -> None:
    assert basis_view(GOOD_BASIS) == BasisView(Method.MODEL, "2026.11", 93, (), SkillView(18.5, -3.1, 312, 80.1, 28))
    unknown = replace(GOOD, mae_wh=nan, over_last_week=nan, over_mean_7_days=nan, coverage=nan)
    shown = basis_view(replace(GOOD_BASIS, skill=unknown, reasons=(Reason.GAPS,)))
    assert (shown.skill, shown.reasons) == (SkillView(None, None, None, None, 28), (Reason.GAPS,))
    assert basis_view(Basis(Method.NOTHING)) == BasisView(Method.NOTHING, "", 0, (), None)


def test_all_quantities_and_horizons_are_there_and_equal_where_they_say_the_same() -> None:
    view = forecast_view([], six(at(9), 50), [], ZONE, at(9))
    assert {(target, horizon) for target, one in view.targets.items() for horizon in one.bases} == {
        (target, horizon) for target in Target for horizon in Horizon
    }
    again = tuple(replace(one, mean_wh=one.mean_wh + 1e-9, issued_at=one.issued_at + 60) for one in six(at(9), 50))
    assert forecast_view([], again, [], ZONE, at(9.5)) == view
    more = tuple(replace(one, mean_wh=one.mean_wh + np.ones(one.mean_wh.size)) for one in six(at(9), 50))
    assert forecast_view([], more, [], ZONE, at(9)) != view


def test_a_generation_that_is_not_metered_stays_unknown() -> None:
    readings = [HomeReading(at(9), 500, 0), HomeReading(at(10), 300, 100)]
    view = forecast_view([], [], readings, ZONE, at(11))
    assert view.metered_today == Metered(import_wh=800, export_wh=100, consumption_wh=700, generation_wh=None)


def test_consumption_is_derived_from_all_meters() -> None:
    reading = HomeReading(at(9), 500, 200, generation_wh=1_000, charge_wh=400, discharge_wh=50)
    view = forecast_view([], [], [reading], ZONE, at(10))
    assert view == ForecastView(metered_today=Metered(500, 200, consumption_wh=950, generation_wh=1_000))


def test_what_was_read_is_shown_in_whole_hours_of_the_local_clock() -> None:
    assert read_hour(UNPAIRED) is None
    assert [read_hour(changed(CONNECTED, read_until=at(hour))) for hour in (9, 9.75, 10)] == [at(9), at(9), at(10)]
    calcutta = local_instant(TODAY, 9 * 60, "Asia/Kolkata")
    half_past = changed(CONNECTED, rhythm=Rhythm("Asia/Kolkata", 900, 600), read_until=calcutta + HOUR_S // 4)
    assert read_hour(half_past) == calcutta
