"""The meter's history in market periods: sums and splits that are exact, slots that follow the clock."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.member.history import HISTORY_DAYS, NetHistory, clock_slot, days_before
from caravels_operator.common.member.records import HomeReading
from caravels_operator.common.periods import DAY_S, day_periods, day_start
from caravels_operator.common.quantities import split_evenly

HOUR, QUARTER = 3_600, 900
LISBON = "Europe/Lisbon"


def reading(at: int, net: int) -> HomeReading:
    return HomeReading(at, max(net, 0) + 5, max(-net, 0) + 5)


def history_of(day: date, period_s: int, nets: list[int], zone: str = LISBON) -> NetHistory:
    starts = day_periods(day, zone, period_s)
    return NetHistory(zone, period_s).with_readings([reading(at, net) for at, net in zip(starts, nets, strict=False)])


@given(st.lists(st.integers(-10_000, 10_000), min_size=96, max_size=96))
def test_hours_are_sums_of_their_quarters(nets: list[int]) -> None:
    hourly = history_of(date(2026, 3, 3), QUARTER, nets).net(HOUR)
    assert hourly.wh.tolist() == [sum(nets[first : first + 4]) for first in range(0, 96, 4)]
    assert hourly.slot.tolist() == list(range(24))


def test_an_hour_with_a_missing_quarter_does_not_count() -> None:
    history = NetHistory(LISBON, QUARTER)
    starts = day_periods(date(2026, 3, 3), LISBON, QUARTER)
    history = history.with_readings([reading(at, 10) for place, at in enumerate(starts) if place != 5])
    hourly = history.net(HOUR)
    assert hourly.slot.tolist() == [0, *range(2, 24)]
    assert hourly.wh.tolist() == [40] * 23


@given(st.lists(st.integers(-10_000, 10_000), min_size=24, max_size=24), st.sampled_from([QUARTER, 1_800]))
def test_shorter_periods_are_the_exact_split(nets: list[int], period_s: int) -> None:
    split = history_of(date(2026, 3, 3), HOUR, nets).net(period_s)
    assert split.wh.tolist() == [part for net in nets for part in split_evenly(net, HOUR // period_s)]
    assert split.slot.tolist() == list(range(DAY_S // period_s))


@pytest.mark.parametrize("zone", [LISBON, "Atlantic/Azores"])
@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_slots_follow_the_clock_through_its_changes(zone: str, day: date, count: int) -> None:
    slots = [clock_slot(at, zone, HOUR) for at in day_periods(day, zone, HOUR)]
    assert len(slots) == count
    assert slots == sorted(slots)
    missing_or_double = 1 if zone == LISBON else 0
    if count == 23:
        assert set(range(24)) - set(slots) == {missing_or_double}
    else:
        assert [slot for slot in range(24) if slots.count(slot) == 2] == [missing_or_double]


@given(st.permutations(list(range(20))), st.integers(1, 6))
def test_any_order_of_arrival_gives_the_same_history(order: list[int], size: int) -> None:
    start = day_start(date(2026, 3, 3), LISBON)
    history = NetHistory(LISBON, HOUR)
    for first in range(0, 20, size):
        history = history.with_readings(
            [reading(start + place * HOUR, place) for place in sorted(order[first : first + size])]
        )
    assert history.net(HOUR).wh.tolist() == list(range(20))


def test_a_later_reading_replaces_an_earlier_one() -> None:
    start = day_start(date(2026, 3, 3), LISBON)
    history = NetHistory(LISBON, HOUR)
    history = history.with_readings([reading(start, 1), reading(start + HOUR, 2)])
    history = history.with_readings([reading(start, 9)])
    history = history.with_readings([])
    assert history.net(HOUR).wh.tolist() == [9, 2]


def test_it_holds_four_weeks_and_nothing_at_first() -> None:
    history = NetHistory(LISBON, HOUR)
    for period_s in (QUARTER, HOUR, 2 * HOUR):
        assert history.net(period_s).wh.size == 0
    start = day_start(date(2026, 3, 3), LISBON)
    for day in range(40):
        history = history.with_readings([reading(start + day * DAY_S + hour * HOUR, day) for hour in range(24)])
    assert history.net(HOUR).wh.size == HISTORY_DAYS * 24 + 1
    assert history.net(HOUR).wh[-1] == 39


def test_days_before_are_local() -> None:
    noon = day_start(date(2026, 3, 30), LISBON) + 12 * HOUR
    assert days_before(noon, 0, LISBON) == noon - 12 * HOUR
    assert days_before(noon, 1, LISBON) == noon - 12 * HOUR - 23 * HOUR
