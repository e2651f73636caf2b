"""Run as a program: kill -9 a working ledger again and again, and print what it had acknowledged.

    python kill_rounds.py ADDRESS ROUNDS SEED

Each round is a fork that opens the ledger and lets nine tasks write; this process reads what they acknowledge and
kills it after some of that. A write is a command, a push and an entry in one transaction, all three by its name.
"""

import asyncio
import json
import os
import signal
import sys
import time
from functools import partial
from random import Random

from sqlalchemy import Connection

from caravels_operator.ledger import commands, entries, outbox
from caravels_operator.ledger.store import Ledger

TASKS = 9
MEMBER = "m01"


def write(name: str, conn: Connection) -> None:
    """Store all that one write stores."""
    commands.store(conn, MEMBER, name, name.encode(), b"accepted", 1)
    outbox.append(conn, MEMBER, name.encode(), 1)
    entries.post(conn, entries.Header("bid", name, 1), [("trade", 0, f"member:{MEMBER}", "fees", 1, 1)])


async def work(address: str, prefix: str, acknowledge: int) -> None:
    """Write without end, and say each write's name once it is stored."""
    ledger = Ledger.open(address, inline=False)

    async def task(number: int) -> None:
        count = 0
        while True:
            name = f"{prefix}-{number}-{count}"
            await ledger.run(partial(write, name))
            os.write(acknowledge, f"{name}\n".encode())
            count += 1

    await asyncio.gather(*map(task, range(TASKS)))


def killed(address: str, prefix: str, after: int, delay_s: float) -> list[str]:
    """Return what one round acknowledged before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            asyncio.run(work(address, prefix, writing))
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as stream:
        names = [line.strip() for line, _ in zip(stream, range(after), strict=False)]
        time.sleep(delay_s)  # into the midst of a batch, not always at its end
        os.kill(child, signal.SIGKILL)
        names += [line.strip() for line in stream]
    if (status := os.waitpid(child, 0)[1]) != signal.SIGKILL:
        raise SystemExit(f"a round ended by itself: {status}")
    return names


if __name__ == "__main__":
    chance = Random(int(sys.argv[3]))
    acknowledged = []
    for round_ in range(int(sys.argv[2])):
        acknowledged += killed(sys.argv[1], f"r{round_}", chance.randint(1, 60), chance.uniform(0, 0.004))
    print(json.dumps(acknowledged))  # noqa: T201  # what the test reads
