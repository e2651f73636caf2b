"""Tariffs in parts: dates, local time, what a community kWh avoids; the scenario's tariffs."""

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.periods import day_periods
from caravels_operator.market.tariffs import (
    Schedule,
    Tariff,
    TariffPart,
    buy_cap,
    carried_on,
    sell_floor,
    tariff_day,
    tariff_from_shares,
)

LISBON = "Europe/Lisbon"


def scenario_tariff(shared_dir: Path, name: str) -> Tariff:
    table = tomllib.loads((shared_dir / "scenarios" / "paper.toml").read_text())["tariffs"][name]
    bands = tuple(
        (int(band["from"][:2]) * 60 + int(band["from"][3:]), round(band["price"] * 1e6)) for band in table["retail"]
    )
    shares = {kind: round(share * 1e6) for kind, share in table["parts"].items()}
    avoidable, feed_in = round(table["avoidable_share"] * 1e6), round(table["feed_in"] * 1e6)
    return tariff_from_shares(name, table["valid_from"], bands, shares, avoidable, feed_in)


def test_the_scenarios_tariffs_by_local_hour(shared_dir: Path) -> None:
    starts = day_periods(date(2026, 7, 6), LISBON, 3_600)
    day = tariff_day(scenario_tariff(shared_dir, "standard"), starts, LISBON)
    assert day.retail_micro_kwh.tolist() == [160_000] * 8 + [240_000] * 14 + [160_000] * 2
    assert day.avoidable_micro_kwh.tolist() == [144_000] * 8 + [216_000] * 14 + [144_000] * 2
    assert day.unavoidable_micro_kwh.tolist() == [16_000] * 8 + [24_000] * 14 + [16_000] * 2
    assert day.vat_ppm.tolist() == [180_000] * 24
    assert day.feed_in_micro_kwh.tolist() == [30_000] * 24
    flat = tariff_day(scenario_tariff(shared_dir, "flat"), starts, LISBON)
    assert flat.retail_micro_kwh.tolist() == [220_000] * 24
    assert flat.avoidable_micro_kwh.tolist() == [198_000] * 24


@pytest.mark.parametrize(
    ("day", "zone", "night"),
    [
        (date(2026, 3, 29), LISBON, 7),
        (date(2026, 10, 25), LISBON, 9),
        (date(2026, 3, 29), "Atlantic/Azores", 7),
        (date(2026, 10, 25), "Atlantic/Azores", 9),
    ],
)
def test_bands_follow_the_clock_on_the_days_it_changes(shared_dir: Path, day: date, zone: str, night: int) -> None:
    standard = scenario_tariff(shared_dir, "standard")
    for period_s, per_hour in ((3_600, 1), (900, 4)):
        retail = tariff_day(standard, day_periods(day, zone, period_s), zone).retail_micro_kwh
        assert retail.tolist() == [160_000] * night * per_hour + [240_000] * 14 * per_hour + [160_000] * 2 * per_hour


def test_every_part_has_its_own_dates_and_its_own_avoided_share() -> None:
    start, change = date(2026, 1, 1), date(2026, 7, 1)
    tariff = Tariff(
        "parts",
        (
            TariffPart("energy", Schedule(((0, 100_000),), start), 1_000_000),
            TariffPart("network", Schedule(((0, 50_000), (480, 60_001)), start, change), 500_000),
            TariffPart("network", Schedule(((0, 40_000),), change), 250_000),
            TariffPart("vat", Schedule(((0, 30_000),), start), 0),
        ),
        (Schedule(((0, 20_000),), start, change), Schedule(((0, -1_000),), change)),
    )
    june = tariff_day(tariff, day_periods(date(2026, 6, 30), LISBON, 3_600)[7:9], LISBON)
    assert june.retail_micro_kwh.tolist() == [180_000, 190_001]
    assert june.avoidable_micro_kwh.tolist() == [125_000, 130_000]
    assert june.vat_ppm.tolist() == [166_667, 157_894]
    july = tariff_day(tariff, day_periods(change, LISBON, 3_600)[:1], LISBON)
    assert (july.retail_micro_kwh.tolist(), july.avoidable_micro_kwh.tolist()) == ([170_000], [110_000])
    assert july.feed_in_micro_kwh.tolist() == [-1_000]


