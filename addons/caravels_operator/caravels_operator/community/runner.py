"""Runs what is due: one runner, one step after another, each one transaction that ends in rows and outbox.

A step may be killed anywhere, run twice and resumed with the same result, because the row that says it is done is
written in the transaction of its effect (architecture, section 6).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ..common.member.ports import Timer
from ..ledger import steps
from ..ledger.crash import at_crash_point
from ..ledger.errors import LedgerReadOnly
from .context import Context

_LOGGER = logging.getLogger(__name__)

RETRY_S = 60
MAX_RETRY_S = 3_600


async def nothing_to_prepare(_context: Context, _key: str) -> None:
    """Most steps need nothing from outside the ledger."""


@dataclass(frozen=True, slots=True)
class StepHandler:
    """What a kind of step does.

    Attributes:
        apply: (connection, context, key, prepared, now): the step's one transaction.
        prepare: what must be fetched from outside beforehand; its failure postpones the step.
    """

    apply: Callable[[Connection, Context, str, Any, int], None]
    prepare: Callable[[Context, str], Awaitable[Any]] = nothing_to_prepare


class Runner:
    """Looks when the next step is due, and runs it then."""

    def __init__(self, context: Context, handlers: Mapping[str, StepHandler]) -> None:
        self._context = context
        self._handlers = handlers
        self._wake = asyncio.Event()
        self._timer: Timer | None = None
        self._unsubscribe = context.steps_changed.subscribe(self._wake.set)

    async def run_for_ever(self) -> None:
        """Run what is due whenever it is, until cancelled."""
        try:
            while True:
                self._wake.clear()
                try:
                    due_at = await self.run_due()
                except LedgerReadOnly as error:
                    _LOGGER.error("the steps wait: %s", error)
                    due_at = self._context.clock.now() + RETRY_S
                self._set_timer(due_at)
                await self._wake.wait()
        finally:
            self._unsubscribe()
            if self._timer:
                self._timer.cancel()

    async def run_due(self) -> int | None:
        """Run all steps that are due; return when the next one is [Unix s], or None.

        Raises:
            LedgerReadOnly: nothing can be stored now; the steps stay due.
        """
        while True:
            now = self._context.clock.now()
            due = await self._context.ledger.read(partial(steps.due, now=now, limit=1))
            if not due:
                return await self._context.ledger.read(steps.next_due)
            await self._run(due[0])

    def _set_timer(self, due_at: int | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._context.clock.call_at(due_at, self._wake.set) if due_at is not None else None

    async def _run(self, step: steps.Step) -> None:
        handler = self._handlers[step.kind]
        try:
            prepared = await handler.prepare(self._context, step.key)
            at_crash_point(f"{step.kind}_prepared")
            await self._context.ledger.run(lambda conn: self._apply(conn, handler, step, prepared))
        except LedgerReadOnly:
            raise
        except Exception as error:
            if step.attempts == 0:
                _LOGGER.exception("step %s %s failed, it is tried again", step.kind, step.key)
            else:
                _LOGGER.error("step %s %s failed %d times: %s", step.kind, step.key, step.attempts + 1, error)
            await self._postpone(step, error)
        else:
            at_crash_point(f"{step.kind}_done")
            self._context.outbox_grew.fire()

    def _apply(self, conn: Connection, handler: StepHandler, step: steps.Step, prepared: object) -> None:
        now = self._context.clock.now()
        handler.apply(conn, self._context, step.key, prepared, now)
        steps.finish(conn, step.kind, step.key, now)
        at_crash_point(f"{step.kind}_applied")

    async def _postpone(self, step: steps.Step, error: Exception) -> None:
        wait = min(MAX_RETRY_S, RETRY_S * 2**step.attempts)
        due_at = self._context.clock.now() + wait
        await self._context.ledger.run(lambda conn: steps.postpone(conn, step.kind, step.key, due_at, str(error)))
