"""Forecasts of flexibility: bounds, plans, state, learning, and the distribution of the sum."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caravels_operator.common.forecasting.flexibility.devices import DeviceState, FlexibleDevice, HourPlan
from caravels_operator.common.forecasting.flexibility.forecaster import FlexibilityForecaster
from caravels_operator.common.forecasting.forecast import Forecast, Horizon, Method, Reason, Target
from caravels_operator.common.forecasting.series import Calendar, Floats

LISBON = Calendar("Europe/Lisbon")
MONDAY = int(datetime(2026, 1, 12, tzinfo=UTC).timestamp())
NOON_BEFORE = MONDAY - 12 * 3_600
REDUCE, SHIFT, NONE = HourPlan.REDUCE, HourPlan.SHIFT, HourPlan.NONE
WASHER = FlexibleDevice(
    name="washer",
    power_w=1_000,
    run_wh=1_000,
    runs_a_week=7,
    window_start_minute=600,
    window_end_minute=720,
    shift_hours=1,
    comfort_k=None,
    plan=(REDUCE,) * 24,
)
AIR = replace(
    WASHER, name="air", power_w=1_200, run_wh=4_000, window_start_minute=420, window_end_minute=1_320, comfort_k=1.5
)
EV = replace(
    WASHER,
    name="ev",
    power_w=3_700,
    run_wh=8_000,
    runs_a_week=4,
    window_start_minute=1_080,
    window_end_minute=420,
    shift_hours=8,
)


def _forecast(
    *devices: FlexibleDevice,
    horizon: Horizon = Horizon.DAY_AHEAD,
    issued_at: int = NOON_BEFORE,
    first: int = MONDAY,
    hours: int = 24,
    calendar: Calendar = LISBON,
) -> tuple[Forecast, Forecast]:
    return FlexibilityForecaster().forecast(devices, calendar, horizon, issued_at, first, hours)


def _band(forecast: Forecast) -> Floats:
    return np.stack([forecast.mean_wh, forecast.p10_wh, forecast.p50_wh, forecast.p90_wh])


plans = st.lists(st.sampled_from(HourPlan), min_size=24, max_size=24).map(tuple)
states = st.builds(
    DeviceState,
    on=st.none() | st.booleans(),
    power_w=st.none() | st.floats(0, 10_000),
    comfort_left_k=st.none() | st.floats(-1, 5),
    run_left_wh=st.none() | st.floats(-10, 20_000),
)
devices = st.builds(
    FlexibleDevice,
    name=st.just("device"),
    power_w=st.integers(1, 5_000),
    run_wh=st.integers(1, 20_000),
    runs_a_week=st.integers(0, 7),
    window_start_minute=st.integers(0, 1_439),
    window_end_minute=st.integers(0, 1_440),
    shift_hours=st.integers(0, 24),
    comfort_k=st.none() | st.floats(0, 3),
    plan=plans,
    longest_interruption_s=st.integers(0, 7_200),
    use_wh=st.none() | st.lists(st.floats(0, 6_000) | st.just(float("nan")), max_size=100).map(tuple),
    use_first=st.integers(-200, 10).map(lambda hours: MONDAY + hours * 3_600),
    state=states,
)
homes = st.lists(devices, max_size=4).map(
    lambda found: [replace(device, name=f"device {number}") for number, device in enumerate(found)]
)


@given(homes, st.sampled_from(Horizon), st.integers(0, 30), st.integers(0, 5_000), st.integers(0, 60))
@settings(max_examples=60)
def test_a_forecast_always_comes_within_its_bounds(
    home: list[FlexibleDevice], horizon: Horizon, ahead: int, past: int, hours: int
) -> None:
    issued_at = MONDAY - ahead * 3_600 - past
    most = float(sum(device.power_w for device in home))
    forecasts = _forecast(*home, horizon=horizon, issued_at=issued_at, hours=hours)
    for forecast, target in zip(forecasts, (Target.REDUCTION, Target.SHIFTING), strict=True):
        assert (forecast.target, forecast.horizon, forecast.first) == (target, horizon, MONDAY)
        band = _band(forecast)
        assert band.shape == (4, hours)
        assert np.isfinite(band).all()
        assert band.min(initial=0.0) >= 0.0
        assert band.max(initial=0.0) <= most * (1 + 1e-9)
        assert (np.diff(band[1:], axis=0) >= 0).all()
    together = forecasts[0].mean_wh + forecasts[1].mean_wh
    everything = [replace(device, plan=(REDUCE,) * 24, comfort_k=None if device.comfort_k is None else 20.0,
                          longest_interruption_s=3_600, state=replace(device.state, comfort_left_k=None))
                  for device in home]  # fmt: skip
    use = _forecast(*everything, horizon=horizon, issued_at=issued_at, hours=hours)[0].mean_wh
    assert (together <= use + 1e-6).all()  # nothing is counted twice


@given(homes, st.integers(0, 23), st.sampled_from([REDUCE, SHIFT]))
@settings(max_examples=40)
def test_a_plan_changes_its_own_hour_and_kind_alone(home: list[FlexibleDevice], hour: int, plan: HourPlan) -> None:
    nothing = [replace(device, plan=(NONE,) * 24) for device in home]
    one = [replace(device, plan=(NONE,) * hour + (plan,) + (NONE,) * (23 - hour)) for device in home]
    every = [replace(device, plan=(plan,) * 24) for device in home]
    which = 0 if plan is REDUCE else 1
    assert not np.stack([f.mean_wh for f in _forecast(*nothing)]).any()
    found, full = _forecast(*one), _forecast(*every)
    assert not found[1 - which].mean_wh.any()
    assert found[which].mean_wh[hour] == pytest.approx(full[which].mean_wh[hour])
    assert not np.delete(_band(found[which]), hour, axis=1).any()


@given(homes, st.integers(0, 30))
@settings(max_examples=40)
def test_without_states_an_hour_ahead_is_a_shorter_day_ahead(home: list[FlexibleDevice], ahead: int) -> None:
    home = [replace(device, state=DeviceState()) for device in home]
    issued_at = MONDAY - ahead * 3_600
    hour = _forecast(*home, horizon=Horizon.HOUR_AHEAD, issued_at=issued_at, hours=2)
    day = _forecast(*home, issued_at=issued_at)
    for short, long in zip(hour, day, strict=True):
        np.testing.assert_allclose(_band(short), _band(long)[:, :2], atol=1e-9)


def test_a_home_without_devices_shows_zeros_and_says_so() -> None:
    for forecast in _forecast(hours=25):
        assert not _band(forecast).any()
        assert forecast.mean_wh.size == 25
        assert forecast.basis.method is Method.DEVICES
        assert forecast.basis.reasons == (Reason.NO_DEVICES,)


def test_a_declared_run_is_anywhere_in_its_window() -> None:
    """An hour's run in a window of two hours starts at 10:00, 10:15, ... or 11:00, each once in five."""
    reduction, shifting = _forecast(WASHER)
    assert reduction.mean_wh[10:12].tolist() == pytest.approx([500.0, 500.0])
    assert reduction.mean_wh.sum() == pytest.approx(1_000.0)
    assert (reduction.p10_wh[10], reduction.p50_wh[10], reduction.p90_wh[10]) == pytest.approx((0.0, 500.0, 1_000.0))
    assert not shifting.mean_wh.any()
    shifting = _forecast(replace(WASHER, plan=(SHIFT,) * 24))[1]
    # From 10:00 + s, all that lies in an hour can leave it: to 10:00, or to 11:00.
    assert shifting.mean_wh[10:12].tolist() == pytest.approx([500.0, 500.0])
    fixed = _forecast(replace(WASHER, plan=(SHIFT,) * 24, run_wh=2_000))[1]
    assert not fixed.mean_wh.any()  # fills its window


def test_how_often_it_runs_and_how_long_it_may_be_held_back() -> None:
    assert _forecast(replace(WASHER, runs_a_week=3))[0].mean_wh.sum() == pytest.approx(1_000 * 3 / 7)
    assert not _forecast(replace(WASHER, runs_a_week=0))[0].mean_wh.any()
    held = _forecast(replace(WASHER, longest_interruption_s=900))[0]
    # Four of five starts use 10:00-11:00 for a quarter at least; likewise the hour after.
    assert held.mean_wh[10:12].tolist() == pytest.approx([200.0, 200.0])


def test_a_window_over_midnight_lies_in_two_days_and_is_likelier_at_its_start() -> None:
    mean = _forecast(EV)[0].mean_wh
    assert not mean[7:18].any()
    assert mean[18:].min() > 0
    assert mean[:7].min() > 0
    assert mean.sum() == pytest.approx(8_000 * 4 / 7)
    assert mean[20] > 5 * mean[6]


def test_what_cycles_is_spread_over_its_window() -> None:
    mean = _forecast(AIR)[0].mean_wh
    np.testing.assert_allclose(mean, [0.0] * 7 + [4_000 / 15] * 15 + [0.0] * 2)
    half = _forecast(replace(AIR, comfort_k=0.25))[0].mean_wh
    # On in k of four quarters with chance 2/9 each; a quarter of an hour of it may be held back.
    assert half[12] == pytest.approx(300 * (1 - (7 / 9) ** 4))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_when_clocks_change(day: date, hours: int) -> None:
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 3_600 * (hours == 25)
    water = replace(AIR, window_start_minute=0, window_end_minute=1_440, run_wh=2_400)
    reduction = _forecast(water, replace(EV, runs_a_week=7), first=first, issued_at=first - 43_200, hours=hours)[0]
    usual = _forecast(water, replace(EV, runs_a_week=7))[0]
    clock = LISBON.hours(first, hours)
    assert clock.hour.tolist() == ([0, *range(2, 24)] if hours == 23 else [0, 1, *range(1, 24)])
    np.testing.assert_allclose(_band(reduction), _band(usual)[:, clock.hour])


def test_the_sum_of_devices_is_as_every_combination_says() -> None:
    home = [
        replace(WASHER, name=f"washer {number}", power_w=power, run_wh=power, runs_a_week=runs)
        for number, (power, runs) in enumerate([(900, 7), (1_300, 5), (2_100, 3), (400, 6)])
    ]
    reduction = _forecast(*home)[0]
    single = [
        [(0.0, 1 - device.runs_a_week / 7 + device.runs_a_week / 35)]
        + [(device.power_w * quarters / 4, device.runs_a_week / 35) for quarters in (1, 2, 3, 4)]
        for device in home
    ]
    combined = sorted(
        (sum(value for value, _ in combination), np.prod([chance for _, chance in combination]))
        for combination in product(*single)
    )
    values, chances = np.array(combined).T
    assert reduction.mean_wh[10] == pytest.approx(values @ chances)
    exact = values[np.searchsorted(np.cumsum(chances), [0.1, 0.5, 0.9])]
    step = 4_700 / 251
    np.testing.assert_allclose(_band(reduction)[1:, 10], exact, atol=3 * step)


def _at(hour: int, *devices: FlexibleDevice, hours: int = 2) -> tuple[Forecast, Forecast]:
    at = MONDAY + hour * 3_600
    return _forecast(*devices, horizon=Horizon.HOUR_AHEAD, issued_at=at, first=at, hours=hours)


def test_a_run_under_way_is_what_is_left_of_it() -> None:
    on = replace(EV, state=DeviceState(on=True, run_left_wh=5_000))
    reduction = _at(20, on, hours=3)[0]
    assert reduction.mean_wh.tolist() == pytest.approx([3_700.0, 1_300.0, 0.0])
    assert reduction.p10_wh[0] == pytest.approx(3_700.0)
    slow = replace(on, state=DeviceState(power_w=1_850.0, run_left_wh=2_775))
    assert _at(20, slow, hours=3)[0].mean_wh.tolist() == pytest.approx([1_850.0, 925.0, 0.0])
    done = replace(on, state=DeviceState(on=True, run_left_wh=0))
    assert not _at(20, done)[0].mean_wh.any()


def test_a_run_under_way_can_only_be_paused() -> None:
    on = replace(EV, plan=(SHIFT,) * 24, state=DeviceState(on=True, run_left_wh=5_000))
    assert _at(20, on)[1].mean_wh[0] == pytest.approx(3_700.0)
    half = replace(on, longest_interruption_s=1_800)
    assert _at(20, half)[1].mean_wh[0] == pytest.approx(1_850.0)
    # At 6:00, with 3.7 kWh to go until 7:00, nothing can wait.
    late = replace(on, state=DeviceState(on=True, run_left_wh=3_700))
    assert _at(6, late)[1].mean_wh[0] == pytest.approx(0.0)


def test_bayes_says_how_far_a_run_is() -> None:
    """On at 11:00: a washer of an hour began at 10:15, 10:30 or 10:45 (10:00 is just over)."""
    on = replace(WASHER, window_end_minute=1_080, state=DeviceState(on=True))
    assert _at(11, on)[0].mean_wh[0] == pytest.approx(np.mean([0, 250, 500, 750]))
    off = replace(on, state=DeviceState(on=False))
    starts = range(600, 1_021, 15)
    over_or_to_come = [s for s in starts if not (s < 660 <= s + 60)]
    expected = np.mean([max(min(s + 60, 720) - max(s, 660), 0) for s in over_or_to_come]) * 1_000 / 60
    assert _at(11, off)[0].mean_wh[0] == pytest.approx(expected)


def test_what_runs_though_it_never_did_is_halfway() -> None:
    odd = replace(WASHER, state=DeviceState(on=True))
    assert _at(20, odd)[0].mean_wh.tolist() == pytest.approx([500.0, 0.0])


@pytest.mark.parametrize(("left_k", "share"), [(0.0, 0.0), (-1.0, 0.0), (9.0, 1.0)])
def test_comfort_that_is_used_up_leaves_nothing(left_k: float, share: float) -> None:
    state = DeviceState(comfort_left_k=left_k)
    mean = _at(12, replace(AIR, state=state))[0].mean_wh
    assert mean.tolist() == pytest.approx([share * 4_000 / 15] * 2)
    assert _forecast(replace(AIR, state=state))[0].mean_wh[12] == pytest.approx(4_000 / 15)  # not a day ahead


def _metered(device: FlexibleDevice, use: Floats) -> FlexibleDevice:
    return replace(device, use_wh=tuple(use.tolist()), use_first=MONDAY - use.size * 3_600)


def _eight_weeks_of_mondays() -> Floats:
    use = np.zeros((56, 24))
    use[::7, 10] = 1_000.0
    return use.ravel()


def test_its_own_meter_teaches_when_it_runs() -> None:
    wide = replace(WASHER, window_start_minute=0, window_end_minute=1_440, runs_a_week=3)
    learnt = _metered(wide, _eight_weeks_of_mondays())
    week = _forecast(learnt, hours=168, issued_at=MONDAY)[0]
    days = week.mean_wh.reshape(7, 24)
    # Declared 3/7 a day counts 7 days beside 56; all days together count 14 beside eight Mondays.
    common = (7 * 3 / 7 + 8) / (7 + 56)
    np.testing.assert_allclose(days[1:].sum(axis=1), 1_000 * common * 14 / 22)
    assert days[0].sum() == pytest.approx(1_000 * (14 * common + 8) / 22)
    assert days[0, 9:12].sum() > 0.9 * days[0].sum()
    assert week.basis.days == 56
    assert not week.basis.reasons


def test_a_meter_learns_a_length_a_gap_and_a_holiday() -> None:
    use = _eight_weeks_of_mondays() * 0.5
    longer = _forecast(_metered(replace(WASHER, runs_a_week=1), use), issued_at=MONDAY)[0]
    length = (3 * 1_000 + 8 * 500) / 11
    common = (7 / 7 + 8) / 63
    assert longer.mean_wh.sum() == pytest.approx(length * (14 * common + 8) / 22)
    use[-7 * 24 :] = np.nan
    gap = _forecast(_metered(WASHER, use), issued_at=MONDAY)[0]
    assert gap.basis.days == 49
    holiday = replace(LISBON, holidays=frozenset({date(2026, 1, 12)}))
    as_sunday = _forecast(_metered(WASHER, use), issued_at=MONDAY, calendar=holiday)[0]
    assert as_sunday.mean_wh.sum() < 0.5 * gap.mean_wh.sum()


def _broken(days: int, gone: slice, value: float) -> Floats:
    use = np.tile(_eight_weeks_of_mondays(), 2)[-days * 24 :]
    use[gone] = value
    return use


@pytest.mark.parametrize(
    ("use", "reasons"),
    [
        (_broken(56, slice(0), 0.0), ()),
        (_broken(7, slice(0), 0.0), (Reason.FEW_DAYS,)),
        (_broken(56, slice(-10 * 24, -5 * 24), np.nan), (Reason.GAPS,)),
        (_broken(56, slice(-24, None), np.nan), (Reason.STALE,)),
        (_broken(56, slice(-21 * 24, None), 0.0), (Reason.DEAD_SENSOR,)),
        (_broken(56, slice(-13 * 24, None), 0.0), ()),
        (_broken(56, slice(None), 0.0), ()),
        (_broken(56, slice(None), np.nan), (Reason.FEW_DAYS, Reason.GAPS, Reason.STALE)),
        (np.zeros(0), (Reason.FEW_DAYS, Reason.STALE)),
    ],
)
def test_what_is_wrong_with_a_meter_is_said(use: Floats, reasons: tuple[Reason, ...]) -> None:
    for forecast in _forecast(_metered(WASHER, use), AIR, issued_at=MONDAY):
        assert forecast.basis.reasons == reasons
        assert np.isfinite(_band(forecast)).all()


def test_what_is_measured_later_is_not_known() -> None:
    use = _random_use(60, 4)
    known = replace(WASHER, window_start_minute=480, window_end_minute=1_320, use_first=MONDAY - 58 * 24 * 3_600)
    for issued_at in (MONDAY, MONDAY + 13 * 3_600):
        hours = (issued_at - known.use_first) // 3_600
        then, later = (replace(known, use_wh=tuple(seen.tolist())) for seen in (use[:hours], use))
        a, b = (_forecast(device, issued_at=issued_at, first=issued_at)[0] for device in (then, later))
        np.testing.assert_array_equal(_band(a), _band(b))
        assert a.basis == b.basis


def test_a_meter_shows_that_a_run_is_over_or_under_way() -> None:
    machine = replace(WASHER, run_wh=2_000, window_start_minute=480, window_end_minute=1_320)
    use = np.zeros(56 * 24)
    declared = _forecast(machine, issued_at=MONDAY)[0].mean_wh.sum()
    assert declared == pytest.approx(2_000.0)

    def rest_of_day(*hours_before_noon: float) -> Floats:
        today = _metered(machine, use)
        known = replace(today, use_wh=(*(today.use_wh or ()), *([0.0] * 8), *hours_before_noon))
        return _at(12, replace(known, state=DeviceState()), hours=12)[0].mean_wh

    length = 2_000.0  # no run was seen: as declared
    assert rest_of_day(0.0, length / 2, length / 2, 0.0).sum() == 0.0  # over
    under_way = rest_of_day(0.0, 0.0, 250.0, 1_000.0)
    assert under_way[:2].tolist() == pytest.approx([750.0, 0.0])
    assert rest_of_day(0.0, 0.0, 0.0, 0.0).sum() > 0.0


def test_what_cycles_is_learnt_hour_by_hour() -> None:
    use = np.zeros((28, 24))
    use[:, 15] = 1_200.0
    mean = _forecast(_metered(AIR, use.ravel()), issued_at=MONDAY)[0].mean_wh
    declared = 4_000 / 15
    common = np.array([7 * declared + 28 * 1_200.0, 7 * declared]) / 35
    own = (14 * common + 4 * np.array([1_200.0, 0.0])) / 18
    assert [mean[15], mean[12]] == pytest.approx(own.tolist())


def _random_use(days: int, seed: int) -> Floats:
    chance = np.random.default_rng(seed)
    use = np.zeros((days, 24))
    use[np.arange(days), chance.integers(8, 20, days)] = 1_000.0 * (chance.random(days) < 0.6)
    return use.ravel()


def test_what_is_remembered_changes_no_answer() -> None:
    use = _random_use(110, 1)
    first = MONDAY - use.size * 3_600
    washer = replace(WASHER, window_start_minute=480, window_end_minute=1_320, plan=(SHIFT,) * 24, use_first=first)
    air = replace(AIR, use_first=first)
    remembering = FlexibilityForecaster()
    for hour in range(100 * 24 + 20, 102 * 24, 7):
        for changed in (False, True):
            seen = use[:hour].copy()
            seen[-30 * 24] += 500.0 * changed  # the recorder corrected an old hour
            home = [replace(device, use_wh=tuple(seen.tolist())) for device in (washer, air)]
            at = first + hour * 3_600
            arguments = (home, LISBON, Horizon.DAY_AHEAD, at, at + 12 * 3_600, 24)
            fresh = FlexibilityForecaster().forecast(*arguments)
            for again, new in zip(remembering.forecast(*arguments), fresh, strict=True):
                np.testing.assert_array_equal(_band(again), _band(new))
                assert again.basis == new.basis


def test_skill_is_judged_against_the_devices_own_meters() -> None:
    use = _random_use(120, 2)
    basis = _forecast(
        _metered(replace(WASHER, window_start_minute=480, window_end_minute=1_320), use), issued_at=MONDAY
    )[0].basis
    skill = basis.skill
    assert skill is not None
    last = use.reshape(-1, 24)[-28:]
    assert skill.days == 28
    assert skill.mean_wh == pytest.approx(last.mean())
    naive = np.abs(last - use.reshape(-1, 24)[-35:-7]).mean()
    assert skill.over_last_week == pytest.approx(1 - skill.mae_wh / naive)
    week = np.stack([use.reshape(-1, 24)[-28 - by : 120 - by] for by in range(2, 9)]).mean(axis=0)
    assert skill.over_mean_7_days == pytest.approx(1 - skill.mae_wh / np.abs(last - week).mean())
    assert skill.coverage >= 0.8


def test_there_is_no_skill_without_a_meter_nor_of_what_nobody_plans() -> None:
    assert _forecast(WASHER)[0].basis.skill is None
    use = _random_use(120, 3)
    reduction, shifting = _forecast(_metered(WASHER, use), issued_at=MONDAY)
    assert reduction.basis.skill is not None
    assert shifting.basis.skill is None
    short = _forecast(_metered(WASHER, use[-5 * 24 :]), issued_at=MONDAY)[0]
    assert short.basis.skill is None


def test_what_may_not_be_moved_has_no_shifting_and_what_nobody_planned_has_nothing() -> None:
    fixed = replace(WASHER, plan=(SHIFT,) * 24, shift_hours=0)
    unplanned = replace(EV, plan=(NONE,) * 24)
    never = replace(WASHER, name="never", runs_a_week=0)
    for forecast in _forecast(fixed, unplanned, never, hours=51):
        np.testing.assert_array_equal(_band(forecast), np.zeros((4, 51)))


def test_what_is_kept_of_declared_devices_is_what_a_fresh_forecaster_says() -> None:
    calendar = replace(LISBON, holidays=frozenset({date(2026, 1, 14)}))
    kept = FlexibilityForecaster()
    fleet = (WASHER, AIR, replace(EV, plan=(SHIFT,) * 24))
    for day in range(-3, 12):
        issued_at = MONDAY + day * 86_400 + (day % 2) * 3_600
        devices = fleet if day < 9 else fleet[:2]
        asked = devices, calendar, Horizon.DAY_AHEAD, issued_at, issued_at, 51
        for found, fresh in zip(kept.forecast(*asked), FlexibilityForecaster().forecast(*asked), strict=True):
            np.testing.assert_array_equal(_band(found), _band(fresh))
            found.mean_wh[:] = -1.0  # what is done to an answer is not done to what is kept
