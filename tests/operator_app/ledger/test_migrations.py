"""The versions in migrations/ make exactly the tables of schema.py."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from caravels_operator.ledger import engine, meta, migrations, readings
from caravels_operator.ledger.errors import LedgerCorrupt, LedgerInUse, SchemaAhead, SchemaBehind
from caravels_operator.ledger.locks import hold_database
from caravels_operator.ledger.schema import SCHEMA_VERSION, metadata
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify

from .conftest import add_members


def test_the_last_version_is_the_one_the_program_asks_for() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [SCHEMA_VERSION]


def test_alembic_finds_no_difference(address: str) -> None:
    with engine.writing(engine.parse(address)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_table_check_index_and_trigger_is_the_same(address: str, second_address: str) -> None:
    with engine.writing(engine.parse(second_address)).connect() as connection, connection.begin():
        metadata.create_all(connection)
    assert everything(second_address) == everything(address)
    assert len(everything(address)) > 30


def everything(address: str) -> list[str]:
    """Return each statement that would make the database again, without Alembic's own table."""
    if address.startswith("sqlite"):
        with engine.writing(engine.parse(address)).connect() as connection:
            found = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).scalars().all()
        statements = [re.sub(r"\s+", " ", sql).replace("( ", "(").replace(" )", ")") for sql in found]
    else:
        url = make_url(address)
        dumped = subprocess.run(
            ["pg_dump", "--schema-only", "--no-comments", address],
            env=os.environ | {"PGPASSWORD": str(url.password)},
            check=True,
            capture_output=True,
            text=True,
        )
        statements = [part.strip() for part in re.sub(r"(?m)^--.*$|^\\.*$", "", dumped.stdout).split(";\n")]
    return sorted(sql for sql in statements if "alembic_version" not in sql)


def set_version(connection: Connection, version: str) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


@pytest.mark.parametrize(("version", "error"), [("0000", SchemaBehind), ("9999", SchemaAhead)])
def test_another_version_is_not_opened(address: str, version: str, error: type[Exception]) -> None:
    with engine.writing(engine.parse(address)).connect() as connection, connection.begin():
        set_version(connection, version)
    with pytest.raises(error, match=r"caravels migrate|Update this one"):
        Ledger.open(address, inline=True)


def test_a_newer_ledger_is_left_alone(address: str) -> None:
    with engine.writing(engine.parse(address)).connect() as connection, connection.begin():
        set_version(connection, "9999")
    with pytest.raises(SchemaAhead):
        migrations.migrate(address)
    assert verify(address).faults == (f"it is of version 9999, not {SCHEMA_VERSION}: update this operator",)


def test_migrating_again_changes_nothing(address: str) -> None:
    before = everything(address)
    assert migrations.migrate(address) == SCHEMA_VERSION
    assert everything(address) == before


async def test_a_ledger_at_work_is_not_migrated(address: str) -> None:
    ledger = Ledger.open(address, inline=False)
    with pytest.raises(LedgerInUse):
        migrations.migrate(address)
    await ledger.close()


def test_the_hold_ends_with_its_connection(address: str) -> None:
    if address.startswith("sqlite"):
        return
    writers = engine.writing(engine.parse(address))
    with writers.connect() as first:
        hold_database(first)
        with pytest.raises(LedgerInUse):
            hold_database(writers.connect())
    with writers.connect() as second:
        hold_database(second)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 300], ids=["empty", "garbage"])
def test_a_file_that_is_no_ledger_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(content)
    with pytest.raises(LedgerCorrupt, match="restore BACKUP"):
        Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite", inline=True, create=True)


FIRST_READING = (
    "INSERT INTO readings (member, start, period_s, import_wh, export_wh, quality, received_at, checksum) "
    "VALUES ('m01', 3600, 3600, 500, 20, 1, 7200, {checksum})"
)
WRITTEN = 0x7B33_0C44
"""CRC-32 of `["m01",3600,3600,500,20,1,7200]`, as version 0001 wrote it."""


def of_first_version(address: str, checksum: int) -> None:
    """Make a ledger as the first version of the schema left it, with a member's reading."""
    with engine.writing(engine.parse(address)).connect() as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        meta.begin(connection, epoch="a" * 32, at=5)
        add_members(connection)
        connection.execute(text(FIRST_READING.format(checksum=checksum)))


def test_a_ledger_of_the_first_version_keeps_all_it_holds(address: str, second_address: str) -> None:
    of_first_version(second_address, WRITTEN)
    with pytest.raises(SchemaBehind, match="of version 0001"):
        Ledger.open(second_address, inline=True)
    assert verify(second_address).faults == ("it is of version 0001, not 0002: migrate it first",)
    assert migrations.migrate(second_address) == SCHEMA_VERSION
    assert verify(second_address).faults == ()
    with engine.reading(engine.parse(second_address)).connect() as connection:
        assert readings.history(connection, "m01", 0) == [readings.Reading(3600, 500, 20, "measured")]
        assert meta.epoch(connection) == "a" * 32
        key = meta.model_key(connection)
    assert len(key) == 32
    assert everything(address) == everything(second_address), "an old ledger and a new one are alike"
    with engine.reading(engine.parse(address)).connect() as connection:
        assert meta.model_key(connection) != key, "each operator has a key of its own"
    migrations.migrate(second_address)
    with engine.reading(engine.parse(second_address)).connect() as connection:
        assert meta.model_key(connection) == key, "it is never replaced"


def test_what_was_wrong_before_is_still_wrong_after(empty_address: str) -> None:
    of_first_version(empty_address, WRITTEN ^ 1)
    migrations.migrate(empty_address)
    assert verify(empty_address).faults == ("the row m01, 3600 of readings is not what was written",)


async def test_an_operator_that_starts_brings_an_older_ledger_up_to_date(empty_address: str) -> None:
    of_first_version(empty_address, WRITTEN)
    ledger = Ledger.open(empty_address, inline=False, create=True)
    assert await ledger.read(lambda connection: len(readings.history(connection, "m01", 0))) == 1
    await ledger.close()
    assert verify(empty_address).faults == ()
