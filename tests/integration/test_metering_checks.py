"""What is said of chosen meters before they are used, and whose part of a meter lies where."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.caravels.const import DOMAIN
from custom_components.caravels.metering import (
    FindingCode,
    MeterFinding,
    Meters,
    MeterSource,
    check_meters,
    meters_from,
    meters_of,
)

from .metering_house import COUNTER, POWER, PlayedHouse, steady

GOOD = (MeterSource("sensor.good"),)


def codes(findings: tuple[MeterFinding, ...]) -> list[tuple[str, str, str]]:
    return [(found.id, found.register, found.code.value) for found in findings]


@pytest.fixture
async def sensors(recorder_mock: Recorder, hass: HomeAssistant) -> HomeAssistant:
    assert await async_setup_component(hass, "sensor", {})
    hass.states.async_set("sensor.good", "1", COUNTER | {"unit_of_measurement": "kWh"})
    return hass


@pytest.mark.parametrize(
    ("state", "attributes", "code"),
    [
        ("1", COUNTER | {"unit_of_measurement": "kWh"}, None),
        ("1", COUNTER | {"unit_of_measurement": "MJ"}, None),
        ("1", {"state_class": "total", "unit_of_measurement": "Wh"}, None),
        ("1", POWER, None),
        ("unavailable", COUNTER | {"unit_of_measurement": "kWh"}, FindingCode.UNAVAILABLE),
        ("unavailable", {}, FindingCode.UNAVAILABLE),
        ("unknown", POWER, FindingCode.UNAVAILABLE),
        ("nan", POWER, FindingCode.UNAVAILABLE),
        ("1", COUNTER | {"unit_of_measurement": "m³"}, FindingCode.WRONG_UNIT),
        ("1", {"device_class": "power", "state_class": "measurement"}, FindingCode.WRONG_UNIT),
        ("1", {"device_class": "energy_storage", "unit_of_measurement": "kWh"}, FindingCode.NOT_ENERGY_NOR_POWER),
        ("1", {"device_class": "temperature", "unit_of_measurement": "°C"}, FindingCode.NOT_ENERGY_NOR_POWER),
        ("1", {}, FindingCode.NOT_ENERGY_NOR_POWER),
        ("1", {"device_class": "power", "unit_of_measurement": "W"}, FindingCode.NO_STATISTICS),
        ("1", COUNTER | {"unit_of_measurement": "kWh", "state_class": "measurement"}, FindingCode.NO_STATISTICS),
    ],
)
async def test_what_a_sensor_shows_decides(
    sensors: HomeAssistant, state: str, attributes: dict[str, Any], code: FindingCode | None
) -> None:
    sensors.states.async_set("sensor.other", state, attributes)
    meters = Meters(grid_import=GOOD, generation=(MeterSource("sensor.other"),))
    assert codes(await check_meters(sensors, meters)) == ([("sensor.other", "generation", code.value)] if code else [])


async def test_only_what_can_be_lived_with_does_not_block() -> None:
    fine = {FindingCode.UNAVAILABLE, FindingCode.NO_STATISTICS, FindingCode.STATISTIC_ONLY}
    assert {code for code in FindingCode if not MeterFinding("sensor.x", "consumption", code).blocks} == fine


async def test_statistics_without_an_entity_are_fine_and_said(
    sensors: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    for statistic_id, unit_class, unit in (("grid:used", "energy", "kWh"), ("grid:gas", "volume", "m³")):
        metadata = StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=None,
            source="grid",
            statistic_id=statistic_id,
            unit_class=unit_class,
            unit_of_measurement=unit,
        )
        async_add_external_statistics(sensors, metadata, [])
    house = PlayedHouse(sensors, freezer)
    house.counter("sensor.gone", steady)
    await house.play(house.now + 600)
    sensors.states.async_remove("sensor.gone")
    await async_wait_recording_done(sensors)
    meters = Meters(
        grid_import=(MeterSource("grid:used"), MeterSource("grid:gas"), MeterSource("grid:never")),
        consumption=(MeterSource("sensor.gone"), MeterSource("sensor.never")),
    )
    assert codes(await check_meters(sensors, meters)) == [
        ("grid:used", "grid_import", "statistic_only"),
        ("grid:gas", "grid_import", "not_energy_nor_power"),
        ("grid:never", "grid_import", "missing"),
        ("sensor.gone", "consumption", "statistic_only"),
        ("sensor.never", "consumption", "missing"),
    ]


async def test_one_meter_twice_and_more_than_the_whole_meter(sensors: HomeAssistant) -> None:
    sensors.states.async_set("sensor.shared", "1", COUNTER | {"unit_of_measurement": "kWh"})
    meters = Meters(grid_import=GOOD, grid_export=GOOD, generation=(MeterSource("sensor.shared", 601),))
    assert codes(await check_meters(sensors, meters, {"sensor.shared": 400, "sensor.another": 1_000})) == [
        ("sensor.good", "grid_import", "duplicate"),
        ("sensor.good", "grid_export", "duplicate"),
        ("sensor.shared", "generation", "share_over_whole"),
    ]
    assert (
        await check_meters(sensors, Meters(grid_import=(MeterSource("sensor.shared", 600),)), {"sensor.shared": 400})
        == ()
    )


async def test_without_a_recorder_sensors_are_enough(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.good", "1", {"unit_of_measurement": "W"})
    meters = Meters(grid_import=GOOD, grid_export=(MeterSource("grid:used"),))
    assert codes(await check_meters(hass, meters)) == [("grid:used", "grid_export", "missing")]


async def test_parts_of_several_entries_lie_beside_each_other(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    def entry(import_share: int, *generation: str) -> MockConfigEntry:
        meters = {
            "grid_import": [{"id": "sensor.import", "share": import_share}],
            "grid_export": [],
            "generation": [{"id": one} for one in generation],
        }
        made = MockConfigEntry(domain=DOMAIN, data={"journal": "0", "meters": meters})
        made.add_to_hass(hass)
        freezer.tick(60)
        return made

    first, second, third = entry(400, "sensor.solar"), entry(350), entry(250)
    assert meters_of(hass, first) == Meters(
        grid_import=(MeterSource("sensor.import", 400, 0),), generation=(MeterSource("sensor.solar", 1_000, 0),)
    )
    assert meters_of(hass, second).grid_import == (MeterSource("sensor.import", 350, 400),)
    assert meters_of(hass, third).grid_import == (MeterSource("sensor.import", 250, 750),)
    assert meters_from(third.data["meters"]).grid_import == (MeterSource("sensor.import", 250, 0),)


@pytest.mark.parametrize("register", [0, 1, 999, 12_345_679, -7])
def test_parts_of_a_register_are_the_register(register: int) -> None:
    shares = (333, 333, 334)
    parts = [MeterSource("sensor.x", share, sum(shares[:place])).part(register) for place, share in enumerate(shares)]
    assert sum(parts) == register
    assert all(abs(part - register * share / 1_000) < 1 for part, share in zip(parts, shares, strict=True))
