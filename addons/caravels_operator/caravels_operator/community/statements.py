"""A member's settled days, as it may know them: its own line alone."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection

from ..common.protocol import Statement, encode
from ..common.protocol.errors import NotFound
from ..ledger import entries, outbox, settlements
from ..ledger.settlements import DayLine
from ..market.accounts import member_account


def push_statements(conn: Connection, day: date, version: int, now: int, lines: Sequence[DayLine]) -> None:
    """Tell every member what its day came to."""
    due = entries.balances(conn)
    pushes = [
        (line.member, encode(_statement(day, version, now, line, due.get(member_account(line.member), 0))))
        for line in lines
    ]
    outbox.append_many(conn, pushes, now)


def statement_for(conn: Connection, member: str, day: date) -> Statement:
    """Return the newest version of a member's day.

    Raises:
        NotFound: the day is not settled, or the member had no part in it.
    """
    statements = statements_between(conn, member, day, day)
    if not statements:
        raise NotFound(f"{day} is not settled")
    return statements[0]


def statements_between(conn: Connection, member: str, first: date, last: date) -> list[Statement]:
    """Return the newest versions of a member's days, both ends included, by day."""
    rows = settlements.of_member(conn, member, first, last)
    return [_statement(settled.day, settled.version, settled.settled_at, line) for settled, line in rows]


def _statement(day: date, version: int, settled_at: int, line: DayLine, balance_micro: int | None = None) -> Statement:
    parts = asdict(line)
    del parts["member"]
    return Statement(day=day, version=version, settled_at=settled_at, balance_micro=balance_micro, **parts)
