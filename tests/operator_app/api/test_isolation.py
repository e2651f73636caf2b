"""A member reads what is its own, whatever ids it sends; the operator's matrix is the sum of the members' views."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.protocol import AuctionResult, ErrorCode, Side, Statement, TradeAnswer, decode
from caravels_operator.common.protocol.paths import BASE, result_path, statement_path, trade_path
from caravels_operator.ledger import settlements, transactions
from caravels_operator.ledger.transactions import Transaction
from tests.operator_app.api.streams import open_stream
from tests.operator_app.community.town import DAY, EVE, MARKET_OPEN, NAMES, Town, code_of, make_town


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def finished[T](loop: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
    return loop.run(work)


@pytest.fixture(scope="module")
def town(loop: asyncio.Runner) -> Town:
    """A town with two sellers and two buyers, after DAY was settled."""

    async def build() -> Town:
        town = await make_town()
        await town.at(EVE, MARKET_OPEN)
        await town.operator.runner.run_due()
        for member, side, wh, price in (
            ("ana", Side.SELL, 1_700, 50_000),
            ("bruno", Side.BUY, 2_100, 150_000),
            ("clara", Side.SELL, 1_300, 60_000),
            ("dinis", Side.BUY, 700, 140_000),
        ):
            assert (await town.command(member, town.book(member, side, wh, price))).status == 200
        await town.at(DAY, 34 * 60)
        await town.operator.runner.run_due()
        return town

    return finished(loop, build())


@pytest.fixture(scope="module")
def trades(loop: asyncio.Runner, town: Town) -> list[Transaction]:
    rows = finished(loop, town.look(lambda conn: transactions.of_day(conn, DAY)))
    assert len(rows) > 3 * 24 - 24
    return rows


def test_each_trade_is_read_by_its_two_parties_alone(
    loop: asyncio.Runner, town: Town, trades: list[Transaction]
) -> None:
    for row in trades[:12]:
        for member in NAMES:
            town.clock.instant += 10
            answer = finished(loop, town.get(member, trade_path(row.id)))
            if member in (row.seller, row.buyer):
                trade = decode(answer.body, TradeAnswer).trade
                assert (trade.id, trade.wh, trade.micro) == (row.id, row.wh, row.micro)
                assert {trade.counterparty, member} == {row.seller, row.buyer}
            else:
                assert (answer.status, code_of(answer)) == (404, ErrorCode.NOT_FOUND)


def test_anothers_trade_and_no_trade_at_all_cannot_be_told_apart(
    loop: asyncio.Runner, town: Town, trades: list[Transaction]
) -> None:
    theirs = next(row.id for row in trades if "ana" not in (row.seller, row.buyer))
    town.clock.instant += 10
    real = finished(loop, town.get("ana", trade_path(theirs)))
    absent = finished(loop, town.get("ana", trade_path("2026-07-07-99999")))
    assert (real.status, real.body.replace(theirs.encode(), b"ID")) == (
        absent.status,
        absent.body.replace(b"2026-07-07-99999", b"ID"),
    )


ANY_ID = st.one_of(
    st.text(max_size=40),
    st.builds("{}-{}".format, st.dates(), st.integers(-5, 500)),
    st.builds(
        "2026-07-07-{}{}".format, st.integers(0, 200), st.sampled_from(["", " ", "'", "%", "' OR 1=1 --", "\x00"])
    ),
)


@given(
    trade=ANY_ID,
    member=st.sampled_from(NAMES),
    percent=st.sampled_from([trade_path, lambda text: f"{BASE}/trades/{text}"]),
)
def test_whatever_id_is_sent_nobody_reads_a_trade_of_others(
    loop: asyncio.Runner, town: Town, trades: list[Transaction], trade: str, member: str, percent: Any
) -> None:
    own = {row.id for row in trades if member in (row.seller, row.buyer)}
    town.clock.instant += 10
    answer = finished(loop, town.get(member, percent(trade)))
    if trade in own:
        assert decode(answer.body, TradeAnswer).trade.id == trade
    else:
        assert answer.status == 404


def test_the_operators_matrix_is_the_sum_of_the_members_views(
    loop: asyncio.Runner, town: Town, trades: list[Transaction]
) -> None:
    matrix = {
        (cell.seller, cell.buyer): (cell.wh, cell.micro)
        for cell in finished(loop, town.look(lambda conn: transactions.matrix(conn, DAY, DAY)))
    }
    assert sum(wh for wh, _ in matrix.values()) > 0
    energy: Counter[tuple[str, str]] = Counter()
    money: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    for member in NAMES:
        town.clock.instant += 10
        result = decode(finished(loop, town.get(member, result_path(DAY))).body, AuctionResult)
        for trade in result.trades:
            pair = (trade.counterparty, member) if trade.side is Side.BUY else (member, trade.counterparty)
            energy[pair] += trade.wh
            money[pair] += trade.micro
            seen[trade.id] += 1
    assert {pair: (energy[pair] // 2, money[pair] // 2) for pair in energy} == matrix
    assert seen == {row.id: 2 for row in trades}, "each trade is in two views"


def test_a_statement_is_the_callers_own_line(loop: asyncio.Runner, town: Town) -> None:
    lines = finished(loop, town.look(lambda conn: settlements.lines(conn, DAY, 1)))
    assert {line.member for line in lines} == set(NAMES)
    for line in lines:
        town.clock.instant += 10
        statement = decode(finished(loop, town.get(line.member, statement_path(DAY))).body, Statement)
        assert (statement.total_micro, statement.bought_wh, statement.sold_wh) == (
            line.total_micro,
            line.bought_wh,
            line.sold_wh,
        )
    later = finished(loop, town.get("ana", statement_path(DAY + timedelta(days=1))))
    assert code_of(later) is ErrorCode.NOT_FOUND


def test_a_snapshot_names_others_only_as_parties_of_own_trades(
    loop: asyncio.Runner, town: Town, trades: list[Transaction]
) -> None:
    async def look(member: str) -> list[str]:
        stream = open_stream(town, town.tokens[member])
        snapshot = await stream.hello_and_snapshot()
        await stream.leave()
        assert snapshot.balance_micro == snapshot.statements[-1].total_micro
        return [trade.id for result in snapshot.results for trade in result.trades]

    for member in NAMES:
        town.clock.instant += 10
        own = [row.id for row in trades if member in (row.seller, row.buyer)]
        assert sorted(finished(loop, look(member))) == sorted(own)


def test_pages_of_a_day_that_was_not_cleared_do_not_exist(loop: asyncio.Runner, town: Town) -> None:
    for day in (DAY - timedelta(days=400), DAY + timedelta(days=30)):
        for path in (result_path(day), statement_path(day)):
            town.clock.instant += 10
            assert finished(loop, town.get("ana", path)).status == 404
