"""The panel's stream names what changed, and nothing that did not."""

import asyncio
from datetime import timedelta

import pytest

from caravels_operator.ledger import audit, steps
from tests.operator_app.api.streams import open_stream, settled
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, make_town

from .panels import changed_topics, panel_of


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caravels_operator.panel.changes.GATHER_S", 0)


async def test_each_change_names_its_topics() -> None:
    town = await make_town()
    async with panel_of(town) as browser:
        socket = await browser.stream()
        home = open_stream(town, town.tokens["ana"])
        await home.hello_and_snapshot()
        assert "market" not in await changed_topics(socket, "members", "community"), "a stream was opened"
        await town.at(EVE, MARKET_OPEN)
        await town.operator.runner.run_due()
        await changed_topics(socket, "market", "community")
        await town.command("ana", town.book("ana"))
        await changed_topics(socket, "market", "community")
        await town.at(EVE, GATE)
        await town.operator.runner.run_due()
        await changed_topics(socket, "market", "community")
        await town.at(DAY, 60)
        await town.command("ana", town.batch(5, starts=town.periods()[:1]))
        await changed_topics(socket, "members", "community")
        due_at = town.clock.now() + 60
        failing = (DAY + timedelta(days=1)).isoformat()
        await town.ledger.run(lambda conn: steps.postpone(conn, "gate", failing, due_at, "why"))
        assert await changed_topics(socket, "community") == {"community"}
        await home.leave()
        assert "market" not in await changed_topics(socket, "members", "community")
        await browser.post("/api/members/ana/revoke")
        await changed_topics(socket, "members", "community")


async def test_what_no_page_shows_is_not_told_and_every_page_hears_the_rest() -> None:
    town = await make_town()
    async with panel_of(town) as browser:
        sockets = [await browser.stream() for _ in range(3)]
        await town.ledger.run(lambda conn: audit.append(conn, "nobody", "nothing", 0))
        await settled()
        await town.revoke("dinis")
        for socket in sockets:
            first = await socket.receive_json()
            assert (first["type"], "members" in first["topics"]) == ("changed", True)


async def test_a_page_that_left_costs_nothing_and_the_next_one_hears_of_changes_again() -> None:
    town = await make_town()
    async with panel_of(town) as browser:
        socket = await browser.stream()
        await socket.close()
        await town.revoke("dinis")
        again = await browser.stream()
        await town.revoke("clara")
        assert "members" in await changed_topics(again, "members")


async def test_a_stop_ends_the_streams() -> None:
    town = await make_town()
    async with panel_of(town) as browser:
        socket = await browser.stream()
        await browser.client.server.close()
        async with asyncio.timeout(30):
            assert [message async for message in socket] == []
        assert socket.closed
