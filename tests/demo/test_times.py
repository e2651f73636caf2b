"""The demo's calendar at every minute, in zones that change their clocks at different hours, or at midnight."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.periods import local_day, local_instant
from caravels_operator.community.settings import DayTimes
from demo.times import EARLIEST_GATE_MINUTE, GATE_AHEAD_S, PRICES_AHEAD_S, demo_times

LISBON = "Europe/Lisbon"


def at(text: str, zone: str = LISBON, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def test_an_ordinary_evening() -> None:
    times = demo_times(at("2026-11-22T21:12:30"), LISBON)
    assert times.day == DayTimes(prices=20 * 60 + 49, gate=21 * 60 + 19, settlement=15)
    assert (times.first.isoformat(), times.traded.isoformat()) == ("2026-11-19", "2026-11-23")
    assert times.gate_at == at("2026-11-22T21:19")
    assert times.begin == at("2026-11-18T20:19")


@pytest.mark.parametrize("now", ["23:54:01", "23:59:59"])
def test_late_in_the_evening_the_gate_is_that_of_the_next_day_just_after_midnight(now: str) -> None:
    times = demo_times(at(f"2026-11-22T{now}"), LISBON)
    assert (times.first.isoformat(), times.traded.isoformat()) == ("2026-11-19", "2026-11-24")
    assert times.day.prices == 0
    assert times.gate_at == at("2026-11-23T00:05") if now < "23:59" else at("2026-11-23T00:06")


def test_the_last_minute_that_has_its_gate_before_midnight() -> None:
    times = demo_times(at("2026-11-22T23:53:00"), LISBON)
    assert times.traded.isoformat() == "2026-11-23"
    assert times.gate_at == at("2026-11-22T23:59")


def test_just_after_midnight_the_auction_is_open_from_midnight_on() -> None:
    times = demo_times(at("2026-11-22T00:01:00"), LISBON)
    assert times.day == DayTimes(prices=0, gate=7, settlement=15)
    assert times.traded.isoformat() == "2026-11-23"


def test_inside_an_hour_that_comes_twice_the_gate_is_after_it() -> None:
    """A time of day names the first of both: in the second the next that is still to come is 02:00."""
    times = demo_times(at("2026-10-25T01:30", fold=1), LISBON)
    assert times.gate_at == at("2026-10-25T02:00") == at("2026-10-25T01:30", fold=1) + 1_800


def test_after_an_hour_that_was_skipped_prices_are_before_the_gate_all_the_same() -> None:
    times = demo_times(at("2026-03-29T02:10"), LISBON)
    assert times.gate_at == at("2026-03-29T02:16")
    assert times.day.prices == 46, "01:46 was not on the clock: it would be 02:46"


@given(
    st.integers(at("2026-01-01T00:00"), at("2028-01-01T00:00")),
    st.sampled_from((LISBON, "Atlantic/Azores", "Australia/Lord_Howe", "America/Asuncion")),
)
def test_at_any_instant_three_days_lie_behind_and_an_auction_ahead(now: int, zone: str) -> None:
    times = demo_times(now, zone)
    today = local_day(now, zone)
    assert times.first == today - timedelta(days=3)
    assert times.traded - today in (timedelta(days=1), timedelta(days=2))
    assert times.day.gate >= EARLIEST_GATE_MINUTE
    assert now + GATE_AHEAD_S <= times.gate_at <= now + GATE_AHEAD_S + 2 * 3_600
    eve = times.first - timedelta(days=1)
    assert times.begin <= local_instant(eve, times.day.prices, zone) - PRICES_AHEAD_S
    while eve < times.traded:
        assert local_instant(eve, times.day.prices, zone) < local_instant(eve, times.day.gate, zone)
        eve += timedelta(days=1)
