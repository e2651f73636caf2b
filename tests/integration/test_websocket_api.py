"""Cards ask for the forecasts over the websocket, once or for good; nobody needs to be an administrator.

Time is frozen (`setup_home`) before the token is made with which the websocket is opened.
"""

from dataclasses import replace
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.caravels.common.forecasting.forecast import Horizon, Target

from .conftest import SetupHome, SteadyMeter, sunny_home
from .operator_in_memory import InMemoryOperator

NOON, ONE = "2026-07-06T12:00:00+01:00", "2026-07-06T13:00:00+01:00"


@pytest.fixture(autouse=True)
def _sunny(steady_meter: type[SteadyMeter]) -> None:
    steady_meter.reading = staticmethod(sunny_home)


async def ask(client: MockHAClientWebSocket, kind: str, **fields: Any) -> dict[str, Any]:
    """Return the answer to a command."""
    await client.send_json_auto_id({"type": kind, **fields})
    answer: dict[str, Any] = await client.receive_json()
    return answer


async def test_the_curves_are_those_of_the_action(
    hass: HomeAssistant, setup_home: SetupHome, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    entry = await setup_home()
    client = await hass_ws_client(hass, hass_read_only_access_token)
    answer = await ask(client, "caravels/forecast", hours=5)
    assert answer["success"]
    action = await hass.services.async_call(
        "caravels", "get_forecast", {"hours": 5}, blocking=True, return_response=True
    )
    assert answer["result"] == action
    forecasts = answer["result"]["forecasts"]
    assert {(one["target"], one["horizon"]) for one in forecasts} == {(t, h) for t in Target for h in Horizon}
    named = await ask(client, "caravels/forecast", config_entry=entry.entry_id)
    assert (named["result"]["home"], len(named["result"]["rows"])) == (entry.title, 48)


async def test_what_cannot_be_answered_is_refused_with_a_code(
    hass: HomeAssistant, setup_home: SetupHome, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await setup_home()
    client = await hass_ws_client(hass)
    for kind in ("caravels/forecast", "caravels/forecast/subscribe"):
        gone = await ask(client, kind, config_entry="gone")
        assert (gone["success"], gone["error"]["code"]) == (False, "home_assistant_error")
        assert gone["error"]["translation_key"] == "service_config_entry_not_found"
        for hours in (0, 169, "12", 1.5):
            assert (await ask(client, kind, hours=hours))["error"]["code"] == "invalid_format"
    await hass.config_entries.async_unload(entry.entry_id)
    stopped = await ask(client, "caravels/forecast", config_entry=entry.entry_id)
    assert stopped["error"]["translation_key"] == "service_config_entry_not_loaded"


async def test_who_subscribes_is_told_now_and_with_every_issue(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await setup_home()
    client = await hass_ws_client(hass)
    accepted = await ask(client, "caravels/forecast/subscribe", hours=2)
    assert accepted["success"]
    first = await client.receive_json()
    assert [row["start"] for row in first["event"]["rows"]] == [NOON, ONE]
    topic = entry.runtime_data.coordinators.forecast
    topic.publish(replace(topic.data, metered_today=None))
    told = await client.receive_json()
    assert (told["id"], told["event"]) == (accepted["id"], first["event"])
    await hass.config_entries.async_reload(entry.entry_id)
    await operator.settled()
    again = await client.receive_json()
    assert again["event"]["home"] == entry.title, "a home that was started anew goes on"
    ended = await ask(client, "unsubscribe_events", subscription=accepted["id"])
    while ended["type"] != "result":
        ended = await client.receive_json()
    assert ended["success"]
