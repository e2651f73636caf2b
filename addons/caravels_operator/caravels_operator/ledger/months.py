"""The month's correction after which nobody paid more than alone, in versions (engines, B.2 `no_loss`)."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import Connection, bindparam, func, select

from .bulk import insert_rows
from .digests import digest_of
from .schema import month_lines as lines_table
from .schema import settlement_months as months_table


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A member's month, with the names of the protocol's MonthStatement: money it pays [micro-units]."""

    member: str
    alone_micro: int
    before_micro: int
    no_loss_micro: int
    fees_micro: int
    total_micro: int


@dataclass(frozen=True, slots=True)
class SettledMonth:
    """One version of a month (`2026-11`)."""

    month: str
    version: int
    settled_at: int


_LINE = tuple(lines_table.columns)[2:]
_LATEST = (
    select(months_table.c.month, months_table.c.version, months_table.c.settled_at)
    .where(months_table.c.month == bindparam("of"))
    .order_by(months_table.c.version.desc())
    .limit(1)
)
_LINES = (
    select(*_LINE)
    .where(lines_table.c.month == bindparam("of"), lines_table.c.version == bindparam("nr"))
    .order_by(lines_table.c.member)
)
_newest = (
    select(months_table.c.month, func.max(months_table.c.version).label("version"))
    .group_by(months_table.c.month)
    .subquery()
)
_OF_MEMBER = (
    select(months_table.c.month, months_table.c.version, months_table.c.settled_at, *_LINE)
    .join(_newest, (_newest.c.month == months_table.c.month) & (_newest.c.version == months_table.c.version))
    .join(
        lines_table,
        (lines_table.c.month == months_table.c.month) & (lines_table.c.version == months_table.c.version),
    )
    .where(lines_table.c.member == bindparam("of"))
    .order_by(months_table.c.month)
)


def put(conn: Connection, month: str, version: int, settled_at: int, lines: Sequence[MonthLine]) -> None:
    """Store a version of a month.

    Raises:
        IntegrityError: this version is there already.
    """
    rows = [astuple(line) for line in sorted(lines, key=lambda line: line.member)]
    insert_rows(conn, months_table, [(month, version, settled_at, digest_of(settled_at, rows))])
    insert_rows(conn, lines_table, [(month, version, *row) for row in rows])


def latest(conn: Connection, month: str) -> SettledMonth | None:
    """Return the latest version of a month, or None."""
    row = conn.execute(_LATEST, {"of": month}).one_or_none()
    return None if row is None else SettledMonth(*row)


def latest_version(conn: Connection, month: str) -> int:
    """Return the number of the latest version of a month, 0 before the first."""
    month_row = latest(conn, month)
    return 0 if month_row is None else month_row.version


def lines(conn: Connection, month: str, version: int) -> list[MonthLine]:
    """Return a version's lines, by member."""
    return [MonthLine(*row) for row in conn.execute(_LINES, {"of": month, "nr": version}).all()]


def of_member(conn: Connection, member: str) -> list[tuple[SettledMonth, MonthLine]]:
    """Return a member's lines of the latest version of every month, ascending."""
    rows = conn.execute(_OF_MEMBER, {"of": member}).tuples()
    return [(SettledMonth(*row[:3]), MonthLine(*row[3:])) for row in rows]
