"""What lets a home into its community is in its journal, and nowhere else: not in a log, an entry or a state."""

import logging

import pytest
from homeassistant.core import HomeAssistant

from custom_components.caravels.common.member.records import Membership

from .flow_steps import WISHES, add_meters, answer, to_bidding
from .operator_in_memory import InMemoryOperator


@pytest.mark.usefixtures("steady_meter")
async def test_no_log_no_entry_and_no_state_says_a_token_or_a_link(
    hass: HomeAssistant, operator: InMemoryOperator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("homeassistant", "custom_components.caravels"):
        caplog.set_level(logging.DEBUG, name)
    add_meters(hass)
    first, second = await operator.invite(), await operator.invite()
    wrong = await to_bidding(hass, first)  # the second invitation has ended the first
    refused = await answer(hass, wrong, WISHES)
    assert refused["errors"]
    form = await answer(hass, refused, {"link": str(second)})
    entry = (await answer(hass, form, WISHES))["result"]
    await operator.open_day()
    membership = await entry.runtime_data.journal.run(lambda journal: journal.state.membership())
    assert isinstance(membership, Membership)
    await operator.revoke()
    await operator.advance(600)
    await operator.cut()
    await operator.advance(600)

    said = [f"{record.getMessage()} {record.exc_text}" for record in caplog.records]
    assert any("caravels" in line for line in said), "there is a log to look at"
    said += [repr(entry.as_dict()), *(repr(state.as_dict()) for state in hass.states.async_all())]
    secrets = (membership.token, first.code, second.code)
    assert [line[:200] for line in said if any(secret in line for secret in secrets)] == []
