"""What the operator has to tell each member: numbered gapless, written with its cause, kept until acknowledged."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from .bulk import insert_rows
from .digests import checksum
from .schema import outbox, outbox_heads


@dataclass(frozen=True, slots=True)
class Push:
    """A numbered message to a member: its encoded body."""

    seq: int
    at: int
    body: bytes


_NEXT = text(
    "INSERT INTO outbox_heads (member, last_seq, acked) VALUES (:of, 1, 0) "
    "ON CONFLICT (member) DO UPDATE SET last_seq = outbox_heads.last_seq + 1 RETURNING last_seq"
)
_APPEND = outbox.insert()
_HEADS = select(outbox_heads.c.member, outbox_heads.c.last_seq)
_SET_HEAD = text(
    "INSERT INTO outbox_heads (member, last_seq, acked) VALUES (:of, :last, 0) "
    "ON CONFLICT (member) DO UPDATE SET last_seq = excluded.last_seq"
)
_SINCE = (
    select(outbox.c.seq, outbox.c.at, outbox.c.body)
    .where(outbox.c.member == bindparam("of"), outbox.c.seq > bindparam("after"))
    .order_by(outbox.c.seq)
    .limit(bindparam("most"))
)
_HEAD = select(outbox_heads.c.last_seq, outbox_heads.c.acked).where(outbox_heads.c.member == bindparam("of"))
_ACKNOWLEDGE = text(
    "UPDATE outbox_heads SET acked = CASE WHEN :seq < last_seq THEN :seq ELSE last_seq END "
    "WHERE member = :of AND acked < :seq"
)
_PRUNE = text(
    "DELETE FROM outbox WHERE at < :before "
    "AND seq <= (SELECT acked FROM outbox_heads WHERE outbox_heads.member = outbox.member)"
)


def append(conn: Connection, member: str, body: bytes, at: int) -> int:
    """Put a push into a member's outbox and return its number, one more than the last."""
    seq: int = conn.execute(_NEXT, {"of": member}).scalar_one()
    conn.execute(
        _APPEND, {"member": member, "seq": seq, "at": at, "body": body, "checksum": checksum(member, seq, at, body)}
    )
    return seq


def append_many(conn: Connection, pushes: Sequence[tuple[str, bytes]], at: int) -> list[int]:
    """Put pushes (member, body) into their outboxes, in order, and return their numbers."""
    heads: dict[str, int] = dict(conn.execute(_HEADS).tuples().all())
    rows = []
    for member, body in pushes:
        heads[member] = heads.get(member, 0) + 1
        seq = heads[member]
        rows.append((member, seq, at, body, checksum(member, seq, at, body)))
    if rows:
        conn.execute(_SET_HEAD, [{"of": member, "last": heads[member]} for member in {row[0]: None for row in rows}])
        insert_rows(conn, outbox, rows)
    return [row[1] for row in rows]


def since(conn: Connection, member: str, seq: int, limit: int) -> list[Push]:
    """Return a member's pushes after a number, ascending, at most `limit`."""
    return [Push(*row) for row in conn.execute(_SINCE, {"of": member, "after": seq, "most": limit}).all()]


def last_seq(conn: Connection, member: str) -> int:
    """Return the number of a member's last push, 0 before the first."""
    head = conn.execute(_HEAD, {"of": member}).one_or_none()
    return 0 if head is None else int(head.last_seq)


def acknowledge(conn: Connection, member: str, seq: int) -> None:
    """Note that a member has journalled all up to a number. A lower one than before, or one never sent, is ignored."""
    conn.execute(_ACKNOWLEDGE, {"of": member, "seq": seq})


def acked(conn: Connection, member: str) -> int:
    """Return the number up to which a member has journalled its pushes."""
    head = conn.execute(_HEAD, {"of": member}).one_or_none()
    return 0 if head is None else int(head.acked)


def prune(conn: Connection, before: int) -> int:
    """Forget acknowledged pushes from before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount
