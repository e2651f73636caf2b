"""The members of the community, by pseudonym."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from .schema import members


@dataclass(frozen=True, slots=True)
class Member:
    """A household. `state` is active, paused (keeps its place, does not trade) or revoked (for good).

    `zone` is its part of the grid, empty where that is of no interest; `green` says that its generation is renewable.
    """

    id: str
    retailer: str
    tariff: str
    connection_w: int
    state: str
    joined_at: int
    left_at: int | None = None
    last_seen_at: int | None = None
    zone: str = ""
    green: bool = False


_GET = select(members).where(members.c.id == bindparam("id"))
_ALL = select(members).order_by(members.c.id)
_SET_STATE = text(
    "UPDATE members SET state = :state, "
    "left_at = CASE WHEN :state = 'revoked' THEN COALESCE(left_at, :at) END WHERE id = :id"
)
_SET_TARIFF = text("UPDATE members SET retailer = :retailer, tariff = :tariff WHERE id = :id")
_SET_ORIGIN = text("UPDATE members SET zone = :zone, green = :green WHERE id = :id")
_TOUCH = text("UPDATE members SET last_seen_at = :at WHERE id = :id AND COALESCE(last_seen_at, 0) < :at")


def add(conn: Connection, member: Member) -> None:
    """Take a member in.

    Raises:
        IntegrityError: the pseudonym is taken.
    """
    conn.execute(members.insert(), asdict(member) | {"green": int(member.green)})


def get(conn: Connection, member: str) -> Member | None:
    """Return a member, or None."""
    row = conn.execute(_GET, {"id": member}).one_or_none()
    return None if row is None else _member(row)


def all(conn: Connection) -> list[Member]:  # noqa: A001  # read as members.all
    """Return every member there ever was, by id."""
    return [_member(row) for row in conn.execute(_ALL).all()]


def set_state(conn: Connection, member: str, state: str, at: int) -> bool:
    """Set a member's state; its leaving is dated when it is revoked. Return whether there is such a member."""
    return conn.execute(_SET_STATE, {"id": member, "state": state, "at": at}).rowcount == 1


def set_tariff(conn: Connection, member: str, retailer: str, tariff: str) -> bool:
    """Set a member's retailer and tariff. Return whether there is such a member."""
    return conn.execute(_SET_TARIFF, {"id": member, "retailer": retailer, "tariff": tariff}).rowcount == 1


def set_origin(conn: Connection, member: str, zone: str, *, green: bool) -> bool:
    """Set where a member's energy comes from. Return whether there is such a member."""
    return conn.execute(_SET_ORIGIN, {"id": member, "zone": zone, "green": int(green)}).rowcount == 1


def touch(conn: Connection, member: str, at: int) -> None:
    """Note that a member was heard of at an instant; an older one changes nothing."""
    conn.execute(_TOUCH, {"id": member, "at": at})


def _member(row: Row[Any]) -> Member:
    return replace(Member(*row), green=bool(row.green))
