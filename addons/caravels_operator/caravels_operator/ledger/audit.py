"""Who did what to the community's order: invited, revoked, paused, changed a setting. Append only."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from .schema import audit


@dataclass(frozen=True, slots=True)
class Act:
    """One act: by whom (a person of the panel, or the operator itself), what, and its detail."""

    n: int
    at: int
    who: str
    what: str
    detail: str


_APPEND = text(
    "INSERT INTO audit (n, at, who, what, detail) SELECT COALESCE(MAX(n), 0) + 1, :at, :who, :what, :detail FROM audit"
)
_SINCE = select(audit).where(audit.c.at >= bindparam("first")).order_by(audit.c.n)


def append(conn: Connection, who: str, what: str, at: int, detail: str = "") -> None:
    """Note an act."""
    conn.execute(_APPEND, {"at": at, "who": who, "what": what, "detail": detail})


def since(conn: Connection, at: int) -> list[Act]:
    """Return the acts from an instant [Unix s] on, in their order."""
    return [Act(*row) for row in conn.execute(_SINCE, {"first": at}).all()]
