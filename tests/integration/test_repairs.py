"""What people must do something about is shown once, in words, and goes away when it is healed."""

from dataclasses import replace
from typing import Any

import pytest
from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.caravels.common.member.ports import WrongFingerprint
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.common.protocol.errors import ClientTooOld, OperatorTooOld
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.repairs import LINK_ISSUES, update_issues, watch_meters
from custom_components.caravels.views import LinkView

from .conftest import METERS

CALM = LinkView(
    state=LinkState.CONNECTED,
    problem=None,
    community="Vizinhos",
    member_id="ana",
    clock_skew_s=0,
    meter_problem=None,
    read_until=None,
    fault=None,
)


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, title="Vizinhos", data={"journal": "0", "meters": dict(METERS)})
    entry.add_to_hass(hass)
    for name in ("import", "export"):
        hass.states.async_set(f"sensor.grid_{name}", "1")
    return entry


def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Watch an entry's meters until it is unloaded."""
    entry.async_on_unload(watch_meters(hass, entry))


async def unloaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let what an entry left for its end run."""
    await entry._async_process_on_unload(hass)


def shown(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    return {str(issue.translation_key): issue for issue in ir.async_get(hass).issues.values() if issue.active}


@pytest.mark.parametrize(
    ("change", "key", "placeholders"),
    [
        ({"state": LinkState.INCOMPATIBLE, "problem": ClientTooOld.sentence}, "home_too_old", {}),
        ({"state": LinkState.INCOMPATIBLE, "problem": OperatorTooOld.sentence}, "operator_too_old", {}),
        ({"state": LinkState.WRONG_FINGERPRINT, "problem": WrongFingerprint.sentence}, "wrong_fingerprint", {}),
        ({"state": LinkState.FAILED_HERE, "problem": "the disk is full"}, "journal_unusable", {}),
        ({"clock_skew_s": 3_590}, "clock_wrong", {"minutes": "60"}),
        ({"clock_skew_s": -121}, "clock_wrong", {"minutes": "2"}),
    ],
)
async def test_troubles_of_the_link_come_once_and_go(
    hass: HomeAssistant, entry: MockConfigEntry, change: dict[str, Any], key: str, placeholders: dict[str, str]
) -> None:
    update_issues(hass, entry, CALM)
    assert shown(hass) == {}
    for _ in range(2):
        update_issues(hass, entry, replace(CALM, **change))
        assert shown(hass).keys() == {key}
    issue = shown(hass)[key]
    assert not issue.is_fixable
    assert issue.translation_placeholders == {"home": "Vizinhos", **placeholders}
    texts = await async_get_translations(hass, "en", "issues", {DOMAIN})
    for part in ("title", "description"):
        text = texts[f"component.{DOMAIN}.issues.{key}.{part}"].format(**issue.translation_placeholders)
        assert "{" not in text
    update_issues(hass, entry, CALM)
    assert shown(hass) == {}


@pytest.mark.parametrize("change", [{"clock_skew_s": 120}, {"clock_skew_s": None}, {"state": LinkState.AWAY}])
async def test_small_things_are_no_issue(hass: HomeAssistant, entry: MockConfigEntry, change: dict[str, Any]) -> None:
    update_issues(hass, entry, replace(CALM, **change))
    assert shown(hass) == {}


async def test_each_entry_has_its_own_issues(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    other = MockConfigEntry(domain=DOMAIN, title="Other", data=dict(entry.data))
    other.add_to_hass(hass)
    for one in (entry, other):
        update_issues(hass, one, replace(CALM, clock_skew_s=600))
    update_issues(hass, entry, CALM)
    (issue,) = shown(hass).values()
    assert issue.translation_placeholders == {"home": "Other", "minutes": "10"}


async def test_missing_meters_are_named_until_they_are_there(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_remove("sensor.grid_export")
    loaded(hass, entry)
    issue = shown(hass)["meters_missing"]
    assert issue.is_fixable
    assert issue.translation_placeholders == {"home": "Vizinhos", "meters": "sensor.grid_export"}
    hass.states.async_set("sensor.grid_export", "unavailable")
    await hass.async_block_till_done()
    assert shown(hass) == {}
    hass.states.async_remove("sensor.grid_import")
    await hass.async_block_till_done()
    assert shown(hass)["meters_missing"].translation_placeholders == {
        "home": "Vizinhos",
        "meters": "sensor.grid_import",
    }
    update_issues(hass, entry, replace(CALM, clock_skew_s=600))
    await unloaded(hass, entry)
    assert shown(hass) == {}, "an entry that is not loaded says nothing"
    hass.states.async_remove("sensor.grid_export")
    await hass.async_block_till_done()
    assert shown(hass) == {}
    loaded(hass, entry)
    assert shown(hass).keys() == {"meters_missing"}, "loaded again"
    await unloaded(hass, entry)


async def test_meters_of_other_integrations_have_until_the_start_is_over(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.set_state(CoreState.starting)
    hass.states.async_remove("sensor.grid_export")
    loaded(hass, entry)
    assert shown(hass) == {}
    hass.states.async_set("sensor.grid_import", "2")
    await hass.async_block_till_done()
    assert shown(hass) == {}
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert shown(hass).keys() == {"meters_missing"}
    await unloaded(hass, entry)


async def test_statistics_without_an_entity_are_not_missed(hass: HomeAssistant) -> None:
    meters = {**METERS, "grid_import": [{"id": "provider:import", "share": 1_000}], "grid_export": []}
    entry = MockConfigEntry(domain=DOMAIN, data={"journal": "0", "meters": meters})
    entry.add_to_hass(hass)
    loaded(hass, entry)
    assert shown(hass) == {}
    await unloaded(hass, entry)


async def begin_fix(hass: HomeAssistant, entry: MockConfigEntry) -> RepairsFlowResult:
    """Let a person press the button of the issue of missing meters."""
    assert await async_setup_component(hass, "repairs", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    for name in ("import", "export"):
        hass.states.async_remove(f"sensor.grid_{name}")
    await hass.async_block_till_done()
    return await manager(hass).async_init(DOMAIN, context={"issue_id": shown(hass)["meters_missing"].issue_id})


def manager(hass: HomeAssistant) -> RepairsFlowManager:
    found = repairs_flow_manager(hass)
    assert found
    return found


async def test_the_fix_opens_the_form_with_the_meters(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    form = await begin_fix(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert form["description_placeholders"] == {
        "home": "Vizinhos",
        "meters": "sensor.grid_export, sensor.grid_import",
    }
    done = await manager(hass).async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "choose_meters")
    (opened,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert opened["context"]["source"] == SOURCE_RECONFIGURE
    assert opened["context"]["entry_id"] == entry.entry_id
    assert done["next_flow"] == ("config_flow", opened["flow_id"])
    assert "meters_missing" in shown(hass), "until the meters are there"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_fix_of_a_removed_home_says_so(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    form = await begin_fix(hass, entry)
    assert await hass.config_entries.async_remove(entry.entry_id)
    done = await manager(hass).async_configure(form["flow_id"], {})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "entry_gone")


def test_every_link_issue_is_told_apart() -> None:
    assert len(set(LINK_ISSUES)) == len(LINK_ISSUES) == 5
