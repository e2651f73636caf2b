"""Texts, icons and actions fit together and fit the code, as hassfest checks them and a little further."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import selector
from homeassistant.util.yaml import load_yaml_dict

from custom_components.caravels.common.protocol import ErrorCode
from custom_components.caravels.metering import FindingCode

from .conftest import METERS, SetupHome

FOLDER = Path(__file__).resolve().parents[2] / "custom_components/caravels"
LANGUAGES = ("en", "pt")
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}")
TOP_LEVEL = {"title", "config", "options", "entity", "services", "exceptions", "issues", "system_health", "selector"}
STEP = {"title", "description", "data", "data_description", "menu_options", "menu_option_descriptions", "submit",
        "sections"}  # fmt: skip
BY_HOME_ASSISTANT = {"already_configured", "already_in_progress", "reauth_successful", "reconfigure_successful"}
"""Aborts that Home Assistant itself gives a reason for."""
CODES = {*ErrorCode, *(f"meter_{code}" for code in FindingCode)}
"""Refusals of the operator, and what can be wrong with a meter: their keys are made of their codes."""
LEAVING = {f"{how}_{what}" for how in ("left", "left_before", "left_untold") for what in ("bound", "free")}
"""Texts of the notification of a removal: titles and descriptions, like issues."""


def texts(language: str = "en") -> dict[str, Any]:
    content = json.loads((FOLDER / "translations" / f"{language}.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def icons() -> dict[str, Any]:
    content = json.loads((FOLDER / "icons.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def services() -> dict[str, Any]:
    return load_yaml_dict(str(FOLDER / "services.yaml"))


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted path, text) of all texts."""
    for key, value in tree.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, str):
            yield place, value
        else:
            yield from leaves(value, place)


def nodes() -> Iterator[ast.AST]:
    """Yield every node of the shell's code."""
    for path in FOLDER.rglob("*.py"):
        if path.relative_to(FOLDER).parts[0] != "common":
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def constants() -> set[str]:
    """Every string in the shell's code."""
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def raised() -> set[str]:
    """Every key with which the shell raises an error of Home Assistant's."""
    found: set[str] = set()
    for node in nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error"):
            found |= {
                given.value.value
                for given in node.keywords
                if given.arg == "translation_key"
                and isinstance(given.value, ast.Constant)
                and isinstance(given.value.value, str)
            }
    return found


