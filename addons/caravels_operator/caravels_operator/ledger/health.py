"""Whether a ledger may be opened: of this version, whole, and its last entries sealed as they were booked."""

import struct
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from . import chain, engine, migrations
from .errors import LedgerCorrupt, LedgerError, SchemaAhead, SchemaBehind
from .failures import Failure, failure_of
from .schema import SCHEMA_VERSION

TAIL_ENTRIES: Final = 8
"""Entries whose hashes are computed again at every start; `verify` does all."""
BACKUP_FOLDER: Final = "backups"
UNREADABLE: Final = (DBAPIError, ValueError, TypeError, LookupError, OverflowError, struct.error)
"""What reading a damaged file raises: the driver's errors, and whatever becomes of text and numbers that are none."""

_QUICK_CHECK = text("PRAGMA quick_check(5)")


def check(url: URL, backups: Path | None) -> None:
    """Look whether a ledger may be opened.

    Raises:
        SchemaBehind, SchemaAhead: it is of another version.
        LedgerCorrupt: it is damaged; the text names the backup to restore.
        LedgerError: the database cannot be reached.
    """
    try:
        with engine.reading(url).connect() as connection:
            faults = structure_faults(connection)
            found = None if faults else migrations.version(connection)
            if found == SCHEMA_VERSION:
                faults = chain.verify_tail(connection, TAIL_ENTRIES)
    except UNREADABLE as error:
        if failure_of(error) in (Failure.LOST, Failure.STORAGE):
            text_ = f"The ledger {engine.described(url)} cannot be read ({str(getattr(error, 'orig', error)).strip()})."
            raise LedgerError(text_) from error
        raise _corrupt(url, backups, str(getattr(error, "orig", error))) from error
    if faults:
        raise _corrupt(url, backups, faults[0])
    if found is None:
        raise _corrupt(url, backups, "it holds no ledger")
    if found < SCHEMA_VERSION:
        raise SchemaBehind(
            f"The ledger {engine.described(url)} is of version {found}. Bring it up to date: caravels migrate"
        )
    if found > SCHEMA_VERSION:
        raise SchemaAhead(f"The ledger {engine.described(url)} was written by a newer operator. Update this one.")


def structure_faults(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong with its file; PostgreSQL looks after its own pages."""
    if connection.dialect.name != "sqlite":
        return []
    return [line for line in connection.execute(_QUICK_CHECK).scalars() if line != "ok"]


def newest_backup(url: URL, backups: Path | None) -> Path | None:
    """Return the newest file in the folder of backups, or None."""
    file = engine.sqlite_file(url)
    folder = backups or (file.parent / BACKUP_FOLDER if file is not None else None)
    if folder is None or not folder.is_dir():
        return None
    return max((f for f in folder.iterdir() if f.is_file()), key=lambda f: (f.stat().st_mtime, f.name), default=None)


def _corrupt(url: URL, backups: Path | None, detail: str) -> LedgerCorrupt:
    newest = newest_backup(url, backups)
    remedy = f"{newest or 'BACKUP'} --overwrite{'' if newest else ' (no backup was found beside it)'}"
    return LedgerCorrupt(
        f"The ledger {engine.described(url)} is damaged ({detail.strip()}). It was not opened. "
        f"Restore: caravels restore {remedy}"
    )
