"""A small operator in memory, with the faults of a bad network, and a home to go with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import msgspec

from caravels_operator.common.member.agent import Agent
from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.forecasting import Forecasters
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.ports import Clock, InlineExecutor, NoOutlook, OperatorAway, Ports
from caravels_operator.common.member.records import HomeReading, Membership, Rhythm
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.protocol import (
    Acknowledge,
    AuctionResult,
    Book,
    BookAccepted,
    Event,
    ForecastAccepted,
    ForecastReport,
    Hello,
    MarketDay,
    MarketPeriod,
    MemberFrame,
    Message,
    ModelFile,
    ModelOffer,
    ModelReport,
    ModelReportAccepted,
    MonthStatement,
    ProtocolError,
    Push,
    Reading,
    ReadingBatch,
    ReadingsAccepted,
    RotateToken,
    Snapshot,
    Statement,
    StreamOpen,
    TokenRotated,
    Wishes,
    WishesAccepted,
    decode,
    encode,
)
from caravels_operator.common.protocol.errors import (
    GateClosed,
    IdReused,
    NotFound,
    StaleRevision,
    Unauthorised,
    WrongDay,
)
from caravels_operator.common.protocol.registry import decode_any
from caravels_operator.virtual.loop import VirtualClock, run_virtual

MEMBER = "m01"
TOKEN = "t" * 43
ZONE = "Europe/Lisbon"
HOUR = 3_600
DAY = 86_400
_FRAME: Any = MemberFrame


def instant(text: str) -> int:
    """Return an ISO time in UTC as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


START = instant("2026-03-02T10:00:00")


def hello(**changes: Any) -> Hello:
    """Return a hello of an hourly community in Lisbon, read once a day."""
    values: dict[str, Any] = {
        "protocol_version": 1,
        "oldest_supported": 1,
        "epoch": "e1",
        "community": "test",
        "currency": "EUR",
        "time_zone": ZONE,
        "market_zone": ZONE,
        "market_period_s": HOUR,
        "settlement_period_s": HOUR,
        "reading_interval_s": DAY,
        "now": START,
    }
    return Hello(**values | changes)


def market_day(day: date, gate_at: int, price: int = 100_000, period_s: int = HOUR) -> MarketDay:
    """Return a market of 24 hours of one price."""
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    periods = [
        MarketPeriod(
            start=start + offset, price_micro_kwh=price, buy_cap_micro_kwh=200_000, sell_floor_micro_kwh=30_000
        )
        for offset in range(0, DAY, period_s)
    ]
    return MarketDay(day=day, gate_at=gate_at, period_s=period_s, periods=periods)


@dataclass
class FlatMeter:
    """A home that draws by day and feeds in at noon, known from the past only."""

    clock: Clock
    asked: list[tuple[int, int, int]] = field(default_factory=list)

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        self.asked.append((start, end, period_s))
        assert end <= self.clock.now()
        return [self.reading(at, period_s) for at in range(start, end, period_s)]

    @staticmethod
    def reading(at: int, period_s: int) -> HomeReading:
        hour, wh = at % DAY // HOUR, period_s // 9
        sunny = 11 <= hour < 14
        return HomeReading(at, 0 if sunny else wh, 2 * wh if sunny else 0)


class FakeStream:
    """One end of a stream in memory; `None` in the queue ends it."""

    def __init__(self, operator: FakeOperator) -> None:
        self.operator = operator
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = False

    async def send(self, frame: bytes) -> None:
        if self.closed:
            raise OperatorAway("closed")
        self.operator.sending(frame)
        self.operator.take_frame(self, decode(frame, _FRAME))

    async def frames(self) -> AsyncIterator[bytes]:
        while (frame := await self.queue.get()) is not None:
            yield frame

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.queue.put_nowait(None)

    def put(self, message: Message) -> None:
        if not self.closed:
            self.queue.put_nowait(encode(message))


