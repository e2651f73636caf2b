"""A member's whole state at one moment: what the stream opens with."""

from datetime import timedelta

from sqlalchemy import Connection

from ..common.periods import local_day
from ..common.protocol import Snapshot
from ..ledger import auctions, entries, members, months, outbox
from ..market.accounts import member_account
from .context import Context
from .hello import hello_of
from .market_day import market_day_for
from .models import offers_in_force
from .month import month_statement
from .results import result_for
from .statements import statements_between

RESULT_DAYS = 7
STATEMENT_DAYS = 35
"""A home that was away is told what was cleared and settled, and settled again, in the meantime."""
MONTHS = 2


def snapshot_for(conn: Connection, context: Context, member: str, now: int) -> Snapshot:
    """Return what a member holds after the last push in its outbox: markets, recent results, statements, models.

    Markets are those that are open and those of days not over yet: a home that came in later knows today's prices too.

    Args:
        now: the operator's clock [Unix s].
    """
    today = local_day(now, context.settings.market_zone)
    who = members.get(conn, member)
    cleared = auctions.cleared_days(conn, today - timedelta(days=RESULT_DAYS), today + timedelta(days=2))
    open_days = auctions.open_days(conn) if who is not None and who.state == "active" else []
    markets = sorted({*open_days, *(day for day in cleared if day >= today)})
    closed = months.of_member(conn, member)[-MONTHS:]
    return Snapshot(
        as_of=outbox.last_seq(conn, member),
        hello=hello_of(conn, context),
        market_days=[market_day_for(conn, context, day, who) for day in markets if who is not None],
        results=[result_for(conn, member, day) for day in cleared],
        statements=statements_between(conn, member, today - timedelta(days=STATEMENT_DAYS), today),
        months=[month_statement(month.month, month.version, month.settled_at, line) for month, line in closed],
        balance_micro=entries.balance(conn, member_account(member)),
        models=offers_in_force(conn),
    )
