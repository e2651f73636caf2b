"""A member leaves: its token ends, its open books are withdrawn, its contracts are kept and settled."""

from datetime import timedelta

from caravels_operator.api.call import Response
from caravels_operator.common.protocol import ErrorCode, Leave, Left, Side, Statement, decode, encode
from caravels_operator.common.protocol.paths import LEAVE, READINGS, statement_path
from caravels_operator.ledger import auctions, audit, books, entries, members, outbox, settlements, transactions
from caravels_operator.market.accounts import member_account
from tests.operator_app.api.test_refusals import refused
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, SETTLED, Town, code_of, make_town

NEXT = DAY + timedelta(days=1)


async def leave(town: Town, member: str) -> Response:
    return await town.send("POST", LEAVE, encode(Leave()), town.tokens[member])


async def left(town: Town, member: str) -> Left:
    answer = await leave(town, member)
    assert answer.status == 200, answer
    return decode(answer.body, Left)


async def test_what_was_never_contracted_ends_at_once() -> None:
    town = await make_town()
    now = town.clock.now()
    assert await left(town, "bruno") == Left(left_at=now, bound_days=[], bound_trades=0)
    who = await town.look(lambda conn: members.get(conn, "bruno"))
    assert who is not None
    assert (who.state, who.left_at) == ("revoked", now)
    acts = [(act.who, act.what) for act in await town.look(lambda conn: audit.since(conn, 0))]
    assert acts[-1] == ("bruno", "leave")
    others = await town.send("GET", "/api/v1/days/2026-07-07/statement", b"", town.tokens["ana"])
    assert code_of(others) is ErrorCode.NOT_FOUND, "the others are members as before"


async def test_a_home_that_has_left_is_not_known_whatever_it_asks() -> None:
    town = await make_town()
    await left(town, "bruno")
    await refused(town, ErrorCode.UNAUTHORISED, leave(town, "bruno"))
    batch = encode(town.batch(1, starts=town.periods()[:1]))
    await refused(town, ErrorCode.UNAUTHORISED, town.send("POST", READINGS, batch, town.tokens["bruno"]))


async def test_a_book_whose_gate_is_open_is_withdrawn_and_the_day_is_cleared_without_it() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    for member, side in (("ana", Side.SELL), ("bruno", Side.BUY), ("clara", Side.BUY)):
        price = 80_000 if side is Side.SELL else 150_000
        assert (await town.command(member, town.book(member, side, 600, price))).status == 200
    answer = await left(town, "bruno")
    assert (answer.bound_days, answer.bound_trades) == ([], 0)
    last = await town.look(lambda conn: books.latest(conn, "bruno", DAY))
    assert last is not None
    assert (last.revision, last.body) == (2, b"[]")
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    trades = await town.look(lambda conn: transactions.of_day(conn, DAY))
    assert {trade.buyer for trade in trades} == {"clara"}
    assert sum(trade.wh for trade in trades) == 24 * 600


async def test_a_gate_that_has_closed_binds_though_the_auction_is_not_cleared_yet() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    for member, side in (("ana", Side.SELL), ("bruno", Side.BUY)):
        price = 80_000 if side is Side.SELL else 150_000
        assert (await town.command(member, town.book(member, side, 600, price))).status == 200
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    town.clock.move_to(auction.gate_at)
    assert (await left(town, "bruno")).bound_days == [DAY]
    await town.operator.runner.run_due()
    assert sum(trade.wh for trade in await town.look(lambda conn: transactions.of_day(conn, DAY))) == 24 * 600


async def test_cleared_contracts_are_named_and_settled_with_the_last_readings() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    mine = await town.look(lambda conn: transactions.trades_of(conn, "bruno", DAY))
    assert len(mine) == 24
    await town.at(DAY, 6 * 60)
    first = town.periods()[:6]
    assert (await town.command("bruno", town.batch(1_000, day=EVE))).status == 200
    assert (await town.command("bruno", town.batch(1_000, starts=first))).status == 200
    answer = await left(town, "bruno")
    assert (answer.bound_days, answer.bound_trades) == ([DAY], 24)
    await town.at(DAY + timedelta(days=1), SETTLED)
    await town.operator.runner.run_due()
    (line,) = [line for line in await town.look(lambda conn: settlements.lines(conn, DAY, 1)) if line.member == "bruno"]
    assert (line.bought_wh, line.estimated_periods) == (24 * 900, 18)
    assert line.import_wh == 24 * 1_000, "what is not measured any more is estimated from what was"
    assert sum((await town.look(entries.balances)).values()) == 0
    await town.at(NEXT + timedelta(days=1), SETTLED)
    await town.operator.runner.run_due()
    later = await town.look(lambda conn: settlements.lines(conn, NEXT, 1))
    assert "bruno" not in {line.member for line in later}


async def test_a_statement_pushed_carries_the_balance_with_it_booked_and_an_answer_does_not() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    await town.settle_a_day()
    await town.operator.runner.run_due()
    for member in town.tokens:
        pushed = await last_statement(town, member)
        due = await town.look(lambda conn, member=member: entries.balance(conn, member_account(member)))  # type: ignore[misc]  # mypy cannot infer a default's type
        assert pushed.balance_micro == due == pushed.total_micro
        asked = decode((await town.get(member, statement_path(DAY))).body, Statement)
        assert asked.balance_micro is None


async def last_statement(town: Town, member: str) -> Statement:
    rows = await town.look(lambda conn: outbox.since(conn, member, 0, 1_000))
    return [decode(row.body, Statement) for row in rows if b'"type":"statement"' in row.body][-1]
