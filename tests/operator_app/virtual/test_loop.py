"""Virtual time: jumps, order, and an end that is told rather than waited for."""

import asyncio
from functools import partial

import pytest

from caravels_operator.virtual.loop import NothingLeftToDo, VirtualClock, run_virtual

START = 1_800_000_000
YEAR_S = 365 * 86_400


def test_a_year_passes_at_once_and_to_the_second() -> None:
    async def main(clock: VirtualClock) -> int:
        await asyncio.sleep(YEAR_S)
        return clock.now()

    assert run_virtual(START, main) == START + YEAR_S


def test_timers_ring_in_the_order_of_their_time() -> None:
    async def main(clock: VirtualClock) -> list[tuple[str, int]]:
        rung: list[tuple[str, int]] = []
        done = asyncio.Event()

        def ring(name: str) -> None:
            rung.append((name, clock.now()))

        for name, after in (("late", 300), ("early", 10), ("past", -50)):
            clock.call_at(START + after, partial(ring, name))
        clock.call_at(START + 200, lambda: rung.append(("cancelled", 0))).cancel()
        clock.call_at(START + 301, done.set)
        await done.wait()
        return rung

    assert run_virtual(START, main) == [("past", START), ("early", START + 10), ("late", START + 300)]


def test_a_wait_that_nothing_can_end_is_an_error() -> None:
    async def main(_clock: VirtualClock) -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingLeftToDo):
        run_virtual(START, main)
