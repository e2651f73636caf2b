"""A gate that is moved: the steps, the homes and the books follow it."""

from datetime import timedelta

import pytest

from caravels_operator.common.periods import local_instant
from caravels_operator.common.protocol import ErrorCode, MarketDay, Side, decode
from caravels_operator.community import gate
from caravels_operator.community.refusals import DayNotOpen, GateHasClosed
from caravels_operator.community.results import result_for
from caravels_operator.ledger import auctions, audit, outbox, steps
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, Town, code_of, make_town


async def move(town: Town, at: int) -> int:
    return await town.ledger.run(lambda conn: gate.move_gate(conn, town.operator.context, DAY, at, "maria"))


async def last_push(town: Town, member: str) -> MarketDay:
    rows = await town.look(lambda conn: outbox.since(conn, member, 0, 100))
    return decode(rows[-1].body, MarketDay)


async def test_closing_now_counts_every_book_that_was_accepted_and_clears_at_once() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN + 10)
    for member in town.tokens:
        answer = await town.command(member, town.book(member, *((Side.SELL, 3_000, 80_000) if member == "ana" else ())))
        assert answer.status == 200
    now = town.clock.now()
    assert await move(town, now) == now + 1, "a book of this very second counts"
    assert (await last_push(town, "bruno")).gate_at == now + 1
    town.clock.move_to(now + 1)
    assert code_of(await town.command("ana", town.book("ana", revision=2))) is ErrorCode.GATE_CLOSED
    await town.operator.runner.run_due()
    result = await town.look(lambda conn: result_for(conn, "ana", DAY))
    assert sum(trade.wh for trade in result.trades) == 24 * 3_000
    with pytest.raises(GateHasClosed):
        await move(town, now + 60)
    (act,) = [act for act in await town.look(lambda conn: audit.since(conn, 0)) if act.what == "move gate"]
    regular = result.periods[0].start - 9 * 3_600
    assert (act.who, act.detail) == ("maria", f"{DAY} from {regular} to {now + 1}")


async def test_a_later_gate_takes_books_until_then_and_the_next_day_keeps_its_own() -> None:
    town = await make_town()
    await town.at(EVE, GATE - 1)
    later = town.clock.now() + 3_600
    assert await move(town, later) == later
    await town.at(EVE, GATE + 30)
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert (auction.state, auction.gate_at) == ("open", later)
    book = town.book("ana")
    assert (await town.command("ana", book)).status == 200
    assert (await last_push(town, "ana")).last_revision == 0, "it was pushed before the book came"
    await move(town, later + 60)
    assert (await last_push(town, "ana")).last_revision == 1, "what came stays"
    await town.at(EVE, GATE + 61)
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert auction.state == "cleared"
    tomorrows = await town.look(lambda conn: steps.get(conn, "gate", (DAY + timedelta(days=1)).isoformat()))
    assert tomorrows is not None
    assert tomorrows.due_at == local_instant(DAY, GATE, town.settings.time_zone)


async def test_closing_now_never_opens_a_gate_again_that_has_passed_or_is_closing() -> None:
    town = await make_town()
    await town.at(EVE, GATE - 1)

    async def close() -> int:
        return await town.ledger.run(lambda conn: gate.close_now(conn, town.operator.context, DAY, "rui"))

    now = town.clock.now()
    assert await close() == now + 1
    with pytest.raises(GateHasClosed):
        await close()
    town.clock.move_to(now + 30)  # the runner has not come to it yet
    with pytest.raises(GateHasClosed):
        await close()
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert (auction.state, auction.gate_at) == ("open", now + 1)
    assert code_of(await town.command("ana", town.book("ana"))) is ErrorCode.GATE_CLOSED
    assert len([act for act in await town.look(lambda conn: audit.since(conn, 0)) if act.what == "move gate"]) == 1


async def test_a_day_without_an_auction_has_no_gate_to_move() -> None:
    town = await make_town()
    with pytest.raises(DayNotOpen):
        await move(town, town.clock.now())
    assert not [act for act in await town.look(lambda conn: audit.since(conn, 0)) if act.what == "move gate"]


async def test_who_is_revoked_is_told_nothing_of_it() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    await town.revoke("dinis")
    heads = await town.look(lambda conn: [outbox.last_seq(conn, name) for name in ("ana", "dinis")])
    await move(town, town.clock.now() + 600)
    after = await town.look(lambda conn: [outbox.last_seq(conn, name) for name in ("ana", "dinis")])
    assert after == [heads[0] + 1, heads[1]]
