"""Waiting on a Clock."""

import asyncio

from .ports import Clock


async def sleep_until(clock: Clock, when: int) -> None:
    """Return at or soon after `when` [Unix s]."""
    due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = clock.call_at(when, lambda: due.done() or due.set_result(None))
    try:
        await due
    finally:
        timer.cancel()


async def wait_at_most(clock: Clock, seconds: int, event: asyncio.Event) -> None:
    """Return when `event` is set, or after `seconds` at the latest."""
    due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = clock.call_at(clock.now() + seconds, lambda: due.done() or due.set_result(None))
    waiter = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((due, waiter), return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        waiter.cancel()