@dataclass
class FakeOperator:
    """Stores what it is sent, numbers what it pushes, and can be made to fail.

    Attributes:
        fail_requests: exceptions raised by the coming requests, one each; None lets one pass.
        lose_answers: of how many coming commands the answer is lost after they were stored.
        sending: called with every frame that the member is about to send; may raise.
        snapshot_days: how many documents of a kind a snapshot names, the last ones.
        mangle: turns the events to be delivered into what the network makes of them.
    """

    clock: Clock
    hello: Hello = field(default_factory=hello)
    outbox: list[Push] = field(default_factory=list)
    books: dict[date, Book] = field(default_factory=dict)
    all_books: list[Book] = field(default_factory=list)
    batches: list[ReadingBatch] = field(default_factory=list)
    wishes: list[Wishes] = field(default_factory=list)
    forecasts: list[ForecastReport] = field(default_factory=list)
    model_reports: list[ModelReport] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=lambda: [TOKEN])
    answers: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    opened: list[StreamOpen] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)
    fail_requests: list[Exception | None] = field(default_factory=list)
    fail_streams: list[Exception | None] = field(default_factory=list)
    lose_answers: int = 0
    unreachable: bool = False
    snapshot_days: int = 1_000
    replay: bool = True
    refuse_commands: ProtocolError | None = None
    sending: Callable[[bytes], None] = lambda _: None
    mangle: Callable[[list[Event]], list[Event]] = lambda events: events

    # --- Transport ---
    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        await asyncio.sleep(0)
        self.requests.append((method, path, body))
        if self.unreachable:
            raise OperatorAway("unreachable")
        if self.fail_requests and (error := self.fail_requests.pop(0)):
            raise error
        if path.endswith("/hello"):
            return encode(msgspec.structs.replace(self.hello, now=self.clock.now()))
        if token not in self.tokens:
            raise Unauthorised
        if path.endswith("/token"):
            self.tokens.append(decode(body, RotateToken).token)
            if self.lose_answers:
                self.lose_answers -= 1
                raise OperatorAway("the answer was lost")
            return encode(TokenRotated(old_valid_until=self.clock.now() + DAY))
        if method == "GET":
            return self._file(path.rpartition("/")[2])
        if self.refuse_commands:
            raise self.refuse_commands
        answer = self._command(method, body)
        if self.lose_answers:
            self.lose_answers -= 1
            raise OperatorAway("the answer was lost")
        return answer

    async def open_stream(self, token: str) -> FakeStream:
        await asyncio.sleep(0)
        if self.unreachable:
            raise OperatorAway("unreachable")
        if token not in self.tokens:
            raise Unauthorised
        if self.fail_streams and (error := self.fail_streams.pop(0)):
            raise error
        stream = FakeStream(self)
        self.streams.append(stream)
        stream.put(msgspec.structs.replace(self.hello, now=self.clock.now()))
        return stream

    def _file(self, digest: str) -> bytes:
        if digest not in self.files:
            raise NotFound
        return encode(ModelFile(sha256=digest, data=self.files[digest]))

    def _command(self, method: str, body: bytes) -> bytes:
        command = decode_any(body)
        assert isinstance(command, Book | ReadingBatch | Wishes | ForecastReport | ModelReport)
        known = self.answers.get(command.id)
        if known is not None:
            if known[0] != body:
                raise IdReused
            return known[1]
        if isinstance(command, Book):
            markets = [push for push in self.outbox if isinstance(push, MarketDay) and push.day == command.day]
            if not markets:
                raise WrongDay
            market = markets[-1]
            if self.clock.now() >= market.gate_at:
                raise GateClosed
            if command.day in self.books and command.revision <= self.books[command.day].revision:
                raise StaleRevision
            self.books[command.day] = command
            self.all_books.append(command)
            answer = encode(BookAccepted(day=command.day, revision=command.revision, accepted_at=self.clock.now()))
        elif isinstance(command, Wishes):
            self.wishes.append(command)
            answer = encode(WishesAccepted(stored_at=self.clock.now()))
        elif isinstance(command, ForecastReport):
            self.forecasts.append(command)
            answer = encode(ForecastAccepted(latest=True))
        elif isinstance(command, ModelReport):
            self.model_reports.append(command)
            answer = encode(ModelReportAccepted())
        else:
            self.batches.append(command)
            answer = encode(ReadingsAccepted(stored=len(command.readings)))
        self.answers[command.id] = (body, answer)
        return answer

    # --- the stream ---
    def take_frame(self, stream: FakeStream, frame: StreamOpen | Acknowledge) -> None:
        if isinstance(frame, Acknowledge):
            self.acknowledged.append(frame.seq)
            return
        self.opened.append(frame)
        stream.put(self.snapshot())
        if self.replay:
            seen = frame.seq if frame.epoch == self.hello.epoch else 0
            for event in self.mangle(self.events(seen + 1)):
                stream.put(event)

    def snapshot(self) -> Snapshot:
        def last(kind: type[Any]) -> list[Any]:
            by_key = {getattr(p, "day", getattr(p, "month", None)): p for p in self.outbox if isinstance(p, kind)}
            return list(by_key.values())[-self.snapshot_days :]

        return Snapshot(
            as_of=len(self.outbox),
            hello=msgspec.structs.replace(self.hello, now=self.clock.now()),
            market_days=last(MarketDay),
            results=last(AuctionResult),
            statements=last(Statement),
            months=last(MonthStatement),
            balance_micro=0,
            models=list({push.name: push for push in self.outbox if isinstance(push, ModelOffer)}.values()),
        )

    def events(self, first: int) -> list[Event]:
        return [
            Event(seq=seq, at=self.clock.now(), body=msgspec.Raw(encode(self.outbox[seq - 1])))
            for seq in range(first, len(self.outbox) + 1)
        ]

    def push(self, push: Push) -> None:
        """Number a push, keep it, send it."""
        self.outbox.append(push)
        for stream in self.streams[-1:]:
            for event in self.mangle(self.events(len(self.outbox))):
                stream.put(event)

    async def drop(self) -> None:
        """Break the connection."""
        await self.streams[-1].close()

    @property
    def readings(self) -> dict[int, Reading]:
        """The readings sent so far."""
        return {reading.start: reading for batch in self.batches for reading in batch.readings}


