"""Houses: one truth whatever is asked, in whichever order, in quarters or hours; the same seed, the same bytes."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from caravels_operator.common.periods import day_end, day_start
from caravels_operator.virtual.batteries import self_consume
from caravels_operator.virtual.houses import House, MeterSeries, build_houses
from caravels_operator.virtual.scenario import Scenario, load_scenario

ZONE = "Europe/Lisbon"
DAY = 86_400


@pytest.fixture(scope="module")
def paper() -> Scenario:
    return load_scenario("paper")


@pytest.fixture(scope="module")
def houses(paper: Scenario) -> tuple[House, ...]:
    return build_houses(paper, None)


def _bytes(meter: MeterSeries) -> bytes:
    series = (meter.starts, meter.import_wh, meter.export_wh, meter.generation_wh, meter.charge_wh)
    return b"".join(s.tobytes() for s in (*series, meter.discharge_wh, meter.consumption_wh))


def _digest(scenario: Scenario) -> str:
    start, end = day_start(date(2026, 3, 20), ZONE), day_start(date(2026, 4, 10), ZONE)
    return sha256(b"".join(_bytes(h.meter(start, end, 900)) for h in build_houses(scenario, None))).hexdigest()


def test_energy_balances_with_equality(houses: tuple[House, ...]) -> None:
    start, end = day_start(date(2026, 1, 1), ZONE), day_start(date(2027, 1, 1), ZONE)
    for house in houses:
        m = house.meter(start, end, 3_600)
        assert np.array_equal(
            m.consumption_wh, m.import_wh + m.generation_wh + m.discharge_wh - m.export_wh - m.charge_wh
        )
        assert all(
            series.dtype == np.int64 and series.min() >= 0 and series.shape == (8_760,)
            for series in (m.import_wh, m.export_wh, m.generation_wh, m.charge_wh, m.discharge_wh, m.consumption_wh)
        )
        assert m.consumption_wh.sum() == pytest.approx(
            4_500_000 if house.member.kind == "home" else 45_000_000, rel=0.001
        )
        assert m.generation_wh.max() <= house.member.pv_w
        assert (m.charge_wh.sum() > 0) == (len(house.member.batteries) > 0)


def test_quarters_sum_to_hours(houses: tuple[House, ...]) -> None:
    start, end = day_start(date(2026, 10, 20), ZONE), day_end(date(2026, 11, 3), ZONE)
    for house in (houses[0], houses[11]):
        quarters, halves, hours = (house.meter(start, end, s) for s in (900, 1_800, 3_600))
        for name in ("import_wh", "export_wh", "generation_wh", "charge_wh", "discharge_wh", "consumption_wh"):
            fine = getattr(quarters, name)
            assert np.array_equal(fine.reshape(-1, 4).sum(axis=1), getattr(hours, name))
            assert np.array_equal(fine.reshape(-1, 2).sum(axis=1), getattr(halves, name))


@pytest.mark.parametrize("number", [1, 2, 12])
def test_what_was_asked_before_changes_nothing(paper: Scenario, number: int) -> None:
    first, days = day_start(date(2026, 2, 20), ZONE), 75
    whole = build_houses(paper, None)[number - 1].meter(first, first + days * DAY, 3_600)
    other = build_houses(paper, None)[number - 1]
    order = np.random.default_rng(5).permutation(days)
    parts = {day: other.meter(first + day * DAY, first + (day + 1) * DAY, 3_600) for day in order.tolist()}
    for name in ("starts", "import_wh", "export_wh", "charge_wh", "discharge_wh"):
        joined = np.concatenate([getattr(parts[day], name) for day in range(days)])
        assert np.array_equal(joined, getattr(whole, name))


def test_a_battery_goes_on_over_the_turn_of_each_month(paper: Scenario) -> None:
    """Each month starts with what the month before left."""
    for house in (build_houses(paper, None)[0], build_houses(paper.resized(60), None)[54]):
        units = house.member.batteries
        for month in range(2025 * 12 + 3, 2027 * 12):
            load, generation = house._sources(month)
            flow = self_consume(load, generation, units, paper.storage, 900, house._stored_at(month))
            assert flow.stored_wh == house._stored_at(month + 1)


def test_history_reaches_back_and_ahead(houses: tuple[House, ...]) -> None:
    for day in (date(2025, 1, 1), date(2028, 12, 31)):
        meter = houses[0].meter(day_start(day, ZONE), day_end(day, ZONE), 900)
        assert len(meter.starts) == 96
        assert meter.consumption_wh.sum() > 0


def test_the_same_seed_gives_the_same_bytes(paper: Scenario) -> None:
    assert _digest(paper) == _digest(paper)
    assert _digest(paper) != _digest(replace(paper, seed=2))


def test_a_member_does_not_depend_on_the_size_of_the_community(paper: Scenario) -> None:
    start = day_start(date(2026, 5, 5), ZONE)
    small, large = (build_houses(paper.resized(count), None) for count in (30, 90))
    for one, other in zip(small, large, strict=False):
        assert _bytes(one.meter(start, start + DAY, 900)) == _bytes(other.meter(start, start + DAY, 900))


def test_time_zones_with_days_of_23_and_25_hours(paper: Scenario) -> None:
    azores = build_houses(replace(paper, time_zone="Atlantic/Azores"), None)[7]
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        start, end = day_start(day, "Atlantic/Azores"), day_end(day, "Atlantic/Azores")
        assert len(azores.meter(start, end, 900).starts) == hours * 4


@pytest.mark.parametrize(("start", "end", "period_s"), [(1, 3_601, 3_600), (0, 3_600, 1_000), (0, 2_700, 3_600)])
def test_times_off_the_grid_are_refused(houses: tuple[House, ...], start: int, end: int, period_s: int) -> None:
    with pytest.raises(ValueError, match="not a whole number of periods"):
        houses[0].meter(start, end, period_s)
    assert houses[0].meter(3_600, 3_600, 900).starts.tolist() == []
