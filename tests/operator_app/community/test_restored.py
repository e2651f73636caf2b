"""A ledger that comes back from an older backup gathers lost books again; one that was merely down does not."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from caravels_operator.app.operator import build_operator
from caravels_operator.common.protocol import Book, MarketDay, Side, decode
from caravels_operator.community import restored
from caravels_operator.community.schedule import GATHER_S
from caravels_operator.ledger import auctions, audit, backup, outbox, settlements, transactions
from caravels_operator.ledger.auctions import Auction
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.transactions import Transaction
from caravels_operator.prices.source import HourlyList
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, NOON, Town, make_town

NEXT = DAY + timedelta(days=1)


class Place:
    """A ledger in a file, its operator, and the homes, which remember their books."""

    def __init__(self, town: Town, address: str, folder: Path) -> None:
        self.town = town
        self.address = address
        self.copy = folder / "backup"
        self.accepted: dict[tuple[str, date], Book] = {}

    async def offer(self, day: date) -> None:
        """Let ana sell to the others on a day; an odd energy, so that somebody gets a last Wh by the run's name."""
        for member in self.town.tokens:
            side, wh, price = (Side.SELL, 2_001, 80_000) if member == "ana" else (Side.BUY, 900, 150_000)
            self.accepted[member, day] = self.town.book(member, side, wh, price, day=day)
            await self.send(member, day)

    async def send(self, member: str, day: date) -> None:
        answer = await self.town.command(member, self.accepted[member, day])
        assert answer.status == 200, answer.body

    async def trades(self, day: date) -> list[Transaction]:
        return await self.town.look(lambda conn: transactions.of_day(conn, day))

    async def auction(self, day: date) -> Auction:
        found = await self.town.look(lambda conn: auctions.get(conn, day))
        assert found is not None
        return found

    async def start_again(self, *, from_backup: bool) -> list[str]:
        """End the operator and start it at the same time; return what is held open again."""
        await self.town.ledger.close()
        if from_backup:
            backup.restore(self.copy, self.address, overwrite=True)
        town = self.town
        town.ledger = Ledger.open(self.address, inline=True)
        prices = HourlyList((100_000,) * 24, town.settings.market_zone)
        town.operator = build_operator(town.ledger, town.clock, town.settings, prices, bytes)
        context = town.operator.context
        held = await town.ledger.run(lambda conn: restored.gather_again(conn, context))
        await town.operator.runner.run_due()
        return held


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    address = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    town = await make_town(ledger=Ledger.open(address, inline=True, create=True))
    place = Place(town, address, tmp_path)
    yield place
    await place.town.ledger.close()


async def test_a_restored_ledger_gathers_the_books_of_a_gate_that_passed_and_clears_the_same_trades(
    place: Place,
) -> None:
    town = place.town
    await town.at(EVE, MARKET_OPEN)
    backup.backup(place.address, place.copy)
    await place.offer(DAY)
    await town.at(EVE, GATE + 60)
    await town.operator.runner.run_due()
    lost = await place.trades(DAY)
    assert sum(trade.wh for trade in lost) == 24 * 2_001
    heads = await town.look(lambda conn: outbox.last_seq(conn, "ana"))

    assert await place.start_again(from_backup=True) == [DAY.isoformat()]
    restarted_at = town.clock.now()
    auction = await place.auction(DAY)
    assert (auction.state, auction.gate_at) == ("open", restarted_at + GATHER_S)
    assert await town.look(lambda conn: outbox.last_seq(conn, "ana")) == heads, "prices, then the new gate"
    push = (await town.look(lambda conn: outbox.since(conn, "ana", heads - 1, 1)))[0]
    market = decode(push.body, MarketDay)
    assert (market.gate_at, market.last_revision) == (restarted_at + GATHER_S, 0)

    for member in town.tokens:
        await place.send(member, DAY)
    assert await place.start_again(from_backup=False) == [], "once: a second start leaves the gate where it is"
    town.clock.move_to(restarted_at + GATHER_S)
    await town.operator.runner.run_due()
    assert await place.trades(DAY) == lost
    assert [act.detail for act in await town.look(lambda conn: audit.since(conn, 0)) if act.what == "gather again"] == [
        DAY.isoformat()
    ]
    await town.settle_a_day()
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 1


async def test_days_that_a_restored_ledger_never_opened_gather_too_and_are_settled_after(place: Place) -> None:
    town = place.town
    await town.at(EVE, NOON)
    backup.backup(place.address, place.copy)
    for day in (DAY, NEXT):
        await town.at(day - timedelta(days=1), MARKET_OPEN)
        await place.offer(day)
        await town.at(day - timedelta(days=1), GATE + 1)
    await town.at(NEXT, NOON)
    await town.operator.runner.run_due()
    lost = {day: await place.trades(day) for day in (DAY, NEXT)}
    assert all(lost.values())
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 1

    await place.start_again(from_backup=True)
    until = town.clock.now() + GATHER_S
    opened = {day: await place.auction(day) for day in (DAY, NEXT)}
    assert {day: (auction.state, auction.gate_at) for day, auction in opened.items()} == {
        DAY: ("open", until),
        NEXT: ("open", until),
    }
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 0, "not before it is cleared"
    for member in town.tokens:
        for day in (DAY, NEXT):
            await place.send(member, day)
    town.clock.move_to(until)
    await town.operator.runner.run_due()
    assert {day: await place.trades(day) for day in (DAY, NEXT)} == lost
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 1
    after = NEXT + timedelta(days=1)
    await town.at(NEXT, MARKET_OPEN)
    auction = await place.auction(after)
    assert auction.gate_at == until - GATHER_S + (GATE - NOON) * 60, "the days that follow close at their time"


async def test_a_gate_that_passed_while_the_operator_was_down_is_cleared_at_once(place: Place) -> None:
    town = place.town
    await town.at(EVE, MARKET_OPEN)
    await place.offer(DAY)
    await town.ledger.close()
    town.clock.move_to(town.clock.now() + 6 * 3_600)
    assert await place.start_again(from_backup=False) == []
    auction = await place.auction(DAY)
    assert (auction.state, auction.cleared_at) == ("cleared", town.clock.now())
    assert sum(trade.wh for trade in await place.trades(DAY)) == 24 * 2_001


async def test_an_auction_that_closes_soon_after_a_restore_waits_for_the_homes_to_come_back(place: Place) -> None:
    town = place.town
    await town.at(EVE, MARKET_OPEN)
    backup.backup(place.address, place.copy)
    await town.at(EVE, GATE - 1)
    assert await place.start_again(from_backup=True) == [DAY.isoformat()]
    auction = await place.auction(DAY)
    assert auction.gate_at == town.clock.now() + GATHER_S
