"""The writer thread of a live ledger: group commit, as a disk flushes a few hundred times a second, however little."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from .errors import LedgerBroken
from .transactor import Outcome, Transactor, Work

MAX_BATCH: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Work
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Writer:
    """Commits whatever has queued up while the last commit was under way, as one."""

    def __init__(self, transactor: Transactor) -> None:
        self._transactor = transactor
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> asyncio.Future[Any]:
        """Return a future that is done when the work is on disk, or refused."""
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future(), loop)
        self._queue.put(job)
        return job.future

    async def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while batch := self._next_batch():
            try:
                outcomes = self._transactor.commit([job.work for job in batch])
            except BaseException as error:  # noqa: BLE001  # a silent thread would leave everyone waiting
                outcomes = [
                    Outcome(error=LedgerBroken(f"The ledger stopped ({error!r}). Restart the operator."))
                ] * len(batch)
            _deliver(batch, outcomes)

    def _next_batch(self) -> list[_Job]:
        """Return everything queued, at least one job, up to the closing mark; empty when closed."""
        batch: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            batch.append(job)
            if len(batch) == MAX_BATCH:
                return batch
            try:
                job = self._queue.get_nowait()
            except Empty:
                return batch
        if batch:
            self._queue.put(None)
        return batch


def _deliver(batch: Sequence[_Job], outcomes: Sequence[Outcome]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Job, Outcome]]] = {}
    for job, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(job.loop, []).append((job, outcome))
    for loop, results in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, results)


def _resolve(results: Sequence[tuple[_Job, Outcome]]) -> None:
    for job, outcome in results:
        if job.future.done():  # its caller went away; the work stands
            continue
        if outcome.error is None:
            job.future.set_result(outcome.value)
        else:
            job.future.set_exception(outcome.error)
