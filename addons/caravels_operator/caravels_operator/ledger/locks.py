"""One operator a ledger: a second process is refused instead of doing every step twice."""

import fcntl
import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from .errors import LedgerInUse

_LOCK_NOT_AVAILABLE: Final = "55P03"
_ADVISORY_KEY: Final = 0x6361_7261_7665_6C73
LOCK_TIMEOUT_MS: Final = 2_000
"""The server needs a moment to see that an operator was killed: one that starts again at once waits for it."""

_TIMEOUT = text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
_LOCK = text("SELECT pg_advisory_lock(:key)")


class FileLock:
    """An exclusive hold on a SQLite ledger, let go by `release` or by the end of the process."""

    def __init__(self, ledger: Path) -> None:
        """Take the hold.

        Raises:
            LedgerInUse: another process has it.
        """
        self._handle = os.open(ledger.with_name(f"{ledger.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._handle)
            raise LedgerInUse(f"Another operator works with {ledger}. Stop it first.") from error

    def release(self) -> None:
        """Let the ledger go."""
        os.close(self._handle)


def hold_database(connection: Connection) -> None:
    """Take the hold on a PostgreSQL ledger for as long as this connection lives; SQLite has its file lock.

    Raises:
        LedgerInUse: another process has it.
    """
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin():
            connection.execute(_TIMEOUT)
            connection.execute(_LOCK, {"key": _ADVISORY_KEY})
    except DBAPIError as error:
        connection.close()
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise LedgerInUse(f"Another operator works with {connection.engine.url!r}. Stop it first.") from error
