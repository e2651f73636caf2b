"""The live operator on a clock that a test sets through a file: `operator_process.py OPTIONS FOLDER CLOCK`."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from caravels_operator.app import live
from caravels_operator.common.member.ports import Timer
from caravels_operator.options import load_options

LOOK_S = 0.01


class FileClock:
    """The instant [Unix s] that stands in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> int:
        return int(self._path.read_text())

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        return _FileTimer(self, when, action)


class _FileTimer:
    def __init__(self, clock: FileClock, when: int, action: Callable[[], None]) -> None:
        self._clock, self._when, self._action = clock, when, action
        self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        if self._clock.now() >= self._when:
            self._action()
        else:
            self._wait()


def set_clock(path: Path, instant: int) -> None:
    """Set the clock: a reader sees the old instant or the new one, nothing between."""
    fresh = path.with_suffix(".next")
    fresh.write_text(str(instant))
    fresh.replace(path)


def main() -> None:
    """Serve until stopped or killed."""
    options, folder, clock = map(Path, sys.argv[1:])
    with patch.object(live, "WallClock", lambda: FileClock(clock)):
        asyncio.run(live.serve(load_options(options), folder, _say))


def _say(reached: live.Started) -> None:
    print(f"port {reached.member_port}.", flush=True)  # noqa: T201  # what the test waits for


if __name__ == "__main__":
    main()
