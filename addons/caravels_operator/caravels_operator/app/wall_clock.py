"""Wall time, for everything live."""

import asyncio
import time
from collections.abc import Callable

from ..common.member.ports import Timer


class WallClock:
    """The clock of the running event loop's machine."""

    def now(self) -> int:
        """Return the present [Unix s]."""
        return int(time.time())

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """Run `action` at `when` [Unix s]; looks at the wall clock again then, because it may have been set."""
        return _WallTimer(when, action)


class _WallTimer:
    LONGEST_WAIT_S = 60

    def __init__(self, when: int, action: Callable[[], None]) -> None:
        self._when = when
        self._action = action
        self._handle: asyncio.TimerHandle
        self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> None:
        left = min(self.LONGEST_WAIT_S, max(0.0, self._when - time.time()))
        self._handle = asyncio.get_running_loop().call_later(left, self._look)

    def _look(self) -> None:
        if time.time() >= self._when:
            self._action()
        else:
            self._wait()
