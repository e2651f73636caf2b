"""A member goes of its own will: nothing more is traded for it, and what was cleared is kept and settled."""

from datetime import date

from sqlalchemy import Connection

from ..common.protocol import Left
from ..ledger import auctions, audit, books, members, settlements, tokens, transactions

NO_BIDS = b"[]"


def leave(conn: Connection, member: str, now: int) -> Left:
    """Let a member go: its token is void, its books before the gate are withdrawn, its contracts stay.

    A gate that has passed has passed: a book that it closed over counts, though the auction may not be cleared yet.
    The pseudonym is not given again (`members.Member`).

    Args:
        now: the operator's clock [Unix s].
    """
    bound = withdraw(conn, member, now)
    settled = settlements.settled_days(conn, date.min, date.max)
    trades = {
        day: len(transactions.trades_of(conn, member, day))
        for day in auctions.cleared_days(conn, date.min, date.max)
        if day not in settled
    }
    bound += [day for day, count in trades.items() if count]
    tokens.revoke_all(conn, member)
    members.set_state(conn, member, "revoked", now)
    audit.append(conn, member, "leave", now)
    return Left(left_at=now, bound_days=sorted(bound), bound_trades=sum(trades.values()))


def withdraw(conn: Connection, member: str, now: int) -> list[date]:
    """Follow each open book with an empty one, on the record; return the days whose gate has closed over one."""
    too_late = []
    for day in auctions.open_days(conn):
        auction, book = auctions.get(conn, day), books.latest(conn, member, day)
        if auction is None or book is None or book.body == NO_BIDS:
            continue
        if now < auction.gate_at:
            books.put(conn, member, day, book.revision + 1, NO_BIDS, now)
        else:
            too_late.append(day)
    return too_late
