"""The Energy dashboard's meters, as the two versions of Home Assistant and the lists before them keep them."""

from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.caravels.energy_preferences import meters_of_sources, suggested_meters
from custom_components.caravels.metering import Meters, MeterSource


def sources(*ids: str) -> tuple[MeterSource, ...]:
    return tuple(map(MeterSource, ids))


def grid(taken: str | None, fed: str | None) -> dict[str, Any]:
    return {
        "type": "grid",
        "stat_energy_from": taken,
        "stat_energy_to": fed,
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0.0,
    }


SOURCES: list[dict[str, Any]] = [
    grid("sensor.day", "sensor.fed"),
    grid("sensor.night", None),
    {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": None},
    {"type": "solar", "stat_energy_from": "solar:barn", "config_entry_solar_forecast": ["x"]},
    {"type": "battery", "stat_energy_from": "sensor.out", "stat_energy_to": "sensor.in"},
    {"type": "gas", "stat_energy_from": "sensor.gas"},
    {"type": "water", "stat_energy_from": "sensor.water"},
]
FOUND = Meters(
    grid_import=sources("sensor.day", "sensor.night"),
    grid_export=sources("sensor.fed"),
    generation=sources("sensor.roof", "solar:barn"),
    battery_charge=sources("sensor.in"),
    battery_discharge=sources("sensor.out"),
)


async def test_without_an_energy_dashboard_nothing_is_suggested(hass: HomeAssistant) -> None:
    assert await suggested_meters(hass) == Meters()


async def test_what_the_dashboard_knows_is_suggested(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "energy", {})
    assert await suggested_meters(hass) == Meters()
    manager = await async_get_manager(hass)
    await manager.async_update({"energy_sources": SOURCES})  # type: ignore[typeddict-item]  # as it comes from its page
    assert await suggested_meters(hass) == FOUND


async def test_the_consumption_meter_of_the_newer_version() -> None:
    home = {"type": "home", "stat_energy_to": "sensor.house", "stat_rate": "sensor.house_power"}
    assert meters_of_sources([home]) == Meters(consumption=sources("sensor.house"))


async def test_lists_of_flows_of_older_versions() -> None:
    older = {
        "type": "grid",
        "flow_from": [{"stat_energy_from": "sensor.day"}, {"stat_energy_from": "sensor.night"}],
        "flow_to": [{"stat_energy_to": "sensor.fed"}],
        "cost_adjustment_day": 0.0,
    }
    assert meters_of_sources([older]) == Meters(
        grid_import=sources("sensor.day", "sensor.night"), grid_export=sources("sensor.fed")
    )


async def test_nothing_is_suggested_twice() -> None:
    assert meters_of_sources([grid("sensor.day", None), grid("sensor.day", None)]).grid_import == sources("sensor.day")