def statement(day: date, version: int = 1) -> Statement:
    """Return a settled day that is told from others by its version."""
    others = ("day", "version", "settled_at", "balance_micro")
    amounts = {name: 0 for name in Statement.__struct_fields__ if name not in others}
    return Statement(day=day, version=version, settled_at=START, **amounts)


def month(name: str, version: int = 1) -> MonthStatement:
    """Return a closed month."""
    return MonthStatement(
        month=name,
        version=version,
        settled_at=START,
        alone_micro=4,
        before_micro=3,
        no_loss_micro=2,
        fees_micro=1,
        total_micro=6,
    )


def result(day: date) -> AuctionResult:
    """Return a day in which nothing was traded."""
    return AuctionResult(day=day, period_s=HOUR, periods=[], trades=[])


class SlowJournal:
    """A journal in another thread, as it looks from here: everything else may happen before and after the work."""

    def __init__(self, clock: VirtualClock, journal: Journal, chance: Random) -> None:
        self.clock = clock
        self.journal = journal
        self.chance = chance
        self.order = asyncio.Lock()

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        async with self.order:
            await asyncio.sleep(self.chance.random())
            result = self.journal.run(work)
        await asyncio.sleep(self.chance.random())
        return result


SETTINGS = BiddingSettings(participate=True, buy_percent=10, sell_percent=-10)
RHYTHM = Rhythm(ZONE, HOUR, 600)


@dataclass
class Home:
    """An agent with its journal, its meter and its operator, in virtual time."""

    clock: VirtualClock
    operator: FakeOperator
    journal: Journal
    meter: FlatMeter
    agent: Agent

    async def until(self, when: int) -> None:
        """Let time pass."""
        done = asyncio.get_running_loop().create_future()
        self.clock.call_at(when, lambda: done.set_result(None))
        await done

    async def settle(self, seconds: int = 1) -> None:
        """Let everything happen that is ready."""
        await self.until(self.clock.now() + seconds)

    def link(self) -> LinkState:
        """Return how things stand with the operator now."""
        return self.agent.state.link

    def crash(self) -> None:
        """End the agent as kill -9 does: nothing is closed, nothing is written."""
        for task in self.agent._tasks:
            task.cancel()
        if self.agent._tasks:
            self.agent._home.stop()
        self.agent._tasks = []

    def restart(self, **changes: Any) -> None:
        """Make a new agent over the same journal."""
        self.agent = make_agent(self.clock, self.journal, self.operator, self.meter, **changes)


def make_agent(
    clock: VirtualClock, journal: Journal, operator: FakeOperator, meter: FlatMeter, **changes: Any
) -> Agent:
    """Return an agent that is paired already; `journal_port` stands between it and the journal."""
    ports: dict[str, Any] = {
        "clock": clock,
        "journal": changes.pop("journal_port", None) or InlineJournal(journal),
        "meter": meter,
        "executor": changes.pop("executor", None) or InlineExecutor(),
        "transport": changes.pop("transport", operator),
        "outlook": changes.pop("outlook", None) or NoOutlook(),
    }
    values: dict[str, Any] = {
        "forecasters": Forecasters(),
        "settings": SETTINGS,
        "jitter": Random(1),
        "rhythm": RHYTHM,
    }
    return Agent(Ports(**ports), **values | changes)


def at_home(story: Callable[[Home], Awaitable[None]], start: int = START, **changes: Any) -> None:
    """Run a story in virtual time, with a home whose agent is not started."""

    async def main(clock: VirtualClock) -> None:
        operator = FakeOperator(clock)
        journal = Journal()
        journal.run(lambda j: j.state.set_membership(Membership(MEMBER, TOKEN)))
        meter = FlatMeter(clock)
        home = Home(clock, operator, journal, meter, make_agent(clock, journal, operator, meter, **changes))
        await story(home)
        if home.agent._tasks:
            assert home.agent.state.fault is None
            await home.agent.stop()

    run_virtual(start, main)
