"""The members' side of script/bench operator: clients in a process of their own, over real TLS.

Reads a `Task` as JSON from its standard input and writes an `Outcome` to its output. Each client has one connection
that stays open, and sends its next book when the last one was acknowledged.
"""

import asyncio
import sys
import time
from datetime import date
from hashlib import sha256

import aiohttp
import msgspec

from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.protocol import Bid, Book, BookAccepted, ProtocolError, Side, decode, encode
from caravels_operator.common.protocol.errors import WrongDay
from caravels_operator.common.protocol.paths import book_path

MARKET_OPEN_WITHIN_S = 20


class Task(msgspec.Struct):
    """What to send: `books` a member, each with a bid for every period."""

    address: str
    fingerprint: str
    tokens: dict[str, str]
    """Credential by member."""
    day: date
    starts: list[int]
    first_revision: int
    books: int


class Outcome(msgspec.Struct):
    """What came of it: the time from the first book to the last acknowledgement, and every book's own [s]."""

    seconds: float
    latencies_s: list[float]


async def run(task: Task) -> Outcome:
    """Connect all clients with one book each, then let them go together."""
    sessions = [aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) for _ in task.tokens]
    ways = [HttpTransport(session, [task.address], task.fingerprint) for session in sessions]
    clients = list(zip(ways, task.tokens.items(), strict=True))
    try:
        await _market_open(clients[0], task)
        await asyncio.gather(
            *(_put(way, member, token, task, task.first_revision) for way, (member, token) in clients[1:])
        )
        begun = time.perf_counter()
        latencies = await asyncio.gather(*(_client(way, member, token, task) for way, (member, token) in clients))
        seconds = time.perf_counter() - begun
    finally:
        for session in sessions:
            await session.close()
    return Outcome(seconds, [latency for each in latencies for latency in each])


async def _market_open(client: tuple[HttpTransport, tuple[str, str]], task: Task) -> None:
    """Send the first client's first book until the operator has published the day's prices."""
    way, (member, token) = client
    deadline = time.monotonic() + MARKET_OPEN_WITHIN_S
    while True:
        try:
            await _put(way, member, token, task, task.first_revision)
        except WrongDay:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(1)
        else:
            return


async def _client(way: HttpTransport, member: str, token: str, task: Task) -> list[float]:
    latencies = []
    for number in range(1, task.books + 1):
        begun = time.perf_counter()
        await _put(way, member, token, task, task.first_revision + number)
        latencies.append(time.perf_counter() - begun)
    return latencies


async def _put(way: HttpTransport, member: str, token: str, task: Task, revision: int) -> None:
    book = Book(
        id=sha256(f"{member}/{revision}".encode()).hexdigest()[:32],
        member_id=member,
        day=task.day,
        revision=revision,
        bids=[
            Bid(start=start, side=Side.BUY, wh=500 + revision, price_micro_kwh=90_000 + period)
            for period, start in enumerate(task.starts)
        ],
    )
    answer = decode(await way.request("PUT", book_path(task.day), encode(book), token), BookAccepted)
    if answer.revision != revision:
        raise ValueError(f"revision {revision} was answered with {answer.revision}")


def main() -> None:
    """Do the task."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    try:
        outcome = asyncio.run(run(task))
    except ProtocolError as error:
        sys.exit(f"the operator refused: {error}")
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
