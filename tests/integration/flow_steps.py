"""What the tests of the dialogues have in common: meters to choose from, and the way through the steps."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.caravels.const import DOMAIN

ENERGY = {"device_class": "energy", "unit_of_measurement": "kWh", "state_class": "total_increasing"}
IMPORT, EXPORT, SOLAR = "sensor.grid_import", "sensor.grid_export", "sensor.solar"
CHOSEN: dict[str, Any] = {"grid_import": [IMPORT], "grid_export": [EXPORT]}
WISHES: dict[str, Any] = {"participate": True, "buy_percent": 10, "sell_percent": -5}


def add_meters(hass: HomeAssistant, *further: str) -> None:
    """Let the home have sensors that can be chosen."""
    for entity_id in (IMPORT, EXPORT, *further):
        hass.states.async_set(entity_id, "1234.5", ENERGY | {"friendly_name": entity_id[7:].replace("_", " ").title()})


def whole(**registers: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the meters of an entry's data, each taken whole."""
    names = ("grid_import", "grid_export", "generation", "battery_charge", "battery_discharge", "consumption")
    return {name: [{"id": one, "share": 1_000} for one in registers.get(name, [])] for name in names}


def journals(hass: HomeAssistant) -> set[str]:
    """Return the names of the files that journals left on the disk."""
    return {path.name for path in Path(hass.config.path(".storage")).glob("caravels.*")}


async def begin(hass: HomeAssistant, choice: str) -> ConfigFlowResult:
    """Start to add the integration, and take one way of the menu."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "user")
    assert menu["menu_options"] == ["join", "alone"]
    return await answer(hass, menu, {"next_step_id": choice})


async def answer(hass: HomeAssistant, result: ConfigFlowResult, form: dict[str, Any]) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], form)


async def to_bidding(hass: HomeAssistant, link: object) -> ConfigFlowResult:
    """Go up to the last form of joining."""
    result = await answer(hass, await begin(hass, "join"), {"link": str(link)})
    return await answer(hass, result, CHOSEN)


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what a form proposes, sections as dictionaries."""
    schema = result["data_schema"]
    assert schema is not None
    return _suggested(schema.schema)


def _suggested(fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for marker, kind in fields.items():
        if hasattr(kind, "options") and hasattr(kind, "schema"):
            found[str(marker)] = _suggested(kind.schema.schema)
        elif marker.description and "suggested_value" in marker.description:
            found[str(marker)] = marker.description["suggested_value"]
    return found
