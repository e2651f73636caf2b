"""What of a run could be held back or used in another hour, against trying every minute."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice, HourPlan
from caravels_operator.common.forecasting.flexibility.runs import (
    Runs,
    by_hour,
    cycling_limit,
    flexible_minutes,
    on_lattice,
    planned_runs,
    runs_seen_from,
)
from caravels_operator.common.forecasting.series import Calendar

DEVICE = FlexibleDevice(
    name="machine",
    power_w=1_000,
    run_wh=1_500,
    runs_a_week=7,
    window_start_minute=480,
    window_end_minute=1_320,
    shift_hours=3,
    comfort_k=None,
)


def _hours(start: int, length: int) -> list[int]:
    """How many of a run's minutes lie in each of 48 hours, minute by minute."""
    hours = [0] * 48
    for minute in range(start, start + length):
        hours[minute // 60] += 1
    return hours


@st.composite
def devices_with_a_run(draw: st.DrawFn) -> tuple[FlexibleDevice, int, int]:
    start = draw(st.integers(0, 1_439))
    window = draw(st.integers(1, 1_440))
    length = draw(st.integers(1, window))
    device = replace(
        DEVICE,
        window_start_minute=start,
        window_end_minute=(start + window - 1) % 1_440 + 1,
        shift_hours=draw(st.integers(0, 24)),
        longest_interruption_s=draw(st.integers(0, 180)) * 60,
    )
    assert device.window_minutes == window
    return device, start + draw(st.integers(0, window - length)), length


def _shiftable(device: FlexibleDevice, run: Runs) -> list[float]:
    return [float(minutes) for minutes in flexible_minutes(device, HourPlan.SHIFT, run)[0]]


@given(devices_with_a_run())
def test_shifting_is_what_the_best_other_start_takes_out_of_an_hour(case: tuple[FlexibleDevice, int, int]) -> None:
    device, start, length = case
    window_end = device.window_start_minute + device.window_minutes
    use = _hours(start, length)
    least = use
    for other in range(device.window_start_minute, window_end - length + 1):
        if abs(other - start) <= device.shift_hours * 60:
            least = [min(pair) for pair in zip(least, _hours(other, length), strict=True)]
    run = planned_runs(device, np.array([float(start)]), np.array([float(length)]))
    assert _shiftable(device, run) == [a - b for a, b in zip(use, least, strict=True)]


@given(devices_with_a_run(), st.integers(0, 2_879))
def test_a_run_to_come_never_moves_into_the_past_and_one_under_way_only_pauses(
    case: tuple[FlexibleDevice, int, int], now: int
) -> None:
    device, start, length = case
    window_end = device.window_start_minute + device.window_minutes
    left = min(max(start + length - now, 0), length)
    begin = max(start, now)
    if start >= now:
        others = [
            other
            for other in range(max(device.window_start_minute, now), window_end - length + 1)
            if abs(other - start) <= device.shift_hours * 60
        ]
    else:
        others = [
            now + pause
            for pause in range(device.longest_interruption_s // 60 + 1)
            if now + pause + left <= window_end and now + pause - start <= device.shift_hours * 60
        ]
    use = least = _hours(begin, left) if begin < 2_880 else [0] * 48
    for other in others if left else ():
        least = [min(pair) for pair in zip(least, _hours(other, left), strict=True)]
    run = planned_runs(device, np.array([float(start)]), np.array([float(length)]))
    seen = _shiftable(device, runs_seen_from(device, run, float(now)))
    assert seen == [a - b for a, b in zip(use, least, strict=True)]


@given(devices_with_a_run())
def test_reduction_is_what_runs_for_as_long_as_it_may_be_held_back(case: tuple[FlexibleDevice, int, int]) -> None:
    device, start, length = case
    run = planned_runs(device, np.array([float(start)]), np.array([float(length)]))
    held = device.longest_interruption_s // 60
    assert flexible_minutes(device, HourPlan.REDUCE, run)[0].tolist() == [min(m, held) for m in _hours(start, length)]
    assert not flexible_minutes(device, HourPlan.NONE, run).any()


def test_a_run_that_fills_its_window_or_may_not_move_cannot_be_shifted() -> None:
    full = planned_runs(DEVICE, np.array([480.0]), np.array([840.0]))
    assert not flexible_minutes(DEVICE, HourPlan.SHIFT, full).any()
    fixed = replace(DEVICE, shift_hours=0)
    assert not flexible_minutes(fixed, HourPlan.SHIFT, planned_runs(fixed, np.array([600.0]), np.array([90.0]))).any()


def test_what_cycles_makes_up_for_a_pause_in_hours_of_its_window_within_reach() -> None:
    air = replace(DEVICE, comfort_k=0.5, window_start_minute=600, window_end_minute=690, shift_hours=1)
    assert cycling_limit(air, HourPlan.REDUCE).tolist() == [30.0] * 24
    shift = cycling_limit(air, HourPlan.SHIFT)
    assert (shift[9], shift[10], shift[11], shift[12], shift[13]) == (30.0, 30.0, 30.0, 30.0, 0.0)
    assert not cycling_limit(replace(air, shift_hours=0), HourPlan.SHIFT).any()
    assert not cycling_limit(air, HourPlan.NONE).any()


@given(st.lists(st.floats(0, 60), min_size=1, max_size=20))
def test_the_lattice_keeps_sums_and_means(minutes: list[float]) -> None:
    weights = on_lattice(np.array(minutes))
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    np.testing.assert_allclose(weights @ np.linspace(0, 60, 13), minutes, atol=1e-9)


def test_hours_take_the_run_of_their_day_and_of_the_day_before() -> None:
    calendar = Calendar("Europe/Lisbon")
    first = int(datetime(2026, 10, 24, 23, tzinfo=UTC).timestamp())  # 0:00 in Lisbon; 1:00 comes twice that day
    clock = calendar.hours(first, 26)
    day = int(clock.day[0])
    tables = {day: np.arange(48.0), day - 1: np.arange(48.0) * 100}
    expected = [0 + 2_400, 1 + 2_500, 1 + 2_500, *(h + (24 + h) * 100 for h in range(2, 24)), 24]
    assert by_hour(tables, clock).tolist() == expected
