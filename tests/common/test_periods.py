"""Delivery days in zones whose clocks change, against the standard library's own walk through the day."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.periods import (
    HOUR_S,
    day_end,
    day_periods,
    day_start,
    days_of_month,
    iso,
    local_day,
    local_hour,
    local_instant,
)

LISBON, AZORES, LORD_HOWE = "Europe/Lisbon", "Atlantic/Azores", "Australia/Lord_Howe"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize("zone", [LISBON, AZORES, "Atlantic/Madeira", "Europe/Madrid"])
@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 11, 22), 24)])
def test_a_day_has_its_hours(zone: str, day: date, hours: int) -> None:
    assert len(day_periods(day, zone, HOUR_S)) == hours
    assert len(day_periods(day, zone, 900)) == 4 * hours


def test_the_azores_have_no_midnight_in_spring() -> None:
    start = datetime.fromtimestamp(day_start(SPRING, AZORES), ZoneInfo(AZORES))
    assert (start.date(), start.hour) == (SPRING, 1)


def test_the_azores_have_two_midnights_in_autumn_and_the_first_starts_the_day() -> None:
    first, second = (datetime.fromtimestamp(at, UTC) for at in day_periods(AUTUMN, AZORES, HOUR_S)[:2])
    assert (first.hour, second.hour) == (0, 1)
    assert [local_hour(int(at.timestamp()), AZORES) for at in (first, second)] == [0, 0]


def test_half_hours_of_lord_howe_are_counted_and_whole_hours_refused() -> None:
    longer = date(2026, 4, 5)
    assert len(day_periods(longer, LORD_HOWE, 1_800)) == 49
    with pytest.raises(ValueError, match="whole number of periods"):
        day_periods(longer, LORD_HOWE, HOUR_S)


@given(
    day=st.dates(date(2026, 1, 1), date(2035, 12, 31)),
    zone=st.sampled_from([LISBON, AZORES, "Europe/Madrid", "America/Los_Angeles"]),
)
def test_days_follow_each_other_and_hold_exactly_their_own_instants(day: date, zone: str) -> None:
    start, end = day_start(day, zone), day_end(day, zone)
    assert end == day_start(day + timedelta(days=1), zone)
    assert local_day(start, zone) == local_day(end - 1, zone) == day
    assert local_day(start - 1, zone) == day - timedelta(days=1)
    assert (end - start) // HOUR_S in (23, 24, 25)


def test_a_time_of_day_is_read_on_the_local_clock() -> None:
    assert iso(local_instant(date(2026, 7, 6), 15 * 60, LISBON)) == "2026-07-06T14:00:00Z"
    assert iso(local_instant(date(2026, 1, 12), 15 * 60, LISBON)) == "2026-01-12T15:00:00Z"


def test_a_doubled_time_is_the_first_and_a_skipped_one_has_the_offset_before() -> None:
    assert iso(local_instant(AUTUMN, 90, LISBON)) == "2026-10-25T00:30:00Z"
    assert iso(local_instant(SPRING, 90, LISBON)) == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize("year", [2000, 2026, 2028, 2100])
def test_a_month_has_its_days(year: int) -> None:
    for month in range(1, 13):
        first, last = days_of_month(f"{year}-{month:02}")
        assert (first.year, first.month, first.day) == (year, month, 1)
        assert (last - first).days + 1 == monthrange(year, month)[1]


@pytest.mark.parametrize("wrong", ["2026-13", "2026", "2026-1", ""])
def test_what_is_no_month_has_no_days(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|month"):
        days_of_month(wrong)
