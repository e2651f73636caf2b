"""One operator a ledger: a second process is refused instead of doing every step twice."""

import fcntl
import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from .errors import LedgerInUse

_ADVISORY_KEY: Final = 0x6361_7261_7665_6C73
_TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")


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
    held = connection.execute(_TRY_LOCK, {"key": _ADVISORY_KEY}).scalar_one()
    connection.rollback()
    if not held:
        connection.close()
        raise LedgerInUse(f"Another operator works with {connection.engine.url!r}. Stop it first.")
