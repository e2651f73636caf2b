"""The devices of virtual homes, and what they really could have reduced or shifted."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from caravels_operator.common.forecasting.flexibility.devices import (
    DeviceState,
    FlexibleDevice,
    HourPlan,
    device_from_dict,
    device_to_dict,
)
from caravels_operator.common.forecasting.flexibility.skill import possible_wh
from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.series import Calendar
from caravels_operator.common.periods import day_end, day_start
from caravels_operator.virtual.appliances import devices_year
from caravels_operator.virtual.flexibility import devices_of, states_of, true_flexibility, use_of_devices
from caravels_operator.virtual.profiles import Household, SimulatedLoad, away_days
from caravels_operator.virtual.scenario import Member, Scenario, load_scenario
from caravels_operator.virtual.wall_clock import month_of, month_start

LISBON = "Europe/Lisbon"
JANUARY_12 = day_start(date(2026, 1, 12), LISBON)


@pytest.fixture(scope="module")
def paper() -> Scenario:
    return load_scenario("paper").resized(60)


def _household(paper: Scenario, member: Member, devices: tuple[str, ...]) -> Household:
    return Household(
        paper.seed,
        member.row,
        member.kind,
        paper.load_wh_year[member.kind],
        tuple(paper.devices[name] for name in devices),
    )


def test_the_offices_devices_as_its_people_declare_them(paper: Scenario) -> None:
    devices = devices_of(paper.members[0], paper)
    assert [device.name for device in devices] == ["hvac", "hvac 2", "ev", "water_heater"]
    assert devices[0] == FlexibleDevice(
        "hvac", 1_200, 4_000, 7, 420, 1_320, 0, 1.5, (HourPlan.REDUCE,) * 24, longest_interruption_s=3_600
    )
    assert devices[2] == FlexibleDevice(
        "ev", 3_700, 8_000, 4, 1_080, 420, 8, None, (HourPlan.SHIFT,) * 24, longest_interruption_s=3_600
    )
    assert [device_from_dict(device_to_dict(device)) for device in devices] == list(devices)


def test_what_can_neither_drift_nor_move_is_left_alone(paper: Scenario) -> None:
    fixed = replace(paper.devices["dishwasher"], shift_h=0)
    still = replace(paper, devices={**paper.devices, "dishwasher": fixed})
    member = paper.members[4]
    assert [device.plan[0] for device in devices_of(member, still)] == [HourPlan.SHIFT, HourPlan.NONE]
    only = replace(member, flexible=("dishwasher",))
    assert not np.any(true_flexibility(still, only, JANUARY_12, 28 * 24))


@pytest.mark.parametrize("number", [1, 8, 12, 39, 57])
def test_the_devices_use_what_their_houses_meter_shows_of_them(paper: Scenario, number: int) -> None:
    """Exchanging one device's runs for none changes the base load by a factor alone; its runs stand out of it."""
    member = paper.members[number - 1]
    household = _household(paper, member, member.flexible)
    first, end = day_start(date(2026, 1, 1), LISBON), day_end(date(2026, 12, 31), LISBON)
    used = np.sum(use_of_devices(paper, member, first, (end - first) // 3_600), axis=0)
    shift, scale = member.shift_days, member.scale_permille / 1_000
    whole = np.concatenate(
        [
            devices_year(
                household.seed,
                household.row,
                household.devices,
                year,
                away_days(household, year - 1) | away_days(household, year),
            ).reshape(-1, 4)
            for year in (2025, 2026)
        ]
    ).sum(axis=1)
    hours = Calendar(LISBON).hours(first, used.size)
    expected = whole[(hours.day - shift - date(2025, 1, 1).toordinal()) * 24 + hours.hour] * scale
    np.testing.assert_allclose(used, expected, atol=1e-6)
    load = SimulatedLoad(household, LISBON, shift, member.scale_permille)
    months = range(month_of(first), month_of(end - 1) + 1)
    metered = np.concatenate([load.month(month) for month in months])
    metered = metered[(first - month_start(months[0])) // 900 :][: 4 * used.size].reshape(-1, 4).sum(axis=1)
    assert (metered >= used - 2).all()  # the meter rounds its running total
    assert metered.sum() > used.sum()


@pytest.mark.parametrize("number", range(1, 28))
def test_what_could_be_shifted_or_reduced_is_part_of_what_was_used(paper: Scenario, number: int) -> None:
    member = paper.members[number - 1]
    used = use_of_devices(paper, member, JANUARY_12, 28 * 24)
    plans = [device.plan[0] for device in devices_of(member, paper)]
    reduction, shifting = true_flexibility(paper, member, JANUARY_12, 28 * 24)
    of_plan = {
        plan: np.sum([u for u, p in zip(used, plans, strict=True) if p is plan] or [np.zeros(28 * 24)], axis=0)
        for plan in HourPlan
    }
    np.testing.assert_allclose(reduction, of_plan[HourPlan.REDUCE])  # an hour at least may be held back
    assert (shifting <= of_plan[HourPlan.SHIFT] + 1e-9).all()
    if of_plan[HourPlan.SHIFT].any():
        assert 0.9 < shifting.sum() / of_plan[HourPlan.SHIFT].sum() <= 1.0
    now = true_flexibility(paper, member, JANUARY_12, 28 * 24, Horizon.HOUR_AHEAD)
    np.testing.assert_array_equal(now[0], reduction)
    assert now[1].min(initial=0.0) >= 0
    assert now[1].sum() <= shifting.sum() + 1e-9


def test_a_meter_that_sees_its_hours_knows_what_could_have_been(paper: Scenario) -> None:
    """Two ways to the truth: by quarters from the runs, and from the sub-meter's hours as a home would."""
    for member in (paper.members[number] for number in (0, 3, 4, 6)):
        back = day_start(date(2026, 2, 1), LISBON)
        hours = (day_start(date(2026, 4, 20), LISBON) - back) // 3_600
        use = use_of_devices(paper, member, back, hours + 72)
        found = {HourPlan.REDUCE: np.zeros(hours), HourPlan.SHIFT: np.zeros(hours)}
        for device, wh in zip(devices_of(member, paper), use, strict=True):
            metered = replace(device, use_wh=tuple(wh.tolist()), use_first=back)
            found[device.plan[0]] += possible_wh(metered, device.plan[0], Calendar(LISBON), back, hours)
        truth = true_flexibility(paper, member, back, hours)
        for plan, expected in zip((HourPlan.REDUCE, HourPlan.SHIFT), truth, strict=True):
            assert np.abs(found[plan] - expected)[72:].sum() <= 0.01 * expected.sum()


def test_a_drawn_members_devices_are_its_rows_later_and_scaled(paper: Scenario) -> None:
    row, drawn = paper.members[7], paper.members[34]
    assert (drawn.row, drawn.shift_days) == ("m08", 7)
    week = 7 * 86_400
    truth = true_flexibility(paper, row, JANUARY_12, 14 * 24)
    later = true_flexibility(paper, drawn, JANUARY_12 + week, 14 * 24)
    for mine, theirs in zip(truth, later, strict=True):
        np.testing.assert_allclose(theirs, mine * drawn.scale_permille / 1_000, atol=1.0)
    assert devices_of(drawn, paper)[2].power_w == round(1_200 * drawn.scale_permille / 1_000)


def test_nothing_runs_while_the_people_are_away(paper: Scenario) -> None:
    member = paper.members[7]
    away = sorted(away_days(_household(paper, member, ()), 2026))
    inside = [day for day, after in pairwise(away) if after == day + 1 and day - 1 in away]
    assert len(inside) > 5
    for day in inside:
        first = day_start(date.fromordinal(day), LISBON)
        assert not np.any(true_flexibility(paper, member, first, 24))
        assert not any(state.on for state in states_of(paper, member, first + 12 * 3_600))


def test_states_are_what_draws_power_at_the_instant(paper: Scenario) -> None:
    member = paper.members[0]
    for hour in range(48):
        quarters = []
        for quarter in range(4):
            at = JANUARY_12 + hour * 3_600 + quarter * 900
            states = states_of(paper, member, at)
            assert states == states_of(paper, member, at + 899)
            quarters.append([(state.power_w or 0.0) / 4 for state in states])
            assert all(state == DeviceState(on=bool(state.power_w), power_w=state.power_w) for state in states)
        used = use_of_devices(paper, member, JANUARY_12 + hour * 3_600, 1)
        np.testing.assert_allclose(np.sum(quarters, axis=0), [float(wh[0]) for wh in used])


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_when_clocks_change_have_their_hours(paper: Scenario, day: date, hours: int) -> None:
    first = day_start(day, LISBON)
    assert (day_end(day, LISBON) - first) // 3_600 == hours
    both = true_flexibility(paper, paper.members[0], first, hours)
    again = [true_flexibility(paper, paper.members[0], first + hour * 3_600, 1) for hour in range(hours)]
    for kind in (0, 1):
        np.testing.assert_array_equal(both[kind], [alone[kind][0] for alone in again])
    assert true_flexibility(paper, paper.members[0], first, 0)[0].size == 0
