"""The member's journal on this Home Assistant's disk, worked on in a thread of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR

from .common.member.journal import Journal
from .common.member.ports import JournalUnusable
from .const import DOMAIN


def journal_path(hass: HomeAssistant, name: str) -> Path:
    """Return the file of the journal that an entry names."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{name}.sqlite3"))


class ExecutorJournal:
    """A journal behind one thread: works wait for each other, also those whose caller was cancelled meanwhile."""

    def __init__(self, journal: Journal, thread: ThreadPoolExecutor) -> None:
        """Use `open`."""
        self._journal = journal
        self._thread = thread
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> ExecutorJournal:
        """Open the journal in a file, made if it is not there.

        Raises:
            JournalUnusable: the file is damaged, was written by a newer version, or cannot be written.
        """
        thread = ThreadPoolExecutor(1, "caravels journal")
        try:
            journal = await asyncio.get_running_loop().run_in_executor(thread, _open, path)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(journal, thread)

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        """See `JournalPort`."""
        if self._closed:
            raise JournalUnusable("the member's journal is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.run, work)

    async def close(self) -> None:
        """Finish what is queued and close the file; may be called twice."""
        if not self._closed:
            self._closed = True
            await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.close)
            self._thread.shutdown()


def _open(path: Path) -> Journal:
    """Open a journal; blocks. The file is for its owner alone, as the home's token is in it."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise JournalUnusable(f"the member's journal {path} cannot be used: {error}") from error
    return Journal(path)


def remove_journal(path: Path) -> None:
    """Delete a journal with what SQLite keeps beside it; blocks."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
