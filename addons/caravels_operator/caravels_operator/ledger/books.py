"""The members' books of bids as they were accepted, every revision, byte for byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from .digests import checksum
from .schema import books as table


@dataclass(frozen=True, slots=True)
class Book:
    """One revision of a member's book for a delivery day: its encoded body, and when it was accepted."""

    member: str
    revision: int
    accepted_at: int
    body: bytes


EMPTY: Final = b"[]"
"""The body of a book without bids: what was bid before is withdrawn."""

_COLUMNS = (table.c.member, table.c.revision, table.c.accepted_at, table.c.body)
_PUT = table.insert()
_LATEST = (
    select(*_COLUMNS)
    .where(table.c.day == bindparam("on"), table.c.member == bindparam("of"))
    .order_by(table.c.revision.desc())
    .limit(1)
)
_LATEST_REVISION = select(func.max(table.c.revision)).where(
    table.c.day == bindparam("on"), table.c.member == bindparam("of")
)
_newest = (
    select(table.c.member, func.max(table.c.revision).label("revision"))
    .where(table.c.day == bindparam("on"), table.c.accepted_at < bindparam("gate"))
    .group_by(table.c.member)
    .subquery()
)
_AT_GATE = (
    select(*_COLUMNS)
    .join(_newest, (_newest.c.member == table.c.member) & (_newest.c.revision == table.c.revision))
    .where(table.c.day == bindparam("on"))
    .order_by(table.c.member)
)
_COUNT = (
    select(func.count())
    .select_from(table)
    .join(_newest, (_newest.c.member == table.c.member) & (_newest.c.revision == table.c.revision))
    .where(table.c.day == bindparam("on"), table.c.body != EMPTY)
)


def put(conn: Connection, member: str, day: date, revision: int, body: bytes, accepted_at: int) -> None:
    """Store a book.

    Raises:
        IntegrityError: this revision is there already.
    """
    row = {
        "day": day.isoformat(),
        "member": member,
        "revision": revision,
        "accepted_at": accepted_at,
        "body": body,
    }
    conn.execute(_PUT, row | {"checksum": checksum(*row.values())})


def latest(conn: Connection, member: str, day: date) -> Book | None:
    """Return a member's last accepted book for a day, whenever it came, or None."""
    row = conn.execute(_LATEST, {"on": day.isoformat(), "of": member}).one_or_none()
    return None if row is None else Book(*row)


def latest_revision(conn: Connection, member: str, day: date) -> int:
    """Return the revision of a member's last accepted book for a day, 0 if there is none."""
    return conn.execute(_LATEST_REVISION, {"on": day.isoformat(), "of": member}).scalar_one() or 0


def books(conn: Connection, day: date, before: int) -> list[Book]:
    """Return what counts at a gate: of each member the last revision accepted before it [Unix s], by member."""
    return [Book(*row) for row in conn.execute(_AT_GATE, {"on": day.isoformat(), "gate": before}).all()]


def count(conn: Connection, day: date, before: int) -> int:
    """Return how many members bid at a gate [Unix s]: those whose last book before it is not empty."""
    found: int = conn.execute(_COUNT, {"on": day.isoformat(), "gate": before}).scalar_one()
    return found


def digest(of: Sequence[Book]) -> str:
    """Return the SHA-256 [hex] of books in their order: what a clearing was computed from."""
    whole = sha256()
    for book in of:
        whole.update(f"{book.member}:{book.revision}:{len(book.body)}:".encode())
        whole.update(book.body)
    return whole.hexdigest()
