"""Transactions of a live and an inline ledger: group commit, isolation, refusal."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from caravels_operator.ledger import members, meta, outbox
from caravels_operator.ledger.errors import LedgerError, LedgerInUse, LedgerMissing
from caravels_operator.ledger.store import Ledger

from .conftest import add_members


class Mistake(Exception):
    """A work's own."""


def append(body: bytes) -> Callable[[Connection], int]:
    return lambda conn: outbox.append(conn, "m01", body, 1)


def bodies(conn: Connection) -> list[bytes]:
    return [push.body for push in outbox.since(conn, "m01", 0, 10_000)]


async def test_a_work_returns_its_value_and_is_there_for_readers(ledger: Ledger) -> None:
    assert await ledger.run(append(b"a")) == 1
    assert await ledger.read(bodies) == [b"a"]


async def test_a_failing_work_is_undone_alone(ledger: Ledger) -> None:
    def raises(error: Exception) -> Callable[[Connection], int]:
        def work(conn: Connection) -> int:
            outbox.append(conn, "m01", b"never", 1)
            raise error

        return work

    def violates(conn: Connection) -> int:
        outbox.append(conn, "m01", b"never", 1)
        members.add(conn, members.Member("m01", "r", "t", 1, "active", 1))
        return 0

    works = [work for n in range(100) for work in (append(str(n).encode()), raises(Mistake(str(n))), violates)]
    results = await asyncio.gather(*map(ledger.run, works), return_exceptions=True)
    assert results[0::3] == list(range(1, 101))
    assert [str(error) for error in results[1::3]] == [str(n) for n in range(100)]
    assert {type(error) for error in results[2::3]} == {IntegrityError}
    assert await ledger.read(bodies) == [str(n).encode() for n in range(100)]


async def test_works_that_queue_up_share_a_commit(ledger: Ledger) -> None:
    seen: list[int] = []
    transactor = ledger._transactor
    commit = transactor.commit

    def counted(works: list[Callable[[Connection], object]]) -> object:
        seen.append(len(works))
        return commit(works)

    transactor.commit = counted  # type: ignore[method-assign, assignment]  # counts what the store commits
    await asyncio.gather(*(ledger.run(append(b"x")) for _ in range(500)))
    assert sum(seen) == 500
    assert max(seen) > 1
    assert len(await ledger.read(bodies)) == 500


async def test_a_caller_that_goes_away_harms_nobody(ledger: Ledger) -> None:
    gone = asyncio.ensure_future(ledger.run(append(b"gone")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await ledger.run(append(b"stays")) == 2
    assert await ledger.read(bodies) == [b"gone", b"stays"]


async def test_a_reader_sees_one_moment_and_cannot_write(ledger: Ledger) -> None:
    await ledger.run(append(b"a"))
    with pytest.raises(DBAPIError):
        await ledger.read(append(b"b"))

    loop = asyncio.get_running_loop()

    def twice(conn: Connection) -> tuple[int, int]:
        before = outbox.last_seq(conn, "m01")
        asyncio.run_coroutine_threadsafe(ledger.run(append(b"c")), loop).result()
        return before, outbox.last_seq(conn, "m01")

    assert await ledger.read(twice) == (1, 1)
    assert await ledger.read(bodies) == [b"a", b"c"]


async def test_closing_finishes_what_is_queued(address: str) -> None:
    ledger = Ledger.open(address, inline=False)
    await ledger.run(add_members)
    waiting = [asyncio.ensure_future(ledger.run(append(b"x"))) for _ in range(50)]
    await asyncio.sleep(0)
    await ledger.close()
    await ledger.close()
    assert await asyncio.gather(*waiting) == list(range(1, 51))
    with pytest.raises(LedgerError, match="closed"):
        await ledger.run(append(b"x"))
    with pytest.raises(LedgerError, match="closed"):
        await ledger.read(bodies)


async def test_a_second_operator_is_refused_until_the_first_is_done(address: str) -> None:
    first = Ledger.open(address, inline=False)
    with pytest.raises(LedgerInUse, match="Stop it first") as refusal:
        Ledger.open(address, inline=False)
    assert "s3cret" not in str(refusal.value)
    await first.close()
    await Ledger.open(address, inline=True).close()


async def test_the_epoch_stays_when_opened_again(address: str) -> None:
    epochs = []
    for _ in range(2):
        ledger = Ledger.open(address, inline=False)
        epochs.append(await ledger.read(meta.epoch))
        assert await ledger.read(meta.created_at) > 1_700_000_000
        await ledger.close()
    assert epochs[0] == epochs[1]
    assert len(epochs[0]) == 32


async def test_inline_runs_in_the_caller_at_once(address: str) -> None:
    for where in (address, "sqlite://"):
        ledger = Ledger.open(where, inline=True)
        await ledger.run(add_members)
        assert await ledger.run(append(b"a")) == 1
        with pytest.raises(IntegrityError):
            await ledger.run(add_members)
        with pytest.raises(ZeroDivisionError):
            await ledger.run(lambda conn: outbox.append(conn, "m01", b"", 1) // 0)
        assert await ledger.read(bodies) == [b"a"]
        await ledger.read(append(b"not kept"))
        assert await ledger.read(bodies) == [b"a"]
        await ledger.close()


async def test_no_ledger_is_made_unless_asked_for(empty_address: str) -> None:
    with pytest.raises(LedgerMissing, match="caravels migrate"):
        Ledger.open(empty_address, inline=False)
    ledger = Ledger.open(empty_address, inline=False, create=True)
    await ledger.run(add_members)
    await ledger.close()
    assert [m.id for m in await Ledger.open(empty_address, inline=True).read(members.all)] == ["m01", "m02", "m03"]


async def test_a_ledger_that_vanished_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "monday.sqlite").touch()
    with pytest.raises(LedgerMissing, match=r"restore .*monday\.sqlite"):
        Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite", inline=True, create=True)


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense", ""], ids=["other", "nonsense", "empty"])
def test_an_address_that_is_none_says_so(address: str) -> None:
    with pytest.raises(LedgerError, match=r"sqlite:////folder/file|SQLite or PostgreSQL"):
        Ledger.open(address, inline=True)


def test_memory_is_inline_only() -> None:
    with pytest.raises(LedgerError, match="inline"):
        Ledger.open("sqlite://", inline=False)


async def test_the_file_is_durable_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.open(f"sqlite:///{path}", inline=False, create=True)

    def pragmas(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]

    assert await ledger.run(pragmas) == ["wal", 2, 1, 1]
    assert mode_of(path) == 0o600
    await ledger.close()
    assert names_in(tmp_path) == ["ledger.sqlite", "ledger.sqlite.lock"]


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())
