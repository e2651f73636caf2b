"""A full disk, a disk that fails to flush, a database that goes away: said clearly, nothing corrupted, reads go on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from caravels_operator.ledger import migrations, outbox
from caravels_operator.ledger.errors import LedgerReadOnly
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify

from . import postgresql
from .conftest import add_members
from .small_disk import NotPermitted, small_disk

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "addons" / "caravels_operator"
BODY_BYTES = 65_536


def append(size: int = BODY_BYTES) -> Callable[[Connection], int]:
    return lambda conn: outbox.append(conn, "m01", os.urandom(size), 1)


def stored(conn: Connection) -> list[int]:
    return [push.seq for push in outbox.since(conn, "m01", 0, 100_000)]


async def filled_up(ledger: Ledger) -> int:
    """Write until nothing can be stored; return how many writes were acknowledged."""
    for acknowledged in range(10_000):
        try:
            await ledger.run(append())
        except LedgerReadOnly:
            return acknowledged
    raise AssertionError("it was never full")


async def assert_read_only(ledger: Ledger, acknowledged: int) -> None:
    for _ in range(3):
        with pytest.raises(LedgerReadOnly, match=r"Make room on its disk; reading still works"):
            await ledger.run(append())
    assert await ledger.read(stored) == list(range(1, acknowledged + 1))


async def assert_goes_on(ledger: Ledger, address: str, acknowledged: int) -> None:
    assert await ledger.run(append()) == acknowledged + 1
    assert await ledger.run(append()) == acknowledged + 2
    await ledger.close()
    assert verify(address).faults == ()


@pytest.mark.parametrize("inline", [False, True], ids=["live", "inline"])
async def test_a_full_file_is_read_only_until_there_is_room(tmp_path: Path, inline: bool) -> None:
    address = f"sqlite:///{tmp_path}/ledger.sqlite"
    ledger = Ledger.open(address, inline=inline, create=True)
    await ledger.run(add_members)

    def limit(pages: int) -> None:
        """What a disk's size is to the file; on the writing connection, which rests now."""
        cursor = ledger._transactor.connection().connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        cursor.close()

    limit(1_500)
    acknowledged = await filled_up(ledger)
    assert acknowledged > 10
    await assert_read_only(ledger, acknowledged)
    limit(10_000)
    await assert_goes_on(ledger, address, acknowledged)


async def test_memory_that_is_full_keeps_what_it_has() -> None:
    ledger = Ledger.open("sqlite://", inline=True)
    await ledger.run(add_members)
    await ledger.run(lambda conn: conn.execute(text("PRAGMA max_page_count = 1500")).close())
    acknowledged = await filled_up(ledger)
    assert acknowledged > 10
    await assert_read_only(ledger, acknowledged)
    await ledger.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def full_disk(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """The address of a new ledger on a small disk, and a file there that can be removed to make room."""
    with ExitStack() as stack:
        on_server = request.param == "postgresql"
        server: str = request.getfixturevalue("postgresql_server") if on_server else ""
        try:
            disk = stack.enter_context(small_disk(64 if on_server else 12))
        except NotPermitted as reason:
            pytest.skip(str(reason))
        filler = disk / "filler"
        filler.write_bytes(bytes((16 if on_server else 4) * 2**20))
        if not on_server:
            yield f"sqlite:///{disk}/ledger.sqlite", filler
            return
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            (disk / "space").mkdir()
            shutil.chown(disk / "space", "postgres")
            admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}/space'".encode())
            admin.execute(b"CREATE DATABASE on_small_disk TABLESPACE small")
        yield f"{server}/on_small_disk", filler
        postgresql.drop_database(server, "on_small_disk")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(b"DROP TABLESPACE small")


async def test_a_full_disk_is_read_only_until_there_is_room(full_disk: tuple[str, Path]) -> None:
    address, filler = full_disk
    migrations.migrate(address)
    ledger = Ledger.open(address, inline=False)
    await ledger.run(add_members)
    acknowledged = await filled_up(ledger)
    assert acknowledged > 10
    await assert_read_only(ledger, acknowledged)
    remove(filler)
    await assert_goes_on(ledger, address, acknowledged)


def remove(file: Path) -> None:
    file.unlink()


FLUSHING = """
import asyncio, json, sys
from pathlib import Path
from caravels_operator.ledger import outbox
from caravels_operator.ledger.store import Ledger
from tests.operator_app.ledger.conftest import add_members

async def said(awaitable):
    try:
        return await awaitable
    except Exception as error:
        return [type(error).__name__, str(error)]

async def main():
    address, flag = sys.argv[1], Path(sys.argv[2])
    ledger = Ledger.open(address, inline=False, create=True)
    await ledger.run(add_members)
    append = lambda conn: outbox.append(conn, "m01", b"x", 1)
    found = [await said(ledger.run(append))]
    flag.touch()
    found.append(await said(ledger.run(append)))
    flag.unlink()
    found.append(await said(ledger.run(append)))
    found.append(await said(ledger.read(lambda conn: 1)))
    await ledger.close()
    print(json.dumps(found))

asyncio.run(main())
"""


def test_after_a_failed_flush_nothing_is_believed_until_the_process_is_restarted(tmp_path: Path) -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed (apt-get install gcc)")
    library = tmp_path / "failing_flush.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, HERE / "failing_flush.c", "-ldl"], check=True)
    address, flag = f"sqlite:///{tmp_path}/ledger.sqlite", tmp_path / "flag"
    environment = os.environ | {
        "LD_PRELOAD": str(library),
        "FLUSH_FAILS": str(flag),
        "PYTHONPATH": f"{PACKAGE}:{HERE.parents[2]}",
    }
    done = subprocess.run(
        [sys.executable, "-c", FLUSHING, address, str(flag)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    first, failing, after, reading = json.loads(done.stdout)
    assert first == 1
    assert failing[0] == "LedgerBroken"
    assert "did not reach the disk" in failing[1]
    assert "restart the operator" in failing[1]
    assert failing == after == reading
    assert verify(address).faults == ()


async def test_a_database_that_goes_away_comes_back(address: str) -> None:
    if address.startswith("sqlite"):
        return  # a file does not go away under its process
    ledger = Ledger.open(address, inline=False)
    await ledger.run(add_members)
    assert await ledger.run(append(10)) == 1
    with psycopg.connect(address.rsplit("/", 1)[0] + "/postgres", autocommit=True) as admin:
        name = address.rsplit("/", 1)[1].encode()
        admin.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + b"'")
        admin.execute(b"ALTER DATABASE " + name + b" ALLOW_CONNECTIONS false")
        with pytest.raises(LedgerReadOnly, match=r"is away .* tried again"):
            await ledger.run(append(10))
        with pytest.raises(LedgerReadOnly, match="is away"):
            await ledger.run(append(10))
        with pytest.raises(LedgerReadOnly, match="is away"):
            await ledger.read(stored)
        admin.execute(b"ALTER DATABASE " + name + b" ALLOW_CONNECTIONS true")
    assert await ledger.run(append(10)) == 2
    assert await ledger.read(stored) == [1, 2]
    await ledger.close()
