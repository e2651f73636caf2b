"""Everything that happens at a time, a row a step; the runner takes them in the order of their time."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, text

from .schema import steps


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to do at `due_at`, once: `key` says for what (a day, a member). `attempts` are those that failed."""

    kind: str
    key: str
    due_at: int
    state: str
    attempts: int
    last_error: str | None
    done_at: int | None


_PUT = text(
    "INSERT INTO steps (kind, key, due_at, state, attempts) VALUES (:kind, :key, :due_at, 'pending', 0) "
    "ON CONFLICT (kind, key) DO NOTHING"
)
_GET = select(steps).where(steps.c.kind == bindparam("of_kind"), steps.c.key == bindparam("of_key"))
_DUE = (
    select(steps)
    .where(steps.c.state == "pending", steps.c.due_at <= bindparam("now"))
    .order_by(steps.c.due_at, steps.c.kind, steps.c.key)
    .limit(bindparam("most"))
)
_FAILING = select(steps).where(steps.c.state == "pending", steps.c.attempts > 0).order_by(steps.c.kind, steps.c.key)
_NEXT_DUE = select(func.min(steps.c.due_at)).where(steps.c.state == "pending")
_FINISH = text("UPDATE steps SET state = 'done', done_at = :at, last_error = NULL WHERE kind = :kind AND key = :key")
_POSTPONE = text(
    "UPDATE steps SET due_at = :due_at, attempts = attempts + 1, last_error = :error "
    "WHERE kind = :kind AND key = :key AND state = 'pending'"
)
_MOVE = text("UPDATE steps SET due_at = :due_at WHERE kind = :kind AND key = :key AND state = 'pending'")
_PRUNE = text("DELETE FROM steps WHERE state = 'done' AND done_at < :before")


def put(conn: Connection, kind: str, key: str, due_at: int) -> bool:
    """Set a step down; return False, changing nothing, if it is there already, done or not."""
    return conn.execute(_PUT, {"kind": kind, "key": key, "due_at": due_at}).rowcount == 1


def get(conn: Connection, kind: str, key: str) -> Step | None:
    """Return a step, or None."""
    row = conn.execute(_GET, {"of_kind": kind, "of_key": key}).one_or_none()
    return None if row is None else Step(*row)


def due(conn: Connection, now: int, limit: int) -> list[Step]:
    """Return the pending steps whose time has come, by time, kind and key."""
    return [Step(*row) for row in conn.execute(_DUE, {"now": now, "most": limit}).all()]


def failing(conn: Connection) -> list[Step]:
    """Return the steps that failed and are tried again, by kind and key."""
    return [Step(*row) for row in conn.execute(_FAILING).all()]


def next_due(conn: Connection) -> int | None:
    """Return when [Unix s] the next pending step is due, or None when nothing is pending."""
    due_at: int | None = conn.execute(_NEXT_DUE).scalar_one()
    return due_at


def finish(conn: Connection, kind: str, key: str, at: int) -> None:
    """Note that a step is done."""
    conn.execute(_FINISH, {"kind": kind, "key": key, "at": at})


def postpone(conn: Connection, kind: str, key: str, due_at: int, error: str) -> None:
    """Note a failed attempt at a pending step, and when it is tried again."""
    conn.execute(_POSTPONE, {"kind": kind, "key": key, "due_at": due_at, "error": error})


def move(conn: Connection, kind: str, key: str, due_at: int) -> bool:
    """Set when [Unix s] a pending step is due; return False, changing nothing, if there is none that is pending."""
    return conn.execute(_MOVE, {"kind": kind, "key": key, "due_at": due_at}).rowcount == 1


def prune(conn: Connection, before: int) -> int:
    """Forget steps done before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount
