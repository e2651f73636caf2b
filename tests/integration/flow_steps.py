"""What the tests of the dialogues have in common: meters to choose from, and the way through the steps."""

import json
import re
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.const import DOMAIN

TEXTS = Path(__file__).resolve().parents[2] / "custom_components/caravels/translations/en.json"
MENU = ("menu_options", "menu_option_descriptions")
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


def link_of(entry: ConfigEntry[Any]) -> LinkState:
    """Return how things stand between a home and its operator."""
    state: LinkState = entry.runtime_data.agent.state.link
    return state


async def begin(hass: HomeAssistant, choice: str) -> ConfigFlowResult:
    """Start to add the integration, and take one way of the menu."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "user")
    assert menu["menu_options"] == ["join", "alone"]
    check_texts("config", menu)
    return await answer(hass, menu, {"next_step_id": choice})


async def answer(hass: HomeAssistant, result: ConfigFlowResult, form: dict[str, Any]) -> ConfigFlowResult:
    """Submit a form, and look whether what comes next can be said."""
    following = await hass.config_entries.flow.async_configure(result["flow_id"], form)
    check_texts("config", following)
    return following


async def to_bidding(hass: HomeAssistant, link: object) -> ConfigFlowResult:
    """Go up to the last form of joining."""
    result = await answer(hass, await begin(hass, "join"), {"link": str(link)})
    return await answer(hass, result, CHOSEN)


def check_texts(flow: str, result: ConfigFlowResult) -> None:
    """Check that a step has words for all that it shows, with the placeholders that it gives."""
    content = json.loads(TEXTS.read_text())[flow]
    if result["type"] is FlowResultType.ABORT:
        assert content["abort"][result["reason"]]
    if result["type"] not in (FlowResultType.FORM, FlowResultType.MENU):
        return
    texts = content["step"][result["step_id"]]
    said = [texts["title"], texts.get("description", "")]
    if result["type"] is FlowResultType.MENU:
        options = result["menu_options"]
        assert isinstance(options, list)
        said += [texts[part][option] for part in MENU for option in options]
    else:
        schema = result["data_schema"]
        assert schema is not None
        said += _words(texts, schema.schema)
        said += [content["error"][key] for key in (result["errors"] or {}).values()]
    given = result["description_placeholders"] or {}
    for text in said:
        assert set(re.findall(r"\{(\w+)\}", text)) <= given.keys(), text


def _words(texts: dict[str, Any], fields: Any) -> list[str]:
    found: list[str] = []
    for marker, kind in fields.items():
        if hasattr(kind, "options") and hasattr(kind, "schema"):
            part = texts["sections"][str(marker)]
            found += [part["name"], part["description"], *_words(part, kind.schema.schema)]
        else:
            found += [texts["data"][str(marker)], texts["data_description"][str(marker)]]
    return found


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
