"""What services say about the home's generation: summed to hours, whole days with their nights, by source."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np
import pytest
from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration, mock_platform

from custom_components.caravels.const import DOMAIN
from custom_components.caravels.outlook import HomeAssistantOutlook, preferred_services, solar_services
from custom_components.caravels.outlook.solar import forecast_of, hours_of

ZONE = "Europe/Lisbon"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


NOON = at("2026-07-06T12:00:00+01:00")
MIDNIGHT = at("2026-07-06T00:00:00+01:00")


@pytest.fixture(autouse=True)
async def _lisbon(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone(ZONE)


def test_shorter_periods_are_added_up_and_the_hours_that_are_left_out_are_nights() -> None:
    said = {
        "2026-07-06T06:30:00+01:00": 10,
        "2026-07-06T12:00:00+01:00": 400.0,
        "2026-07-06T12:15:00+01:00": 300,
        "2026-07-06T12:30:00+01:00": 200,
        "2026-07-06T12:45:00+01:00": 100,
        "2026-07-06T20:30:00+01:00": 0,
    }
    hours = hours_of(said, ZONE)
    assert sorted(hours) == [MIDNIGHT + 3_600 * hour for hour in range(24)]
    assert hours[NOON] == 1_000
    assert hours[MIDNIGHT + 6 * 3_600] == 10
    assert sum(hours.values()) == 1_010


def test_a_day_that_is_cut_at_noon_has_no_false_zeros_after_it() -> None:
    hours = hours_of({"2026-07-06T11:00:00+01:00": 800, "2026-07-06T12:00:00+01:00": 900}, ZONE)
    assert hours == {NOON - 3_600: 800, NOON: 900}


def test_what_is_no_energy_is_left_out() -> None:
    said: dict[Any, Any] = {"2026-07-06T12:00:00+01:00": 5, "then": 3, None: 2, "2026-07-06T13:00:00+01:00": "much"}
    said |= {datetime(2026, 7, 6, 11, tzinfo=UTC): 4, "2026-07-06T14:00:00+01:00": -4}
    assert hours_of(said, ZONE) == {NOON: 9}
    assert hours_of({"then": 3}, ZONE) == {}


def test_parts_of_a_roof_are_added_where_all_are_known() -> None:
    forecast = forecast_of("roof", [{0: 1.0, 3_600: 2.0, 10_800: 5.0}, {3_600: 10.0, 10_800: 20.0, 14_400: 9.0}], 9)
    assert forecast is not None
    assert (forecast.source, forecast.issued_at, forecast.first) == ("roof", 9, 3_600)
    np.testing.assert_array_equal(forecast.wh, [12, np.nan, 25])
    assert forecast_of("roof", [{0: 1.0}, {3_600: 1.0}], 9) is None


class Platform:
    """The Energy dashboard's platform of another integration."""

    said: dict[str, Any]

    def __init__(self) -> None:
        self.said = {}

    async def async_get_solar_forecast(self, _hass: HomeAssistant, config_entry_id: str) -> Any:
        answer = self.said.get(config_entry_id)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def forecast_solar(hass: HomeAssistant, recorder_mock: object) -> Platform:
    """An integration with a solar forecast, beside an Energy dashboard."""
    mock_integration(hass, MockModule("forecast_solar"))
    platform = Platform()
    mock_platform(hass, "forecast_solar.energy", platform)
    hass.config.components.add("forecast_solar")
    assert await async_setup_component(hass, "energy", {})
    await hass.async_block_till_done()
    return platform


def service(hass: HomeAssistant, domain: str, title: str) -> str:
    entry = MockConfigEntry(domain=domain, title=title)
    entry.add_to_hass(hass)
    entry_id: str = entry.entry_id
    return entry_id


def home(hass: HomeAssistant, **options: Any) -> HomeAssistantOutlook:
    entry = MockConfigEntry(domain=DOMAIN, options=options)
    entry.add_to_hass(hass)
    return HomeAssistantOutlook(hass, entry, "")


WH_HOURS = {"wh_hours": {"2026-07-06T12:00:00+01:00": 700, "2026-07-06T13:00:00+01:00": 800}}


