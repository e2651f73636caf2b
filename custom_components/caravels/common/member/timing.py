"""Waiting on a Clock."""

import asyncio
from typing import Literal

from .ports import Clock


async def wait_at_most(clock: Clock, seconds: int, event: asyncio.Event) -> None:
    """Return when `event` is set, or after `seconds` at the latest."""
    waiter = asyncio.ensure_future(event.wait())
    timer = clock.call_at(clock.now() + seconds, lambda: _drop(waiter))
    try:
        await asyncio.wait((waiter,))
    finally:
        timer.cancel()
        waiter.cancel()


def _drop(waiter: asyncio.Future[Literal[True]]) -> None:
    waiter.cancel()
