"""The reader thread of a live ledger: long looks that keep neither the writer nor the event loop waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from .failures import Failure, failure_of
from .transactor import Transactor, refusal


class Reader:
    """Runs one look after the other, each on a connection of its own that sees one moment and cannot write."""

    def __init__(self, transactor: Transactor, engine: Engine) -> None:
        self._transactor = transactor
        self._engine = engine
        self._pool = ThreadPoolExecutor(1, "ledger-reader")

    async def submit[T](self, work: Callable[[Connection], T]) -> T:
        """Return what the work reads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._look, work)

    async def close(self) -> None:
        """Finish what is queued and end the thread."""
        await asyncio.to_thread(self._pool.shutdown)

    def _look[T](self, work: Callable[[Connection], T]) -> T:
        self._transactor.raise_if_final()
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except DBAPIError as error:
            kind = failure_of(error)
            if kind in (Failure.CORRUPT, Failure.LOST):
                raise refusal(kind, self._transactor.where, error) from error
            raise