async def test_config_entries_of_one_integration_are_one_source(hass: HomeAssistant, forecast_solar: Platform) -> None:
    east, west = service(hass, "forecast_solar", "East"), service(hass, "forecast_solar", "West")
    forecast_solar.said = {east: WH_HOURS, west: WH_HOURS}
    assert await solar_services(hass) == {east: "East", west: "West"}
    (forecast,) = await home(hass).solar()
    assert (forecast.source, forecast.first) == ("forecast_solar", NOON)
    np.testing.assert_array_equal(forecast.wh, [1_400, 1_600])
    (chosen,) = await home(hass, solar_forecasts=[east]).solar()
    np.testing.assert_array_equal(chosen.wh, [700, 800])
    assert await home(hass, solar_forecasts=[]).solar() == []


@pytest.mark.parametrize("answer", [None, RuntimeError("a bug"), {}, {"wh_hours": None}, {"wh_hours": {}}, "no"])
async def test_a_service_that_fails_is_a_forecast_that_is_not_there(
    hass: HomeAssistant, forecast_solar: Platform, answer: Any
) -> None:
    entry_id = service(hass, "forecast_solar", "Roof")
    forecast_solar.said = {entry_id: answer}
    assert await home(hass).solar() == []


async def test_the_dashboards_choice_comes_before_all_that_there_are(
    hass: HomeAssistant, forecast_solar: Platform
) -> None:
    mine, other = service(hass, "forecast_solar", "Mine"), service(hass, "forecast_solar", "A neighbour's")
    assert await preferred_services(hass) == [mine, other]
    manager = await async_get_manager(hass)
    source: Any = {"type": "solar", "stat_energy_from": "sensor.pv", "config_entry_solar_forecast": [mine, "gone"]}
    await manager.async_update(cast(EnergyPreferencesUpdate, {"energy_sources": [source]}))
    assert await preferred_services(hass) == [mine]
    forecast_solar.said = {mine: WH_HOURS, other: WH_HOURS}
    (forecast,) = await home(hass).solar()
    np.testing.assert_array_equal(forecast.wh, [700, 800])


def sensor(hass: HomeAssistant, entry_id: str, name: str, **attributes: Any) -> str:
    registry = er.async_get(hass)
    entry = hass.config_entries.async_get_entry(entry_id)
    made = registry.async_get_or_create("sensor", "solcast_solar", name, suggested_object_id=name, config_entry=entry)
    hass.states.async_set(made.entity_id, "1", attributes)
    return made.entity_id


async def test_solcast_s_sensors_are_days_of_one_source(hass: HomeAssistant) -> None:
    entry_id = service(hass, "solcast_solar", "Solcast")
    start = datetime.fromtimestamp(NOON, UTC)
    halves = [
        {"period_start": start + timedelta(minutes=30 * n), "pv_estimate": kw, "pv_estimate10": 0.0}
        for n, kw in enumerate((1.0, 2.0, 3.0, 4.0))
    ]
    hourly = [{"period_start": (start + timedelta(days=1)).isoformat(), "pv_estimate": 2.5}]
    sensor(hass, entry_id, "solcast_pv_forecast_forecast_today", detailedForecast=halves)
    sensor(hass, entry_id, "solcast_pv_forecast_forecast_tomorrow", detailedHourly=hourly, detailedForecast=halves)
    sensor(hass, entry_id, "solcast_pv_forecast_api_used")
    assert await solar_services(hass) == {entry_id: "Solcast"}
    (forecast,) = await home(hass).solar()
    assert (forecast.source, forecast.first) == ("solcast_solar", NOON)
    np.testing.assert_allclose(forecast.wh, [1_500, 3_500, *([0] * 22), 2_500])


async def test_open_meteo_s_attributes_and_a_sensor_of_one_s_own(hass: HomeAssistant) -> None:
    entry_id = service(hass, "open_meteo_solar_forecast", "Roof")
    sensor(hass, entry_id, "energy_production_today", wh_period={"2026-07-06T12:00:00+01:00": 640.0}, watts={})
    hass.states.async_set(
        "sensor.my_own", "1", {"detailedHourly": [{"period_start": "2026-07-06T12:00:00+01:00", "pv_estimate": 0.5}, 3]}
    )
    assert await solar_services(hass) == {entry_id: "Roof", "sensor.my_own": "my own"}
    forecasts = {forecast.source: forecast.wh.tolist() for forecast in await home(hass).solar()}
    assert forecasts == {"open_meteo_solar_forecast": [640.0], "sensor.my_own": [500.0]}


async def test_a_service_that_was_removed_says_nothing(hass: HomeAssistant) -> None:
    assert await home(hass, solar_forecasts=["gone", "sensor.gone"]).solar() == []
