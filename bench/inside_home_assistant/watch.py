"""Looks at a running Home Assistant from inside: how long its event loop is held up, how much memory it has."""

import asyncio
import ctypes
import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

CALLBACK: Final = "_callback"
SHORT: Final = 120
_CLOCKS: Final = (time.thread_time, time.perf_counter)
"""In a tuple, where nobody who freezes time finds them."""


class StepWatch:
    """Times every step of the event loop: what runs between two looks at its timers and sockets.

    By the processor time of its thread: so long is a step on a machine with nothing else to do. By the clock it is
    longer where other threads, or other programs, have the processor.

    Args:
        counts: whether a step counts, by where its code is: file and name.

    Attributes:
        longest_s: the longest step by the clock [s].
        longest_cpu_s: the longest by processor time [s].
        what: what that was.
    """

    def __init__(self, counts: Callable[[str], bool]) -> None:
        self._counts = counts
        self.longest_s = self.longest_cpu_s = 0.0
        self.what = ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch during the block."""
        original, (worked, passed) = asyncio.events.Handle._run, _CLOCKS  # noqa: SLF001  # no hook is given

        def timed(handle: asyncio.Handle) -> None:
            callback, begun, began = getattr(handle, CALLBACK), worked(), passed()  # it is gone once it ran
            original(handle)
            self._note(passed() - began, worked() - begun, callback)

        setattr(asyncio.events.Handle, "_run", timed)  # noqa: B010  # mypy allows no assignment to a method
        try:
            yield
        finally:
            setattr(asyncio.events.Handle, "_run", original)  # noqa: B010

    def _note(self, wall_s: float, cpu_s: float, callback: Any) -> None:
        if wall_s <= self.longest_s and cpu_s <= self.longest_cpu_s:
            return
        what = _what(callback)
        if not self._counts(what):
            return
        self.longest_s = max(self.longest_s, wall_s)
        if cpu_s > self.longest_cpu_s:
            self.longest_cpu_s, self.what = cpu_s, what

    def told(self) -> dict[str, Any]:
        """Return the longest steps [ms] by the clock and by processor time, and what the latter was."""
        return {"wall_ms": self.longest_s * 1_000, "cpu_ms": self.longest_cpu_s * 1_000, "what": self.what[:SHORT]}


def _what(callback: Any) -> str:
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        code = getattr(task.get_coro(), "cr_code", None)
        return f"{code.co_filename}:{code.co_qualname}" if code else repr(task.get_coro())
    callback = getattr(callback, "func", callback)
    code = getattr(callback, "__code__", None)
    return f"{code.co_filename}:{code.co_qualname}" if code else repr(callback)


def rss_mb() -> float:
    """Return the memory that this process holds [MB], after what is free was given back."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") / 2**20
