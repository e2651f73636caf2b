"""The operator rejects the token of a home: it is paired again, and nothing of it is lost."""

from unittest.mock import patch

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult, OperationNotAllowed
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.ledger import tokens
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.common.member.records import Membership
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.common.protocol import PairingLink
from custom_components.caravels.common.protocol.paths import READINGS
from custom_components.caravels.const import DOMAIN

from .conftest import HomeEntry, SetupHome
from .flow_steps import answer, check_texts, journals, link_of, suggested
from .operator_in_memory import FINGERPRINT, HOME, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")


async def _membership(entry: MockConfigEntry) -> Membership:
    membership: Membership = await entry.runtime_data.journal.run(lambda journal: journal.state.membership())
    return membership


async def _rejected(hass: HomeAssistant, operator: InMemoryOperator, entry: MockConfigEntry) -> ConfigFlowResult:
    """Let the operator forget the home's token, and return the dialogue that Home Assistant then shows."""
    await operator.ledger.run(lambda conn: tokens.revoke_all(conn, HOME))
    await operator.break_streams()
    await operator.advance(120)
    assert entry.state is ConfigEntryState.LOADED
    assert link_of(entry) is LinkState.REJECTED
    flow: ConfigFlowResult
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert (flow["context"]["source"], flow["step_id"]) == (SOURCE_REAUTH, "reauth_confirm")
    return flow


