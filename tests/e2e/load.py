"""Twenty-seven homes that talk to a real operator over TLS, and an operator that comes back when it is killed."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Connection

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.app.tls import Certificates
from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.member.ports import OperatorAway
from caravels_operator.common.periods import day_periods, local_instant
from caravels_operator.common.protocol import (
    Acknowledge,
    Bid,
    Book,
    Event,
    Hello,
    Problem,
    Reading,
    ReadingBatch,
    Side,
    StreamOpen,
    decode,
    encode,
)
from caravels_operator.common.protocol.errors import RETRY_LATER, GateClosed, ProtocolError
from caravels_operator.common.protocol.paths import READINGS, book_path
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import engine, steps
from caravels_operator.ledger.store import Ledger
from tests.e2e.operator_process import set_clock
from tests.e2e.processes import PATIENCE_S, REPOSITORY, OperatorProcess, write_options
from tests.operator_app.community.town import enrol, token_of

ZONE = "Europe/Lisbon"
HOMES = tuple(f"m{number:02d}" for number in range(1, 28))
SELLERS = frozenset(HOMES[1::3])
LISTENERS = frozenset(HOMES[::3])
"""Keep a stream open besides."""
HOUR = 3_600
PAUSE_S = 0.02
REVISIONS = 3
BATCHES = 3
PATIENCE = PATIENCE_S / PAUSE_S


@dataclass
class Operator:
    """An operator in a process that is started again whenever it dies, each time to die at the next point named."""

    folder: Path
    crash_points: list[str] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    starts: int = 0
    port: int = 0
    process: OperatorProcess | None = None
    dying_at: str = ""
    stopped: bool = False
    serving: bool = False

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / LEDGER_FILE}"

    async def start(self) -> None:
        """Start it, and wait until it listens or died of its crash point."""
        self.starts += 1
        self.serving = False
        self.dying_at = self.crash_points.pop(0) if self.crash_points else ""
        options = write_options(
            self.folder, member_port=self.port, member_addresses=["127.0.0.1:1"], hourly_prices=[0.1] * 24
        )
        command = (REPOSITORY / "tests/e2e/operator_process.py", options, self.folder, self.clock)
        log = self.folder / f"operator-{self.starts}.log"
        self.process = OperatorProcess(command, log, {"CARAVELS_CRASH_AT": self.dying_at})
        for _ in range(int(PATIENCE)):
            if "port " in (said := self.process.said):
                self.port = int(said.partition("port ")[2].partition(".")[0])
                self.serving = True
                return
            if self.process.ended() is not None:
                assert self.process.ended() == -9, said
                return
            await asyncio.sleep(PAUSE_S)
        raise TimeoutError(self.process.said)

    @property
    def running(self) -> OperatorProcess:
        """The process of the last start."""
        assert self.process is not None
        return self.process

    async def keep_alive(self) -> None:
        """Start it again whenever it died."""
        while True:
            if (code := self.running.ended()) is not None:
                if self.stopped:
                    return
                assert code == -9, f"it ended by itself with {code}: {self.running.said}"
                self.deaths.append(self.dying_at)
                await self.start()
            await asyncio.sleep(PAUSE_S)

    def set_clock(self, day: date, minute: int) -> None:
        """Set its clock to a local time."""
        set_clock(self.clock, local_instant(day, minute, ZONE))

    async def done(self, kind: str, key: str) -> None:
        """Wait until a step is done, as its ledger says."""
        for _ in range(int(PATIENCE)):
            step = self.look(lambda conn: steps.get(conn, kind, key))
            if step is not None and step.state == "done":
                return
            await asyncio.sleep(PAUSE_S)
        raise TimeoutError(f"{kind} {key}: {self.running.said[-2_000:]}")

    def look[T](self, work: Callable[[Connection], T]) -> T:
        """Read its ledger from outside."""
        with engine.reading(engine.parse(self.url)).connect() as conn:
            return work(conn)


@dataclass
class Home:
    """A home that says everything until it is answered, and sometimes once more."""

    name: str
    operator: Operator
    session: aiohttp.ClientSession
    fingerprint: str
    chance: random.Random
    answers: dict[str, bytes] = field(default_factory=dict)
    accepted: dict[tuple[date, int], bytes] = field(default_factory=dict)
    pushes: dict[int, bytes] = field(default_factory=dict)
    epoch: str = ""
    transport: HttpTransport | None = None

    def _transport(self) -> HttpTransport:
        if self.transport is None:
            self.transport = HttpTransport(self.session, [f"127.0.0.1:{self.operator.port}"], self.fingerprint)
        return self.transport

    async def say(self, method: str, path: str, message: Book | ReadingBatch) -> None:
        """Send a command until it is answered; what was answered before is answered the same.

        Raises:
            GateClosed: the operator said so.
        """
        answer = await self._until_answered(method, path, encode(message))
        self.answers[message.id] = answer
        if self.chance.random() < 0.2:
            assert await self._until_answered(method, path, encode(message)) == answer

    async def _until_answered(self, method: str, path: str, body: bytes) -> bytes:
        for _ in range(int(PATIENCE)):
            try:
                return await self._transport().request(method, path, body, token_of(self.name))
            except OperatorAway:
                await asyncio.sleep(PAUSE_S)
            except ProtocolError as error:
                if error.code not in RETRY_LATER:
                    raise
                await asyncio.sleep(PAUSE_S)
        raise TimeoutError(f"{self.name}: {method} {path}")

    async def bid(self, day: date) -> None:
        """Send several revisions of a book for a day; note which were accepted."""
        for revision in range(1, REVISIONS + 1):
            book = book_of(self.name, day, revision)
            try:
                await self.say("PUT", book_path(day), book)
            except GateClosed:
                return
            self.accepted[day, revision] = encode(book)

    async def meter(self, day: date) -> None:
        """Send the readings of a day in several batches."""
        for number in range(BATCHES):
            await self.say("POST", READINGS, batch_of(self.name, day, number))

    async def listen(self) -> None:
        """Keep a stream open, note every push by its number, and acknowledge it."""
        while True:
            with suppress(OperatorAway, ProtocolError):
                await self._listen()
            await asyncio.sleep(PAUSE_S)

    async def _listen(self) -> None:
        stream = await self._transport().open_stream(token_of(self.name))
        try:
            async for data in stream.frames():
                frame = decode(data, Hello | Problem | Event | Any, max_bytes=2**22)  # type: ignore[arg-type]  # a union is a type form, not a class
                kind = frame["type"] if isinstance(frame, dict) else ""
                if kind == "hello":
                    seen = max(self.pushes, default=0)
                    await stream.send(encode(StreamOpen(protocol_version=1, epoch=frame["epoch"], seq=seen)))
                    self.epoch = frame["epoch"]
                elif kind == "event":
                    body = json.dumps(frame["body"]).encode()
                    assert self.pushes.setdefault(frame["seq"], body) == body, "a number is one push for ever"
                    await stream.send(encode(Acknowledge(seq=frame["seq"])))
        finally:
            await stream.close()


def id_of(*what: object) -> str:
    """Return a command's id."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]


