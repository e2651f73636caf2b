"""How a day was cleared, as one member may know it: public prices and its own trades."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from ..common.protocol import AuctionResult, ClearedPeriod, Side, Trade, encode
from ..common.protocol.errors import NotFound
from ..ledger import auctions, members, outbox, transactions
from ..ledger.auctions import Auction
from ..ledger.transactions import Transaction


def push_results(conn: Connection, day: date, now: int) -> None:
    """Tell every member how the day was cleared, with its own trades alone."""
    auction = _cleared(conn, day)
    periods = _periods(conn, day)
    trades: dict[str, list[Trade]] = defaultdict(list)
    for row in transactions.of_day(conn, day):
        trades[row.seller].append(_seen_by(row.seller, row))
        trades[row.buyer].append(_seen_by(row.buyer, row))
    pushes = [
        (member.id, encode(_result(auction, periods, trades[member.id])))
        for member in members.all(conn)
        if member.state != "revoked"
    ]
    outbox.append_many(conn, pushes, now)


def result_for(conn: Connection, member: str, day: date) -> AuctionResult:
    """Return a cleared day for one member.

    Raises:
        NotFound: the day has not been cleared.
    """
    auction = _cleared(conn, day)
    trades = [_seen_by(member, row) for row in transactions.trades_of(conn, member, day)]
    return _result(auction, _periods(conn, day), trades)


def trade_for(conn: Connection, member: str, trade: str) -> Trade:
    """Return a trade to one of its parties.

    Raises:
        NotFound: there is none by that id, or it is between others.
    """
    row = transactions.trade_by_id(conn, member, trade)
    if row is None:
        raise NotFound(trade)
    return _seen_by(member, row)


def _cleared(conn: Connection, day: date) -> Auction:
    auction = auctions.get(conn, day)
    if auction is None or auction.state != "cleared":
        raise NotFound(f"the auction of {day} has not been cleared")
    return auction


def _seen_by(member: str, row: Transaction) -> Trade:
    buys = row.buyer == member
    return Trade(
        id=row.id,
        start=row.start,
        side=Side.BUY if buys else Side.SELL,
        counterparty=row.seller if buys else row.buyer,
        wh=row.wh,
        price_micro_kwh=row.price_micro_kwh,
        micro=row.micro,
    )


def _periods(conn: Connection, day: date) -> list[ClearedPeriod]:
    return [
        ClearedPeriod(start=row.start, price_micro_kwh=row.price_micro_kwh, wh=row.wh)
        for row in auctions.cleared_periods(conn, day)
    ]


def _result(auction: Auction, periods: list[ClearedPeriod], trades: Iterable[Trade]) -> AuctionResult:
    return AuctionResult(day=auction.day, period_s=auction.period_s, periods=periods, trades=list(trades))
