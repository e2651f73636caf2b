"""Programs that the demo runs beside itself: started, watched, asked to end, and never left behind."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

GRACE_S: Final = 15
"""How long a program may take to end after it was asked to."""
_LOOK_S: Final = 0.05


class ChildEnded(RuntimeError):
    """A program ended that should have gone on; the text says which, with what it said last."""


@dataclass(frozen=True, slots=True)
class Child:
    """A program that was started; what it prints goes to its file."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def said(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def says(self, words: str, within_s: float) -> str:
        """Return what it has printed once that contains some words.

        Raises:
            ChildEnded: it ended first.
            TimeoutError: it did not say it in time.
        """
        try:
            async with asyncio.timeout(within_s):
                while words not in (said := self.said()):
                    if self.process.returncode is not None:
                        raise self.ended()
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise TimeoutError(f"{self.name} did not start within {within_s:.0f} s; see {self.log}") from None
        return said

    async def done(self, within_s: float) -> None:
        """Wait until it has done its work.

        Raises:
            ChildEnded: it failed.
            TimeoutError: it took too long.
        """
        try:
            async with asyncio.timeout(within_s):
                code = await self.process.wait()
        except TimeoutError:
            raise TimeoutError(f"{self.name} took longer than {within_s:.0f} s; see {self.log}") from None
        if code != 0:
            raise self.ended()

    def ended(self) -> ChildEnded:
        """Return what to tell people about its end."""
        last = self.said().rstrip().rpartition("\n")[2]
        return ChildEnded(f"{self.name} ended (code {self.process.returncode}): {last} See {self.log}")

    async def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(GRACE_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


class Children:
    """All programs of a demo; at the end of the block they are asked to end, the last one first."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`folder` takes what they print; `environment` is added to the present one."""
        self._folder = folder
        self._environment = {**os.environ, **environment}
        self._lasting: list[Child] = []
        self._all: list[Child] = []

    async def __aenter__(self) -> Self:
        """Begin; nothing runs yet."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """End them all."""
        for child in reversed(self._all):
            await child.stop()

    async def start(self, name: str, command: Sequence[str | Path], *, lasting: bool = True) -> Child:
        """Start a program; one that is `lasting` is to go on until the end of the block."""
        log = self._folder / f"{name.lower().replace(' ', '_')}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *map(str, command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
                process_group=0,  # the terminal's Ctrl-C is the demo's alone: it ends them in order
            )
        child = Child(name, process, log)
        self._all.append(child)
        if lasting:
            self._lasting.append(child)
        return child

    async def one_ended(self) -> ChildEnded:
        """Wait until one of the lasting programs ends; return what to tell people."""
        waits = {asyncio.create_task(child.process.wait()): child for child in self._lasting}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return waits[done.pop()].ended()


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address on which nothing listens now."""
    with_sockets = [socket.socket() for _ in range(count)]
    try:
        for one in with_sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in with_sockets]
    finally:
        for one in with_sockets:
            one.close()
