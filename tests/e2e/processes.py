"""Operators as processes of their own: started, waited for, killed, and never left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "addons" / "caravels_operator"
PATIENCE_S = 60
"""How long anything is waited for: much longer than it takes, so that a busy machine fails no test."""
POLL_S = 0.02

OPTIONS: Mapping[str, Any] = {
    "member_host": "127.0.0.1",
    "member_port": 0,
    "member_addresses": ["127.0.0.1:8443"],
    "panel_port": 0,
}


def write_options(folder: Path, **changes: Any) -> Path:
    """Write an options file for an operator on this machine, on ports of the system's choice."""
    path = folder / "operator.json"
    path.write_text(json.dumps(dict(OPTIONS) | changes))
    return path


def caravels(*arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of the operator to its end."""
    command = [sys.executable, "-m", "caravels_operator", *map(str, arguments)]
    return subprocess.run(
        command, env=environment(env), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that finds the package."""
    path = os.pathsep.join([str(PACKAGE), str(REPOSITORY)])
    return {**os.environ, "PYTHONPATH": path, **(more or {})}


def wait_for[T](look: Any, what: str) -> Any:
    """Return the first truthy thing that `look` returns.

    Raises:
        TimeoutError: it never came.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(POLL_S)
    raise TimeoutError(what)


class OperatorProcess:
    """An operator in a process group of its own; its output goes into files."""

    def __init__(self, command: Sequence[str | Path], output: Path, env: Mapping[str, str] | None = None) -> None:
        self.output = output
        with output.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text()

    def ended(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self._process.poll()

    def wait_until_it_says(self, words: str) -> str:
        """Return what it has printed once that contains some words.

        Raises:
            AssertionError: it ended first.
        """

        def look() -> str | None:
            if words in (said := self.said):
                return said
            assert self.ended() is None, f"it ended with {self.ended()}: {self.said}"
            return None

        text: str = wait_for(look, f"{words!r} in {self.output}")
        return text

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if self.ended() is None:
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)


@contextmanager
def served(options: Path, data: Path, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Run `serve` until the end of the block."""
    data.mkdir(parents=True, exist_ok=True)
    command = ("-m", "caravels_operator", "serve", "--options", options, "--data", data)
    process = OperatorProcess(command, data.parent / "serve.log", env)
    try:
        process.wait_until_it_says("The panel is at ")
        yield Served(process)
    finally:
        process.kill()


class Served:
    """An operator that serves, and where."""

    def __init__(self, process: OperatorProcess) -> None:
        self.process = process
        lines = process.said.splitlines()
        self.member_port = int(_after(lines, "Members reach this operator on TLS port ").rstrip("."))
        self.fingerprint = _after(lines, "Certificate SHA-256 ").rstrip(".")
        self.panel = _after(lines, "The panel is at ").rstrip(" .")

    @property
    def address(self) -> str:
        """Where members reach it."""
        return f"127.0.0.1:{self.member_port}"


def _after(lines: Sequence[str], words: str) -> str:
    return next(line.partition(words)[2] for line in lines if words in line)
