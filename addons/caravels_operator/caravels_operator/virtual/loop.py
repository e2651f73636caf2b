"""An event loop in virtual time: no sockets, no threads; when nothing is ready, time jumps to the next timer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..common.member.ports import Timer


class NothingLeftToDo(RuntimeError):
    """Everything waits and no timer is set: in virtual time this would last for ever."""


class _TimeJumper:
    """Stands where a loop has its selector: instead of waiting for sockets it moves the clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingLeftToDo("all tasks wait and no timer is set")
        self._loop.advance(timeout)
        return []

    def close(self) -> None:
        """Nothing is held."""


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop whose time starts at an instant [Unix s] and passes only when there is nothing to do."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self._instant = float(start)
        # BaseEventLoop's own extension points. Without a coarser resolution a timer can fall, by rounding of large
        # instants, just after the time to which the loop jumped for it: it would then spin for ever.
        self._clock_resolution = 1e-6
        self._selector = _TimeJumper(self)

    def time(self) -> float:
        """Return the virtual instant [Unix s]."""
        return self._instant

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._instant += seconds

    def _process_events(self, event_list: list[Any]) -> None:
        """Nothing comes from outside."""

    def _write_to_self(self) -> None:
        """There is no other thread to wake this one."""


class VirtualClock:
    """The agent's and the operator's clock on a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> int:
        """Return the present [Unix s]."""
        return int(self._loop.time() + 1e-6)

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """Run `action` once, at `when` [Unix s] or at once if that is past."""
        return self._loop.call_at(when, action)


def run_virtual[T](start: int, main: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """Run `main` to its end in virtual time that begins at `start` [Unix s].

    Raises:
        NothingLeftToDo: if it waits for something that cannot come.
    """
    loop = VirtualLoop(start)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop)))
