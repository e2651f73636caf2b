"""The demo's programs: told apart by their end, stopped in order, killed when they do not want to."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from demo import children
from demo.children import Child, ChildEnded, Children, free_ports

SLEEPER = "import time; print('here', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
WITHIN_S = 60


def python(program: str) -> list[str | Path]:
    return [sys.executable, "-c", program]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_all_are_asked_to_end_the_last_one_first(tmp_path: Path) -> None:
    told = tmp_path / "told"
    polite = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    open({str(told)!r}, 'a').write(sys.argv[1]); sys.exit(0)\n"
        "signal.signal(signal.SIGINT, end); print('here', flush=True); time.sleep(600)"
    )
    async with Children(tmp_path, {}) as programs:
        for name in ("a", "b", "c"):
            child = await programs.start(name, [*python(polite), name])
            await child.says("here", WITHIN_S)
    assert told.read_text() == "cba"


async def test_one_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_S", 0.2)
    async with Children(tmp_path, {}) as programs:
        deaf = await programs.start("Deaf", python(DEAF))
        await deaf.says("here", WITHIN_S)
        assert is_alive(deaf.process.pid)
    assert deaf.process.returncode == -9
    assert not is_alive(deaf.process.pid)


async def test_a_fault_in_the_block_ends_them_too(tmp_path: Path) -> None:
    async def fail() -> None:
        async with Children(tmp_path, {}) as programs:
            sleeper = await programs.start("Sleeper", python(SLEEPER))
            started.append(sleeper)
            await sleeper.says("here", WITHIN_S)
            raise ValueError("mine")

    started: list[Child] = []
    with pytest.raises(ValueError, match="mine"):
        await fail()
    assert started[0].process.returncode is not None


async def test_the_one_that_ended_is_named_with_what_it_said_last(tmp_path: Path) -> None:
    async with Children(tmp_path, {}) as programs:
        await programs.start("Sleeper", python(SLEEPER))
        work = await programs.start("Work", python("print('done')"), lasting=False)
        await work.done(WITHIN_S)
        waiting = asyncio.create_task(programs.one_ended())
        await asyncio.sleep(0)
        assert not waiting.done(), "work that is done is nobody's end"
        failing = await programs.start("Bad luck", python("print('first'); raise SystemExit('no luck')"))
        waiting.cancel()
        ended = await programs.one_ended()
    assert str(ended) == f"Bad luck ended (code 1): no luck See {tmp_path / 'bad_luck.log'}"
    with pytest.raises(ChildEnded, match="Bad luck"):
        await failing.says("never", WITHIN_S)


async def test_work_that_fails_and_words_that_never_come_are_told(tmp_path: Path) -> None:
    async with Children(tmp_path, {"GIVEN": "7"}) as programs:
        failing = await programs.start("Replay", python("import os, sys; sys.exit(int(os.environ['GIVEN']))"))
        with pytest.raises(ChildEnded, match="code 7"):
            await failing.done(WITHIN_S)
        sleeper = await programs.start("Sleeper", python(SLEEPER))
        with pytest.raises(TimeoutError, match="Sleeper did not start within 0 s"):
            await sleeper.says("never", 0.1)
        with pytest.raises(TimeoutError, match="Sleeper took longer than 0 s"):
            await sleeper.done(0.1)


async def test_a_terminals_interrupt_is_not_theirs(tmp_path: Path) -> None:
    async with Children(tmp_path, {}) as programs:
        sleeper = await programs.start("Sleeper", python(SLEEPER))
        assert os.getpgid(sleeper.process.pid) == sleeper.process.pid != os.getpgid(0)


def test_free_ports_are_different_ones() -> None:
    assert len(set(free_ports(20))) == 20
