"""The members of the community, by pseudonym."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, select, text

from .schema import members


@dataclass(frozen=True, slots=True)
class Member:
    """A household. `state` is active, paused (keeps its place, does not trade) or revoked (for good)."""

    id: str
    retailer: str
    tariff: str
    connection_w: int
    state: str
    joined_at: int
    left_at: int | None = None
    last_seen_at: int | None = None


_GET = select(members).where(members.c.id == bindparam("id"))
_ALL = select(members).order_by(members.c.id)
_SET_STATE = text(
    "UPDATE members SET state = :state, "
    "left_at = CASE WHEN :state = 'revoked' THEN COALESCE(left_at, :at) END WHERE id = :id"
)
_SET_TARIFF = text("UPDATE members SET retailer = :retailer, tariff = :tariff WHERE id = :id")
_TOUCH = text("UPDATE members SET last_seen_at = :at WHERE id = :id AND COALESCE(last_seen_at, 0) < :at")


def add(conn: Connection, member: Member) -> None:
    """Take a member in.

    Raises:
        IntegrityError: the pseudonym is taken.
    """
    conn.execute(members.insert(), asdict(member))


def get(conn: Connection, member: str) -> Member | None:
    """Return a member, or None."""
    row = conn.execute(_GET, {"id": member}).one_or_none()
    return None if row is None else Member(*row)


def all(conn: Connection) -> list[Member]:  # noqa: A001  # read as members.all
    """Return every member there ever was, by id."""
    return [Member(*row) for row in conn.execute(_ALL)]


def set_state(conn: Connection, member: str, state: str, at: int) -> bool:
    """Set a member's state; its leaving is dated when it is revoked. Return whether there is such a member."""
    return conn.execute(_SET_STATE, {"id": member, "state": state, "at": at}).rowcount == 1


def set_tariff(conn: Connection, member: str, retailer: str, tariff: str) -> bool:
    """Set a member's retailer and tariff. Return whether there is such a member."""
    return conn.execute(_SET_TARIFF, {"id": member, "retailer": retailer, "tariff": tariff}).rowcount == 1


def touch(conn: Connection, member: str, at: int) -> None:
    """Note that a member was heard of at an instant; an older one changes nothing."""
    conn.execute(_TOUCH, {"id": member, "at": at})