async def test_a_new_link_heals_it_and_what_waited_is_sent(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    flow = await _rejected(hass, operator, entry)
    await operator.advance(3_600)
    waiting = await entry.runtime_data.journal.run(lambda journal: [one.id for one in journal.queue.all()])
    assert waiting
    before, kept = await _membership(entry), journals(hass)
    operator.requests.clear()

    result = await answer(hass, flow, {"link": str(await operator.invite())})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "paired_again")
    await operator.settled()
    assert entry.state is ConfigEntryState.LOADED
    assert link_of(entry) is LinkState.CONNECTED
    after = await _membership(entry)
    assert (after.member_id, after.addresses, after.fingerprint) == (HOME, operator.addresses, FINGERPRINT)
    assert after.token != before.token
    left = await entry.runtime_data.journal.run(lambda journal: [one.id for one in journal.queue.all()])
    assert not set(waiting) & set(left)
    assert ("POST", READINGS) in operator.requests
    assert journals(hass) == kept
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def _start(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    result: ConfigFlowResult = await entry.start_reauth_flow(hass)
    assert (result["type"], result["step_id"], result["errors"]) == (FlowResultType.FORM, "reauth_confirm", {})
    assert result["description_placeholders"] == {"member": HOME, "name": "Vizinhos do Bairro"}
    check_texts("config", result)
    return result


async def _healed(hass: HomeAssistant, operator: InMemoryOperator, result: ConfigFlowResult) -> None:
    result = await answer(hass, result, {"link": str(await operator.invite())})
    assert result["reason"] == "paired_again"
    await operator.settled()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert link_of(entry) is LinkState.CONNECTED


async def test_text_that_is_no_link(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    result = await answer(hass, await _start(hass, await setup_home()), {"link": "secret"})
    assert (result["errors"], suggested(result)) == ({"link": "not_a_link"}, {"link": "secret"})
    await _healed(hass, operator, result)


async def test_an_operator_that_is_away(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    flow = await _start(hass, await setup_home())
    link = await operator.invite()
    operator.reachable = False
    result = await answer(hass, flow, {"link": str(link)})
    assert (result["errors"], suggested(result)) == ({"link": "operator_away"}, {"link": str(link)})
    operator.reachable = True
    await _healed(hass, operator, result)


async def test_a_link_that_is_not_known(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    wrong = PairingLink(operator.addresses, "A" * 26, FINGERPRINT)
    result = await answer(hass, await _start(hass, entry), {"link": str(wrong)})
    assert result["errors"] == {"link": "pairing_wrong"}
    assert await _membership(entry) == before
    await _healed(hass, operator, result)


async def test_a_link_of_another_member(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    result = await answer(hass, await _start(hass, entry), {"link": str(await operator.invite("bruno"))})
    assert (result["step_id"], result["errors"]) == ("reauth_confirm", {"link": "other_member"})
    assert await _membership(entry) == before
    await _healed(hass, operator, result)


async def test_a_link_of_another_member_that_is_in_this_home_too(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    first, second = await setup_home(), await setup_home(member="bruno")
    result = await answer(hass, await _start(hass, first), {"link": str(await operator.invite("bruno"))})
    assert result["errors"] == {"link": "other_member"}
    await operator.settled()
    for entry, member in ((first, HOME), (second, "bruno")):  # nobody was sent away by it
        assert link_of(entry) is LinkState.CONNECTED
        assert (await _membership(entry)).member_id == member


async def test_a_link_of_another_operator_is_not_used_up(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = await _membership(entry)
    flow = await _start(hass, entry)
    link = await operator.invite()
    await operator.restore(await operator.backup())  # another history behind another certificate
    operator.addresses = (*operator.addresses, "other.test:1")
    foreign = PairingLink(("other.test:1",), link.code, "ab" * 32)
    result = await answer(hass, flow, {"link": str(foreign)})
    assert result["errors"] == {"link": "other_operator"}
    assert await _membership(entry) == before
    result = await answer(hass, result, {"link": str(link)})  # by its certificate it is the same, and the code is good
    assert result["reason"] == "paired_again"


async def test_a_new_certificate_of_the_same_ledger_is_followed(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    link = await operator.invite()
    renewed = PairingLink(("vpn.test:8443", *link.addresses), link.code, "ab" * 32)
    result = await answer(hass, await _start(hass, entry), {"link": str(renewed)})
    assert result["reason"] == "paired_again"
    await operator.settled()
    membership = await _membership(entry)
    assert (membership.addresses, membership.fingerprint) == (renewed.addresses, renewed.fingerprint)
    again = await answer(hass, await _start(hass, entry), {"link": str(await operator.invite())})
    assert again["reason"] == "paired_again"  # the certificate is the one before, the ledger's history tells


async def test_a_full_disk_keeps_the_form_and_the_same_token(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    link = await operator.invite()
    flow = await _start(hass, entry)
    with patch(
        "custom_components.caravels.flows.memberships.pairing.join", side_effect=JournalUnusable("full")
    ) as join:
        result = await answer(hass, flow, {"link": str(link)})
    assert result["errors"] == {"link": "journal_unusable"}
    await operator.settled()
    token = join.call_args.args[2]
    assert (await answer(hass, result, {"link": str(link)}))["reason"] == "paired_again"
    await operator.settled()
    assert (await _membership(entry)).token == token
    assert link_of(entry) is LinkState.CONNECTED


async def test_an_entry_that_is_being_started(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    flow = await _start(hass, await setup_home())
    link = await operator.invite()
    with patch("homeassistant.config_entries.ConfigEntries.async_unload", side_effect=OperationNotAllowed):
        result = await answer(hass, flow, {"link": str(link)})
    assert result["errors"] == {"link": "entry_busy"}
    assert (await answer(hass, result, {"link": str(link)}))["reason"] == "paired_again"
    await operator.settled()


async def test_an_entry_whose_journal_was_lost(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    entry = await home_entry()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "journal": "e" * 32})
    await hass.config_entries.async_setup(entry.entry_id)
    await operator.settled()
    assert link_of(entry) is LinkState.UNPAIRED
    await _healed(hass, operator, await _start(hass, entry))


async def test_a_restored_operator_with_a_new_certificate_is_known_by_its_place_and_name(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    link = await operator.invite()
    await operator.restore(await operator.backup())
    renewed = PairingLink(link.addresses, link.code, "ab" * 32)
    result = await answer(hass, await _start(hass, entry), {"link": str(renewed)})
    assert result["reason"] == "paired_again"
    await operator.settled()
    assert link_of(entry) is LinkState.CONNECTED
