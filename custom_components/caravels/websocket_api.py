"""The forecasts' curves over Home Assistant's websocket, for cards: asked for once, or told anew with every issue.

Whoever is logged in may see them, as the entities that show their sums.
"""

from typing import Any, Final

import probatio
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import service
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .const import DOMAIN
from .coordinator import forecast_signal
from .curves import DEFAULT_HOURS, MOST_HOURS, told_forecast
from .runtime import CaravelsConfigEntry

_FIELDS: Final[dict[Any, Any]] = {
    probatio.Optional("config_entry"): str,
    probatio.Optional("hours", default=DEFAULT_HOURS): probatio.All(int, probatio.Range(1, MOST_HOURS)),
}


@callback
def register_commands(hass: HomeAssistant) -> None:
    """Register the commands, once for all entries."""
    async_register_command(hass, _get)
    async_register_command(hass, _subscribe)


@websocket_command({probatio.Required("type"): f"{DOMAIN}/forecast", **_FIELDS})
@async_response
async def _get(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Answer with the forecasts as they are now."""
    connection.send_result(msg["id"], await told_forecast(_entry(hass, msg), msg["hours"]))


@websocket_command({probatio.Required("type"): f"{DOMAIN}/forecast/subscribe", **_FIELDS})
@async_response
async def _subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send the forecasts now and whenever they change, until the subscription ends; it outlives the home's restart."""
    entry = _entry(hass, msg)

    async def tell() -> None:
        if entry.state is ConfigEntryState.LOADED:
            connection.send_event(msg["id"], await told_forecast(entry, msg["hours"]))

    connection.subscriptions[msg["id"]] = async_dispatcher_connect(hass, forecast_signal(entry), tell)
    connection.send_result(msg["id"])
    await tell()


def _entry(hass: HomeAssistant, msg: dict[str, Any]) -> CaravelsConfigEntry:
    """Return the loaded entry that is meant; without a name, the only one.

    Raises:
        ServiceValidationError: not found, not loaded, or several and none named.
    """
    return service.async_get_config_entry(hass, DOMAIN, msg.get("config_entry"))