def book_of(name: str, day: date, revision: int) -> Book:
    """Return a revision of a home's book: the same in every run."""
    chance = random.Random(f"{name}/{day}/{revision}")
    side = Side.SELL if name in SELLERS else Side.BUY
    low, high = (50_000, 110_000) if side is Side.SELL else (100_000, 190_000)
    bids = [
        Bid(start=start, side=side, wh=chance.randint(1, 3_000), price_micro_kwh=chance.randint(low, high))
        for start in day_periods(day, ZONE, HOUR)
        if chance.random() < 0.9
    ]
    return Book(id=id_of("book", name, day, revision), member_id=name, day=day, revision=revision, bids=bids)


def batch_of(name: str, day: date, number: int) -> ReadingBatch:
    """Return a part of a home's readings of a day: the same in every run."""
    chance = random.Random(f"{name}/{day}/{number}/readings")
    starts = day_periods(day, ZONE, HOUR)[number::BATCHES]
    sells = name in SELLERS
    readings = [
        Reading(
            start=at, import_wh=0 if sells else chance.randint(0, 2_000), export_wh=chance.randint(0, 2_000 * sells)
        )
        for at in starts
    ]
    return ReadingBatch(id=id_of("batch", name, day, number), period_s=HOUR, readings=readings)


def furnish(folder: Path, first: date) -> None:
    """Make the ledger of 27 homes with tokens, at noon of the day before the first delivery day."""
    folder.mkdir(parents=True)
    now = local_instant(first - timedelta(days=1), 12 * 60, ZONE)
    set_clock(folder / "clock", now)

    async def fill() -> None:
        ledger = Ledger.open(f"sqlite:///{folder / LEDGER_FILE}", inline=True, create=True)

        await ledger.run(lambda conn: enrol(conn, HOMES, CommunitySettings(), first, now, tokens=True))
        await ledger.close()

    asyncio.run(fill())


@asynccontextmanager
async def street(operator: Operator, *, seed: int = 1) -> AsyncIterator[list[Home]]:
    """Serve, with streams from some homes, until the end of the block; the operator then stops in good order."""
    await operator.start()
    while operator.port == 0:
        await operator.start()
    async with aiohttp.ClientSession() as session:
        fingerprint = Certificates.in_folder(operator.folder).present.fingerprint
        homes = [Home(name, operator, session, fingerprint, random.Random(f"{seed}/{name}")) for name in HOMES]
        keeper = asyncio.create_task(operator.keep_alive())
        listeners = [asyncio.create_task(home.listen()) for home in homes if home.name in LISTENERS]
        try:
            yield homes
            operator.stopped = True
            operator.running.signal(15)
            assert await asyncio.to_thread(operator.running.wait) == 0, operator.running.said
            if keeper.done():
                keeper.result()
        finally:
            for task in (keeper, *listeners):
                task.cancel()
            await asyncio.gather(keeper, *listeners, return_exceptions=True)
            if operator.process is not None:
                operator.process.kill()


async def until(look: Callable[[], object]) -> None:
    """Wait until `look` returns something truthy."""
    async with asyncio.timeout(PATIENCE_S):
        while not look():  # noqa: ASYNC110  # what is looked at is another process's
            await asyncio.sleep(PAUSE_S)


async def all_of(jobs: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run jobs side by side; the first error is raised."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job)
