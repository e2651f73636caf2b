"""kill -9 in the midst of work: what was acknowledged is there, once, and the ledger is sound."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from caravels_operator.ledger import engine
from caravels_operator.ledger.schema import commands, entries, outbox
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify

from .conftest import add_members

PROGRAM = Path(__file__).with_name("kill_rounds.py")
PACKAGE = Path(__file__).parents[3] / "addons" / "caravels_operator"


def run(*arguments: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(PACKAGE), "CARAVELS_CRASH_AT": crash_at}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture
async def prepared(address: str) -> str:
    ledger = Ledger.open(address, inline=True)
    await ledger.run(add_members)
    await ledger.close()
    return address


def stored(address: str) -> list[str]:
    """Return the names of the writes, which must be the same in all three tables."""
    with engine.reading(engine.parse(address)).connect() as conn:
        said = sorted(conn.execute(select(commands.c.id)).scalars())
        pushed = sorted(bytes(body).decode() for body in conn.execute(select(outbox.c.body)).scalars())
        booked = sorted(conn.execute(select(entries.c.reference)).scalars())
    assert said == pushed == booked
    return said


def assert_nothing_lost(address: str, rounds: int) -> None:
    done = run(str(PROGRAM), address, str(rounds), "7")
    assert done.returncode == 0, done.stderr
    acknowledged = json.loads(done.stdout)
    assert len(acknowledged) > rounds
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) - set(stored(address)) == set()
    assert verify(address).faults == ()


def test_twenty_kills_lose_nothing(prepared: str) -> None:
    assert_nothing_lost(prepared, 20)


@pytest.mark.long
def test_two_hundred_kills_lose_nothing(prepared: str) -> None:
    assert_nothing_lost(prepared, 200)


ONE_BY_ONE = f"""
import asyncio, sys
sys.path.insert(0, {str(PROGRAM.parent)!r})
from kill_rounds import write
from caravels_operator.ledger.store import Ledger

async def main():
    ledger = Ledger.open(sys.argv[1], inline=False)
    for n in range(9):
        await ledger.run(lambda conn: write(f"w{{n}}", conn))
        print(n, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(("point", "there"), [("before_commit:5", 4), ("after_commit:5", 5)])
async def test_killed_at_a_commit_it_is_all_or_nothing(prepared: str, point: str, there: int) -> None:
    done = await asyncio.to_thread(run, "-c", ONE_BY_ONE, prepared, crash_at=point)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.split() == ["0", "1", "2", "3"]
    assert stored(prepared) == [f"w{n}" for n in range(there)]
    assert verify(prepared).faults == ()
