"""What the ledger says about itself: its epoch, when it was made, when it last began again from a backup, its key."""

import secrets
from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from .schema import meta

MEMORY_EPOCH: Final = "0" * 32
"""A ledger in memory is never restored, so its epoch need not be chance."""
MEMORY_MODEL_KEY: Final = "0" * 64
"""Nobody outside its process trusts it."""

_GET = select(meta.c.value).where(meta.c.key == bindparam("key"))
_SET = text(
    "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_SET_ONCE = text("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING")


def epoch(conn: Connection) -> str:
    """Return the epoch (32 hex digits), another one after every restore."""
    found: str = conn.execute(_GET, {"key": "epoch"}).scalar_one()
    return found


def created_at(conn: Connection) -> int:
    """Return when the ledger was made [Unix s]."""
    return int(conn.execute(_GET, {"key": "created_at"}).scalar_one())


def new_epoch(conn: Connection) -> str:
    """Begin a new epoch and return it: what members counted before is no longer theirs to count on."""
    return _set(conn, "epoch", drawn_epoch())


def drawn_epoch() -> str:
    """Return a new epoch (32 hex digits) by chance."""
    return secrets.token_hex(16)


def mark_restored(conn: Connection) -> None:
    """Note that this is a backup's state: what happened after it was made is not known here."""
    _set(conn, "restored_at", "")


def note_restart(conn: Connection, at: int) -> bool:
    """Note the first start [Unix s] after a restore; return False, changing nothing, if this is not one."""
    if conn.execute(_GET, {"key": "restored_at"}).scalar_one_or_none() != "":
        return False
    _set(conn, "restored_at", str(at))
    return True


def restored_at(conn: Connection) -> int | None:
    """Return when [Unix s] the operator first started after the last restore, None if there was none."""
    found = conn.execute(_GET, {"key": "restored_at"}).scalar_one_or_none()
    return int(found) if found else None


def model_key(conn: Connection) -> bytes:
    """Return the secret (32 bytes) under which models are signed: made with the ledger, and in every backup of it."""
    return bytes.fromhex(conn.execute(_GET, {"key": "model_key"}).scalar_one())


def drawn_model_key() -> str:
    """Return a new secret for models (64 hex digits) by chance."""
    return secrets.token_hex(32)


def keep_model_key(conn: Connection, key: str) -> None:
    """Write the secret for models (64 hex digits) where there is none yet: it is never replaced."""
    conn.execute(_SET_ONCE, {"key": "model_key", "value": key})


def begin(conn: Connection, *, epoch: str, at: int) -> None:
    """Write what a new ledger says about itself."""
    _set(conn, "epoch", epoch)
    _set(conn, "created_at", str(at))


def _set(conn: Connection, key: str, value: str) -> str:
    conn.execute(_SET, {"key": key, "value": value})
    return value
