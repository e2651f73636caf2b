"""Prices, books, auctions, transactions, readings, steps."""

from datetime import date
from hashlib import sha256

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from caravels_operator.ledger import auctions, books, prices, readings, steps, transactions
from caravels_operator.ledger.auctions import AlreadyCleared, ClearedPeriod
from caravels_operator.ledger.readings import MemberReading, Reading, Stored
from caravels_operator.ledger.transactions import MatrixCell, Transaction

DAY = date(2026, 11, 22)
NEXT = date(2026, 11, 23)
TRADES = (
    Transaction("t1", 0, "m01", "m02", 500, 100_000, 50_000),
    Transaction("t2", 3600, "m01", "m03", 250, 120_000, 30_000),
    Transaction("t3", 3600, "m02", "m03", 100, 120_000, 12_000),
)
PERIODS = (ClearedPeriod(0, 100_000, 500), ClearedPeriod(3600, 120_000, 350))


def cleared(conn: Connection, day: date = DAY, trades: tuple[Transaction, ...] = TRADES) -> str:
    auctions.open_day(conn, day, gate_at=1000, period_s=3600, rules="{}", at=10)
    return auctions.clear(conn, day, run="r1", book_digest="b1", transactions=trades, periods=PERIODS, at=1001)


def test_a_filled_in_price_never_replaces_a_published_one(conn: Connection) -> None:
    prices.put(conn, [prices.Price(0, 1, "previous_day"), prices.Price(3600, 2, "published")])
    prices.put(conn, [prices.Price(0, 3, "published"), prices.Price(3600, 4, "previous_period")])
    prices.put(conn, [prices.Price(3600, -5, "published"), prices.Price(7200, 6, "previous_day")])
    prices.put(conn, [])
    assert prices.between(conn, 0, 7200) == [prices.Price(0, 3, "published"), prices.Price(3600, -5, "published")]


def test_what_counts_at_the_gate_is_the_last_revision_before_it(conn: Connection) -> None:
    for member, revision, at in (("m02", 1, 10), ("m02", 2, 20), ("m02", 3, 30), ("m01", 7, 29), ("m03", 1, 30)):
        books.put(conn, member, DAY, revision, f"{member}-{revision}".encode(), at)
    books.put(conn, "m03", NEXT, 1, b"tomorrow", 5)
    counting = books.books(conn, DAY, before=30)
    assert counting == [books.Book("m01", 7, 29, b"m01-7"), books.Book("m02", 2, 20, b"m02-2")]
    assert books.latest(conn, "m02", DAY) == books.Book("m02", 3, 30, b"m02-3")
    assert [books.latest_revision(conn, member, DAY) for member in ("m01", "m02", "m03")] == [7, 3, 1]
    assert books.latest_revision(conn, "m01", NEXT) == 0
    assert books.digest(counting) == sha256(b"m01:7:5:m01-7m02:2:5:m02-2").hexdigest()
    with pytest.raises(IntegrityError), conn.begin_nested():
        books.put(conn, "m02", DAY, 3, b"again", 40)


def test_an_auction_opens_once_and_clears_once(conn: Connection) -> None:
    assert auctions.open_day(conn, DAY, gate_at=1000, period_s=3600, rules="{}", at=10)
    assert not auctions.open_day(conn, DAY, gate_at=2000, period_s=900, rules="[]", at=11)
    assert auctions.get(conn, DAY) == auctions.Auction(DAY, "open", 1000, 3600, "{}", 10, None, None, None, None)
    assert auctions.open_days(conn) == [DAY]
    result = cleared(conn)
    assert cleared(conn) == result
    assert auctions.get(conn, DAY) == auctions.Auction(DAY, "cleared", 1000, 3600, "{}", 10, "r1", "b1", result, 1001)
    assert auctions.open_days(conn) == []
    assert auctions.cleared_days(conn, DAY, NEXT) == [DAY]
    assert auctions.cleared_periods(conn, DAY) == list(PERIODS)
    assert transactions.of_day(conn, DAY) == list(TRADES)
    with pytest.raises(AlreadyCleared):
        cleared(conn, trades=TRADES[:2])
    with pytest.raises(AlreadyCleared):
        auctions.clear(conn, NEXT, run="r", book_digest="b", transactions=(), periods=(), at=1)


def test_a_day_without_trades_clears_too(conn: Connection) -> None:
    auctions.open_day(conn, DAY, gate_at=1000, period_s=3600, rules="{}", at=10)
    assert auctions.clear(conn, DAY, run="r", book_digest="b", transactions=(), periods=(), at=1)
    assert transactions.of_day(conn, DAY) == []


def test_a_member_sees_what_it_is_a_party_to_by_any_id(conn: Connection) -> None:
    cleared(conn)
    assert [t.id for t in transactions.trades_of(conn, "m02", DAY)] == ["t1", "t3"]
    assert transactions.trades_of(conn, "m02", NEXT) == []
    assert transactions.trade_by_id(conn, "m03", "t2") == TRADES[1]
    assert transactions.trade_by_id(conn, "m02", "t2") is None
    assert transactions.trade_by_id(conn, "m02", "t9") is None


def test_the_matrix_is_the_sum_of_the_members_views(conn: Connection) -> None:
    cleared(conn)
    cleared(conn, NEXT, (Transaction("u1", 90_000, "m01", "m02", 11, 100_000, 1_100),))
    assert transactions.matrix(conn, DAY, NEXT) == [
        MatrixCell("m01", "m02", 511, 51_100),
        MatrixCell("m01", "m03", 250, 30_000),
        MatrixCell("m02", "m03", 100, 12_000),
    ]
    views = [t for m in ("m01", "m02", "m03") for t in transactions.trades_of(conn, m, DAY)]
    cells = transactions.matrix(conn, DAY, DAY)
    assert 2 * sum(cell.wh for cell in cells) == sum(t.wh for t in views)
    assert 2 * sum(cell.micro for cell in cells) == sum(t.micro for t in views)


def test_a_better_reading_replaces_a_worse_one_and_never_the_reverse(conn: Connection) -> None:
    def put(*rows: Reading) -> Stored:
        return readings.put_many(conn, "m01", 3600, rows, 99)

    assert put(Reading(0, 1, 0, "estimated"), Reading(3600, 2, 0, "measured")) == Stored(2, ())
    assert put(Reading(0, 1, 0, "estimated"), Reading(3600, 9, 9, "estimated")) == Stored(0, ())
    assert put(
        Reading(0, 5, 1, "measured"), Reading(3600, 3, 0, "measured"), Reading(7200, 4, 0, "measured")
    ) == Stored(3, (0, 3600))
    assert put(Reading(0, 5, 1, "official")) == Stored(1, (0,))
    assert put(Reading(0, 6, 1, "measured")) == Stored(0, ())
    assert put(Reading(10_800, 1, 1, "measured"), Reading(10_800, 2, 2, "measured")) == Stored(1, ())
    assert put() == Stored(0, ())
    assert readings.history(conn, "m01", 3600) == [
        Reading(3600, 3, 0, "measured"),
        Reading(7200, 4, 0, "measured"),
        Reading(10_800, 2, 2, "measured"),
    ]


def test_readings_of_many_members_come_in_order(conn: Connection) -> None:
    for member in ("m02", "m01", "m03"):
        readings.put_many(conn, member, 900, [Reading(t, t, 1, "measured") for t in (900, 0, 1800)], 99)
    assert readings.between(conn, ["m02", "m01"], 0, 1800) == [
        MemberReading("m01", 0, 0, 1, 1),
        MemberReading("m01", 900, 900, 1, 1),
        MemberReading("m02", 0, 0, 1, 1),
        MemberReading("m02", 900, 900, 1, 1),
    ]
    assert readings.between(conn, [], 0, 1800) == []


@pytest.mark.parametrize(
    "row", [Reading(0, -1, 0, "measured"), Reading(0, 0, -1, "measured")], ids=["import", "export"]
)
def test_a_negative_reading_is_refused_by_the_database_itself(conn: Connection, row: Reading) -> None:
    with pytest.raises(IntegrityError), conn.begin_nested():
        readings.put_many(conn, "m01", 900, [row], 1)


def test_steps_come_due_in_order_and_once(conn: Connection) -> None:
    assert steps.next_due(conn) is None
    for kind, key, at in (("settle", "d1", 30), ("clear", "d2", 20), ("clear", "d1", 20), ("open", "d3", 40)):
        assert steps.put(conn, kind, key, at)
    assert not steps.put(conn, "clear", "d1", 5)
    assert steps.next_due(conn) == 20
    assert [(s.kind, s.key) for s in steps.due(conn, 30, 10)] == [("clear", "d1"), ("clear", "d2"), ("settle", "d1")]
    assert [(s.kind, s.key) for s in steps.due(conn, 30, 1)] == [("clear", "d1")]
    steps.finish(conn, "clear", "d1", 21)
    steps.postpone(conn, "clear", "d2", 50, "no prices yet")
    steps.finish(conn, "settle", "d1", 31)
    assert steps.due(conn, 49, 10) == [steps.Step("open", "d3", 40, "pending", 0, None, None)]
    assert steps.get(conn, "clear", "d2") == steps.Step("clear", "d2", 50, "pending", 1, "no prices yet", None)
    assert steps.get(conn, "settle", "d1") == steps.Step("settle", "d1", 30, "done", 0, None, 31)
    assert steps.get(conn, "clear", "d1") == steps.Step("clear", "d1", 20, "done", 0, None, 21)
    assert not steps.put(conn, "clear", "d1", 60)
    steps.postpone(conn, "clear", "d1", 70, "too late")
    assert steps.get(conn, "clear", "d1") == steps.Step("clear", "d1", 20, "done", 0, None, 21)
    assert steps.prune(conn, 22) == 1
    assert steps.get(conn, "clear", "d1") is None


def test_what_happens_inside_a_home_is_kept_until_it_is_told_better(conn: Connection) -> None:
    def put(*rows: Reading) -> Stored:
        return readings.put_many(conn, "m01", 3600, rows, 99)

    assert put(Reading(0, 1, 2, "measured", 300, 0, 40)) == Stored(1, ())
    assert put(Reading(0, 1, 2, "measured")) == Stored(0, ()), "who does not tell takes nothing back"
    assert put(Reading(0, 1, 2, "estimated", 301)) == Stored(0, ())
    assert put(Reading(0, 1, 2, "measured", 0, None, 41)) == Stored(1, (0,))
    assert readings.history(conn, "m01", 0) == [Reading(0, 1, 2, "measured", 0, 0, 41)]
    assert put(Reading(0, 5, 2, "official")) == Stored(1, (0,))
    assert readings.history(conn, "m01", 0) == [Reading(0, 5, 2, "official", 0, 0, 41)]
