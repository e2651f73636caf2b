"""The journal in its own thread: works in order, nothing lost by a caller that is cancelled, damage told."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant

from custom_components.caravels.common.member.journal import Journal
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.common.member.records import Membership
from custom_components.caravels.store import ExecutorJournal, journal_path, remove_journal


async def test_what_is_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    journal = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    await journal.run(lambda opened: opened.state.set_membership(Membership("m01", "a" * 43)))
    await journal.close()
    again = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    assert await again.run(lambda opened: opened.state.membership()) == Membership("m01", "a" * 43)
    await again.close()


async def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    journal = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    await journal.run(lambda opened: opened.state.set_membership(Membership("m01", "a" * 43)))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    await journal.close()
    assert modes == dict.fromkeys(("home.sqlite3", "home.sqlite3-wal", "home.sqlite3-shm"), 0o600)


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable, match="No such file"):
        await ExecutorJournal.open(tmp_path / "gone" / "home.sqlite3")


async def test_works_run_one_after_the_other_in_one_thread_that_is_not_the_loops(tmp_path: Path) -> None:
    journal = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    seen: list[tuple[int, int]] = []

    def note(number: int) -> None:
        seen.append((number, threading.get_ident()))

    def noting(number: int) -> Callable[[Journal], None]:
        return lambda _opened: note(number)

    await asyncio.gather(*(journal.run(noting(number)) for number in range(20)))
    assert [number for number, _ in seen] == list(range(20))
    assert {thread for _, thread in seen}.isdisjoint({threading.get_ident()})
    assert len({thread for _, thread in seen}) == 1
    await journal.close()


async def test_a_work_whose_caller_is_cancelled_is_finished_before_the_next(tmp_path: Path) -> None:
    journal = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    begun, may_end = threading.Event(), threading.Event()

    def slow(opened: Journal) -> None:
        opened.state.set_membership(Membership("m01", "a" * 43))
        begun.set()
        may_end.wait(10)

    task = asyncio.create_task(journal.run(slow))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    may_end.set()
    stored = await journal.run(lambda opened: opened.state.membership())
    assert stored is not None
    assert stored.member_id == "m01"
    await journal.close()


async def test_a_damaged_file_is_told_and_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "home.sqlite3").write_bytes(b"this is no database, and long enough to be read as one" * 40)
    with pytest.raises(JournalUnusable):
        await ExecutorJournal.open(tmp_path / "home.sqlite3")


async def test_a_closed_journal_says_so_and_may_be_closed_again(tmp_path: Path) -> None:
    journal = await ExecutorJournal.open(tmp_path / "home.sqlite3")
    await journal.close()
    await journal.close()
    with pytest.raises(JournalUnusable):
        await journal.run(lambda opened: opened.state.membership())


async def test_removal_leaves_nothing_on_the_disk(hass: HomeAssistant, tmp_path: Path) -> None:
    folder = tmp_path / "journals"
    folder.mkdir()
    path = folder / "home.sqlite3"
    journal = await ExecutorJournal.open(path)
    await journal.run(lambda opened: opened.state.set_membership(Membership("m01", "a" * 43)))
    await journal.close()
    (folder / "home.sqlite3-wal").touch()
    await hass.async_add_executor_job(remove_journal, path)
    assert list(folder.iterdir()) == []


def test_journals_of_two_entries_are_two_files_of_ours(hass: HomeAssistant) -> None:
    one, other = journal_path(hass, "a1"), journal_path(hass, "b2")
    assert one != other
    assert one.parent == other.parent == Path(hass.config.path(".storage"))
    assert one.name.startswith("caravels.")
