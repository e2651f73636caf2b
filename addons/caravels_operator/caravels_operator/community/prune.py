"""The daily housekeeping: what nobody can ask for any more is forgotten, so that the ledger grows with the books alone.

Only what has served: no book, reading, trade, booking or statement is ever pruned, nor a push not yet acknowledged.
"""

from sqlalchemy import Connection

from ..common.periods import DAY_S
from ..ledger import commands, community_forecasts, member_forecasts, outbox, pairing, steps
from .context import Context

COMMAND_DAYS = 75
"""A command may be repeated while it waits in its home's offline queue: 60 days, and a week until that is pruned."""
PUSH_DAYS = 35
"""A home holds five weeks, and is given as much by the snapshot if it loses them."""
STEP_DAYS = 400
"""A year and its month's closes can be looked back on."""
FORECAST_DAYS = 60
"""A forecast is judged over 28 days, and looked back on for a month more."""
CODE_DAYS = 1
"""For a day an expired or used code is told from a wrong one; no code lives longer than minutes."""


def prune(conn: Connection, _context: Context, _key: str, _prepared: object, now: int) -> None:
    """Forget what is older than it is kept for; again is no change."""
    commands.prune(conn, now - COMMAND_DAYS * DAY_S)
    outbox.prune(conn, now - PUSH_DAYS * DAY_S)
    steps.prune(conn, now - STEP_DAYS * DAY_S)
    member_forecasts.prune(conn, now - FORECAST_DAYS * DAY_S)
    community_forecasts.prune(conn, now - FORECAST_DAYS * DAY_S)
    pairing.prune(conn, now - CODE_DAYS * DAY_S)
