"""Moving the gate of an auction that is open: every home is told, and the books that came before it count."""

from datetime import date

from sqlalchemy import Connection

from ..ledger import auctions, audit
from . import schedule
from .context import Context
from .market_day import push_again
from .refusals import DayNotOpen, GateHasClosed


def move_gate(conn: Connection, context: Context, day: date, at: int, who: str) -> int:
    """Close the auction of a day at another time than was said; return when that is [Unix s].

    A book that was accepted keeps counting: the earliest gate is the second after this one. The caller fires
    `steps_changed` and `outbox_grew` once this is stored.

    Args:
        at: when the gate is to close [Unix s]; what has passed means now.
        who: who wants it, for the audit log.

    Raises:
        DayNotOpen: there is no auction for this day.
        GateHasClosed: it was cleared.
    """
    now = context.clock.now()
    auction = auctions.get(conn, day)
    if auction is None:
        raise DayNotOpen(day.isoformat())
    if auction.state != "open":
        raise GateHasClosed(day.isoformat())
    gate_at = max(at, now + 1)
    hold(conn, context, day, gate_at, now)
    audit.append(conn, who, "move gate", now, f"{day} from {auction.gate_at} to {gate_at}")
    return gate_at


def close_now(conn: Connection, context: Context, day: date, who: str) -> int:
    """Do as `move_gate`, at once. A gate that has passed has passed, though its books may wait for clearing.

    Raises:
        DayNotOpen: there is no auction for this day.
        GateHasClosed: its gate has passed, or is closing.
    """
    now = context.clock.now()
    auction = auctions.get(conn, day)
    if auction is not None and auction.gate_at <= now + 1:
        raise GateHasClosed(day.isoformat())
    return move_gate(conn, context, day, now, who)


def hold(conn: Connection, context: Context, day: date, gate_at: int, now: int) -> None:
    """Set the gate of an open auction [Unix s] and tell every home that trades."""
    auctions.move_gate(conn, day, gate_at)
    schedule.move_gate(conn, day, gate_at)
    push_again(conn, context, day, now)
