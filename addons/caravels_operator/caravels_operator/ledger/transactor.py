"""Works in, one commit, outcomes out: the same for the writer thread of a live ledger and for an inline one."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from .crash import at_crash_point
from .engine import described, in_memory, sqlite_file
from .errors import LedgerBroken, LedgerCorrupt, LedgerError, LedgerReadOnly
from .failures import Failure, failure_of
from .locks import hold_database
from .schema import probe

type Work = Callable[[Connection], Any]

CHECKPOINT_COMMITS: Final = 64
PROBE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one work: its value, or the error that undid it."""

    value: Any = None
    error: BaseException | None = None


class Transactor:
    """Holds the one writing connection and what is known about its health."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self.where = described(url)
        self._in_memory = in_memory(url)
        self._engine = engine
        self._connection: Connection | None = None
        self._refusal: LedgerError | None = None
        self._commits = 0
        self._checkpoints = sqlite_file(url) is not None

    def commit(self, works: Sequence[Work]) -> list[Outcome]:
        """Run works in one transaction, each undone alone if it fails, and commit once.

        Outcomes are in the order of the works. If the storage or the commit fails, all of them fail and nothing of them
        is stored (or, when the connection was lost at the commit, all of it may be: commands are repeated by their id).
        """
        committing = False
        try:
            connection = self._ready()
            connection.begin()
            outcomes = self._attempt(connection, works)
            at_crash_point("before_commit")
            committing = True
            connection.commit()
        except LedgerError as error:
            return [Outcome(error=error)] * len(works)
        except Exception as error:  # noqa: BLE001  # whatever it was, the works must not look stored
            return [Outcome(error=self._give_up(error, committing=committing))] * len(works)
        at_crash_point("after_commit")
        self._checkpoint_now_and_then(connection)
        return outcomes

    def connection(self) -> Connection:
        """Return the writing connection, made anew after it was lost."""
        if self._connection is None:
            connection = self._engine.connect()
            hold_database(connection)
            self._connection = connection
        return self._connection

    def look(self, work: Work) -> Any:
        """Return what a work reads through the writing connection; nothing it writes stays."""
        self.raise_if_final()
        connection = self.connection()
        connection.begin()
        try:
            return work(connection)
        finally:
            connection.rollback()

    def raise_if_final(self) -> None:
        """Raise if what the ledger holds cannot be trusted before the process is restarted.

        Raises:
            LedgerBroken: a flush failed.
            LedgerCorrupt: the database found itself damaged.
        """
        if isinstance(self._refusal, LedgerBroken | LedgerCorrupt):
            raise self._refusal

    def close(self) -> None:
        """Let go of the connection; the file is then whole by itself."""
        if self._connection is None:
            return
        if self._checkpoints and self._refusal is None:
            self._connection.rollback()
            self._checkpoint(self._connection, "TRUNCATE")
        self._connection.close()
        self._connection = None

    def _ready(self) -> Connection:
        self.raise_if_final()
        connection = self.connection()
        if self._refusal is not None:
            self._probe(connection)
            self._refusal = None
        return connection

    def _attempt(self, connection: Connection, works: Sequence[Work]) -> list[Outcome]:
        if len(works) == 1:
            return [_alone(connection, works[0])]
        return [_beside_others(connection, work) for work in works]

    def _probe(self, connection: Connection) -> None:
        """Store and remove a block: it fails while nothing can be stored, and leaves its room to what comes next."""
        for body in (bytes(PROBE_BYTES), b""):
            connection.begin()
            connection.execute(probe.delete())
            connection.execute(probe.insert(), {"id": 1, "body": body})
            connection.commit()

    def _give_up(self, error: Exception, *, committing: bool) -> LedgerError | Exception:
        kind = failure_of(error, committing=committing)
        connection, self._connection = self._connection, None
        if connection is not None:
            sound = kind in (Failure.OWN, Failure.STORAGE) and _rolled_back(connection)
            if sound or self._in_memory:
                self._connection = connection
            else:
                _dropped(connection)
        if kind is Failure.OWN:
            return error
        self._refusal = refusal(kind, self.where, error)
        return self._refusal

    def _checkpoint_now_and_then(self, connection: Connection) -> None:
        self._commits += 1
        if self._checkpoints and self._commits % CHECKPOINT_COMMITS == 0:
            self._checkpoint(connection, "PASSIVE")

    def _checkpoint(self, connection: Connection, mode: str) -> None:
        """Carry the write-ahead log over into the file. A failure counts for what comes next: the log has it all."""
        try:
            connection.connection.cursor().execute(f"PRAGMA wal_checkpoint({mode})")
        except sqlite3.Error as error:
            self._give_up(error, committing=True)


def _alone(connection: Connection, work: Work) -> Outcome:
    try:
        return Outcome(work(connection))
    except Exception as error:
        if failure_of(error) is not Failure.OWN:
            raise
        connection.rollback()
        connection.begin()
        return Outcome(error=error)


def _beside_others(connection: Connection, work: Work) -> Outcome:
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        outcome = Outcome(work(connection))
    except Exception as error:
        if failure_of(error) is not Failure.OWN:
            raise
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT work")
        outcome = Outcome(error=error)
    connection.exec_driver_sql("RELEASE SAVEPOINT work")
    return outcome


def _rolled_back(connection: Connection) -> bool:
    try:
        connection.rollback()
    except DBAPIError:
        return False
    return not connection.invalidated


def _dropped(connection: Connection) -> None:
    try:
        connection.invalidate()
        connection.close()
    except Exception:  # noqa: BLE001, S110  # it is thrown away because it failed already
        pass


def refusal(kind: Failure, where: str, error: Exception) -> LedgerError:
    """Return what callers are told after a failure that concerns the ledger at `where` itself."""
    detail = str(getattr(error, "orig", error)).strip()
    match kind:
        case Failure.STORAGE:
            text = f"Nothing can be stored in {where} ({detail}). Make room on its disk; reading still works."
            return LedgerReadOnly(text)
        case Failure.LOST:
            return LedgerReadOnly(f"The database {where} is away ({detail}). It is tried again with the next message.")
        case Failure.FLUSH:
            return LedgerBroken(
                f"A write to {where} did not reach the disk ({detail}). Check the disk, then restart the operator."
            )
        case _:
            return LedgerCorrupt(f"The ledger {where} is damaged ({detail}). Stop the operator and restore a backup.")
