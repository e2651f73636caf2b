"""A home is added: with a pairing link, or without a community."""

import asyncio
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow

from custom_components.caravels.common.member.journal import Journal
from custom_components.caravels.common.member.pairing import new_token, pair
from custom_components.caravels.common.member.ports import JournalUnusable, OperatorAway, WrongFingerprint
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.common.protocol import Hello, PairingLink, decode, encode
from custom_components.caravels.common.protocol.errors import TooMany
from custom_components.caravels.common.protocol.paths import PAIR
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.store import journal_path

from .conftest import HomeEntry, SetupHome
from .flow_steps import (
    CHOSEN,
    EXPORT,
    IMPORT,
    WISHES,
    add_meters,
    answer,
    begin,
    journals,
    link_of,
    suggested,
    to_bidding,
    whole,
)
from .operator_in_memory import FINGERPRINT, InMemoryOperator, Way

pytestmark = pytest.mark.usefixtures("steady_meter")


@pytest.fixture(autouse=True)
def _meters(hass: HomeAssistant) -> None:
    add_meters(hass)


async def test_link_meters_wishes_and_the_home_trades(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = await operator.invite()
    form = await begin(hass, "join")
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "join", {})

    meters = await answer(hass, form, {"link": f"  {link}\n"})
    assert (meters["step_id"], meters["errors"]) == ("meters", {})
    assert meters["description_placeholders"] == {"community": "Vizinhos do Bairro (EUR)", "meters": ""}

    bidding = await answer(hass, meters, CHOSEN)
    assert (bidding["step_id"], bidding["last_step"]) == ("bidding", True)
    assert bidding["description_placeholders"] == {"community": "Vizinhos do Bairro", "currency": "EUR"}
    assert suggested(bidding) == {"participate": True, "buy_percent": 0, "sell_percent": 0}
    assert not journals(hass)
    assert ("POST", PAIR) not in operator.requests

    created = await answer(hass, bidding, WISHES)
    await operator.settled()
    assert created["type"] is FlowResultType.CREATE_ENTRY
    entry = created["result"]
    assert (entry.title, entry.unique_id) == ("Vizinhos do Bairro", f"{FINGERPRINT}:ana")
    assert entry.data == {
        "journal": entry.data["journal"],
        "meters": whole(grid_import=[IMPORT], grid_export=[EXPORT]),
        "community": "Vizinhos do Bairro",
        "member_id": "ana",
    }
    assert entry.options == {"participate": True, "buy_percent": 10, "sell_percent": -5}
    assert len(entry.data["journal"]) == 32
    assert entry.state is ConfigEntryState.LOADED
    assert link_of(entry) is LinkState.CONNECTED
    assert link.code not in repr(entry.as_dict())


async def test_a_home_without_a_community_needs_no_operator(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    operator.reachable = False
    meters = await begin(hass, "alone")
    assert (meters["step_id"], meters["errors"]) == ("meters", {})
    assert meters["description_placeholders"] == {"community": "Home", "meters": ""}
    created = await answer(hass, meters, CHOSEN)
    await operator.settled()
    entry = created["result"]
    assert (entry.title, entry.unique_id) == ("Home", "alone")
    assert entry.data == {
        "journal": entry.data["journal"],
        "meters": whole(grid_import=[IMPORT], grid_export=[EXPORT]),
    }
    assert link_of(entry) is LinkState.UNPAIRED
    assert operator.requests == []


async def test_there_is_one_home_without_a_community(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    first, second = await begin(hass, "alone"), await begin(hass, "alone")
    assert (await answer(hass, first, CHOSEN))["type"] is FlowResultType.CREATE_ENTRY
    await operator.settled()
    third = await begin(hass, "alone")
    assert (third["type"], third["reason"]) == (FlowResultType.ABORT, "already_alone")
    with pytest.raises(UnknownFlow):  # Home Assistant ended it together with the first
        await answer(hass, second, CHOSEN)
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


WRONG_LINKS = ("hello", "https://example.org", "caravels://pair?at=operator.test:8443", "caravels://pair?code=short")


@pytest.mark.parametrize("text", WRONG_LINKS)
async def test_what_is_no_link_stays_in_the_form(hass: HomeAssistant, operator: InMemoryOperator, text: str) -> None:
    result = await answer(hass, await begin(hass, "join"), {"link": text})
    assert (result["step_id"], result["errors"], suggested(result)) == (
        "join",
        {"link": "not_a_link"},
        {"link": text},
    )
    assert operator.requests == []
    result = await answer(hass, result, {"link": str(await operator.invite())})
    assert result["step_id"] == "meters"


def _hello_with(**other: int) -> Any:
    real = Way.request

    async def request(way: Way, method: str, path: str, body: bytes, token: str | None) -> bytes:
        return encode(msgspec.structs.replace(decode(await real(way, method, path, body, token), Hello), **other))

    return request


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (OperatorAway("nobody"), "operator_away"),
        (WrongFingerprint("another"), "wrong_fingerprint"),
        (TooMany(), "too_many"),
    ],
)
async def test_an_operator_that_does_not_answer_as_it_should(
    hass: HomeAssistant, operator: InMemoryOperator, request_: Exception, key: str
) -> None:
    link = await operator.invite()
    form = await begin(hass, "join")
    with patch.object(Way, "request", side_effect=request_):
        result = await answer(hass, form, {"link": str(link)})
    assert (result["step_id"], result["errors"], suggested(result)) == ("join", {"link": key}, {"link": str(link)})
    assert (await answer(hass, result, {"link": str(link)}))["step_id"] == "meters"


