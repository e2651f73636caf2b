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
        name: whose work it is, for logs.
        done: called after every job, with the error if it was a fault of this program.
    """

    def __init__(self, clock: Clock, name: str, done: Callable[[str | None], None]) -> None:
        self._clock = clock
        self._name = name
        self._done = done
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._failed: list[Job] = []
        self._retry: Timer | None = None

    def post(self, job: Job) -> None:
        """Have a job done after those that wait."""
        self._jobs.put_nowait(job)

    async def run(self) -> None:
        """Do jobs, for ever."""
        try:
            while True:
                await self._do(await self._jobs.get())
        finally:
            if self._retry:
                self._retry.cancel()

    async def _do(self, job: Job) -> None:
        fault = None
        try:
            await job()
        except (MeterAway, JournalUnusable, OperatorAway) as error:
            _LOGGER.warning("%s: %s", self._name, error)
            self._failed.append(job)
            if len(self._failed) == 1:
                self._retry = self._clock.call_at(self._clock.now() + RETRY_S, self._post_failed)
        except Exception as error:  # a fault in one job must not end the home's other work
            _LOGGER.exception("%s: a fault", self._name)
            fault = repr(error)
        self._done(fault)

    def _post_failed(self) -> None:
        failed, self._failed = self._failed, []
        for job in failed:
            self.post(job)
