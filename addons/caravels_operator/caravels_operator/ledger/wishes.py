"""Whom each member would rather trade with: its last word."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from .schema import wishes as table


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member wished [at Unix s]; the friends that it names need not be members."""

    member: str
    friends: tuple[str, ...]
    wants_green: bool
    at: int


_PUT = text(
    "INSERT INTO wishes (member, friends, wants_green, at) VALUES (:member, :friends, :wants_green, :at) "
    "ON CONFLICT (member) DO UPDATE SET "
    "friends = excluded.friends, wants_green = excluded.wants_green, at = excluded.at"
)
_ALL = select(table).order_by(table.c.member)


def put(conn: Connection, wishes: Wishes) -> None:
    """Store a member's wishes in place of its earlier ones."""
    row = {"member": wishes.member, "friends": json.dumps(wishes.friends)}
    conn.execute(_PUT, row | {"wants_green": int(wishes.wants_green), "at": wishes.at})


def all(conn: Connection) -> list[Wishes]:  # noqa: A001  # read as wishes.all
    """Return every member's wishes, by member."""
    return [
        Wishes(member, tuple(json.loads(friends)), bool(wants_green), at)
        for member, friends, wants_green, at in conn.execute(_ALL).tuples().all()
    ]
