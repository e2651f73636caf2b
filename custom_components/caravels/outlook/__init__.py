"""The Outlook port: what Home Assistant knows besides the meters, for the forecasts of a home."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.hass_dict import HassKey

from ..common.forecasting.flexibility.devices import FlexibleDevice
from ..common.forecasting.weather import Site, SolarForecast, WeatherForecast
from ..const import CONF_SOLAR, CONF_WEATHER
from .public_holidays import FILE, HolidayCalendar
from .solar import preferred_services, solar_forecasts, solar_services
from .weather import hourly_entities, hourly_weather

__all__ = [
    "DATA_DEVICES",
    "HomeAssistantOutlook",
    "chosen_weather",
    "forget_holidays",
    "hourly_entities",
    "preferred_services",
    "solar_services",
]

DATA_DEVICES: Final[HassKey[dict[str, tuple[FlexibleDevice, ...]]]] = HassKey("caravels_devices")
"""Flexible devices by the member's id, filled by whoever knows them, until people can declare their own."""


class HomeAssistantOutlook:
    """What an entry's home can expect, as its options choose the services; a change of them counts at once."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], member_id: str) -> None:
        """`member_id` is who the home is to its operator, or "" without one."""
        self._hass = hass
        self._entry = entry
        self._member_id = member_id
        self._calendar = HolidayCalendar(Path(hass.config.path(STORAGE_DIR, FILE)))

    def holidays(self, first: date, last: date) -> frozenset[date]:
        """See `Outlook`."""
        return self._calendar.between(self._hass.config.country, first, last)

    def site(self) -> Site | None:
        """See `Outlook`. Home Assistant has a place from its first day on; 0, 0 is where nobody said one."""
        latitude, longitude = self._hass.config.latitude, self._hass.config.longitude
        return Site(latitude, longitude) if latitude or longitude else None

    async def weather(self) -> WeatherForecast | None:
        """See `Outlook`."""
        chosen = chosen_weather(self._hass, self._entry)
        return await hourly_weather(self._hass, chosen) if chosen else None

    async def solar(self) -> Sequence[SolarForecast]:
        """See `Outlook`."""
        chosen: list[str] | None = self._entry.options.get(CONF_SOLAR)
        return await solar_forecasts(self._hass, await preferred_services(self._hass) if chosen is None else chosen)

    def devices(self) -> Sequence[FlexibleDevice]:
        """See `Outlook`."""
        return self._hass.data.get(DATA_DEVICES, {}).get(self._member_id, ())


def forget_holidays(hass: HomeAssistant) -> None:
    """Delete what is kept of holidays, with the last entry; blocks."""
    Path(hass.config.path(STORAGE_DIR, FILE)).unlink(missing_ok=True)


def chosen_weather(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return the weather entity of a home: the chosen one, else the first that forecasts hour by hour."""
    if CONF_WEATHER in entry.options:
        chosen: str | None = entry.options[CONF_WEATHER]
        return chosen
    return next(iter(hourly_entities(hass)), None)
