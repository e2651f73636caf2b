"""What a weather entity says, in hours of the home's clock and in the forecaster's units."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from homeassistant.components.weather import WeatherEntity
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.caravels.const import DOMAIN
from custom_components.caravels.outlook import HomeAssistantOutlook, chosen_weather, hourly_entities
from custom_components.caravels.outlook.weather import weather_of

LISBON, KOLKATA = "Europe/Lisbon", "Asia/Kolkata"
NAN = np.nan


def row(time: str, cloud: Any = 50, temperature: Any = 20.0, humidity: Any = 60) -> dict[str, Any]:
    return {"datetime": time, "cloud_coverage": cloud, "temperature": temperature, "humidity": humidity}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def assert_is(values: Sequence[float] | np.ndarray[Any, Any], expected: Sequence[float]) -> None:
    np.testing.assert_allclose(np.asarray(values), expected, rtol=0, atol=1e-9)


def test_hours_are_those_of_the_clock_with_what_is_missing_unknown() -> None:
    rows = [
        row("2026-07-06T12:00:00+00:00", cloud=10),
        row("2026-07-06T14:00:00+01:00", cloud=None, temperature="warm", humidity=float("inf")),
        row("2026-07-06T15:00:00+01:00", cloud=130, humidity=-3),
        {"datetime": "soon"},
        {"cloud_coverage": 3},
    ]
    weather = weather_of(rows, UnitOfTemperature.CELSIUS, LISBON, 7)
    assert weather is not None
    assert (weather.issued_at, weather.first) == (7, at("2026-07-06T13:00:00+01:00"))
    assert_is(weather.cloud_cover, [10, 70, 100])  # the hour between is on the line from 10 to 130
    assert_is(weather.temperature, [20, 20, 20])
    assert_is(weather.humidity, [60, 28.5, 0])


def test_every_third_hour_is_filled_in_and_a_longer_gap_is_not() -> None:
    rows = [row("2026-07-06T00:00:00Z", cloud=0), row("2026-07-06T03:00:00Z", cloud=30), row("2026-07-06T07:00:00Z")]
    weather = weather_of(rows, UnitOfTemperature.CELSIUS, LISBON, 0)
    assert weather is not None
    assert_is(weather.cloud_cover, [0, 10, 20, 30, NAN, NAN, NAN, 50])


def test_several_values_of_an_hour_are_averaged_and_a_clock_may_be_half_an_hour_off() -> None:
    rows = [row(f"2026-07-06T06:{minute}:00+00:00", cloud=minute) for minute in ("00", "15", "30", "45")]
    weather = weather_of(rows, UnitOfTemperature.CELSIUS, KOLKATA, 0)
    assert weather is not None
    # 06:00 UTC is 11:30 in Kolkata: its hours begin at half past in UTC
    assert weather.first == at("2026-07-06T11:00:00+05:30")
    assert_is(weather.cloud_cover, [7.5, 37.5])


def test_fahrenheit_becomes_celsius_and_nothing_is_no_forecast() -> None:
    weather = weather_of([row("2026-07-06T06:00:00Z", temperature=68)], UnitOfTemperature.FAHRENHEIT, LISBON, 0)
    assert weather is not None
    assert_is(weather.temperature, [20])
    assert weather_of([], UnitOfTemperature.CELSIUS, LISBON, 0) is None
    assert weather_of([{"datetime": None}], UnitOfTemperature.CELSIUS, LISBON, 0) is None


def test_a_service_that_looks_further_ahead_than_a_week_is_cut() -> None:
    rows = [row("2026-07-06T00:00:00Z", cloud=1), row("2026-07-20T00:00:00Z", cloud=2)]
    weather = weather_of(rows, UnitOfTemperature.CELSIUS, LISBON, 0)
    assert weather is not None
    assert weather.cloud_cover.shape == weather.temperature.shape == (200,)
    assert np.isnan(weather.cloud_cover[1:]).all()


class Sky(WeatherEntity):
    """A weather entity of another integration."""

    _attr_native_temperature_unit = UnitOfTemperature.FAHRENHEIT
    _attr_condition = "sunny"
    fault: Exception | None = None

    def __init__(self, name: str, features: int = WeatherEntityFeature.FORECAST_HOURLY) -> None:
        self._attr_name = self._attr_unique_id = name
        self._attr_supported_features = WeatherEntityFeature(features)
        self.rows: Any = [{"datetime": "2026-07-06T12:00:00+00:00", "native_temperature": 68.0, "cloud_coverage": 25}]

    async def async_forecast_hourly(self) -> Any:
        if self.fault:
            raise self.fault
        return self.rows


async def skies(hass: HomeAssistant, *entities: Sky) -> None:
    setup_test_component_platform(hass, "weather", entities)
    assert await async_setup_component(hass, "weather", {"weather": {"platform": "test"}})
    await hass.async_block_till_done()


def home(hass: HomeAssistant, **options: Any) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, options=options)
    entry.add_to_hass(hass)
    return entry


async def test_the_first_entity_that_says_hours_is_taken_unless_people_choose(hass: HomeAssistant) -> None:
    assert chosen_weather(hass, home(hass)) is None
    await skies(hass, Sky("daily", WeatherEntityFeature.FORECAST_DAILY), Sky("north"), Sky("coast"))
    assert hourly_entities(hass) == ["weather.coast", "weather.north"]
    assert chosen_weather(hass, home(hass)) == "weather.coast"
    assert chosen_weather(hass, home(hass, weather="weather.north")) == "weather.north"
    assert chosen_weather(hass, home(hass, weather=None)) is None
    assert await HomeAssistantOutlook(hass, home(hass, weather=None), "").weather() is None


async def test_a_weather_entity_is_asked_and_answers_in_celsius(hass: HomeAssistant) -> None:
    await skies(hass, Sky("north"))
    weather = await HomeAssistantOutlook(hass, home(hass), "").weather()
    assert weather is not None
    assert weather.first == at("2026-07-06T12:00:00+00:00")
    assert_is(weather.temperature, [20])
    assert_is(weather.cloud_cover, [25])
    assert_is(weather.humidity, [NAN])


@pytest.mark.parametrize("fault", [HomeAssistantError("away"), RuntimeError("a bug"), TimeoutError()])
async def test_a_weather_entity_that_fails_is_a_forecast_that_is_not_there(
    hass: HomeAssistant, fault: Exception
) -> None:
    sky = Sky("north")
    await skies(hass, sky)
    outlook = HomeAssistantOutlook(hass, home(hass), "")
    sky.fault = fault
    assert await outlook.weather() is None
    sky.fault = None
    assert await outlook.weather() is not None


async def test_a_weather_entity_may_say_nothing_be_unavailable_or_be_gone(hass: HomeAssistant) -> None:
    sky = Sky("north")
    await skies(hass, sky)
    outlook = HomeAssistantOutlook(hass, home(hass, weather="weather.north"), "")
    sky.rows = None
    assert await outlook.weather() is None
    sky._attr_available = False
    sky.async_write_ha_state()
    assert await outlook.weather() is None
    hass.states.async_remove("weather.north")
    assert await outlook.weather() is None
