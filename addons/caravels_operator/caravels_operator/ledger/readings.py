"""What the meters said, a row a member and settlement period. A better value replaces a worse one, not the reverse."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, func, select, text

from ..common.periods import HOUR_S
from .bulk import insert_rows
from .digests import row_checksum
from .schema import readings as table

QUALITIES: Final = ("estimated", "measured", "official")
"""Ascending; a row keeps the index (engines B.6)."""
_RANK: Final = {name: rank for rank, name in enumerate(QUALITIES)}
_MEMBERS_A_QUERY: Final = 500


class Reading(NamedTuple):
    """Import and export [Wh] of the period that starts at `start`; quality is one of QUALITIES.

    What the home generated, and what went into and came out of its batteries [Wh], is None where it was not told.
    """

    start: int
    import_wh: int
    export_wh: int
    quality: str
    generation_wh: int | None = None
    charge_wh: int | None = None
    discharge_wh: int | None = None


class MemberReading(NamedTuple):
    """A reading with whose it is; `quality` is an index into QUALITIES."""

    member: str
    start: int
    import_wh: int
    export_wh: int
    quality: int


class UsedHour(NamedTuple):
    """What homes used and made in an hour [Wh]; `hour` counts from the first one that was asked for.

    `homes`: of how many it is known; `hiding`: how many of them made more than they used and did not tell what.
    """

    hour: int
    used_wh: int
    made_wh: int
    homes: int
    hiding: int


class HourSum(NamedTuple):
    """Import and export [Wh] of the UTC hour that begins at `start`, and how many members they are of."""

    start: int
    import_wh: int
    export_wh: int
    members: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch changed: how many rows, and the starts of those that were there before with other values."""

    changed: int
    restated: tuple[int, ...]


