"""Declared devices as JSON holds them, and what is refused."""

import json
from dataclasses import replace

import pytest

from caravels_operator.common.forecasting.flexibility.devices import (
    DeviceRefused,
    DeviceState,
    FlexibleDevice,
    HourPlan,
    device_from_dict,
    device_to_dict,
)

EV = FlexibleDevice(
    name="ev",
    power_w=3_700,
    run_wh=8_000,
    runs_a_week=4,
    window_start_minute=18 * 60,
    window_end_minute=7 * 60,
    shift_hours=8,
    comfort_k=None,
    plan=(HourPlan.SHIFT,) * 12 + (HourPlan.NONE,) * 12,
)
AIR = replace(
    EV, name="air", window_start_minute=420, window_end_minute=1_320, comfort_k=1.5, plan=(HourPlan.REDUCE,) * 24
)


@pytest.mark.parametrize("device", [EV, AIR, replace(EV, window_start_minute=0, window_end_minute=1_440)])
def test_a_device_survives_json(device: FlexibleDevice) -> None:
    assert device_from_dict(json.loads(json.dumps(device_to_dict(device)))) == device


def test_what_was_measured_is_not_declared() -> None:
    measured = replace(EV, use_wh=(1.0, 2.0), use_first=3_600, state=DeviceState(on=True, power_w=5.0))
    assert device_from_dict(device_to_dict(measured)) == EV


def test_a_form_gives_floats_and_leaves_out_defaults() -> None:
    values = device_to_dict(EV)
    for key in ("plan", "comfort_k", "longest_interruption_s", "drift_k_an_hour"):
        del values[key]
    device = device_from_dict(values | {"power_w": 3_700.0, "shift_hours": 8.0})
    assert device == replace(EV, plan=(HourPlan.REDUCE,) * 24)
    assert type(device.power_w) is int


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("power_w", 0, "range"),
        ("power_w", 1_000_001, "range"),
        ("power_w", "1000", "type"),
        ("power_w", True, "type"),
        ("power_w", 99.5, "type"),
        ("power_w", float("nan"), "range"),
        ("power_w", float("inf"), "range"),
        ("power_w", 10**400, "range"),
        ("run_wh", -1, "range"),
        ("run_wh", 48_101, "window"),
        ("runs_a_week", 8, "range"),
        ("window_start_minute", 1_440, "range"),
        ("window_end_minute", 1_441, "range"),
        ("shift_hours", 25, "range"),
        ("comfort_k", -0.5, "range"),
        ("longest_interruption_s", 86_401, "range"),
        ("drift_k_an_hour", 0, "range"),
        ("drift_k_an_hour", None, "type"),
        ("name", "", "range"),
        ("name", " ", "range"),
        ("name", "n" * 65, "range"),
        ("name", 5, "type"),
        ("plan", ["shift"] * 23, "range"),
        ("plan", ["shift"] * 23 + ["later"], "range"),
        ("plan", ["shift"] * 23 + [None], "type"),
        ("plan", "shift", "type"),
        ("colour", "red", "unknown"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(key: str, value: object, code: str) -> None:
    with pytest.raises(DeviceRefused) as refused:
        device_from_dict(device_to_dict(EV) | {key: value})
    assert (refused.value.key, refused.value.code) == ("run_wh" if code == "window" else key, code)
    assert key in str(refused.value) or code == "window"


@pytest.mark.parametrize("key", ["name", "power_w", "run_wh", "runs_a_week", "window_start_minute", "shift_hours"])
def test_what_is_needed_must_be_there(key: str) -> None:
    values = device_to_dict(EV)
    del values[key]
    with pytest.raises(DeviceRefused) as refused:
        device_from_dict(values)
    assert (refused.value.key, refused.value.code) == (key, "missing")


@pytest.mark.parametrize(
    ("start", "end", "minutes"), [(0, 1_440, 1_440), (0, 0, 1_440), (1_080, 420, 780), (420, 1_320, 900), (600, 601, 1)]
)
def test_a_window_that_does_not_end_after_its_start_ends_the_day_after(start: int, end: int, minutes: int) -> None:
    assert replace(EV, window_start_minute=start, window_end_minute=end).window_minutes == minutes


def test_how_long_a_device_may_be_held_back() -> None:
    assert EV.held_minutes == 60.0
    assert replace(EV, longest_interruption_s=900).held_minutes == 15.0
    assert AIR.held_minutes == 60.0  # 1.5 K at 1 K an hour
    assert replace(AIR, comfort_k=0.25).held_minutes == 15.0
    assert replace(AIR, drift_k_an_hour=6.0).held_minutes == 15.0
    assert replace(AIR, state=DeviceState(comfort_left_k=0.5)).held_minutes == 30.0
    assert replace(AIR, state=DeviceState(comfort_left_k=-1.0)).held_minutes == 0.0
    assert replace(EV, state=DeviceState(comfort_left_k=0.0)).held_minutes == 60.0  # has no comfort to keep
