"""Copies of a ledger in one file, made while it works, and the way back: a restored ledger begins a new epoch."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfile, which

from sqlalchemy import URL

from . import engine, meta, migrations
from .errors import BackupFailed, LedgerMissing
from .files import put_in_place
from .locks import FileLock, hold_database
from .verify import Report, verify

_SQLITE_MAGIC = b"SQLite format 3\x00"
_DUMP_MAGIC = b"PGDMP"


def backup(address: str, target: Path) -> Report:
    """Copy a ledger into one file, also while an operator works with it, and return what the copy was verified to hold.

    Raises:
        LedgerMissing: there is no ledger.
        BackupFailed: it cannot be copied, or the copy is not sound; what `target` held before is untouched.
    """
    url = engine.parse(address)
    if not migrations.exists(url):
        raise LedgerMissing(f"There is no ledger at {engine.described(url)}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    try:
        file = engine.sqlite_file(url)
        if file is None:
            _run(url, "pg_dump", "--format=custom", f"--file={new}")
        else:
            _copy_sqlite(file, new)
        report = verify_backup(new)
        if not report.sound:
            raise BackupFailed(
                f"The ledger {engine.described(url)} is damaged: {report.faults[0]}. No backup was made."
            )
        put_in_place(new, target)
    finally:
        new.unlink(missing_ok=True)
    return report


def verify_backup(source: Path) -> Report:
    """Check a backup file. A copy of SQLite is checked like a ledger; a dump of PostgreSQL is read through.

    Raises:
        BackupFailed: it cannot be read, or is no backup.
    """
    if _magic(source).startswith(_SQLITE_MAGIC):
        return verify(f"sqlite:///{source}")
    if not _magic(source).startswith(_DUMP_MAGIC):
        raise BackupFailed(f"{source} is not a backup of a ledger.")
    _run(None, "pg_restore", "--file=/dev/null", str(source))
    return Report(())


def restore(source: Path, address: str, *, overwrite: bool = False) -> str:
    """Put a backup in the place of a ledger and return the new epoch.

    A SQLite ledger that was there is kept beside it as `NAME.replaced`, a PostgreSQL one as a dump beside the backup.

    Raises:
        LedgerInUse: an operator works with the ledger.
        BackupFailed: the backup is not sound or of the other kind of database, or a ledger is there and not to be
            replaced.
    """
    url = engine.parse(address)
    report = verify_backup(source)
    if not report.sound:
        raise BackupFailed(f"The backup {source} is damaged: {report.faults[0]}. Take an older one.")
    file = engine.sqlite_file(url)
    if _magic(source).startswith(_SQLITE_MAGIC) != (file is not None):
        raise BackupFailed(f"{source} is a backup of the other kind of database than {engine.described(url)}.")
    if migrations.exists(url) and not overwrite:
        raise BackupFailed(f"There is a ledger at {engine.described(url)}. Say that it is to be replaced: --overwrite")
    if file is None:
        with _held(url):
            _restore_postgresql(source, url)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file)
        try:
            _restore_sqlite(source, file)
        finally:
            lock.release()
    migrations.migrate(address)
    with engine.writing(url).connect() as connection, connection.begin():
        meta.mark_restored(connection)
        return meta.new_epoch(connection)


def _copy_sqlite(file: Path, new: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(new)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupFailed(f"The ledger {file} cannot be copied ({error}).") from error


def _restore_sqlite(source: Path, file: Path) -> None:
    new = file.with_name(f"{file.name}.new")
    copyfile(source, new)
    new.chmod(0o600)
    # The old log goes before the new file comes: it must never be taken for the new one's.
    for suffix in ("", "-wal", "-shm"):
        old = file.with_name(file.name + suffix)
        if old.exists():
            old.replace(file.with_name(f"{file.name}.replaced{suffix}"))
    put_in_place(new, file)


def _restore_postgresql(source: Path, url: URL) -> None:
    if migrations.exists(url):
        _run(url, "pg_dump", "--format=custom", f"--file={source.with_name(f'{source.name}.replaced')}")
    _run(url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))


@contextmanager
def _held(url: URL) -> Iterator[None]:
    with engine.writing(url).connect() as connection:
        hold_database(connection)
        yield


def _run(url: URL | None, program: str, *arguments: str) -> None:
    path = which(program)
    if path is None:
        raise BackupFailed(f"{program} is not installed. Install PostgreSQL's client programs of the server's version.")
    # The password goes by the environment: everybody can read a command line.
    environment, place = dict(os.environ), []
    if url is not None:
        environment["PGPASSWORD"] = str(url.password or "")
        place = [f"--dbname={url._replace(drivername='postgresql', password=None).render_as_string()}"]
    done = subprocess.run(  # noqa: S603  # a fixed program, found on the path
        [path, *place, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip()}")


def _magic(source: Path) -> bytes:
    try:
        with source.open("rb") as stream:
            return stream.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise BackupFailed(f"The backup {source} cannot be read ({error.strerror}).") from error