_INSIDE = (table.c.generation_wh, table.c.charge_wh, table.c.discharge_wh)
_EXISTING = select(table.c.start, table.c.import_wh, table.c.export_wh, table.c.quality, *_INSIDE).where(
    table.c.member == bindparam("of"), table.c.start >= bindparam("first"), table.c.start <= bindparam("last")
)
_DELETE = delete(table).where(table.c.member == bindparam("of"), table.c.start == bindparam("at"))
_BETWEEN = (
    select(table.c.member, table.c.start, table.c.import_wh, table.c.export_wh, table.c.quality)
    .where(
        table.c.member.in_(bindparam("of", expanding=True)),
        table.c.start >= bindparam("first"),
        table.c.start < bindparam("end"),
    )
    .order_by(table.c.member, table.c.start)
)
_HOUR = (table.c.start - table.c.start % HOUR_S).label("hour")
_HOURLY = (
    select(_HOUR, func.sum(table.c.import_wh), func.sum(table.c.export_wh), func.count(table.c.member.distinct()))
    .where(
        table.c.member.in_(bindparam("of", expanding=True)),
        table.c.start >= bindparam("first"),
        table.c.start < bindparam("end"),
    )
    .group_by(_HOUR)
)
_HOME_HOURS = (
    select(
        table.c.member,
        ((table.c.start - bindparam("first")) // HOUR_S).label("hour"),
        (
            func.sum(table.c.import_wh - table.c.export_wh)
            - func.sum(func.coalesce(table.c.charge_wh, 0) - func.coalesce(table.c.discharge_wh, 0))
        ).label("used_less_made"),
        case((func.count(table.c.generation_wh) == func.count(), func.sum(table.c.generation_wh))).label("generation"),
    )
    .where(
        table.c.member.in_(bindparam("of", expanding=True)),
        table.c.start >= bindparam("first"),
        table.c.start < bindparam("end"),
    )
    .group_by(table.c.member, text("hour"))
    .having(func.sum(table.c.period_s) == HOUR_S)
    .subquery()
)
_HIDES = _HOME_HOURS.c.generation.is_(None) & (_HOME_HOURS.c.used_less_made < 0)
_MADE = case((_HIDES, -_HOME_HOURS.c.used_less_made), else_=func.coalesce(_HOME_HOURS.c.generation, 0))
_USED = case((_HOME_HOURS.c.used_less_made + _MADE > 0, _HOME_HOURS.c.used_less_made + _MADE), else_=0)
_USED_HOURS = (
    select(_HOME_HOURS.c.hour, func.sum(_USED), func.sum(_MADE), func.count(), func.sum(case((_HIDES, 1), else_=0)))
    .group_by(_HOME_HOURS.c.hour)
    .order_by(_HOME_HOURS.c.hour)
)
_HIDING = select(_HOME_HOURS.c.member.distinct()).where(_HIDES)
_HISTORY = (
    select(table.c.start, table.c.import_wh, table.c.export_wh, table.c.quality, *_INSIDE)
    .where(table.c.member == bindparam("of"), table.c.start >= bindparam("first"))
    .order_by(table.c.start)
)


def put_many(conn: Connection, member: str, period_s: int, rows: Iterable[Reading], received_at: int) -> Stored:
    """Store a member's readings; of several for one period in a batch the last counts.

    A row of worse quality than the one there, or equal to it, changes nothing. What a better row does not tell of the
    home's inside stays as it is known.

    Args:
        period_s: length of every period [s].
        received_at: when they came [Unix s].
    """
    batch = {row.start: (row.import_wh, row.export_wh, _RANK[row.quality], *row[4:]) for row in rows}
    if not batch:
        return Stored(0, ())
    limits = {"of": member, "first": min(batch), "last": max(batch)}
    existing = {row[0]: row[1:] for row in conn.execute(_EXISTING, limits).tuples().all()}
    changed = {
        start: new
        for start, row in batch.items()
        if (new := _better(existing[start], row) if start in existing else row) is not None
    }
    restated = tuple(sorted(start for start in changed if start in existing))
    if restated:
        conn.execute(_DELETE, [{"of": member, "at": start} for start in restated])
    insert_rows(conn, table, [_row(member, start, period_s, new, received_at) for start, new in changed.items()])
    return Stored(len(changed), restated)


def _better(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return what stands after `new` came to `old` (import, export, rank, inside of the home), None for no change."""
    if new == old or new[2] < old[2]:
        return None
    kept = (*new[:3], *(known if told is None else told for told, known in zip(new[3:], old[3:], strict=True)))
    return None if kept == old else kept


def _row(member: str, start: int, period_s: int, values: tuple[Any, ...], received_at: int) -> tuple[Any, ...]:
    grid, inside = (member, start, period_s, *values[:3], received_at), values[3:]
    return (*grid, row_checksum(*grid, *inside), *inside)


def between(conn: Connection, members: Sequence[str], start: int, end: int) -> list[MemberReading]:
    """Return the readings of members for periods that start in [start, end), by member and start.

    With more than 500 members they are in order within each 500 given.
    """
    found: list[MemberReading] = []
    for first in range(0, len(members), _MEMBERS_A_QUERY):
        values = {"of": list(members[first : first + _MEMBERS_A_QUERY]), "first": start, "end": end}
        found.extend(MemberReading(*row) for row in conn.execute(_BETWEEN, values).tuples())
    return found


def hourly(conn: Connection, members: Sequence[str], start: int, end: int) -> list[HourSum]:
    """Return what members metered in each hour of [start, end) of which anything is known, ascending."""
    sums: dict[int, HourSum] = {}
    for first in range(0, len(members), _MEMBERS_A_QUERY):
        values = {"of": list(members[first : first + _MEMBERS_A_QUERY]), "first": start, "end": end}
        for hour, imported, exported, count in conn.execute(_HOURLY, values):
            before = sums.get(hour, HourSum(hour, 0, 0, 0))
            sums[hour] = HourSum(
                hour, before.import_wh + int(imported), before.export_wh + int(exported), before.members + count
            )
    return [sums[hour] for hour in sorted(sums)]


def used_hours(conn: Connection, members: Sequence[str], first: int, end: int) -> list[UsedHour]:
    """Return what members used and made in the hours of [first, end) [Unix s], both on hours of their grid, ascending.

    Of a home that tells what it generates, use is import + generation + discharge - export - charge. Of one that does
    not, the difference of both alone can be known: it counts as use where it is positive, else as generation, and both
    lack what the home used of its own generation. An hour of a home counts once every period of it is known.
    """
    sums: dict[int, UsedHour] = {}
    for values in _windows(members, first, end):
        for row in conn.execute(_USED_HOURS, values):
            hour, *numbers = map(int, row)
            _, *before = sums.get(hour, UsedHour(hour, 0, 0, 0, 0))
            sums[hour] = UsedHour(hour, *(one + other for one, other in zip(before, numbers, strict=True)))
    return [sums[hour] for hour in sorted(sums)]


def hiding(conn: Connection, members: Sequence[str], first: int, end: int) -> frozenset[str]:
    """Return the members that made more than they used in an hour of [first, end) [Unix s], and did not tell what."""
    return frozenset(
        member for values in _windows(members, first, end) for member in conn.execute(_HIDING, values).scalars()
    )


def _windows(members: Sequence[str], first: int, end: int) -> Iterator[dict[str, Any]]:
    for group in batched(members, _MEMBERS_A_QUERY, strict=False):
        yield {"of": list(group), "first": first, "end": end}


def history(conn: Connection, member: str, since: int) -> list[Reading]:
    """Return a member's readings from an instant [Unix s] on, ascending."""
    rows = conn.execute(_HISTORY, {"of": member, "first": since}).tuples()
    return [
        Reading(start, import_wh, export_wh, QUALITIES[quality], *inside)
        for start, import_wh, export_wh, quality, *inside in rows
    ]
