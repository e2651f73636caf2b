"""What a member said before and what it was answered, so that saying it again changes nothing."""

from sqlalchemy import Connection, bindparam, select, text

from .digests import checksum
from .schema import commands

_FIND = select(commands.c.digest, commands.c.reply).where(
    commands.c.member == bindparam("of"), commands.c.id == bindparam("nr")
)
_STORE = commands.insert()
_PRUNE = text("DELETE FROM commands WHERE at < :before")


def find(conn: Connection, member: str, command_id: str) -> tuple[bytes, bytes] | None:
    """Return the digest and the reply of a command that was answered, or None."""
    row = conn.execute(_FIND, {"of": member, "nr": command_id}).one_or_none()
    return None if row is None else (row.digest, row.reply)


def store(conn: Connection, member: str, command_id: str, digest: bytes, reply: bytes, at: int) -> None:
    """Keep the reply to a command, in the transaction of what it did.

    Raises:
        IntegrityError: the member used this id before.
    """
    row = {"member": member, "id": command_id, "digest": digest, "reply": reply, "at": at}
    conn.execute(_STORE, row | {"checksum": checksum(*row.values())})


def prune(conn: Connection, before: int) -> int:
    """Forget commands answered before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount
