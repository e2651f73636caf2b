"""Making a ledger and bringing an older one up to date, with Alembic set up in code.

Alembic itself is imported only where it is needed: opening a ledger that is up to date does without.
"""

import time
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import OperationalError

from .. import engine, meta
from ..errors import LedgerError, SchemaAhead
from ..files import put_in_place
from ..locks import FileLock, hold_database
from ..schema import SCHEMA_VERSION, metadata

_FOLDER = Path(__file__).parent
_VERSION = text("SELECT version_num FROM alembic_version")


def migrate(address: str) -> str:
    """Make the ledger at an address if there is none, else bring it up to date; return its schema version.

    Raises:
        LedgerInUse: an operator works with it.
        SchemaAhead: a newer version wrote it.
    """
    url = engine.parse(address)
    file = engine.sqlite_file(url)
    if file is None:
        return migrate_url(url)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        return migrate_url(url)
    finally:
        lock.release()


def migrate_url(url: URL) -> str:
    """Do what `migrate` does; a SQLite file is locked by the caller."""
    file = engine.sqlite_file(url)
    if file is None or file.exists():
        return _upgrade(url)
    # Made under another name: a file that holds no ledger yet would be taken for a damaged one.
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    made = _upgrade(url.set(database=str(new)))
    put_in_place(new, file)
    return made


def _upgrade(url: URL) -> str:
    from alembic import command  # noqa: PLC0415  # slow to import, and not needed at most starts
    from alembic.config import Config  # noqa: PLC0415  # as above

    if engine.in_memory(url):
        raise LedgerError("A ledger in memory is made when it is opened.")
    with engine.writing(url).connect() as connection:
        hold_database(connection)
        connection.begin()
        before = version(connection)
        if before is not None and before > SCHEMA_VERSION:
            raise SchemaAhead(f"The ledger {engine.described(url)} was written by a newer operator. Update this one.")
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA_VERSION)
        if before is None:
            meta.begin(connection, epoch=meta.drawn_epoch(), at=int(time.time()))
        meta.keep_model_key(connection, meta.drawn_model_key())
        connection.commit()
    return SCHEMA_VERSION


def create_in_memory(connection: Connection) -> None:
    """Make all tables in a database that ends with the process. Its epoch is fixed, for the same bytes each run."""
    with connection.begin():
        metadata.create_all(connection, checkfirst=False)
        meta.begin(connection, epoch=meta.MEMORY_EPOCH, at=0)
        meta.keep_model_key(connection, meta.MEMORY_MODEL_KEY)


def exists(url: URL) -> bool:
    """Return whether there is anything at all at the address: a file, or a table of a ledger.

    Raises:
        LedgerError: the database cannot be reached.
    """
    file = engine.sqlite_file(url)
    if file is not None:
        return file.exists()
    try:
        with engine.writing(url).connect() as connection:
            return bool(inspect(connection).get_table_names())
    except OperationalError as error:
        detail = str(error.orig).strip()
        raise LedgerError(f"The database {engine.described(url)} cannot be reached ({detail}).") from error


def version(connection: Connection) -> str | None:
    """Return the schema version of a ledger, or None when there is none in the database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar_one_or_none()
