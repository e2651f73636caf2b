"""Which failures of a database concern one piece of work alone, and which concern the ledger itself."""

import sqlite3
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError


class Failure(Enum):
    """What a failure says about the ledger."""

    OWN = auto()
    """Nothing: the work itself was wrong."""
    STORAGE = auto()
    """Nothing can be stored now; what was stored is sound."""
    LOST = auto()
    """The connection is gone; whether a commit under way was made is unknown to us, not to the database."""
    FLUSH = auto()
    """A flush to disk failed: what the disk holds is unknown."""
    CORRUPT = auto()
    """The database says itself that it is damaged."""


_FLUSH_CODES = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC})
_STORAGE_CODES = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}
)
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_STORAGE_STATES = ("53", "58", "25006", "57P")  # no resources, system error, standby, shutting down
_CORRUPT_STATES = ("XX001", "XX002")


def failure_of(error: BaseException, *, committing: bool = False) -> Failure:
    """Return what an error says about the ledger; an I/O error while committing counts as a failed flush."""
    cause = (error.orig if isinstance(error, DBAPIError) else None) or error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(getattr(cause, "sqlite_errorcode", 0), committing=committing)
    if type(cause).__module__.partition(".")[0] == "psycopg":
        return _of_postgresql(cause, lost=isinstance(error, DBAPIError) and error.connection_invalidated)
    return Failure.OWN


def _of_sqlite(code: int, *, committing: bool) -> Failure:
    primary = code & 0xFF
    if code in _FLUSH_CODES or (committing and primary == sqlite3.SQLITE_IOERR):
        return Failure.FLUSH
    if primary in _CORRUPT_CODES:
        return Failure.CORRUPT
    return Failure.STORAGE if primary in _STORAGE_CODES else Failure.OWN


def _of_postgresql(error: BaseException, *, lost: bool) -> Failure:
    import psycopg  # noqa: PLC0415  # a ledger in SQLite does without its 10 MB

    state = getattr(error, "sqlstate", None) or ""
    if state.startswith(_CORRUPT_STATES):
        return Failure.CORRUPT
    if lost or (isinstance(error, psycopg.OperationalError) and not state):
        return Failure.LOST
    return Failure.STORAGE if state.startswith(_STORAGE_STATES) else Failure.OWN