def keywords(name: str) -> set[str]:
    """Every string that the shell's code gives as this keyword."""
    given = [node.value for node in nodes() if isinstance(node, ast.keyword) and node.arg == name]
    return {value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_top_level_and_texts_are_what_hassfest_allows(language: str) -> None:
    content = texts(language)
    assert content.keys() <= TOP_LEVEL
    for place, text in leaves(content):
        assert text.strip() == text, place
        assert text, place
        assert not re.search(r"<[a-zA-Z/]", text), f"HTML in {place}"
        assert "[%key:" not in text, place
        assert re.fullmatch(r"[a-z0-9_.\-]+", place), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_exceptions_issues_and_steps_have_their_shape(language: str) -> None:
    content = texts(language)
    for key, exception in content["exceptions"].items():
        assert exception.keys() == {"message"}, key
    for key, issue in content["issues"].items():
        assert issue.keys() in ({"title", "description"}, {"title", "fix_flow"}), key
        if flow := issue.get("fix_flow"):
            assert flow.keys() <= {"step", "error", "abort"}, key
            assert all(step.keys() <= STEP for step in flow["step"].values()), key
    for flow in ("config", "options"):
        assert content[flow].keys() <= {"flow_title", "step", "error", "abort", "progress", "create_entry"}
        for key, step in content[flow]["step"].items():
            assert step.keys() <= STEP, key
    for platform, entities in content["entity"].items():
        for key, entity in entities.items():
            assert entity.keys() <= {"name", "state", "state_attributes", "unit_of_measurement"}, f"{platform}.{key}"
    assert content["system_health"].keys() == {"info"}


def test_every_field_of_a_form_says_what_it_is_for() -> None:
    for flow in ("config", "options"):
        for key, step in texts()[flow]["step"].items():
            assert step.get("data", {}).keys() == step.get("data_description", {}).keys(), f"{flow}.{key}"


def test_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    english, portuguese = dict(leaves(texts("en"))), dict(leaves(texts("pt")))
    assert portuguese.keys() == english.keys()
    for place, text in english.items():
        assert set(PLACEHOLDER.findall(portuguese[place])) == set(PLACEHOLDER.findall(text)), place
    same = [place for place, text in english.items() if portuguese[place] == text and len(text) > 30]
    assert same == [], "not translated"


def test_every_key_in_the_code_has_a_text_and_every_text_a_key() -> None:
    content, strings = texts(), constants()
    entity_keys = {key for entities in content["entity"].values() for key in entities}
    assert raised() - content["exceptions"].keys() == set()
    known = {*content["exceptions"], *content["issues"], *content.get("selector", ()), *entity_keys}
    assert keywords("translation_key") - known == set()
    assert content["exceptions"].keys() - strings == set()
    assert content["issues"].keys() - strings == LEAVING, "their keys are put together"
    assert content["system_health"]["info"].keys() - strings == set()
    for flow in ("config", "options"):
        for part in ("step", "error", "abort"):
            unused = content[flow].get(part, {}).keys() - strings - step_methods()
            assert unused <= BY_HOME_ASSISTANT | CODES, f"{flow}.{part}"


def step_methods() -> set[str]:
    pattern = re.compile(r"async def async_step_(\w+)")
    found: set[str] = set()
    for path in FOLDER.rglob("*.py"):
        found |= set(pattern.findall(path.read_text("utf-8")))
    return found


def test_every_step_and_every_abort_has_a_text() -> None:
    content = texts()
    steps = {*content["config"]["step"], *content["options"]["step"]}
    steps |= {step for issue in content["issues"].values() for step in issue.get("fix_flow", {}).get("step", ())}
    assert keywords("step_id") - steps == set()
    aborts = {*content["config"].get("abort", ()), *content["options"].get("abort", ())}
    aborts |= {key for issue in content["issues"].values() for key in issue.get("fix_flow", {}).get("abort", ())}
    assert keywords("reason") - aborts == set()


def test_actions_have_words_icons_and_valid_selectors(hass: HomeAssistant) -> None:
    words, pictures = texts()["services"], icons()["services"]
    assert services().keys() == words.keys() == pictures.keys() == {"get_trades", "get_forecast", "set_bid"}
    for name, action in services().items():
        assert words[name]["name"]
        assert words[name]["description"]
        assert action["fields"].keys() == words[name]["fields"].keys(), name
        for field, content in action["fields"].items():
            assert words[name]["fields"][field].keys() == {"name", "description"}, field
            selector(content["selector"])
        assert pictures[name].keys() == {"service"}


def test_icons_are_of_the_design_set_and_say_something_new() -> None:
    content = icons()
    assert content.keys() <= {"entity", "services"}
    assert [text for place, text in leaves(content) if not text.startswith("mdi:")] == []
    words = texts()["entity"]
    for platform, entities in content["entity"].items():
        for key, icon in entities.items():
            assert key in words[platform], f"{platform}.{key}"
            assert icon["default"] not in icon.get("state", {}).values(), f"{platform}.{key}"
            assert icon.get("state", {}).keys() <= {"on", "off", *words[platform][key].get("state", ())}


@pytest.mark.usefixtures("steady_meter")
async def test_every_entity_has_a_name_and_a_picture_and_no_text_is_left(
    hass: HomeAssistant, setup_home: SetupHome, entity_registry: er.EntityRegistry
) -> None:
    words, pictures = texts()["entity"], icons()["entity"]
    used: set[tuple[str, str]] = set()
    meters = {**METERS, "generation": [{"id": "sensor.solar", "share": 1_000}]}
    for entry in (await setup_home(meters=meters), await setup_home(paired=False)):
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
            key = entity.translation_key
            assert key, entity.entity_id
            assert words[entity.domain][key]["name"], entity.entity_id
            assert entity.original_device_class or entity.original_icon is None
            assert entity.original_device_class or pictures[entity.domain][key]["default"], entity.entity_id
            used.add((entity.domain, key))
    assert used == {(platform, key) for platform, entities in words.items() for key in entities}
