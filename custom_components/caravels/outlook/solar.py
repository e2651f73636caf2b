"""What services in Home Assistant say about the home's own generation, hour by hour.

A service is a config entry whose integration has a solar forecast for the Energy dashboard (Forecast.Solar, Solcast,
Open-Meteo Solar Forecast, ...), or one whose sensors show it in attributes, or a sensor of somebody's own that does.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
from homeassistant.components.sensor.const import DOMAIN as SENSOR
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..common.forecasting.weather import SolarForecast
from ..common.periods import HOUR_S
from ..energy_preferences import ENERGY_DOMAIN
from .hours import hour_grid, hour_of, instant_of, number_of

ANSWER_WITHIN_S: Final = 10
NIGHT_BELOW: Final = 0.1
"""Where a service's first or last word is less than this part of its largest, the rest of that day is night."""
HOURLY, HALF_HOURLY, ENERGIES = "detailedHourly", "detailedForecast", "wh_period"
"""Attributes: means of power [kW] of hours and half hours (Solcast), energies [Wh] by their start (Open-Meteo)."""

_LOGGER = logging.getLogger(__name__)

type Hours = dict[int, float]
"""Start of an hour [Unix s] -> energy [Wh]."""


async def solar_services(hass: HomeAssistant) -> dict[str, str]:
    """Return the services that there are: id of the config entry, or of a sensor without one -> its name."""
    platforms = await _platforms(hass)
    entries = hass.config_entries.async_entries(include_ignore=False, include_disabled=False)
    found = {entry.entry_id: entry.title for entry in entries if entry.domain in platforms}
    for entity_id, entry_id in _telling_sensors(hass):
        entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
        if entry is not None:
            found.setdefault(entry.entry_id, entry.title)
        else:
            state = hass.states.get(entity_id)
            found[entity_id] = state.name if state else entity_id
    return found


async def preferred_services(hass: HomeAssistant) -> list[str]:
    """Return the services that are used where nobody chose: those of the Energy dashboard, else all that there are."""
    found = await solar_services(hass)
    return [one for one in await _of_dashboard(hass) if one in found] or list(found)


async def solar_forecasts(hass: HomeAssistant, services: Iterable[str]) -> list[SolarForecast]:
    """Return what services say now; several of one integration are added up, as each has a part of the roof."""
    platforms = await _platforms(hass)
    by_source: dict[str, list[Hours]] = {}
    for service in services:
        source, said = await _ask(hass, platforms, service)
        if said:
            by_source.setdefault(source, []).append(said)
    now = int(dt_util.utcnow().timestamp())
    return [forecast for source, parts in by_source.items() if (forecast := forecast_of(source, parts, now))]


def forecast_of(source: str, parts: Sequence[Hours], issued_at: int) -> SolarForecast | None:
    """Return the sum of what services of one source say: of the hours of which all of them say something."""
    common = set(parts[0]).intersection(*parts[1:])
    if not common:
        return None
    first, count = hour_grid(common)
    starts = [first + HOUR_S * hour for hour in range(count)]
    wh = [sum(part[start] for part in parts) if start in common else np.nan for start in starts]
    return SolarForecast(source, issued_at, first, np.array(wh))


def hours_of(said: Mapping[Any, Any], zone: str) -> Hours:
    """Return energies by hour: of shorter periods added up, and 0 in the hours of a day that a service leaves out.

    Args:
        said: start of a period -> its energy [Wh].
        zone: of the home.
    """
    found: Hours = {}
    for start, wh in said.items():
        at, energy = instant_of(start), number_of(wh)
        if at is not None and energy >= 0:
            hour = hour_of(at, zone)
            found[hour] = found.get(hour, 0.0) + energy
    return _with_nights(found, zone) if found else {}


def _with_nights(found: Hours, zone: str) -> Hours:
    first, last, largest = min(found), max(found), max(found.values())
    if found[first] <= NIGHT_BELOW * largest:
        first = hour_of(_local_midnight(first, 0), zone)
    if found[last] <= NIGHT_BELOW * largest:
        last = hour_of(_local_midnight(last, 1), zone) - HOUR_S
    return {start: found.get(start, 0.0) for start in range(first, last + 1, HOUR_S)}


def _local_midnight(instant: int, days: int) -> int:
    day = dt_util.as_local(dt_util.utc_from_timestamp(instant)).date() + timedelta(days=days)
    return int(dt_util.start_of_local_day(day).timestamp())


# --- asking -----------------------------------------------------------------------------------------------------------


async def _ask(hass: HomeAssistant, platforms: Mapping[str, Any], service: str) -> tuple[str, Hours]:
    """Return the source that a service belongs to, and what it says."""
    zone = hass.config.time_zone
    entry = hass.config_entries.async_get_entry(service)
    if entry is None:
        return service, _shown_by(hass, [service], zone)
    if entry.domain not in platforms:
        sensors = [entity_id for entity_id, entry_id in _telling_sensors(hass) if entry_id == service]
        return entry.domain, _shown_by(hass, sensors, zone)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await platforms[entry.domain](hass, service)
    except Exception as error:  # noqa: BLE001  # whatever another integration raises, forecasts go on without it
        _LOGGER.debug("%s could not say its forecast: %r", entry.domain, error)
        return entry.domain, {}
    said = answer.get("wh_hours") if isinstance(answer, Mapping) else None
    return entry.domain, hours_of(said, zone) if isinstance(said, Mapping) else {}


async def _platforms(hass: HomeAssistant) -> Mapping[str, Any]:
    """Return what integrations have for the Energy dashboard: domain -> function that says an entry's forecast."""
    if ENERGY_DOMAIN not in hass.config.components:
        return {}
    from homeassistant.components.energy.websocket_api import (  # noqa: PLC0415  # only where it is loaded
        async_get_energy_platforms,
    )

    return await async_get_energy_platforms(hass)


async def _of_dashboard(hass: HomeAssistant) -> list[str]:
    """Return the config entries whose forecasts the Energy dashboard shows."""
    if ENERGY_DOMAIN not in hass.config.components:
        return []
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415  # only where it is loaded

    manager = await async_get_manager(hass)
    sources = manager.data["energy_sources"] if manager.data else []
    return [
        entry_id
        for source in sources
        if source["type"] == "solar"
        for entry_id in source.get("config_entry_solar_forecast") or ()
    ]


@callback
def _telling_sensors(hass: HomeAssistant) -> list[tuple[str, str | None]]:
    """Return the sensors whose attributes hold a solar forecast, with their config entry."""
    registry = er.async_get(hass)
    found: list[tuple[str, str | None]] = []
    for state in hass.states.async_all(SENSOR):
        if any(name in state.attributes for name in (HOURLY, HALF_HOURLY, ENERGIES)):
            registered = registry.async_get(state.entity_id)
            found.append((state.entity_id, registered.config_entry_id if registered else None))
    return found


def _shown_by(hass: HomeAssistant, entity_ids: Iterable[str], zone: str) -> Hours:
    """Return what sensors of one service show, each of its own days."""
    said: dict[Any, float] = {}
    for entity_id in entity_ids:
        if state := hass.states.get(entity_id):
            said |= _said_in(state.attributes)
    return hours_of(said, zone)


def _said_in(attributes: Mapping[str, Any]) -> dict[Any, float]:
    """Return what attributes say: start of a period -> its energy [Wh]."""
    if isinstance(said := attributes.get(ENERGIES), Mapping):
        return dict(said)
    for name, hours in ((HOURLY, 1.0), (HALF_HOURLY, 0.5)):
        if isinstance(rows := attributes.get(name), list | tuple):
            return {
                row["period_start"]: number_of(row.get("pv_estimate")) * hours * 1_000
                for row in rows
                if isinstance(row, Mapping) and "period_start" in row
            }
    return {}
