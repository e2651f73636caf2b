"""An entry is changed: other meters, the operator elsewhere, a community at last."""

from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.caravels.common.member.history import HISTORY_DAYS
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.common.member.records import Membership
from custom_components.caravels.common.member.state import LinkState, NotPaired
from custom_components.caravels.common.protocol import PairingLink
from custom_components.caravels.common.protocol.paths import PAIR
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.flows.memberships import move

from .conftest import SetupHome, SteadyMeter
from .flow_steps import (
    CHOSEN,
    EXPORT,
    IMPORT,
    SOLAR,
    WISHES,
    add_meters,
    answer,
    check_texts,
    link_of,
    suggested,
    whole,
)
from .operator_in_memory import FINGERPRINT, HOME, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")
ABORT = FlowResultType.ABORT


@pytest.fixture(autouse=True)
def _meters(hass: HomeAssistant) -> None:
    add_meters(hass, SOLAR)


async def _menu(hass: HomeAssistant, entry: MockConfigEntry, choice: str) -> ConfigFlowResult:
    menu = await entry.start_reconfigure_flow(hass)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "reconfigure")
    assert menu["menu_options"] == ["meters", choice if choice != "meters" else menu["menu_options"][1]]
    check_texts("config", menu)
    return await answer(hass, menu, {"next_step_id": choice})


async def _membership(entry: MockConfigEntry) -> Membership | None:
    membership: Membership | None = await entry.runtime_data.journal.run(lambda journal: journal.state.membership())
    return membership


# --- other meters -----------------------------------------------------------------------------------------------------


