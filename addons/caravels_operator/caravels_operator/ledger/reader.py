"""The reader thread of a live ledger: long looks that keep neither the writer nor the event loop waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from .failures import Failure, failure_of
from .transactor import Transactor, refusal


class Reader:
    """Runs one look after the other on a connection that cannot write; each look sees one moment."""

    def __init__(self, transactor: Transactor, engine: Engine) -> None:
        self._transactor = transactor
        self._engine = engine
        self._connection: Connection | None = None
        self._pool = ThreadPoolExecutor(1, "ledger-reader")

    async def submit[T](self, work: Callable[[Connection], T]) -> T:
        """Return what the work reads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._look, work)

    async def close(self) -> None:
        """Finish what is queued and end the thread."""
        await asyncio.to_thread(self._pool.shutdown)
        self._drop()

    def _look[T](self, work: Callable[[Connection], T]) -> T:
        self._transactor.raise_if_final()
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin() as moment:
                value = work(self._connection)
                moment.rollback()
        except DBAPIError as error:
            self._drop()
            kind = failure_of(error)
            if kind in (Failure.CORRUPT, Failure.LOST):
                raise refusal(kind, self._transactor.where, error) from error
            raise
        return value

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
