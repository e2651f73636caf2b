"""An entry comes, works, goes and is removed."""

import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.common.protocol import Side
from caravels_operator.ledger import members
from custom_components.caravels.common.forecasting.consumption.forecaster import ConsumptionForecaster
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.store import journal_path

from .conftest import HomeEntry, SetupHome, SteadyMeter
from .operator_in_memory import HOME, HOUR_S, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")


def told(hass: HomeAssistant) -> dict[str, str]:
    """Return titles and texts of all notifications."""
    notifications = persistent_notification._async_get_or_create_notifications(hass)
    return {str(one["title"]): one["message"] for one in notifications.values()}


def files_of(hass: HomeAssistant, entry: MockConfigEntry) -> list[Path]:
    path = journal_path(hass, entry.data["journal"])
    return sorted(path.parent.glob(f"{path.name}*"))


async def test_a_paired_home_connects_in_the_background(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    assert entry.state is ConfigEntryState.LOADED
    state = entry.runtime_data.agent.state
    assert (state.link, state.member_id) == (LinkState.CONNECTED, HOME)
    assert HOME in operator.operator.hub.online


async def test_a_home_without_a_community_asks_nobody_and_forecasts(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False)
    assert entry.state is ConfigEntryState.LOADED
    agent = entry.runtime_data.agent
    assert (agent.state.link, agent.state.member_id) == (LinkState.UNPAIRED, "")
    assert [row.net_wh for row in await agent.forecast(2)] == [-2_000, -2_000]
    await operator.advance(3_600)
    assert operator.requests == []


async def test_unloading_ends_everything_and_loading_goes_on(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    read_until = entry.runtime_data.agent.state.read_until
    assert await hass.config_entries.async_unload(entry.entry_id)
    await operator.settled()
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert HOME not in operator.operator.hub.online
    await operator.advance(3_600)
    operator.requests.clear()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await operator.settled()
    assert entry.runtime_data.agent.state.link is LinkState.CONNECTED
    assert entry.runtime_data.agent.state.read_until == read_until + 3_600
    assert HOME in operator.operator.hub.online


async def test_home_assistant_stops_cleanly(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    agent = entry.runtime_data.agent
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert agent.state.link is LinkState.STOPPED
    assert not agent._tasks
    hass.set_state(CoreState.running)


async def test_other_wishes_are_followed_without_a_reload(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    agent = entry.runtime_data.agent
    await operator.open_day()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "sell_percent": 10})
    await operator.advance(900)
    assert entry.runtime_data.agent is agent
    book = await operator.book_of()
    assert book
    assert {bid.price_micro_kwh for bid in book[1]} == {110_000}


async def test_one_listener_follows_the_entry(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "buy_percent": 1})
    await hass.config_entries.async_reload(entry.entry_id)
    assert len(entry.update_listeners) == 1
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.update_listeners == []


async def test_forecasts_and_prices_are_reckoned_outside_the_event_loop(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    threads: list[int] = []
    forecast = ConsumptionForecaster.forecast

    def noted(*args: Any) -> Any:
        threads.append(threading.get_ident())
        return forecast(*args)

    with patch.object(ConsumptionForecaster, "forecast", noted):
        await setup_home()
        await operator.open_day()
    assert await operator.book_of()
    assert threads
    assert threading.get_ident() not in threads


async def test_other_meters_start_the_home_anew(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    agent = entry.runtime_data.agent
    meters = {**entry.data["meters"], "grid_export": [{"id": "sensor.other_export", "share": 1_000}]}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "meters": meters})
    await operator.settled()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.agent is not agent
    assert entry.runtime_data.agent.state.link is LinkState.CONNECTED


async def test_a_damaged_journal_is_said_and_nothing_runs(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    entry = await home_entry()
    journal_path(hass, entry.data["journal"]).write_bytes(b"this is no database at all" * 100)
    await hass.config_entries.async_setup(entry.entry_id)
    await operator.settled()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "journal_unusable"
    assert operator.requests == []
    for thread in threading.enumerate():
        if thread.name.startswith("caravels journal"):  # nobody waited for it, but it ends
            await hass.async_add_executor_job(thread.join)


async def test_a_start_that_fails_leaves_nothing_running(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    entry = await home_entry()
    failing = patch.object(hass.config_entries, "async_forward_entry_setups", side_effect=RuntimeError("no platform"))
    with failing:
        await hass.config_entries.async_setup(entry.entry_id)
    await operator.settled()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert not operator.operator.hub.online
    asked = len(operator.requests)
    await operator.advance(2 * HOUR_S)
    assert len(operator.requests) == asked
    await hass.config_entries.async_reload(entry.entry_id)
    await operator.settled()
    assert entry.runtime_data.agent.state.link is LinkState.CONNECTED


async def test_meters_of_a_home_whose_journal_fails_at_the_start_are_let_go(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry, steady_meter: type[SteadyMeter]
) -> None:
    entry = await home_entry()
    stopped: list[SteadyMeter] = []

    async def stop(meter: SteadyMeter) -> None:
        stopped.append(meter)

    with (
        patch.object(steady_meter, "stop", stop),
        patch("custom_components.caravels.runtime.Agent.start", side_effect=JournalUnusable("disk full")),
    ):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "journal_unusable"
    assert len(stopped) == 1


async def test_two_homes_live_side_by_side(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    first, alone = await setup_home(), await setup_home(paired=False)
    assert first.runtime_data.agent.state.link is LinkState.CONNECTED
    assert await hass.config_entries.async_remove(first.entry_id)
    await operator.settled()
    assert alone.state is ConfigEntryState.LOADED
    assert files_of(hass, first) == []
    assert files_of(hass, alone)


# --- removal --------------------------------------------------------------------------------------------------------


async def cleared(operator: InMemoryOperator) -> None:
    """Let the home sell 500 Wh in every hour of the next day to each of its three neighbours."""
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=500)
    await operator.close_gate()


async def test_removal_says_what_becomes_of_contracts(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await cleared(operator)
    assert await hass.config_entries.async_remove(entry.entry_id)
    await operator.settled()
    (text,) = told(hass).values()
    assert told(hass).keys() == {"Vizinhos do Bairro: you have left"}
    assert "for these days: 2026-07-07 (trades: 72)" in text
    assert files_of(hass, entry) == []
    member = await operator.look(lambda conn: members.get(conn, HOME))
    assert member
    assert member.state != "active"
    await operator.settle()
    state = await operator.statement_of()
    assert state.sold_wh == 36_000, "contracts that were made are settled"


async def test_removal_without_contracts_says_that_too(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    assert await hass.config_entries.async_remove(entry.entry_id)
    (text,) = told(hass).values()
    assert "No contracts are open." in text
    assert f"{HOME} leaves" in text


async def test_removal_while_the_operator_is_away_asks_people_to_tell_it(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await cleared(operator)
    await operator.cut()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass).keys() == {"Vizinhos do Bairro: tell your operator"}
    (text,) = told(hass).values()
    assert "for these days: 2026-07-07 (trades: 72)" in text
    assert files_of(hass, entry) == []
    member = await operator.look(lambda conn: members.get(conn, HOME))
    assert member
    assert member.state == "active"


async def test_removal_after_the_operator_ended_the_membership(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await cleared(operator)
    await operator.revoke()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass).keys() == {"Vizinhos do Bairro: the membership had ended"}
    (text,) = told(hass).values()
    assert "for these days: 2026-07-07 (trades: 72)" in text


async def test_removal_of_an_entry_that_was_never_loaded(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    entry = await home_entry()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass).keys() == {"Vizinhos do Bairro: you have left"}
    assert files_of(hass, entry) == []


async def test_removal_when_the_journal_is_lost(
    hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry
) -> None:
    entry = await home_entry()
    for path in files_of(hass, entry):
        path.unlink()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass).keys() == {"Vizinhos do Bairro: tell your operator"}


async def test_removal_speaks_the_language_of_the_house(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    hass.config.language = "pt"
    entry = await setup_home()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass).keys() == {"Vizinhos do Bairro: saiu da comunidade"}


async def test_a_home_without_a_community_just_goes(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False)
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass) == {}
    assert files_of(hass, entry) == []
