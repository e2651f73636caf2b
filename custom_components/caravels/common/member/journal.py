"""A member's own state on disk: what was measured, decided, sent, and received, and up to which number.

One SQLite file, one transaction at a time, synced before it counts: kill -9 loses nothing that was acknowledged.
Bounded by age (`KEPT_DAYS`).
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..periods import DAY_S
from .expected_tables import Expectations, Outlooks
from .former import Former
from .journal_tables import Books, Forecasts, Queue, Readings, State
from .model_tables import Models, Offers
from .ports import JournalUnusable
from .received_tables import Documents, Events, Gates

KEPT_DAYS: Final = {
    "readings": ("start", 400),
    "documents": ("kept_from", 800),
    "books": ("made_at", 400),
    "events": ("at", 60),
    "forecasts": ("issued_at", 60),
    "queue": ("created_at", 60),
    "gates": ("gate_at", 60),
    "former": ("set_aside_at", 400),
    "outlooks": ("issued_at", 400),
    "expectations": ("issued_at", 60),
}
"""Table -> column that dates its rows [Unix s], and for how many days they are kept."""

SCHEMAS: Final = (
    """
CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE readings (
    period_s INTEGER NOT NULL, start INTEGER NOT NULL,
    import_wh INTEGER NOT NULL, export_wh INTEGER NOT NULL, quality TEXT NOT NULL,
    PRIMARY KEY (period_s, start)) WITHOUT ROWID;
CREATE TABLE documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, kept_from INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE books (
    day TEXT NOT NULL, revision INTEGER NOT NULL, command_id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
    state TEXT NOT NULL, code TEXT, epoch TEXT NOT NULL, made_at INTEGER NOT NULL,
    PRIMARY KEY (day, revision)) WITHOUT ROWID;
CREATE TABLE queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, command_id TEXT NOT NULL UNIQUE,
    method TEXT NOT NULL, path TEXT NOT NULL, body BLOB NOT NULL,
    created_at INTEGER NOT NULL, due_at INTEGER NOT NULL);
CREATE TABLE events (
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, applied INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE forecasts (
    day TEXT NOT NULL, issued_at INTEGER NOT NULL, period_s INTEGER NOT NULL, net_wh BLOB NOT NULL,
    PRIMARY KEY (day, issued_at)) WITHOUT ROWID;
""",
    """
ALTER TABLE readings ADD COLUMN generation_wh INTEGER;
ALTER TABLE readings ADD COLUMN charge_wh INTEGER;
ALTER TABLE readings ADD COLUMN discharge_wh INTEGER;
ALTER TABLE readings ADD COLUMN consumption_wh INTEGER;
CREATE TABLE gates (day TEXT PRIMARY KEY, gate_at INTEGER NOT NULL, epoch TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE former (
    whose TEXT NOT NULL, set_aside_at INTEGER NOT NULL, source TEXT NOT NULL, body BLOB NOT NULL);
""",
    """
CREATE TABLE outlooks (
    kind TEXT NOT NULL, source TEXT NOT NULL, half_day INTEGER NOT NULL,
    issued_at INTEGER NOT NULL, first INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, source, half_day)) WITHOUT ROWID;
CREATE TABLE expectations (
    target TEXT NOT NULL, horizon TEXT NOT NULL, issued_at INTEGER NOT NULL, first INTEGER NOT NULL,
    method TEXT NOT NULL, wh BLOB NOT NULL,
    PRIMARY KEY (target, horizon, issued_at)) WITHOUT ROWID;
CREATE TABLE offers (
    name TEXT PRIMARY KEY, body BLOB NOT NULL, refused TEXT, reported_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE models (
    name TEXT PRIMARY KEY, version TEXT NOT NULL, sha256 TEXT NOT NULL, data BLOB NOT NULL);
""",
)
"""What each version adds to the one before."""
SCHEMA_VERSION: Final = len(SCHEMAS)


class Journal:
    """The journal's tables over one connection. Work on them inside `run`, one caller at a time.

    Args:
        path: the file, made if it is not there; ":memory:" keeps nothing.

    Raises:
        JournalUnusable: the file is damaged, or was written by a newer version.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except sqlite3.Error:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            raise JournalUnusable(f"the member's journal {path} cannot be used: {error}") from error
        self.state = State(self._connection)
        self.readings = Readings(self._connection)
        self.documents = Documents(self._connection)
        self.books = Books(self._connection)
        self.queue = Queue(self._connection)
        self.events = Events(self._connection)
        self.forecasts = Forecasts(self._connection)
        self.gates = Gates(self._connection)
        self.former = Former(self._connection)
        self.outlooks = Outlooks(self._connection)
        self.expectations = Expectations(self._connection)
        self.offers = Offers(self._connection)
        self.models = Models(self._connection)

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"written by a newer version ({version}, known is {SCHEMA_VERSION})")
        if version < SCHEMA_VERSION:
            script = "".join(SCHEMAS[version:])
            self._connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    def run[T](self, work: Callable[[Journal], T]) -> T:
        """Run `work` in one transaction: all of it is stored when this returns, or none.

        Raises:
            JournalUnusable: SQLite refused; nothing was stored.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            result = work(self)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise JournalUnusable(f"the member's journal cannot be used: {error}") from error
        finally:
            if self._connection.in_transaction:  # SQLite rolls back by itself when the disk is full
                self._connection.execute("ROLLBACK")
        return result

    def prune(self, now: int) -> None:
        """Forget what is older than it is kept for, as of `now` [Unix s]."""
        for table, (column, days) in KEPT_DAYS.items():
            self._connection.execute(f"DELETE FROM {table} WHERE {column} < ?", (now - days * DAY_S,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class InlineJournal:
    """The journal where nothing else waits: virtual homes, tools and tests."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        """See `JournalPort`."""
        return self._journal.run(work)