@pytest.mark.parametrize(
    ("hello", "key"),
    [
        ({"protocol_version": 99, "oldest_supported": 99}, "client_too_old"),
        ({"protocol_version": 0, "oldest_supported": 0}, "operator_too_old"),
    ],
)
async def test_versions_are_compared_before_anything_is_asked(
    hass: HomeAssistant, operator: InMemoryOperator, hello: dict[str, int], key: str
) -> None:
    link = await operator.invite()
    form = await begin(hass, "join")
    with patch.object(Way, "request", _hello_with(**hello)):
        result = await answer(hass, form, {"link": str(link)})
    assert (result["step_id"], result["errors"]) == ("join", {"link": key})
    assert (await answer(hass, result, {"link": str(link)}))["step_id"] == "meters"


async def test_an_answer_that_is_not_an_operators(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link, form = await operator.invite(), await begin(hass, "join")
    with patch.object(Way, "request", return_value=b"<html>"):
        result = await answer(hass, form, {"link": str(link)})
    assert result["errors"] == {"link": "malformed"}


async def _with_new_link(hass: HomeAssistant, operator: InMemoryOperator, result: ConfigFlowResult) -> None:
    """The meters are not asked for again, and the wishes are as they were entered."""
    assert result["step_id"] == "join"
    again = await answer(hass, result, {"link": str(await operator.invite())})
    assert again["step_id"] == "bidding"
    assert suggested(again) == WISHES
    created = await answer(hass, again, WISHES)
    assert created["data"]["meters"] == whole(grid_import=[IMPORT], grid_export=[EXPORT])
    assert len({name.removesuffix("-wal").removesuffix("-shm") for name in journals(hass)}) == 1


async def test_a_link_that_expired_meanwhile(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = await operator.invite()
    bidding = await to_bidding(hass, link)
    await operator.advance(15 * 60)
    result = await answer(hass, bidding, WISHES)
    assert (result["errors"], suggested(result)) == ({"link": "pairing_expired"}, {"link": str(link)})
    assert not journals(hass)
    await _with_new_link(hass, operator, result)


async def test_a_link_that_was_used_elsewhere(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = await operator.invite("bruno")
    await pair(lambda addresses, fingerprint: Way(operator, addresses, fingerprint), link, new_token())
    result = await answer(hass, await to_bidding(hass, link), WISHES)
    assert result["errors"] == {"link": "pairing_used"}
    await _with_new_link(hass, operator, result)


async def test_a_code_that_was_never_given_out(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = PairingLink(operator.addresses, "A" * 26, FINGERPRINT)
    result = await answer(hass, await to_bidding(hass, link), WISHES)
    assert result["errors"] == {"link": "pairing_wrong"}
    await _with_new_link(hass, operator, result)


async def test_a_lost_answer_is_asked_for_again_with_the_same_token(
    hass: HomeAssistant, operator: InMemoryOperator
) -> None:
    bidding = await to_bidding(hass, await operator.invite())
    real = Way.request

    async def lose_the_answer(way: Way, method: str, path: str, body: bytes, token: str | None) -> bytes:
        answered = await real(way, method, path, body, token)
        if method == "POST":
            raise OperatorAway("the answer was lost")
        return answered

    with patch.object(Way, "request", lose_the_answer):
        result = await answer(hass, bidding, WISHES)
    assert (result["step_id"], result["errors"], suggested(result)) == ("bidding", {"base": "operator_away"}, WISHES)
    assert not journals(hass)
    created = await answer(hass, result, WISHES)
    await operator.settled()
    assert link_of(created["result"]) is LinkState.CONNECTED


async def test_a_full_disk_leaves_nothing_behind_and_can_be_tried_again(
    hass: HomeAssistant, operator: InMemoryOperator
) -> None:
    bidding = await to_bidding(hass, await operator.invite())
    with patch.object(Journal, "run", side_effect=JournalUnusable("full")):
        result = await answer(hass, bidding, WISHES)
    assert (result["step_id"], result["errors"]) == ("bidding", {"base": "journal_unusable"})
    assert not journals(hass)
    assert (await answer(hass, result, WISHES))["type"] is FlowResultType.CREATE_ENTRY


async def test_the_same_member_twice_keeps_the_first_entry_working(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = journals(hass)
    result = await answer(hass, await begin(hass, "join"), {"link": str(await operator.invite())})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await operator.settled()
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1
    assert link_of(entry) is LinkState.CONNECTED  # the exchange had ended its old token
    assert journals(hass) == before


async def test_a_dialogue_closed_during_the_exchange_leaves_no_journal(
    hass: HomeAssistant, operator: InMemoryOperator
) -> None:
    bidding = await to_bidding(hass, await operator.invite())
    arrived, go_on = asyncio.Event(), asyncio.Event()
    real = Way.request

    async def slow(way: Way, method: str, path: str, body: bytes, token: str | None) -> bytes:
        arrived.set()
        await go_on.wait()
        return await real(way, method, path, body, token)

    with patch.object(Way, "request", slow):
        submitted = hass.async_create_task(answer(hass, bidding, WISHES))
        await arrived.wait()
        hass.config_entries.flow.async_abort(bidding["flow_id"])
        go_on.set()
        with pytest.raises(UnknownFlow):
            await submitted
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not journals(hass)
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_an_entry_that_cannot_be_added_leaves_no_journal(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    bidding = await to_bidding(hass, await operator.invite())
    with (
        patch("homeassistant.config_entries.ConfigEntries.async_add", side_effect=RuntimeError("no")),
        pytest.raises(RuntimeError),
    ):
        await answer(hass, bidding, WISHES)
    assert len({name[:41] for name in journals(hass)}) == 1  # the form is still there: it is tried again
    hass.config_entries.flow.async_abort(bidding["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not journals(hass)


async def test_giving_up_before_the_last_step_uses_nothing(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = await operator.invite()
    bidding = await to_bidding(hass, link)
    hass.config_entries.flow.async_abort(bidding["flow_id"])
    created = await answer(hass, await to_bidding(hass, link), WISHES)
    assert created["type"] is FlowResultType.CREATE_ENTRY


async def test_a_link_for_the_systems_authorities(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    link = await operator.invite()
    plain = PairingLink(("nobody.test:1", *operator.addresses), link.code, None)
    entry = (await answer(hass, await to_bidding(hass, plain), WISHES))["result"]
    assert entry.unique_id == "nobody.test:1:ana"
    await hass.config_entries.async_unload(entry.entry_id)
    journal = Journal(journal_path(hass, entry.data["journal"]))
    membership = journal.state.membership()
    journal.close()
    assert membership
    assert (membership.addresses, membership.fingerprint) == (plain.addresses, None)


async def test_the_same_member_in_two_dialogues_at_once(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    first = await to_bidding(hass, await operator.invite())
    second = await to_bidding(hass, await operator.invite())
    third = await to_bidding(hass, link := await operator.invite())  # the operator made the links before it void
    assert (await answer(hass, second, WISHES))["errors"] == {"link": "pairing_wrong"}
    entry = (await answer(hass, third, WISHES))["result"]
    await operator.settled()
    result = await answer(hass, await answer(hass, first, WISHES), {"link": str(await operator.invite())})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await operator.settled()
    assert link_of(entry) is LinkState.CONNECTED
    assert str(link) not in repr(hass.config_entries.async_entries(DOMAIN))


async def test_another_member_of_the_same_community_in_one_home(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    await setup_home()
    add_meters(hass, "sensor.flat_import", "sensor.flat_export")
    form = await begin(hass, "join")
    meters = await answer(hass, form, {"link": str(await operator.invite("bruno"))})
    assert meters["step_id"] == "meters"
    chosen = {"grid_import": ["sensor.flat_import"], "grid_export": ["sensor.flat_export"]}
    entry = (await answer(hass, await answer(hass, meters, chosen), WISHES))["result"]
    assert entry.unique_id == f"{FINGERPRINT}:bruno"


async def test_an_entry_made_meanwhile_is_not_replaced(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(meters=whole(grid_import=["sensor.other"], grid_export=["sensor.other"]))
    with patch("custom_components.caravels.flows.join_steps.has_entry_of", return_value=False):
        bidding = await to_bidding(hass, await operator.invite())
    assert bidding["step_id"] == "bidding"
    result = await answer(hass, bidding, WISHES)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await operator.settled()
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert link_of(entry) is LinkState.CONNECTED


async def test_a_damaged_journal_of_another_entry_does_not_keep_anyone_from_joining(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    damaged = await home_entry(paired=False, meters=whole())
    journal_path(hass, damaged.data["journal"]).write_bytes(b"nothing that SQLite knows" * 100)
    created = await answer(hass, await to_bidding(hass, await operator.invite()), WISHES)
    assert created["type"] is FlowResultType.CREATE_ENTRY
    await operator.settled()