async def test_other_meters_start_the_home_anew(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before, membership = entry.runtime_data, await _membership(entry)
    form = await _menu(hass, entry, "meters")
    assert suggested(form) == CHOSEN | {"further": {}, "statistics": {}, "divide": False}
    assert form["description_placeholders"] == {"community": "Vizinhos do Bairro", "meters": ""}
    result = await answer(hass, form, CHOSEN | {"further": {"generation": [SOLAR]}})
    assert (result["type"], result["reason"]) == (ABORT, "meters_changed")
    await operator.settled()
    assert entry.data["meters"] == whole(grid_import=[IMPORT], grid_export=[EXPORT], generation=[SOLAR])
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not before
    assert await _membership(entry) == membership
    assert link_of(entry) is LinkState.CONNECTED


async def test_the_same_meters_change_nothing(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = entry.runtime_data
    result = await answer(hass, await _menu(hass, entry, "meters"), CHOSEN)
    assert result["reason"] == "meters_changed"
    await operator.settled()
    assert entry.runtime_data is before


async def test_a_wrong_meter_changes_nothing_until_it_is_mended(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = dict(entry.data)
    result = await answer(hass, await _menu(hass, entry, "meters"), {"grid_import": [IMPORT]})
    assert result["errors"] == {"grid_export": "meter_required"}
    assert entry.data == before
    assert (await answer(hass, result, CHOSEN))["reason"] == "meters_changed"


async def test_a_meter_is_divided_so_that_another_community_has_room(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    result = await answer(hass, await _menu(hass, entry, "meters"), CHOSEN | {"divide": True})
    assert (result["step_id"], suggested(result)) == ("shares", {"share_1": 100.0, "share_2": 100.0})
    assert result["description_placeholders"] == {
        "meter_1": f"Grid Import ({IMPORT})",
        "others_1": "0 %",
        "meter_2": f"Grid Export ({EXPORT})",
        "others_2": "0 %",
    }
    await answer(hass, result, {"share_1": 60, "share_2": 99.9})
    await operator.settled()
    shares = {name: [one["share"] for one in some] for name, some in entry.data["meters"].items() if some}
    assert shares == {"grid_import": [600], "grid_export": [999]}

    again = await _menu(hass, entry, "meters")
    assert suggested(again)["divide"] is True
    again = await answer(hass, again, CHOSEN | {"divide": True})
    assert suggested(again) == {"share_1": 60.0, "share_2": 99.9}


async def test_a_part_that_moves_starts_the_other_communities_anew(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    half = {name: [one | {"share": 500} for one in some] for name, some in whole(**CHOSEN).items()}
    first = await setup_home(meters=half)
    second = await setup_home(member="bruno", meters=half)
    third = await setup_home(member="clara", meters=whole(grid_import=[SOLAR], grid_export=[SOLAR]))
    runtimes = [entry.runtime_data for entry in (first, second, third)]
    result = await answer(hass, await _menu(hass, first, "meters"), CHOSEN)
    assert result["step_id"] == "shares"
    await answer(hass, result, {"share_1": 20, "share_2": 50})
    await operator.settled()
    anew = [one.runtime_data is not before for one, before in zip((first, second, third), runtimes, strict=True)]
    assert anew == [True, True, False]


# --- the operator is elsewhere ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["new.test:9443", " nobody.test:1,\n new.test:9443 "])
async def test_new_addresses_keep_token_and_queue(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, text: str
) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    assert before
    await operator.cut()
    operator.reachable, operator.addresses = True, ("new.test:9443",)
    await operator.advance(2 * 3_600)
    assert link_of(entry) is LinkState.AWAY
    waiting = await entry.runtime_data.journal.run(lambda journal: [one.id for one in journal.queue.all()])
    assert waiting
    form = await _menu(hass, entry, "address")
    assert (suggested(form), form["errors"]) == ({"address": "operator.test:8443"}, {})
    assert form["description_placeholders"] == {"community": "Vizinhos do Bairro"}
    result = await answer(hass, form, {"address": text})
    assert (result["type"], result["reason"]) == (ABORT, "address_changed")
    await operator.settled()
    after = await _membership(entry)
    assert after
    assert (after.token, after.fingerprint) == (before.token, before.fingerprint)
    assert after.addresses[-1] == "new.test:9443"
    assert link_of(entry) is LinkState.CONNECTED
    left = await entry.runtime_data.journal.run(lambda journal: [one.id for one in journal.queue.all()])
    assert not set(waiting) & set(left)
    assert ("POST", PAIR) not in operator.requests


async def test_a_new_link_names_the_address_and_is_not_used_up(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    assert before
    operator.addresses = ("new.test:9443",)
    link = await operator.invite()
    renewed = PairingLink(link.addresses, link.code, "ab" * 32)  # the certificate was made anew, too
    result = await answer(hass, await _menu(hass, entry, "address"), {"address": str(renewed)})
    assert result["reason"] == "address_changed"
    await operator.settled()
    after = await _membership(entry)
    assert after
    assert (after.token, after.addresses, after.fingerprint) == (before.token, ("new.test:9443",), "ab" * 32)
    assert ("POST", PAIR) not in operator.requests


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("operator.test", "not_a_link"),
        ("operator.test:0", "not_a_link"),
        ("caravels://pair?at=operator.test:8443", "not_a_link"),
        (" , ", "not_a_link"),
        ("nobody.test:1", "operator_away"),
    ],
)
async def test_addresses_that_lead_nowhere(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, text: str, key: str
) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    result = await answer(hass, await _menu(hass, entry, "address"), {"address": text})
    assert (result["step_id"], result["errors"]) == ("address", {"address": key})
    assert suggested(result) == {"address": text}
    assert await _membership(entry) == before
    result = await answer(hass, result, {"address": operator.addresses[0]})
    assert result["reason"] == "address_changed"


async def test_the_address_of_another_operator(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    form = await _menu(hass, entry, "address")
    link = await operator.invite()
    await operator.restore(await operator.backup())  # another history behind another certificate
    operator.addresses = (*operator.addresses, "other.test:1")
    foreign = PairingLink(("other.test:1",), link.code, "ab" * 32)
    result = await answer(hass, form, {"address": str(foreign)})
    assert result["errors"] == {"address": "other_operator"}
    assert (await answer(hass, result, {"address": str(link)}))["reason"] == "address_changed"


async def test_a_full_disk_changes_no_address(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    form = await _menu(hass, entry, "address")
    with patch("custom_components.caravels.common.member.pairing.move", side_effect=JournalUnusable("full")):
        result = await answer(hass, form, {"address": "vpn.test:1 operator.test:8443"})
    assert result["errors"] == {"address": "journal_unusable"}
    await operator.settled()
    assert entry.state is ConfigEntryState.LOADED
    assert (await answer(hass, result, {"address": "operator.test:8443"}))["reason"] == "address_changed"


async def test_a_journal_that_cannot_be_read_is_said(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    with patch(
        "custom_components.caravels.flows.reconfigure_steps.known_operator", side_effect=JournalUnusable("damaged")
    ):
        result = await entry.start_reconfigure_flow(hass)
    assert (result["type"], result["reason"]) == (ABORT, "journal_unusable")


async def test_an_entry_that_is_not_loaded_is_moved_all_the_same(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await hass.config_entries.async_unload(entry.entry_id)
    operator.addresses = ("new.test:9443",)
    result = await answer(hass, await _menu(hass, entry, "address"), {"address": "new.test:9443"})
    assert result["reason"] == "address_changed"
    await operator.settled()
    assert link_of(entry) is LinkState.CONNECTED


# --- a community at last ----------------------------------------------------------------------------------------------


async def test_a_home_without_a_community_joins_one(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    entry = await setup_home(paired=False)
    journal = entry.data["journal"]
    metered_alone = await entry.runtime_data.agent.readings(0, 2**40)
    assert len(metered_alone) == HISTORY_DAYS * 24
    form = await _menu(hass, entry, "join")
    bidding = await answer(hass, form, {"link": str(await operator.invite())})
    assert bidding["step_id"] == "bidding"
    steady_meter.reading = staticmethod(lambda _at: None)  # what is there then was there before
    result = await answer(hass, bidding, WISHES)
    assert (result["type"], result["reason"]) == (ABORT, "joined")
    await operator.settled()
    assert await entry.runtime_data.agent.readings(0, 2**40) == metered_alone
    assert (entry.title, entry.unique_id) == ("Vizinhos do Bairro", f"{FINGERPRINT}:{HOME}")
    assert entry.data == {
        "journal": journal,
        "meters": whole(grid_import=[IMPORT], grid_export=[EXPORT]),
        "community": "Vizinhos do Bairro",
        "member_id": HOME,
    }
    assert entry.options == WISHES
    assert entry.runtime_data.data == entry.data
    assert link_of(entry) is LinkState.CONNECTED
    await _menu(hass, entry, "address")


async def test_joining_with_a_used_link_keeps_the_home_as_it_is(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False)
    before, wrong = dict(entry.data), PairingLink(operator.addresses, "A" * 26, FINGERPRINT)
    result = await answer(hass, await answer(hass, await _menu(hass, entry, "join"), {"link": str(wrong)}), WISHES)
    assert (result["step_id"], result["errors"]) == ("join", {"link": "pairing_wrong"})
    assert entry.data == before
    assert link_of(entry) is LinkState.UNPAIRED
    result = await answer(hass, result, {"link": str(await operator.invite())})
    assert suggested(result) == WISHES
    assert (await answer(hass, result, WISHES))["reason"] == "joined"


@pytest.mark.parametrize("late", [False, True])
async def test_joining_where_this_home_is_already(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, *, late: bool
) -> None:
    alone = await setup_home(paired=False)
    form = await _menu(hass, alone, "join")
    member: Any = None
    if late:  # the other entry is made while this dialogue is open
        form = await answer(hass, form, {"link": str(await operator.invite())})
        member = await setup_home(meters=whole(grid_import=[SOLAR], grid_export=[SOLAR]))
        form = await answer(hass, await answer(hass, form, WISHES), {"link": str(await operator.invite())})
    else:
        member = await setup_home(meters=whole(grid_import=[SOLAR], grid_export=[SOLAR]))
        form = await answer(hass, form, {"link": str(await operator.invite())})
    assert (form["type"], form["reason"]) == (ABORT, "already_configured")
    await operator.settled()
    assert link_of(member) is LinkState.CONNECTED
    assert link_of(alone) is LinkState.UNPAIRED
    assert "member_id" not in alone.data
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_what_became_a_joined_home_meanwhile_is_not_joined_twice(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    alone = await setup_home(paired=False)
    member = await setup_home(meters=whole(grid_import=[SOLAR], grid_export=[SOLAR]))
    form = await _menu(hass, alone, "join")
    with patch("custom_components.caravels.flows.join_steps.has_entry_of", return_value=False):
        form = await answer(hass, form, {"link": str(await operator.invite())})
    result = await answer(hass, form, WISHES)
    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    await operator.settled()
    assert link_of(member) is LinkState.CONNECTED
    assert link_of(alone) is LinkState.UNPAIRED


async def test_an_entry_that_does_not_run_stays_so_when_the_disk_is_full(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await hass.config_entries.async_unload(entry.entry_id)
    form = await _menu(hass, entry, "address")
    with patch("custom_components.caravels.common.member.pairing.move", side_effect=JournalUnusable("full")):
        result = await answer(hass, form, {"address": "operator.test:8443"})
    assert result["errors"] == {"address": "journal_unusable"}
    await operator.settled()
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_a_home_without_a_community_has_no_operator_that_could_move(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False)
    with pytest.raises(NotPaired):
        await move(hass, entry, await operator.invite())
    await operator.settled()
    assert await _membership(entry) is None
    assert link_of(entry) is LinkState.UNPAIRED
