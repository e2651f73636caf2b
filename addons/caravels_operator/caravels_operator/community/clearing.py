"""From the stored books of a day to its stored clearing, replayable from the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection

from ..common.periods import day_periods
from ..ledger import auctions, books
from ..ledger.auctions import Auction, ClearedPeriod
from ..ledger.books import Book
from ..ledger.crash import at_crash_point
from ..ledger.orders import orders_of
from ..ledger.transactions import Transaction
from ..market.auction import AuctionRules, Clearing, clear
from .day_rules import stored_rules
from .wishes import gather, preferences_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day's books came to.

    Attributes:
        run: names the run, and so decides the last Wh of ties; it contains the digest of the books, so that nobody
            can aim at it.
        book_digest: of the books that counted.
        preferred: what of the members' wishes counted, None under rules that ask for none.
    """

    run: str
    book_digest: str
    preferred: str | None
    transactions: list[Transaction]
    periods: list[ClearedPeriod]


def clear_day(conn: Connection, zone: str, auction: Auction, now: int) -> str:
    """Clear a day's auction from the books that count, store it, and return the digest of its result.

    Args:
        zone: the market zone, whose civil day is the delivery day.
        now: the operator's clock [Unix s].

    Raises:
        AlreadyCleared: another result is stored: the ledger or the engine was changed.
    """
    outcome = outcome_of(conn, zone, auction)
    at_crash_point("gate_cleared")
    return auctions.clear(
        conn,
        auction.day,
        run=outcome.run,
        book_digest=outcome.book_digest,
        transactions=outcome.transactions,
        periods=outcome.periods,
        at=now,
        preferences=outcome.preferred,
    )


def outcome_of(conn: Connection, zone: str, auction: Auction) -> Outcome:
    """Return what a day's auction comes to from what is stored: nothing is written, so a cleared day can be done again.

    Args:
        zone: the market zone, whose civil day is the delivery day.
    """
    counted = books.books(conn, auction.day, auction.gate_at)
    starts = day_periods(auction.day, zone, auction.period_s)
    digest = books.digest(counted)
    run = f"{auction.day.isoformat()}/{digest}"
    rules = stored_rules(auction).auction
    names = [book.member for book in counted]
    preferred = auction.preferences
    if preferred is None and rules.assignment == "preferred":
        preferred = gather(conn, names)
    clearing = clear_books(counted, starts, run, rules, preferred)
    transactions = transactions_of(clearing, auction.day, names, starts)
    return Outcome(run, digest, preferred, transactions, cleared_periods_of(clearing, starts))


def clear_books(
    counted: Sequence[Book], starts: Sequence[int], run: str, rules: AuctionRules, preferred: str | None = None
) -> Clearing:
    """Clear books: a pure function of what is stored.

    Args:
        counted: each member's last book before the gate, by member.
        starts: the market periods of the day [Unix s], ascending.
        run: names the run, and so decides the last Wh of ties; it contains the digest of the books, so that nobody
            can aim at it.
        rules: price rule and assignment.
        preferred: as `wishes.gather` gave it, needed by the assignment `preferred`.
    """
    names = [book.member for book in counted]
    preferences = None if preferred is None else preferences_of(preferred, names)
    return clear(orders_of(counted, starts), len(starts), names, run, rules, preferences)


def cleared_periods_of(clearing: Clearing, starts: Sequence[int]) -> list[ClearedPeriod]:
    """Return the periods in which something was traded, with price and volume."""
    return [
        ClearedPeriod(starts[t], int(clearing.price_micro_kwh[t]), int(clearing.volume_wh[t]))
        for t in np.flatnonzero(clearing.traded).tolist()
    ]


def transactions_of(clearing: Clearing, day: date, names: Sequence[str], starts: Sequence[int]) -> list[Transaction]:
    """Return the transactions as rows with ids."""
    rows = clearing.transactions
    columns = (rows.period, rows.seller, rows.buyer, rows.wh, rows.price_micro_kwh, rows.micro)
    return [
        Transaction(f"{day.isoformat()}-{n}", starts[period], names[seller], names[buyer], wh, price, micro)
        for n, (period, seller, buyer, wh, price, micro) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        )
    ]
