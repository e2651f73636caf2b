"""What each member's day cost, by part, in versions that are never overwritten (engines, section B)."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from .bulk import insert_rows
from .digests import digest_of
from .schema import settlement_days as days_table
from .schema import settlement_lines as lines_table


@dataclass(frozen=True, slots=True)
class DayLine:
    """A member's settled day, with the names of the protocol's Statement: energy [Wh], money it pays [micro-units]."""

    member: str
    import_wh: int
    export_wh: int
    bought_wh: int
    sold_wh: int
    netted_in_wh: int
    netted_out_wh: int
    residual_import_wh: int
    residual_export_wh: int
    estimated_periods: int
    trade_micro: int
    netting_micro: int
    retail_micro: int
    feed_in_micro: int
    fees_micro: int
    total_micro: int
    alone_micro: int


@dataclass(frozen=True, slots=True)
class SettledDay:
    """One version of a day's settlement."""

    day: date
    version: int
    settled_at: int


_LINE = tuple(lines_table.columns)[2:]
_LATEST = select(func.max(days_table.c.version)).where(days_table.c.day == bindparam("on"))
_DAY = select(days_table.c.settled_at).where(
    days_table.c.day == bindparam("on"), days_table.c.version == bindparam("nr")
)
_LINES = (
    select(*_LINE)
    .where(lines_table.c.day == bindparam("on"), lines_table.c.version == bindparam("nr"))
    .order_by(lines_table.c.member)
)
_latest = (
    select(days_table.c.day, func.max(days_table.c.version).label("version"))
    .where(days_table.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(days_table.c.day)
    .subquery()
)
_is_latest = (_latest.c.day == lines_table.c.day) & (_latest.c.version == lines_table.c.version)
_BETWEEN = select(lines_table.c.day, *_LINE).join(_latest, _is_latest).order_by(lines_table.c.day, lines_table.c.member)
_OF_MEMBER = (
    select(days_table, *_LINE)
    .join(lines_table, (lines_table.c.day == days_table.c.day) & (lines_table.c.version == days_table.c.version))
    .join(_latest, _is_latest)
    .where(lines_table.c.member == bindparam("of"))
    .order_by(lines_table.c.day)
)
_SETTLED = select(_latest.c.day, _latest.c.version).order_by(_latest.c.day)


def reference(day: date, version: int) -> str:
    """Return the name under which a version of a day's settlement is booked."""
    return f"settlement:{day.isoformat()}:v{version}"


def put(conn: Connection, day: date, version: int, settled_at: int, lines: Sequence[DayLine]) -> None:
    """Store a version of a day's settlement.

    Raises:
        IntegrityError: this version is there already.
    """
    key = day.isoformat()
    rows = [astuple(line) for line in sorted(lines, key=lambda line: line.member)]
    insert_rows(conn, days_table, [(key, version, settled_at, digest_of(settled_at, rows))])
    insert_rows(conn, lines_table, [(key, version, *row) for row in rows])


def latest_version(conn: Connection, day: date) -> int:
    """Return the latest version of a day's settlement, 0 before the first."""
    return int(conn.execute(_LATEST, {"on": day.isoformat()}).scalar_one() or 0)


def get(conn: Connection, day: date, version: int) -> SettledDay | None:
    """Return a version of a day's settlement, or None."""
    settled_at = conn.execute(_DAY, {"on": day.isoformat(), "nr": version}).scalar_one_or_none()
    return None if settled_at is None else SettledDay(day, version, settled_at)


def lines(conn: Connection, day: date, version: int) -> list[DayLine]:
    """Return a version's lines, by member."""
    return [DayLine(*row) for row in conn.execute(_LINES, {"on": day.isoformat(), "nr": version}).all()]


def between(conn: Connection, first: date, last: date) -> list[tuple[date, DayLine]]:
    """Return the lines of the latest versions from `first` to `last`, both included, by day and member."""
    rows = conn.execute(_BETWEEN, _range(first, last)).tuples()
    return [(date.fromisoformat(row[0]), DayLine(*row[1:])) for row in rows]


def of_member(conn: Connection, member: str, first: date, last: date) -> list[tuple[SettledDay, DayLine]]:
    """Return a member's lines of the latest versions from `first` to `last`, both included, by day."""
    rows = conn.execute(_OF_MEMBER, _range(first, last) | {"of": member}).tuples()
    return [(SettledDay(date.fromisoformat(row[0]), row[1], row[2]), DayLine(*row[4:])) for row in rows]


def settled_days(conn: Connection, first: date, last: date) -> dict[date, int]:
    """Return the settled days from `first` to `last`, both included, with their latest versions."""
    return {
        date.fromisoformat(day): version for day, version in conn.execute(_SETTLED, _range(first, last)).tuples().all()
    }


def _range(first: date, last: date) -> dict[str, str]:
    return {"first": first.isoformat(), "last": last.isoformat()}
