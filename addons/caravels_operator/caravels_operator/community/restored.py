"""The first start of a ledger that was put back to an earlier state.

Auctions that were cleared in the meantime are open in it, or not opened yet, and their contracts are gone. Every home
still holds the book that was accepted: each such auction gathers those again for `GATHER_S`, once, before it is
cleared. After a mere downtime nothing is lost, and what is due is done at once from the books that came in time.
"""

from sqlalchemy import Connection

from ..ledger import auctions, audit, meta
from . import gate
from .context import Context
from .schedule import GATHER_S


def gather_again(conn: Connection, context: Context) -> list[str]:
    """Hold open what must be gathered again, if this is the first start after a restore; return the days.

    Days that are not opened yet follow with their prices (`schedule.opening_gate_at`). The caller fires
    `steps_changed` and `outbox_grew`.
    """
    now = context.clock.now()
    if not meta.note_restart(conn, now):
        return []
    held = []
    for day in auctions.open_days(conn):
        auction = auctions.get(conn, day)
        if auction is not None and auction.gate_at < now + GATHER_S:
            gate.hold(conn, context, day, now + GATHER_S, now)
            audit.append(conn, "operator", "gather again", now, day.isoformat())
            held.append(day.isoformat())
    return held
