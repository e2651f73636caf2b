"""Waiting on a Clock."""

import asyncio
from typing import Literal

from .ports import Clock


async def sleep_until(clock: Clock, when: int) -> None:
    """Return at or soon after `when` [Unix s]."""
    due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = clock.call_at(when, lambda: _finish(due))
    try:
        await due
    finally:
        timer.cancel()


async def wait_at_most(clock: Clock, seconds: int, event: asyncio.Event) -> None:
    """Return when `event` is set, or after `seconds` at the latest."""
    waiter = asyncio.ensure_future(event.wait())
    timer = clock.call_at(clock.now() + seconds, lambda: _drop(waiter))
    try:
        await asyncio.wait((waiter,))
    finally:
        timer.cancel()
        waiter.cancel()


def _finish(due: asyncio.Future[None]) -> None:
    if not due.done():
        due.set_result(None)


def _drop(waiter: asyncio.Future[Literal[True]]) -> None:
    waiter.cancel()
