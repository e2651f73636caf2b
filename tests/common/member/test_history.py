"""The meters' history by period and by hour: exact sums, what is not known, late readings, days of 23 and 25 hours."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.member.history import HISTORY_DAYS, MeterHistory, Periods, days_before
from caravels_operator.common.member.records import HomeReading
from caravels_operator.common.periods import DAY_S, day_periods, day_start

HOUR, QUARTER = 3_600, 900
LISBON = "Europe/Lisbon"
DAY = date(2026, 3, 3)
START = day_start(DAY, LISBON)


def reading(at: int, net: int) -> HomeReading:
    return HomeReading(at, max(net, 0) + 5, max(-net, 0) + 5)


def history_of(day: date, period_s: int, nets: list[int], zone: str = LISBON) -> MeterHistory:
    starts = day_periods(day, zone, period_s)
    return MeterHistory(zone, period_s).with_readings([reading(at, net) for at, net in zip(starts, nets, strict=False)])


def hours(history: MeterHistory) -> Periods:
    return history.columns().in_periods(HOUR)


@given(st.lists(st.integers(-10_000, 10_000), min_size=96, max_size=96))
def test_hours_are_sums_of_their_quarters(nets: list[int]) -> None:
    hourly = hours(history_of(DAY, QUARTER, nets))
    assert hourly.net.tolist() == [sum(nets[first : first + 4]) for first in range(0, 96, 4)]
    assert (hourly.first, hourly.period_s) == (START, HOUR)
    halves = history_of(DAY, QUARTER, nets).columns().in_periods(1_800)
    assert halves.net.tolist() == [sum(nets[first : first + 2]) for first in range(0, 96, 2)]


def test_an_hour_with_a_missing_quarter_is_not_known_and_the_last_hour_is_whole() -> None:
    starts = day_periods(DAY, LISBON, QUARTER)[:90]
    history = MeterHistory(LISBON, QUARTER)
    history = history.with_readings([reading(at, 10) for place, at in enumerate(starts) if place != 5])
    hourly = hours(history)
    assert np.flatnonzero(np.isnan(hourly.net)).tolist() == [1, 22]
    assert np.nansum(hourly.net) == 40 * 21
    assert hourly.net.size == 23
    assert history.end == START + 23 * HOUR


@given(st.permutations(list(range(20))), st.integers(1, 6))
def test_any_order_of_arrival_gives_the_same_history(order: list[int], size: int) -> None:
    history = MeterHistory(LISBON, HOUR)
    for first in range(0, 20, size):
        history = history.with_readings(
            [reading(START + place * HOUR, place) for place in sorted(order[first : first + size])]
        )
    assert hours(history).net.tolist() == list(range(20))
    assert history.first == START


def test_a_later_reading_replaces_an_earlier_one_also_an_old_one() -> None:
    history = history_of(DAY, QUARTER, list(range(96)))
    late = history.with_readings([reading(START + QUARTER, 101)])
    assert late.with_readings([]) is late
    assert hours(late).net[0] == 0 + 101 + 2 + 3
    assert hours(history).net[0] == 0 + 1 + 2 + 3, "a value: who reads it meanwhile sees no change"
    assert np.array_equal(hours(late).net[1:], hours(history).net[1:])


def test_what_is_not_measured_is_not_known_and_use_is_known_only_where_all_that_makes_it_is() -> None:
    rows = [
        HomeReading(START, 10, 0, 100, 30, 10),
        HomeReading(START + HOUR, 10, 4, None, 30, None),  # its generator's meter is silent
        HomeReading(START + 2 * HOUR, 10, 0, 5, None, None),  # its battery's meters are
        HomeReading(START + 3 * HOUR, 10, 0, None, None, None, 77),
        HomeReading(START + 4 * HOUR, 0, 300, 20, 0, 0),  # more than it can have: below nothing it uses nothing
    ]
    periods = MeterHistory(LISBON, HOUR).with_readings(rows).columns()
    unknown = float("nan")
    np.testing.assert_array_equal(periods.net, [10, 6, 10, 10, -300])
    np.testing.assert_array_equal(periods.generation, [100, unknown, 5, unknown, 20])
    np.testing.assert_array_equal(periods.battery, [20, 30, unknown, unknown, 0])
    np.testing.assert_array_equal(periods.consumption, [90, unknown, unknown, 77, 0])
    assert periods.is_known
    assert periods.generates
    assert not periods.hides_generation
    until = periods.until(START + 2 * HOUR + 1)
    assert [column.size for column in (until.net, until.consumption, until.generation, until.battery)] == [2] * 4
    assert periods.until(START - DAY_S).net.size == 0


def test_a_home_without_other_meters_uses_what_it_imports() -> None:
    periods = history_of(DAY, HOUR, [400, -800]).columns()
    assert periods.consumption.tolist() == [400, 0]
    assert not periods.generates
    assert periods.hides_generation
    assert not history_of(DAY, HOUR, [400, 800]).columns().net.min() < 0
    empty = MeterHistory(LISBON, HOUR).columns()
    assert (empty.is_known, empty.generates, empty.hides_generation) == (False, False, False)


@pytest.mark.parametrize("zone", [LISBON, "Atlantic/Azores", "Asia/Kolkata"])
@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_on_which_clocks_change_have_all_their_hours(zone: str, day: date, count: int) -> None:
    count = 24 if zone == "Asia/Kolkata" else count
    history = history_of(day, QUARTER, [1] * 4 * count, zone)
    assert hours(history).net.tolist() == [4] * count
    assert history.first == day_start(day, zone)


def test_it_holds_sixteen_weeks_and_nothing_at_first() -> None:
    history = MeterHistory(LISBON, HOUR)
    assert history.columns().net.size == 0
    for day in range(HISTORY_DAYS + 12):
        history = history.with_readings([reading(START + day * DAY_S + hour * HOUR, day) for hour in range(24)])
    net = hours(history).net
    assert net.size == HISTORY_DAYS * 24
    assert (net[0], net[-1]) == (12, HISTORY_DAYS + 11)
    older = history.with_readings([reading(START, 9)])
    assert np.array_equal(hours(older).net, net), "too old to be held"
    assert history.wh.nbytes < 45_000


def test_days_before_are_local() -> None:
    noon = day_start(date(2026, 3, 30), LISBON) + 12 * HOUR
    assert days_before(noon, 0, LISBON) == noon - 12 * HOUR
    assert days_before(noon, 1, LISBON) == noon - 12 * HOUR - 23 * HOUR
