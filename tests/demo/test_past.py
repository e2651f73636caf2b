"""What the demo's Home Assistant is given of the office: a year of its meters, and devices with their use."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.virtual.counters import HouseCounters
from caravels_operator.virtual.scenario import load_scenario
from demo.home_assistant_config import write_config
from demo.office import GENERATION, GRID_IMPORT, OFFICE, REGISTERS
from demo.past import DEVICE_DAYS, MeteredPast, office_devices, office_house, office_past
from demo.settings import SCENARIO

NOW = int(datetime(2026, 7, 6, 12, 20, tzinfo=UTC).timestamp())
NOON = NOW - 20 * 60


@pytest.fixture(scope="module")
def past() -> MeteredPast:
    return office_past(load_scenario(SCENARIO), NOW)


def test_a_year_of_full_hours_adds_up_to_what_the_meters_say(past: MeteredPast) -> None:
    assert (past.start, past.end) == (NOON - 365 * DAY_S, NOON)
    assert past.counters_wh.keys() == past.shown_wh.keys() == {register.entity_id for register in REGISTERS}
    assert {len(counter) for counter in past.counters_wh.values()} == {365 * 24}
    house = office_house(load_scenario(SCENARIO))
    day = house.meter(NOON - DAY_S, NOON, HOUR_S)
    for register, wh in ((GRID_IMPORT, day.import_wh), (GENERATION, day.generation_wh)):
        counter = past.counters_wh[register.entity_id]
        assert [after - before for before, after in zip(counter[-25:], counter[-24:], strict=False)] == wh.tolist()
    assert past.counters_wh[GENERATION.entity_id][-1] > 20_000_000, "30 kWp in a year"


def test_displays_show_what_the_building_serves(past: MeteredPast) -> None:
    counters = HouseCounters(office_house(load_scenario(SCENARIO)), NOW).at([NOON])
    assert past.shown_wh == {register.entity_id: counters[register.key][0] for register in REGISTERS}


def test_it_is_written_where_home_assistant_finds_it(past: MeteredPast, tmp_path: Path) -> None:
    past.write(tmp_path)
    content = json.loads((tmp_path / "past.json").read_text())
    assert content == {
        "start": past.start, "end": past.end, "counters_wh": past.counters_wh, "shown_wh": past.shown_wh
    }  # fmt: skip


def test_devices_have_their_use_until_now(tmp_path: Path) -> None:
    devices = office_devices(load_scenario(SCENARIO), NOW)
    assert [device.name for device in devices] == ["hvac", "hvac 2", "ev", "water_heater"]
    for device in devices:
        assert device.use_wh is not None
        assert device.use_first + len(device.use_wh) * HOUR_S == NOON
        a_week_wh = device.run_wh * device.runs_a_week
        assert sum(device.use_wh) == pytest.approx(a_week_wh * DEVICE_DAYS / 7, rel=0.25), device.name
    write_config(tmp_path / "config", tmp_path / "caravels", 1, None, {OFFICE: devices})
    kept = json.loads((tmp_path / "config" / "devices.json").read_text())
    assert [one["name"] for one in kept[OFFICE]] == [device.name for device in devices]
    assert "caravels_demo:\n" in (tmp_path / "config" / "configuration.yaml").read_text()
