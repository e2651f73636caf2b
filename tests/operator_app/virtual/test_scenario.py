"""Scenarios: the paper's file as written, other sizes by the rule, wrong files in one message."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from caravels_operator.virtual import scenario as scenario_module
from caravels_operator.virtual.scenario import Battery, Device, Scenario, ScenarioError, load_scenario

PACKAGED = Path(scenario_module.__file__).parent / "scenarios" / "paper.toml"


@pytest.fixture(scope="module")
def paper() -> Scenario:
    return load_scenario("paper")


def test_the_packaged_file_is_the_shared_one(shared_dir: Path) -> None:
    assert PACKAGED.read_bytes() == (shared_dir / "scenarios" / "paper.toml").read_bytes()


def test_the_paper_community(paper: Scenario) -> None:
    assert len(paper.members) == 27
    assert sum(not member.pv_w for member in paper.members) == 5
    assert sum(len(member.batteries) for member in paper.members) == 6
    behaviours = [member.behaviour for member in paper.members]
    assert [behaviours.count(name) for name in ("keen", "usual", "reluctant")] == [8, 14, 5]
    assert paper.bench_starts == (date(2026, 1, 12), date(2026, 4, 6), date(2026, 7, 6), date(2026, 11, 2))
    assert (paper.load_wh_year["home"], paper.load_wh_year["office"]) == (4_500_000, 45_000_000)
    assert (paper.connection_w["home"], paper.connection_w["office"]) == (6_900, 41_400)


def test_money_is_micro_units_and_shares_are_parts_per_million(paper: Scenario) -> None:
    assert paper.community.local_fee_micro_kwh == 4_000
    assert paper.community.dr_budget_micro_kwh == 50_000
    assert (paper.community.market_period_s, paper.community.settlement_period_s) == (3_600, 3_600)
    assert paper.storage.throughput_fee_micro_kwh == 20_000
    assert (paper.storage.charge_efficiency_ppm, paper.storage.soc_low_ppm) == (950_000, 100_000)
    standard = paper.tariffs["standard"]
    assert standard.retail == ((0, 160_000), (480, 240_000), (1_320, 160_000))
    assert [standard.retail_micro_kwh(minute) for minute in (0, 479, 480, 1_319, 1_320)] == [
        *(160_000, 160_000, 240_000, 240_000, 160_000),
    ]
    assert (standard.energy_ppm, standard.vat_ppm, standard.avoidable_ppm) == (550_000, 180_000, 900_000)
    assert standard.feed_in_micro_kwh == 30_000
    assert paper.market_price.special_micro_kwh == {11: 0, 12: 0, 15: 0, 13: -10_000, 14: -5_000}
    assert paper.market_price.special_weekdays == {5, 6}
    assert paper.market_price.special_months == {4, 5}


def test_a_member_and_a_device_as_written(paper: Scenario) -> None:
    member = paper.members[0]
    assert (member.id, member.kind, member.pv_w, member.buy_percent, member.sell_percent) == (
        *("m01", "office", 30_000, 10, 5),
    )
    assert member.flexible == ("hvac", "hvac", "ev", "water_heater")
    assert member.batteries == (Battery(3_600, 1_800),) * 3
    assert (paper.members[2].load_dataset, paper.members[2].load_profile) == ("fontana17", "h01")
    assert paper.devices["ev"] == Device("ev", 3_700, 8_000, 4, 1_080, 420, 8, None)
    assert paper.devices["ev"].window_minutes == 13 * 60
    assert paper.devices["water_heater"].window_minutes == 24 * 60


def test_other_sizes_are_drawn_from_the_rows(paper: Scenario) -> None:
    large = paper.resized(1_000)
    assert large.members[:27] == paper.members
    assert len({member.id for member in large.members}) == 1_000
    assert [large.members[i].id for i in (27, 998, 999)] == ["m028", "m999", "m1000"]
    for number in range(28, 1_001):
        member, row = large.members[number - 1], paper.members[(number - 1) % 27]
        factor = 700 + int.from_bytes(sha256(f"1\x1f{number}".encode()).digest()) % 601
        assert 700 <= member.scale_permille <= 1_300
        assert member.scale_permille == factor
        assert member.shift_days == 7 * ((number - 1) // 27)
        assert (member.row, member.tariff, member.behaviour) == (row.id, row.tariff, row.behaviour)
        assert (member.load_dataset, member.load_profile) == ("simulated", row.kind)
        assert member.pv_w == row.pv_w * factor // 1_000
        assert [unit.capacity_wh for unit in member.batteries] == [
            unit.capacity_wh * factor // 1_000 for unit in row.batteries
        ]


def test_a_member_is_the_same_in_every_size(paper: Scenario) -> None:
    assert paper.resized(60).members == paper.resized(200).members[:60]
    assert paper.resized(5).members == paper.members[:5]
    with pytest.raises(ValueError, match="at least one member"):
        paper.resized(0)


WRONG = (
    ('time_zone = "Europe/Lisbon"', 'time_zone = "Europe/Lissabon"', "time_zone"),
    ("latitude = 41.18", "latitude = nan", "latitude"),
    ("seed = 1", "seed = true", "seed"),
    ("market_period = 60", "market_period = 45", "community.market_period"),
    ("local_fee = 0.004", "local_fee = 0.0000004", "community.local_fee"),
    ("soc_band = [0.10, 0.95]", "soc_band = [0.95, 0.10]", "storage.soc_band"),
    ("grid_charging = true", "grid_charging = 1", "storage.grid_charging"),
    ("home = 4500", "house = 4500", "loads.home"),
    ("hvac = {power = 1200, wh = 4000", "hvac = {power = 1200, wh = 400000", "devices.hvac.wh"),
    ('["18:00", "07:00"]', '["18:07", "25:00"]', "devices.ev.window.2"),
    ("levies = 0.07", "levies = 0.08", "tariffs.standard.parts"),
    ('{from = "08:00"', '{from = "23:00"', "tariffs.standard.retail"),
    ("hourly = [0.085,", "hourly = [", "market_price.hourly"),
    ("zero_hours = [11,", "zero_hours = [24,", "market_price.zero_hours.1"),
    ("{13 = -0.010", "{x = -0.010", "market_price.negative_hours.x"),
    ("Saturdays and Sundays of", "Holidays of", "market_price.special_days"),
    ("2026-04-06", '"soon"', "bench.starts.2"),
    ("pv_kwp = 30.0", "pv_kwp = -30.0", "members.1.pv_kwp"),
    ('load = "simulated:office"', 'load = "simulated:castle"', "members.1.load"),
    ('behaviour = "keen"', 'behaviour = "angry"', "members.1.behaviour"),
    ("buy_percent = 10", "buy_percent = 1.5", "members.1.buy_percent"),
    ("[[3600, 1800], [3600, 1800], [3600, 1800]]", "[[3600, 1800], [3600], [3600, 1800]]", "members.1.batteries.2.2"),
    ('id = "m02"', 'id = "m01"', "members.2.id"),
    ('flexible = ["pool_pump"]', 'flexible = ["sauna"]', "members.4.flexible.1"),
)


@pytest.mark.parametrize(("good", "bad", "key"), WRONG)
def test_a_wrong_key_is_named(tmp_path: Path, good: str, bad: str, key: str) -> None:
    text = PACKAGED.read_text("utf-8")
    assert good in text
    with pytest.raises(ScenarioError, match=re.escape(f"{key}: ")):
        load_scenario(_written(tmp_path, text.replace(good, bad, 1)))


def test_one_message_names_every_wrong_key(tmp_path: Path) -> None:
    text = PACKAGED.read_text("utf-8")
    for good, bad, _ in WRONG:
        text = text.replace(good, bad, 1)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(_written(tmp_path, text))
    assert [key for _, _, key in WRONG if f"{key}: " not in str(caught.value)] == []


def test_missing_and_unknown_keys_are_named(tmp_path: Path) -> None:
    text = PACKAGED.read_text("utf-8").replace('currency = "EUR"', 'coin = "EUR"')
    with pytest.raises(ScenarioError, match=r"currency: missing.*coin: unknown key"):
        load_scenario(_written(tmp_path, text))


def test_no_such_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario nowhere: name one of paper, or a TOML file"):
        load_scenario("nowhere")
    with pytest.raises(ScenarioError, match="is not TOML"):
        load_scenario(_written(tmp_path, "name = "))


def test_devices_cannot_use_more_than_the_load(tmp_path: Path) -> None:
    text = PACKAGED.read_text("utf-8").replace("home = 4500", "home = 2500", 1)
    with pytest.raises(ScenarioError, match=re.escape("members.12.flexible: these devices use more")):
        load_scenario(_written(tmp_path, text))


def _written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, "utf-8")
    return path
