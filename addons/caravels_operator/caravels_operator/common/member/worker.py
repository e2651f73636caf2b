"""A home's own work, one thing after the other, so that no two of them see half of each other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from .ports import Clock, JournalUnusable, MeterAway, OperatorAway, Timer

RETRY_S: Final = 300
"""Wait after the meter, the journal or the operator failed."""

_LOGGER = logging.getLogger(__name__)

type Job = Callable[[], Awaitable[None]]


class Worker:
    """Runs jobs in order; those that failed from outside come again later.

    Args:
        clock: wall or virtual time.
        whose: whose work it is, for logs.
        done: called after every job, with the error if it was a fault of this program.
    """

    def __init__(self, clock: Clock, whose: str, done: Callable[[str | None], None]) -> None:
        self._clock = clock
        self._whose = whose
        self._done = done
        self._jobs: asyncio.Queue[tuple[str, Job]] = asyncio.Queue()
        self._failed: dict[str, Job] = {}
        self._retry: Timer | None = None
        self._without_journal: set[str] = set()

    def post(self, name: str, job: Job) -> None:
        """Have a job done after those that wait; if it fails, it stands in for an earlier failed one of its name."""
        self._jobs.put_nowait((name, job))

    async def run(self) -> None:
        """Do jobs, for ever."""
        try:
            while True:
                await self._do(*await self._jobs.get())
        finally:
            if self._retry:
                self._retry.cancel()

    async def _do(self, name: str, job: Job) -> None:
        fault = None
        try:
            await job()
        except (MeterAway, JournalUnusable, OperatorAway) as error:
            if isinstance(error, JournalUnusable):
                self._journal_failed(name, error)
            self._try_later(name, job)
        except Exception as error:  # a fault in one job must not end the home's other work
            _LOGGER.exception("%s: a fault", self._whose)
            fault = repr(error)
        else:
            self._failed.pop(name, None)
            self._journal_works(name)
        self._done(fault)

    def _try_later(self, name: str, job: Job) -> None:
        if not self._failed:
            self._retry = self._clock.call_at(self._clock.now() + RETRY_S, self._post_failed)
        self._failed[name] = job

    def _post_failed(self) -> None:
        failed, self._failed = self._failed, {}
        for name, job in failed.items():
            self.post(name, job)

    def _journal_failed(self, name: str, error: JournalUnusable) -> None:
        if not self._without_journal:
            _LOGGER.warning("%s: %s", self._whose, error)
        self._without_journal.add(name)

    def _journal_works(self, name: str) -> None:
        if name in self._without_journal:
            self._without_journal.remove(name)
            if not self._without_journal:
                _LOGGER.warning("%s: the journal can be used again", self._whose)
