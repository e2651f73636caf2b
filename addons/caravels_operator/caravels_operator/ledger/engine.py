"""From a ledger's address to connections whose transactions and durability are exactly as asked for."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, PoolProxiedConnection

from .errors import LedgerError

BUSY_TIMEOUT_MS: Final = 5_000
WAL_LIMIT_BYTES: Final = 16 * 2**20
CONNECT_TIMEOUT_S: Final = 5

_DURABLE: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # an erased person is gone from the file, not only from the tables
    "wal_autocheckpoint = 0",  # its failures would be swallowed: the writer does it and looks
    f"journal_size_limit = {WAL_LIMIT_BYTES}",
)


def parse(address: str) -> URL:
    """Return a ledger's address: `sqlite://` (memory), `sqlite:////path` or `postgresql://user:word@host/name`.

    Raises:
        LedgerError: it is none of these.
    """
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise LedgerError(
            "The ledger's address is not one: write sqlite:////folder/file or postgresql://..."
        ) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(f"A ledger lives in SQLite or PostgreSQL, not in {url.get_backend_name()}.")
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite address, or None for memory and for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def in_memory(url: URL) -> bool:
    """Return whether the address is a ledger that ends with its process."""
    return url.get_backend_name() == "sqlite" and sqlite_file(url) is None


def described(url: URL) -> str:
    """Return the address for people, without its password."""
    return str(sqlite_file(url) or url.render_as_string(hide_password=True))


def writing(url: URL) -> Engine:
    """Return an engine whose transactions take the write lock at their begin and are on disk at their end."""
    return _sqlite(url, "BEGIN IMMEDIATE", _DURABLE) if url.get_backend_name() == "sqlite" else _postgresql(url)


def reading(url: URL) -> Engine:
    """Return an engine whose transactions see one moment and cannot write."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, "BEGIN", ("query_only = ON",))
    return _postgresql(url, isolation_level="REPEATABLE READ").execution_options(postgresql_readonly=True)


def _postgresql(url: URL, **options: Any) -> Engine:
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "caravels"}
    return create_engine(url, poolclass=NullPool, connect_args=arguments, **options)


def _sqlite(url: URL, begin: str, pragmas: tuple[str, ...]) -> Engine:
    # A ledger's connection moves from the thread that opens it to the one that works with it.
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver would begin and commit by rules of its own
        for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def _begin(connection: PoolProxiedConnection) -> None:
        connection.cursor().execute(begin)

    # The event "begin" would do too, but with it every statement pays for events.
    engine.dialect.do_begin = _begin  # type: ignore[method-assign, assignment]  # on this engine alone
    return engine