def test_parts_cut_from_a_price_sum_to_it_exactly() -> None:
    shares = {"energy": 333_333, "network": 333_333, "levies": 100_001, "vat": 233_333}
    for price in (7, 99_999, 123_457, -5_001):
        tariff = tariff_from_shares("odd", date(2026, 1, 1), ((0, price),), shares, 900_000, 0)  # type: ignore[arg-type]  # keys are of a literal type
        assert tariff_day(tariff, [1_780_000_000], LISBON).retail_micro_kwh.tolist() == [price]


def test_a_gap_and_an_overlap_are_said() -> None:
    energy = TariffPart("energy", Schedule(((0, 1),), date(2026, 1, 1)), 0)
    feed_in = (Schedule(((0, 1),), date(2020, 1, 1)),)
    noon = [1_767_182_400]  # 2025-12-31
    with pytest.raises(ValueError, match="tariff x has 0 prices of its part energy on 2025-12-31"):
        tariff_day(Tariff("x", (energy,), feed_in), noon, LISBON)
    with pytest.raises(ValueError, match="2 prices of its part energy"):
        tariff_day(Tariff("x", (energy, energy), feed_in), [noon[0] + 86_400], LISBON)
    with pytest.raises(ValueError, match="0 prices of its part feed-in"):
        tariff_day(Tariff("x", (energy,), ()), [noon[0] + 86_400], LISBON)
    with pytest.raises(ValueError, match="start at minute 0"):
        Schedule(((60, 1),), date(2026, 1, 1))
    with pytest.raises(ValueError, match="do not sum"):
        tariff_from_shares("x", date(2026, 1, 1), ((0, 1),), {"energy": 999_999}, 0, 0)


def test_cap_and_floor() -> None:
    assert buy_cap(np.array([216_000, 144_000]), 4_000).tolist() == [212_000, 140_000]
    assert sell_floor(np.array([30_000, -5_000]), 1_000).tolist() == [31_000, -4_000]


def test_a_tariff_carried_on_has_one_price_on_every_day() -> None:
    """A gap in spring, a double in summer, an end in autumn: what holds is the newest price that has begun."""

    def energy(price: int, first: date, until: date | None = None) -> TariffPart:
        return TariffPart("energy", Schedule(((0, price),), first, until), 900_000)

    parts = (
        energy(3, date(2026, 6, 1), date(2026, 10, 1)),
        energy(1, date(2026, 1, 1), date(2026, 3, 1)),
        energy(2, date(2026, 5, 1), date(2026, 7, 1)),
    )
    tariff = Tariff("patchy", parts, (Schedule(((0, 30_000),), date(2026, 2, 1), date(2026, 9, 1)),))
    for day, price in (
        (date(2025, 1, 1), 1),
        (date(2026, 4, 1), 1),
        (date(2026, 5, 31), 2),
        (date(2026, 6, 15), 3),
        (date(2030, 1, 1), 3),
    ):
        starts = day_periods(day, LISBON, 3_600)
        with pytest.raises(ValueError, match="tariff patchy has"):
            tariff_day(Tariff("patchy", parts, tariff.feed_in if day.year == 2025 else ()), starts, LISBON)
        carried = tariff_day(carried_on(tariff), starts, LISBON)
        assert set(carried.retail_micro_kwh.tolist()) == {price}
        assert set(carried.feed_in_micro_kwh.tolist()) == {30_000}
    assert carried_on(Tariff("bare", (), ())) == Tariff("bare", (), ())
