"""Simulated loads: the year's energy, the devices' runs and windows, what differs between households."""

from datetime import date

import numpy as np
import pytest

from caravels_operator.virtual.appliances import device_runs, devices_year, run_energy
from caravels_operator.virtual.profiles import Household, SimulatedLoad, away_days, household_year, standard_year
from caravels_operator.virtual.scenario import Scenario, load_scenario
from caravels_operator.virtual.wall_clock import wall_clock

YEAR = 2026
FIRST = date(YEAR, 1, 1).toordinal()


@pytest.fixture(scope="module")
def paper() -> Scenario:
    return load_scenario("paper")


def _household(paper: Scenario, number: int, seed: int = 1) -> Household:
    member = paper.members[number - 1]
    devices = tuple(paper.devices[name] for name in member.flexible)
    return Household(seed, member.id, member.kind, paper.load_wh_year[member.kind], devices)


@pytest.mark.parametrize("number", range(1, 28))
@pytest.mark.parametrize("year", [2025, 2028])
def test_a_year_has_exactly_its_energy(paper: Scenario, number: int, year: int) -> None:
    household = _household(paper, number)
    load = household_year(household, year)
    assert load.sum() == household.year_wh
    assert load.min() >= 0
    assert load.max() * 4 <= paper.connection_w[household.kind]


@pytest.mark.parametrize("name", ["hvac", "ev", "water_heater", "washing_machine", "dishwasher", "pool_pump"])
def test_devices_run_as_often_as_written_inside_their_windows(paper: Scenario, name: str) -> None:
    device = paper.devices[name]
    start, window = device.window_start_minute // 15, device.window_minutes // 15
    runs = list(device_runs(1, "m01", 0, device, YEAR))
    assert len(runs) == 52 * device.runs  # 2026 has 52 Mondays
    assert len({day for day, _ in runs}) == len(runs)
    assert run_energy(device).sum() == device.energy_wh
    assert run_energy(device).max() * 4 <= device.power_w
    for _, quarters in runs:
        assert len(np.unique(quarters)) == len(run_energy(device))
        assert start <= quarters.min() <= quarters.max() < start + window
    by_week = np.bincount([(day - FIRST + 3) // 7 for day, _ in runs])
    assert set(by_week[by_week > 0].tolist()) == {device.runs}


def test_a_run_over_new_year_lies_in_both_years(paper: Scenario) -> None:
    ev = paper.devices["ev"]
    nobody: frozenset[int] = frozenset()
    years = range(2025, 2035)
    total = sum(devices_year(1, "m12", (ev,), year, nobody).sum() for year in years)
    runs = [(day, quarters) for year in range(2024, 2035) for day, quarters in device_runs(1, "m12", 0, ev, year)]
    first, end = date(2025, 1, 1).toordinal() * 96, date(2035, 1, 1).toordinal() * 96
    expected = sum(
        energy
        for day, quarters in runs
        for quarter, energy in zip(day * 96 + quarters, run_energy(ev), strict=True)
        if first <= quarter < end
    )
    assert total == expected
    new_years = {date(year, 1, 1).toordinal() for year in years}
    assert any(day + 1 in new_years and quarters[-1] >= 96 for day, quarters in runs)


def test_two_of_a_kind_have_runs_of_their_own(paper: Scenario) -> None:
    hvac = paper.devices["hvac"]
    one, two = (list(device_runs(1, "m01", number, hvac, YEAR)) for number in (0, 1))
    assert any((a[1] != b[1]).any() for a, b in zip(one, two, strict=True))


def test_an_empty_home_starts_nothing_and_uses_little(paper: Scenario) -> None:
    household = _household(paper, 8)
    away = away_days(household, YEAR)
    assert 9 <= len(away) <= 28
    devices = devices_year(1, "m08", household.devices, YEAR, away).reshape(-1, 96)
    load = household_year(household, YEAR).reshape(-1, 96)
    gone = np.array([FIRST + day in away for day in range(365)])
    assert devices[gone].sum() == 0
    assert load[gone].sum(axis=1).mean() < 0.5 * load[~gone].sum(axis=1).mean()
    assert away_days(_household(paper, 1), YEAR) == frozenset()


def test_the_standard_profile_is_a_homes_and_an_offices() -> None:
    home, office = (standard_year(kind, YEAR).reshape(-1, 96) for kind in ("home", "office"))
    assert home.mean() == pytest.approx(1)
    assert standard_year("home", 2028).size == 366 * 96
    weekday = [day for day in range(365) if date.fromordinal(FIRST + day).weekday() < 5]
    sunday = [day for day in range(365) if date.fromordinal(FIRST + day).weekday() == 6]
    assert home[:, 76].mean() > 1.5 * home[:, 12].mean()  # 19:00 against 03:00
    assert office[weekday][:, 44].mean() > 1.5 * office[sunday][:, 44].mean()  # 11:00
    assert home[:31].mean() > home[181:212].mean()  # January against July


def test_households_differ_as_households_do(paper: Scenario) -> None:
    hourly = [household_year(_household(paper, n), YEAR).reshape(-1, 4).sum(axis=1) for n in range(8, 28)]
    correlation = np.asarray(np.corrcoef(hourly))[np.triu_indices(20, 1)]
    assert 0.05 < correlation.mean() < 0.6
    assert correlation.max() < 0.85
    together = np.sum(hourly, axis=0)
    assert together.std() / together.mean() < 0.7 * np.mean([load.std() / load.mean() for load in hourly])


def test_a_drawn_member_has_its_rows_load_later_and_scaled(paper: Scenario) -> None:
    household = _household(paper, 8)
    zone, month = "Europe/Lisbon", YEAR * 12 + 1
    own = SimulatedLoad(household, zone, 0, 1_000).month(month)
    later = SimulatedLoad(household, zone, 14, 700).month(month)
    assert later[14 * 96 :].tolist() == ((own[: -14 * 96] * 700 + 500) // 1_000).tolist()


def test_the_clock_on_the_wall_decides(paper: Scenario) -> None:
    household = _household(paper, 8)
    year = household_year(household, YEAR)
    for zone, month in (("Europe/Lisbon", 2), ("Atlantic/Azores", 9)):
        clock = wall_clock(zone, YEAR * 12 + month)
        load = SimulatedLoad(household, zone, 0, 1_000).month(YEAR * 12 + month)
        assert load.tolist() == year[(clock.days - FIRST) * 96 + clock.quarters].tolist()
