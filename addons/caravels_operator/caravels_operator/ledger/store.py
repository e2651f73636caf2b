"""The ledger as its callers see it: works that run in one transaction each and are on disk when they return."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Connection, Engine

from . import engine, health, migrations
from .errors import LedgerError, LedgerMissing, SchemaBehind
from .locks import FileLock
from .reader import Reader
from .transactor import Transactor
from .writer import Writer


class Ledger:
    """An open ledger. Live: one writer thread with group commit, one reader. Inline: all in the caller, at once."""

    def __init__(self, transactor: Transactor, lock: FileLock | None, readers: Engine | None) -> None:
        """Use `open`. Without an engine for readers the ledger is inline."""
        self._transactor = transactor
        self._lock = lock
        self._writer = None if readers is None else Writer(transactor)
        self._reader = None if readers is None else Reader(transactor, readers)
        self._closed = False
        self._listeners: list[Callable[[], None]] = []

    @classmethod
    def open(cls, address: str, *, inline: bool, create: bool = False, backups: Path | None = None) -> Self:
        """Open the ledger at an address after looking whether it is whole and of this version.

        Args:
            address: `sqlite://` (memory, always made anew), `sqlite:////path` or `postgresql://...`.
            inline: run works in the caller, with no thread: for virtual time.
            create: make the ledger if there is none at all, and bring an older one up to date. One that is there but
                empty is damage, not a first start.
            backups: folder whose newest backup is named if the ledger is damaged; beside a SQLite file by default.

        Raises:
            LedgerMissing: there is none, and `create` is off or there are backups of one.
            LedgerInUse: another process has it.
            SchemaBehind, SchemaAhead: it is of another version.
            LedgerCorrupt: it is damaged; the text names the backup to restore.
        """
        url = engine.parse(address)
        if engine.in_memory(url) and not inline:
            raise LedgerError("A ledger in memory has one connection: open it inline.")
        file = engine.sqlite_file(url)
        lock = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(file)
        try:
            transactor = _opened(url, create=create, backups=backups)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(transactor, lock, None if inline else engine.reading(url))

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever something may have been stored; returns the way to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run[T](self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, once all it wrote is on disk. Its own error undoes it alone and is raised here.

        Raises:
            LedgerReadOnly: nothing can be stored now; reads still work, and the next call tries again.
            LedgerBroken: a flush failed: the process must be restarted.
            LedgerCorrupt: the database found itself damaged.
        """
        self._refuse_when_closed()
        if self._writer is not None:
            value: T = await self._writer.submit(work)
            self._tell()
            return value
        (outcome,) = self._transactor.commit([work])
        if outcome.error is not None:
            raise outcome.error
        result: T = outcome.value
        self._tell()
        return result

    async def read[T](self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads, all of one moment, also while nothing can be written. It must not write.

        Raises:
            LedgerBroken, LedgerCorrupt: what the ledger holds cannot be trusted.
        """
        self._refuse_when_closed()
        if self._reader is not None:
            return await self._reader.submit(work)
        result: T = self._transactor.look(work)
        return result

    async def close(self) -> None:
        """Finish what is queued and let the database go."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            await self._writer.close()
        if self._reader is not None:
            await self._reader.close()
        self._transactor.close()
        if self._lock is not None:
            self._lock.release()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise LedgerError("The ledger is closed.")


def _opened(url: URL, *, create: bool, backups: Path | None) -> Transactor:
    if engine.in_memory(url):
        transactor = Transactor(url, engine.writing(url))
        migrations.create_in_memory(transactor.connection())
        return transactor
    if not migrations.exists(url):
        if newest := health.newest_backup(url, backups):
            raise LedgerMissing(
                f"The ledger {engine.described(url)} is gone. Restore the newest backup: caravels restore {newest}"
            )
        if not create:
            raise LedgerMissing(f"There is no ledger at {engine.described(url)}. Make one: caravels migrate")
        migrations.migrate_url(url)
    try:
        health.check(url, backups)
    except SchemaBehind:
        if not create:
            raise
        migrations.migrate_url(url)
        health.check(url, backups)
    transactor = Transactor(url, engine.writing(url))
    transactor.connection()
    return transactor
