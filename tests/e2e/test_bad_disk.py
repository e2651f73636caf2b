"""A full disk: what cannot be stored is refused, what can be read is read. A damaged ledger is not opened."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.protocol import Hello, Snapshot, StreamOpen, decode, encode
from caravels_operator.common.protocol.errors import ReadOnly
from caravels_operator.common.protocol.paths import HELLO, READINGS, statement_path
from caravels_operator.ledger import readings, settlements
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify
from tests.e2e.processes import Served, caravels, served, write_options
from tests.operator_app.api.streams import open_stream
from tests.operator_app.community.town import DAY, EVE, HOUR, MARKET_OPEN, NAMES, Town, code_of, make_town
from tests.operator_app.ledger.small_disk import NotPermitted, small_disk

DISK_MB = 24


def url_of(data: Path) -> str:
    return f"sqlite:///{data / LEDGER_FILE}"


def batch_at(town: Town, number: int) -> bytes:
    """Return 400 readings of the past that no other batch has."""
    first = town.clock.now() // HOUR * HOUR - (number + 2) * 400 * HOUR
    return encode(town.batch(number, starts=range(first, first + 400 * HOUR, HOUR)))


# --- a bound on the file: anywhere ------------------------------------------------------------------------------------


async def pages(town: Town, most: int) -> None:
    """Let the database grow to so many pages and no further: to SQLite that is a full disk."""

    def work(conn: object) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {most}")  # type: ignore[attr-defined]  # a connection, whatever its class

    await town.ledger.run(work)


async def test_when_nothing_can_be_stored_commands_wait_and_reads_go_on(tmp_path: Path) -> None:
    town = await make_town(ledger=Ledger.open(url_of(tmp_path), inline=False, create=True))
    await town.trade_a_day()
    await town.settle_a_day()
    before = await town.rows()
    await pages(town, 1)
    number = 0
    while (answer := await town.send("POST", READINGS, batch_at(town, number), town.tokens["ana"])).status == 200:
        number += 1
        town.clock.instant += 10
    assert (answer.status, code_of(answer)) == (507, ReadOnly.code)
    assert b"Your home keeps its messages" in answer.body
    stored = await town.rows()

    assert (await town.get("bruno", statement_path(DAY))).status == 200
    assert (await town.send("GET", HELLO)).status == 200
    stream = open_stream(town, town.tokens["bruno"])
    assert [statement.day for statement in (await stream.hello_and_snapshot()).statements] == [DAY]
    await stream.leave()
    again = await town.send("POST", READINGS, batch_at(town, number), town.tokens["ana"])
    assert (again.status, await town.rows()) == (507, stored), "nothing of it is stored"

    await pages_again(town)
    retried = await town.send("POST", READINGS, batch_at(town, number), town.tokens["ana"])
    assert retried.status == 200
    assert (await town.rows())["settlement_lines"] == before["settlement_lines"]
    await town.ledger.close()
    assert verify(url_of(tmp_path)).sound


async def pages_again(town: Town) -> None:
    """Let the database grow again: space was made on the disk."""
    connection = town.ledger._transactor.connection()
    connection.connection.cursor().execute("PRAGMA max_page_count = 1000000")


async def test_a_step_that_cannot_be_stored_is_done_when_there_is_room(tmp_path: Path) -> None:
    town = await make_town(ledger=Ledger.open(url_of(tmp_path), inline=False, create=True))
    await town.at(EVE, MARKET_OPEN)
    await pages(town, 1)
    number = 0
    while (await town.send("POST", READINGS, batch_at(town, number), town.tokens["ana"])).status == 200:
        number += 1
        town.clock.instant += 10
    task = asyncio.create_task(town.operator.runner.run_for_ever())
    await town.ledger.read(lambda _: None)
    town.clock.move_to(town.clock.now() + 60)
    await town.ledger.read(lambda _: None)
    assert not task.done(), "the runner waits, it does not end"
    await pages_again(town)
    for _ in range(200):
        town.clock.move_to(town.clock.now() + 60)
        await town.ledger.read(lambda _: None)
        if (await town.rows())["auctions"]:
            break
    assert len((await town.rows())["auctions"]) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await town.ledger.close()
    assert verify(url_of(tmp_path)).sound


# --- a real disk --------------------------------------------------------------------------------------------------


@pytest.fixture
def disk() -> Iterator[Path]:
    try:
        with small_disk(DISK_MB) as place:
            yield place
    except NotPermitted as error:
        pytest.skip(str(error))


@asynccontextmanager
async def transport_to(operator: Served) -> AsyncIterator[HttpTransport]:
    async with aiohttp.ClientSession() as session:
        yield HttpTransport(session, [operator.address], operator.fingerprint)


async def test_an_operator_on_a_full_disk_reads_on_and_recovers_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    data = disk / "data"
    town = await make_town(ledger=Ledger.open(url_of(data), inline=True, create=True))
    await town.trade_a_day()
    await town.settle_a_day()
    await town.ledger.close()
    town.clock.instant = int(time.time())
    with served(write_options(tmp_path), data) as operator:
        async with transport_to(operator) as transport:
            filler = disk / "filler"
            fill(filler)
            stored = 0
            with pytest.raises(ReadOnly) as refusal:  # noqa: PT012  # what fits in between is stored
                while stored < 1_000:
                    await transport.request("POST", READINGS, batch_at(town, stored), town.tokens["ana"])
                    stored += 1
            assert "Make room on its disk" in refusal.value.detail

            for name in NAMES:
                assert await transport.request("GET", statement_path(DAY), b"", town.tokens[name])
            stream = await transport.open_stream(town.tokens["bruno"])
            frames = stream.frames()
            hello = decode(await anext(frames), Hello)
            await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=2**50)))
            assert decode(await anext(frames), Snapshot, max_bytes=2**22).as_of > 0
            await stream.close()

            filler.unlink()
            body = batch_at(town, stored)
            await transport.request("POST", READINGS, body, town.tokens["ana"])
        operator.process.signal(signal.SIGTERM)
        assert operator.process.wait() == 0, operator.process.said
    assert verify(url_of(data)).sound
    ledger = Ledger.open(url_of(data), inline=True)
    rows = await ledger.read(lambda conn: readings.history(conn, "ana", 0))
    assert len(rows) == 24 + (stored + 1) * 400, "what was acknowledged is there, once"
    assert await ledger.read(lambda conn: settlements.latest_version(conn, DAY)) == 1
    await ledger.close()


def fill(path: Path) -> None:
    """Write a file until its disk is full."""
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65_536))
    except OSError:
        return


# --- a damaged ledger -----------------------------------------------------------------------------------------------


async def traded(data: Path) -> None:
    town = await make_town(ledger=Ledger.open(url_of(data), inline=True, create=True))
    await town.trade_a_day()
    await town.settle_a_day()
    await town.ledger.close()


def test_a_damaged_ledger_is_not_opened_and_its_restore_is_named_and_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    asyncio.run(traded(data))
    options = write_options(tmp_path)
    place = ("--options", options, "--data", data)
    backup = data / "backups" / "yesterday.sqlite3"
    backup.parent.mkdir()
    assert caravels("backup", *place, backup).returncode == 0
    file = data / LEDGER_FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:8_192] + bytes(4_096) + b"rubbish " * 512 + whole[16_384:])

    said = caravels("serve", *place)
    assert said.returncode == 1
    assert "is damaged" in said.stderr
    assert f"caravels restore {backup} --overwrite" in said.stderr
    assert "Traceback" not in said.stderr
    assert file.read_bytes()[:8_192] == whole[:8_192], "the damaged file is left for whoever repairs"

    assert caravels("restore", *place, backup).returncode == 1, "what is there is not replaced unasked"
    restored = caravels("restore", *place, backup, "--overwrite")
    assert restored.returncode == 0, restored.stderr
    assert caravels("verify", *place).returncode == 0
    with served(options, data) as operator:
        operator.process.signal(signal.SIGTERM)
        assert operator.process.wait() == 0


def test_a_ledger_whose_last_entries_were_changed_is_not_opened(tmp_path: Path) -> None:
    data = tmp_path / "data"
    asyncio.run(traded(data))
    with sqlite3.connect(data / LEDGER_FILE) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE postings SET micro = micro + 1")
    connection.close()
    place = ("--options", write_options(tmp_path), "--data", data)
    said = caravels("serve", *place)
    assert (said.returncode, "is damaged" in said.stderr) == (1, True)
    checked = caravels("verify", *place)
    assert (checked.returncode, "FAULT" in checked.stdout) == (1, True)


@pytest.mark.parametrize("content", [b"", b"this is no database", b"SQLite format 3\x00" + bytes(4_080)])
def test_a_file_that_is_no_ledger_is_not_begun_anew(tmp_path: Path, content: bytes) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / LEDGER_FILE).write_bytes(content)
    said = caravels("serve", "--options", write_options(tmp_path), "--data", data)
    assert said.returncode == 1, said.stderr
    assert "Restore: caravels restore" in said.stderr
    assert (data / LEDGER_FILE).read_bytes()[: len(content)] == content


def test_a_ledger_that_is_gone_while_its_backups_are_there_is_not_begun_anew(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "backups").mkdir(parents=True)
    (data / "backups" / "last.sqlite3").write_bytes(b"x")
    said = caravels("serve", "--options", write_options(tmp_path), "--data", data)
    assert said.returncode == 1
    assert "Restore the newest backup: caravels restore" in said.stderr
