"""Accepting a member's book: all that can be wrong with it has a code, and nothing wrong is stored."""

import msgspec
from sqlalchemy import Connection

from ..common.periods import HOUR_S, day_periods
from ..common.protocol import Book, BookAccepted
from ..common.protocol.errors import (
    AboveLimit,
    Forbidden,
    GateClosed,
    StaleRevision,
    WrongDay,
    WrongMember,
    WrongPeriod,
)
from ..ledger import auctions, books, members
from .context import Context


def accept(conn: Connection, context: Context, member: str, book: Book, now: int) -> BookAccepted:
    """Store a book if the gate is open; the last one accepted before the gate counts.

    Raises:
        WrongMember, WrongDay, GateClosed, WrongPeriod, AboveLimit, StaleRevision, Forbidden.
    """
    if book.member_id != member:
        raise WrongMember(book.member_id)
    auction = auctions.get(conn, book.day)
    if auction is None:
        raise WrongDay(book.day.isoformat())
    if now >= auction.gate_at or auction.state != "open":
        raise GateClosed(book.day.isoformat())
    _check_bids(conn, context.settings.market_zone, auction.period_s, member, book)
    if book.revision <= books.latest_revision(conn, member, book.day):
        raise StaleRevision(str(book.revision))
    books.put(conn, member, book.day, book.revision, msgspec.json.encode(book.bids), now)
    return BookAccepted(day=book.day, revision=book.revision, accepted_at=now)


def _check_bids(conn: Connection, zone: str, period_s: int, member: str, book: Book) -> None:
    starts = [bid.start for bid in book.bids]
    periods = set(day_periods(book.day, zone, period_s))
    if len(set(starts)) != len(starts) or not periods.issuperset(starts):
        raise WrongPeriod(f"{len(starts)} bids for {len(periods)} periods")
    who = members.get(conn, member)
    if who is None or who.state != "active":
        raise Forbidden("this home's membership is paused")
    limit = who.connection_w * period_s // HOUR_S
    if over := next((bid for bid in book.bids if bid.wh > limit), None):
        raise AboveLimit(f"{over.wh} Wh in one period, the connection carries {limit} Wh")
