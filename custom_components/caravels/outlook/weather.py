"""What a weather entity says of the hours ahead, in the units of the forecaster."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from homeassistant.components.weather import (
    ATTR_FORECAST_CLOUD_COVERAGE,
    ATTR_FORECAST_HUMIDITY,
    ATTR_FORECAST_TEMP,
    ATTR_FORECAST_TIME,
)
from homeassistant.components.weather.const import (
    ATTR_WEATHER_TEMPERATURE_UNIT,
    SERVICE_GET_FORECASTS,
    WeatherEntityFeature,
)
from homeassistant.components.weather.const import DOMAIN as WEATHER
from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE, UnitOfTemperature
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter

from ..common.forecasting.series import Floats
from ..common.forecasting.weather import WeatherForecast
from ..common.periods import HOUR_S
from .hours import filled, hour_grid, hour_of, instant_of, number_of

ANSWER_WITHIN_S: Final = 10
LONGEST_STEP: Final = 3
"""Some services say every third hour [h]; between them straight lines are drawn."""

_LOGGER = logging.getLogger(__name__)


@callback
def hourly_entities(hass: HomeAssistant) -> list[str]:
    """Return the weather entities that forecast hour by hour, by their ids."""
    return sorted(state.entity_id for state in hass.states.async_all(WEATHER) if _says_hours(state))


async def hourly_weather(hass: HomeAssistant, entity_id: str) -> WeatherForecast | None:
    """Ask a weather entity for the hours ahead; None where it says nothing now."""
    state = hass.states.get(entity_id)
    if state is None or state.state == STATE_UNAVAILABLE or not _says_hours(state):
        return None
    asked = {ATTR_ENTITY_ID: entity_id, "type": "hourly"}
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await hass.services.async_call(
                WEATHER, SERVICE_GET_FORECASTS, asked, blocking=True, return_response=True
            )
    except TimeoutError, HomeAssistantError:
        return None
    except Exception as error:  # noqa: BLE001  # whatever a weather service's integration raises, forecasts go on
        _LOGGER.debug("%s could not say its forecast: %r", entity_id, error)
        return None
    said = (answer or {}).get(entity_id)
    rows: Any = said.get("forecast") if isinstance(said, Mapping) else None
    unit = state.attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT, UnitOfTemperature.CELSIUS)
    now = int(dt_util.utcnow().timestamp())
    return weather_of(rows or (), unit, hass.config.time_zone, now)


def weather_of(rows: Sequence[Mapping[str, Any]], unit: str, zone: str, issued_at: int) -> WeatherForecast | None:
    """Return a weather entity's hourly forecast as the forecaster takes it; None where it says nothing.

    Values of one hour are averaged; hours between two that are at most `LONGEST_STEP` apart are filled in.

    Args:
        rows: the rows of the action `weather.get_forecasts`.
        unit: of their temperatures.
        zone: of the home.
        issued_at: when this was said [Unix s].
    """
    placed = [(hour_of(at, zone), row) for row in rows if (at := instant_of(row.get(ATTR_FORECAST_TIME))) is not None]
    if not placed:
        return None
    first, count = hour_grid(start for start, _ in placed)
    place = np.array([(start - first) // HOUR_S for start, _ in placed])

    def column(name: str) -> Floats:
        said = np.array([number_of(row.get(name)) for _, row in placed])
        return filled(_means(place, said, count), LONGEST_STEP)

    temperature = column(ATTR_FORECAST_TEMP)
    if unit != UnitOfTemperature.CELSIUS:
        to_celsius = TemperatureConverter.converter_factory(unit, UnitOfTemperature.CELSIUS)
        temperature = np.array([to_celsius(value) for value in temperature])
    return WeatherForecast(
        issued_at=issued_at,
        first=first,
        cloud_cover=np.clip(column(ATTR_FORECAST_CLOUD_COVERAGE), 0, 100),
        temperature=temperature,
        humidity=np.clip(column(ATTR_FORECAST_HUMIDITY), 0, 100),
    )


def _says_hours(state: State) -> bool:
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    return bool(features & WeatherEntityFeature.FORECAST_HOURLY)


def _means(place: np.ndarray[Any, np.dtype[np.int64]], said: Floats, count: int) -> Floats:
    """Return the mean of what was said of each place, nan where nothing was."""
    known = ~np.isnan(said) & (place < count)
    times = np.bincount(place[known], minlength=count)
    total = np.bincount(place[known], weights=said[known], minlength=count)
    means = np.full(count, np.nan)
    np.divide(total, times, out=means, where=times > 0)
    return means
