"""How the demo ends: as its terminal says, or with what failed."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from demo.__main__ import until_stopped
from demo.children import ChildEnded
from demo.run import Demo


class Played(Demo):
    """A demo whose programs are only told of."""

    async def run(self) -> None:
        os.kill(os.getpid(), self.now)
        try:
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), self.now)  # a second time, while its programs end
            await asyncio.sleep(0.01)
            (self.folder / "ended").touch()


class Failing(Demo):
    """A demo whose Home Assistant does not start."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fail())

    async def _fail(self) -> None:
        if self.now:
            raise ChildEnded("Home Assistant ended (code 1): no room")
        async with asyncio.timeout(0):
            await asyncio.Event().wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_ctrl_c_a_stop_and_a_closed_terminal_end_it_in_order_also_twice(tmp_path: Path, number: int) -> None:
    async with asyncio.timeout(10):
        assert await until_stopped(Played(tmp_path, number)) is None
    assert (tmp_path / "ended").exists()


async def test_what_failed_is_told_and_where_to_look_when_nothing_was_said(tmp_path: Path) -> None:
    assert await until_stopped(Failing(tmp_path, 1)) == "Home Assistant ended (code 1): no room"
    assert await until_stopped(Failing(tmp_path, 0)) == f"it took too long; see {tmp_path}"
