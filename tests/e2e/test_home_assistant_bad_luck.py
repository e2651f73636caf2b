"""Bad luck with a real Home Assistant: killed at the worst moment, started while nobody answers."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caravels_operator.common.member.journal import Journal
from caravels_operator.common.member.records import Progress
from caravels_operator.ledger import books, outbox, transactions
from demo.home_assistant_api import Commands
from demo.office import OFFICE
from tests.e2e.home_assistant import LOOK_S, PATIENCE_S, HomeAssistant, needs_home_assistant, trades_of
from tests.e2e.home_assistant_office import GATE_S, Office, office

pytestmark = [pytest.mark.long, needs_home_assistant]

DOWN = "The operator cannot be reached. This home keeps its messages and tries again."
UP = "the operator is reached again"


async def states_until(ask: Commands, entry_id: str, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Return the states of the home's entities by what they are, once they are as wanted."""
    prefix = f"{entry_id}_"
    registered = [one for one in await ask("config/entity_registry/list") if one["platform"] == "caravels"]
    names = {one["entity_id"]: one["unique_id"].removeprefix(prefix) for one in registered}
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                states = await ask("get_states")
                found = {names[one["entity_id"]]: one["state"] for one in states if one["entity_id"] in names}
                if found and wanted(found):
                    return found
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"it stayed at {found}") from None


async def joined(living: Office) -> str:
    """Let the home join and bid; return its entry."""
    entry_id = await living.home.join(living.link)
    await living.until(lambda conn: books.latest_revision(conn, OFFICE, living.traded) == 2)
    return entry_id


async def trades_until_cleared(ask: Commands, entry_id: str, living: Office) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while not (day := await trades_of(ask, entry_id, living.traded))["cleared"]:  # noqa: ASYNC110  # another process's
            await asyncio.sleep(LOOK_S)
    return day


def contracted(living: Office) -> list[tuple[str, int, int]]:
    """Return the office's trades as the operator booked them: id, energy [Wh], price."""
    trades = living.look(lambda conn: transactions.trades_of(conn, OFFICE, living.traded))
    return sorted((trade.id, trade.wh, trade.price_micro_kwh) for trade in trades)


def known(day: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Return the trades that the home knows of, in the same form."""
    return sorted((trade["id"], trade["wh"], trade["price_micro_kwh"]) for trade in day["trades"])


async def state_of_entry(ask: Commands) -> str:
    (entry,) = await ask("config_entries/get", domain="caravels")
    state: str = entry["state"]
    return state


async def test_killed_between_journal_and_acknowledgement_it_has_its_trades_once(tmp_path: Path) -> None:
    async with office(tmp_path) as living:
        home = living.home
        entry_id = await joined(living)
        async with home.commands() as ask:
            await states_until(ask, entry_id, lambda states: states["bids"] == "accepted")
            before = living.look(lambda conn: outbox.acked(conn, OFFICE))
            living.wire.lose_what_the_home_says()
            await living.close_gate()
            day = await trades_until_cleared(ask, entry_id, living)
            assert known(day) == contracted(living) != []
        assert living.look(lambda conn: outbox.acked(conn, OFFICE)) == before, "no acknowledgement has arrived"
        assert await home.end(signal.SIGKILL) == -9

        await home.start()
        async with home.commands() as ask:
            assert await state_of_entry(ask) == "loaded"
            assert await trades_of(ask, entry_id, living.traded) == day, "from its journal: the wire is still broken"
            living.wire.mend()
            states = await states_until(ask, entry_id, lambda states: states["link"] == "connected")
            assert await trades_of(ask, entry_id, living.traded) == day
            assert float(states["bought_tomorrow"]) == day["bought"]["wh"] / 1_000
            assert float(states["sold_tomorrow"]) == day["sold"]["wh"] / 1_000
        assert await home.end(signal.SIGINT) == 0
        last = living.look(lambda conn: outbox.last_seq(conn, OFFICE))
        progress = journalled_progress(home)
        assert (progress.applied, progress.seen) == (last, last)


def journalled_progress(home: HomeAssistant) -> Progress:
    """Return what the journal of a home that has ended says it has received."""
    (file,) = (home.config / ".storage").glob("caravels.*.sqlite3")
    journal = Journal(file)
    try:
        return journal.run(lambda opened: opened.state.progress())
    finally:
        journal.close()


def lines(home: HomeAssistant, text: str) -> int:
    """Return how many lines of Home Assistant's log contain a text."""
    return sum(text in line for line in home.log.splitlines())


async def test_started_while_the_operator_is_away_it_meters_forecasts_and_knows_its_trades(tmp_path: Path) -> None:
    async with office(tmp_path) as living:
        home = living.home
        entry_id = await joined(living)
        await living.close_gate()
        async with home.commands() as ask:
            day = await trades_until_cleared(ask, entry_id, living)
            await states_until(ask, entry_id, lambda states: states["link"] == "connected")
            await living.stop_operator()
            await states_until(ask, entry_id, lambda states: states["link"] == "away")
            assert (lines(home, DOWN), lines(home, UP)) == (1, 0)
        assert await home.end(signal.SIGINT) == 0

        await home.start()
        async with home.commands() as ask:
            assert await state_of_entry(ask) == "loaded"
            away = await states_until(ask, entry_id, lambda states: states["link"] == "away")
            assert {away[name] for name in ("community_price", "balance", "gate")} == {"unavailable"}
            assert float(away["bought_tomorrow"]) == day["bought"]["wh"] / 1_000
            assert await trades_of(ask, entry_id, living.traded) == day
            assert {away[name] for name in ("next_trade", "participate")}.isdisjoint({"unavailable", "unknown"})

            await living.start_operator()
            back = await states_until(ask, entry_id, lambda states: states["link"] == "connected")
            assert "unavailable" not in {back[name] for name in ("community_price", "balance", "gate")}
            assert (lines(home, DOWN), lines(home, UP)) == (1, 1)


async def test_a_wire_that_works_one_way_only_is_noticed_and_what_the_home_says_comes_later(tmp_path: Path) -> None:
    async with office(tmp_path, gate_s=2 * GATE_S) as living:
        home = living.home
        entry_id = await home.join(living.link)
        async with home.commands() as ask:
            await states_until(ask, entry_id, lambda states: states["link"] == "connected")
            living.wire.lose_what_the_home_says()
            cut = await states_until(ask, entry_id, lambda states: states["link"] == "away")
            assert cut["balance"] == "unavailable"
            arrived = living.look(lambda conn: books.latest_revision(conn, OFFICE, living.traded))
            wish = {"config_entry": entry_id, "buy_percent": 25}
            await ask("call_service", domain="caravels", service="set_bid", service_data=wish, return_response=True)
            living.wire.mend()
            await states_until(ask, entry_id, lambda states: states["link"] == "connected")
            await living.until(
                lambda conn: books.latest_revision(conn, OFFICE, living.traded) > arrived,
                within_s=2 * GATE_S,  # a home sends at its own moment before the gate
            )
            assert (lines(home, DOWN), lines(home, UP)) == (1, 1)
