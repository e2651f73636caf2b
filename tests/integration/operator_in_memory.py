"""A real operator in Home Assistant's process: in-memory ledger, Home Assistant's frozen clock, no sockets.

The integration runs the mirror of `common`, the operator its source: bytes go between them, and what the way itself
raises is said in the mirror's words.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from datetime import date, timedelta
from itertools import count
from typing import Any

import msgspec
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from sqlalchemy import Connection

from caravels_operator.api.call import Request
from caravels_operator.app.operator import Operator, build_operator
from caravels_operator.common.member.ports import OperatorAway as SourceAway
from caravels_operator.common.member.ports import Stream as SourceStream
from caravels_operator.common.periods import day_periods, local_instant
from caravels_operator.common.protocol import Bid, Book, PairRequest, Reading, ReadingBatch, Side, Statement, encode
from caravels_operator.common.protocol import ProtocolError as SourceRefusal
from caravels_operator.common.protocol.paths import PAIR, READINGS, book_path
from caravels_operator.community import pairing, schedule
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.community.statements import statement_for
from caravels_operator.community.tariffs import store_tariff
from caravels_operator.ledger import books, members, meta
from caravels_operator.ledger.store import Ledger
from caravels_operator.market.tariffs import PartKind, tariff_from_shares
from caravels_operator.prices.source import HourlyList
from caravels_operator.virtual.transport import MemoryTransport
from custom_components.caravels.common.member.ports import OperatorAway, Timer
from custom_components.caravels.common.protocol import ErrorCode, PairingLink, ProtocolError, parse_pairing_link

DAY = date(2026, 7, 7)
"""The first delivery day, of 24 hours; the harness begins at noon of the day before."""
EVE = DAY - timedelta(days=1)
LAST_YEAR = date(2025, 1, 1)
ZONE = "Europe/Lisbon"
NOON, MARKET_OPEN, GATE, SETTLED = 12 * 60, 13 * 60 + 30, 15 * 60, 10 * 60 + 1
HOUR_S = 3_600
NEIGHBOURS = ("bruno", "clara", "dinis")
HOME = "ana"
MARKET_PRICE = 100_000
FINGERPRINT = "5f" * 32
STEP_S = 300
LONG_STEP_S = 1_800
"""Time passes in steps of this length; the long ones where more than half a day passes."""


class OperatorClock:
    """Home Assistant's clock, moved by `ahead_s`: what the operator, whose clock is right, has more than this home."""

    def __init__(self) -> None:
        self.ahead_s = 0

    def now(self) -> int:
        return int(dt_util.utcnow().timestamp()) + self.ahead_s

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0, when - self.now()), action)


class Wire:
    """The home's end of a stream."""

    def __init__(self, wire: SourceStream, operator: InMemoryOperator) -> None:
        self._wire = wire
        self._operator = operator

    async def send(self, frame: bytes) -> None:
        if self._operator.deaf and b'"acknowledge"' in frame:
            return
        try:
            await self._wire.send(frame)
        except SourceAway as error:
            raise OperatorAway(str(error)) from error

    async def frames(self) -> AsyncIterator[bytes]:
        async for frame in self._wire.frames():
            if self._operator.answers and not self._operator.silent:
                yield frame

    async def close(self) -> None:
        await self._wire.close()


class Way:
    """A home's transport to the operator in this process."""

    def __init__(self, operator: InMemoryOperator, addresses: Sequence[str], fingerprint: str | None) -> None:
        self._operator = operator
        self.addresses = tuple(addresses)
        self.fingerprint = fingerprint

    def announce(self, fingerprint: str) -> None:
        """Take note of the next certificate; there is none here."""

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        operator = self._operator
        operator.requests.append((method, path))
        operator.refuse_unless_reached(self)
        try:
            answer = await operator.transport.request(method, path, body, token)
        except SourceRefusal as error:
            refusal: ProtocolError | None = ProtocolError.of(ErrorCode(error.code.value), error.detail)
        else:
            refusal = None
        if not operator.answers:
            raise OperatorAway("the answer was lost on the way")
        if refusal:
            raise refusal
        return answer

    async def open_stream(self, token: str) -> Wire:
        operator = self._operator
        operator.refuse_unless_reached(self)
        wire = Wire(await operator.transport.open_stream(token), operator)
        operator.wires.append(wire)
        return wire


class InMemoryOperator:
    """An operator whose members are ana (the home under test) and her neighbours, at noon of `EVE`.

    Attributes:
        reachable: False = no address answers.
        answers: False = what the home sends arrives, what the operator sends does not.
        silent: True = streams open, and nothing comes through them.
        deaf: True = what the home acknowledges does not arrive.
        addresses: where it is; a home that knows none of them does not reach it.
        requests: (method, path) of all that homes asked, also in vain.
    """

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, settings: CommunitySettings) -> None:
        self._hass = hass
        self._freezer = freezer
        self.settings = settings
        self.clock = OperatorClock()
        self.addresses: tuple[str, ...] = ("operator.test:8443",)
        self.reachable = True
        self.answers = True
        self.silent = False
        self.deaf = False
        self.requests: list[tuple[str, str]] = []
        self.wires: list[Wire] = []
        self.tokens: dict[str, str] = {}
        self.threads: set[asyncio.Future[Any]] = set()
        self._seeds = count()
        self._ids = count(1)
        freezer.move_to(dt_util.utc_from_timestamp(local_instant(EVE, NOON, ZONE)))
        self.ledger = Ledger.open("sqlite://", inline=True)

    # --- its life ----------------------------------------------------------------------------------------------------

    async def start(self, *, enrol: bool = True) -> None:
        """Begin to serve; the first time with members, their tariff and the first day's steps."""
        self.operator: Operator = build_operator(
            self.ledger,
            self.clock,
            self.settings,
            HourlyList((MARKET_PRICE,) * 24, self.settings.market_zone),
            lambda size: hashlib.shake_128(str(next(self._seeds)).encode()).digest(size),
        )
        self.transport = MemoryTransport(self._answer, self._serve)
        self._streams: set[asyncio.Task[None]] = set()
        if enrol:
            await self.ledger.run(self._enrol)
            for name in NEIGHBOURS:
                await self._pair(name)
        self._runner = asyncio.create_task(self.operator.runner.run_for_ever())

    async def stop(self) -> None:
        """End all streams and steps; the ledger stays."""
        await self.operator.hub.close()
        tasks = [self._runner, *self._streams]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def restart(self) -> None:
        """Stop and serve again over the same ledger."""
        await self.stop()
        await self.start(enrol=False)

    async def backup(self) -> sqlite3.Connection:
        """Return a copy of the ledger as it is."""
        copy = sqlite3.connect(":memory:")
        (await self._database()).backup(copy)
        return copy

    async def restore(self, copy: sqlite3.Connection) -> None:
        """Stop, put an older ledger in place, begin a new epoch and serve again."""
        await self.stop()
        await self.ledger.close()
        self.ledger = Ledger.open("sqlite://", inline=True)
        copy.backup(await self._database())
        copy.close()
        await self.ledger.run(meta.new_epoch)
        await self.start(enrol=False)

    async def cut(self) -> None:
        """Be away: open streams break, no address answers."""
        self.reachable = False
        await self.break_streams()

    async def set_clock(self, ahead_s: int) -> None:
        """Have the operator's clock, which is right, differ from this home's."""
        self.clock.ahead_s = ahead_s
        self.operator.context.steps_changed.fire()
        await self.settled()

    async def break_streams(self) -> None:
        """Let every open stream end, as a heartbeat would that gets no answer."""
        wires, self.wires = self.wires, []
        for wire in wires:
            await wire.close()
        await self.settled()

    def refuse_unless_reached(self, way: Way) -> None:
        """Let nobody through who does not find the operator."""
        if not self.reachable or not set(way.addresses) & set(self.addresses):
            raise OperatorAway("nobody answers there")

    # --- its people --------------------------------------------------------------------------------------------------

    async def invite(self, member: str = HOME) -> PairingLink:
        """Return a new pairing link, as the panel would show it."""
        now, addresses = self.clock.now(), self.addresses
        link = await self.ledger.run(
            lambda conn: pairing.invite(conn, self.operator.context, member, addresses, FINGERPRINT, now)
        )
        return parse_pairing_link(str(link))

    async def revoke(self, member: str = HOME) -> None:
        """Send a member away."""
        now = self.clock.now()
        await self.ledger.run(lambda conn: pairing.revoke(conn, member, "test", now))
        await self.operator.hub.cut(member)
        await self.settled()

    async def look[T](self, work: Callable[[Connection], T]) -> T:
        """Read the ledger."""
        return await self.ledger.read(work)

    async def book_of(self, member: str = HOME, *, day: date = DAY) -> tuple[int, list[Bid]] | None:
        """Return revision and bids of the last book of a member that was accepted for a day."""
        stored = await self.look(lambda conn: books.latest(conn, member, day))
        return (stored.revision, msgspec.json.decode(stored.body, type=list[Bid])) if stored else None

    async def statement_of(self, member: str = HOME, *, day: date = DAY) -> Statement:
        """Return a member's statement of a settled day."""
        return await self.look(lambda conn: statement_for(conn, member, day))

    async def neighbours_bid(
        self, side: Side = Side.BUY, wh: int = 5_000, price: int = 150_000, *, day: date = DAY
    ) -> None:
        """Let every neighbour bid the same for every period of a day."""
        for name in NEIGHBOURS:
            bids = [Bid(start=start, side=side, wh=wh, price_micro_kwh=price) for start in self.periods(day)]
            book = Book(id=self._new_id(), member_id=name, day=day, revision=1, bids=bids)
            await self._command(name, "PUT", book_path(day), encode(book))

    async def neighbours_read(self, import_wh: int = 1_000, export_wh: int = 0, *, day: date = DAY) -> None:
        """Let every neighbour send the same readings for every period of a day."""
        for name in NEIGHBOURS:
            readings = [Reading(start=at, import_wh=import_wh, export_wh=export_wh) for at in self.periods(day)]
            batch = ReadingBatch(id=self._new_id(), period_s=self.settings.settlement_period_s, readings=readings)
            await self._command(name, "POST", READINGS, encode(batch))

    def periods(self, day: date = DAY) -> tuple[int, ...]:
        """Return the market periods of a day [Unix s]."""
        return day_periods(day, self.settings.market_zone, self.settings.market_period_s)

    # --- time --------------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Return when nobody has anything to do but to wait for time or for somebody else."""
        loop: Any = self._hass.loop
        await self._hass.async_block_till_done()
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0)
            if self.threads:
                await asyncio.wait(self.threads)
            quiet = 0 if loop._ready or self.threads else quiet + 1

    def run_in_executor(self, run: Callable[..., asyncio.Future[Any]]) -> Callable[..., asyncio.Future[Any]]:
        """Return what a loop runs in threads with, and is counted: only so it is known when all is done."""

        def counted(executor: Executor | None, work: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
            future = run(executor, work, *arguments)
            self.threads.add(future)
            future.add_done_callback(self.threads.discard)
            return future

        return counted

    async def advance(self, seconds: int) -> None:
        """Let time pass for Home Assistant and the operator alike."""
        end = int(dt_util.utcnow().timestamp()) + seconds
        step = LONG_STEP_S if seconds > 12 * HOUR_S else STEP_S
        await self.settled()
        while (now := int(dt_util.utcnow().timestamp())) < end:
            moment = dt_util.utc_from_timestamp(min(now + step, end))
            self._freezer.move_to(moment)
            async_fire_time_changed(self._hass, moment)
            await self.settled()

    async def at(self, day: date, minute: int) -> None:
        """Go on to a local time of this home's clock."""
        await self.advance(local_instant(day, minute, ZONE) - int(dt_util.utcnow().timestamp()))

    async def open_day(self, day: date = DAY) -> None:
        """Go on until the prices of a delivery day are published and all homes have sent their books."""
        await self.at(day - timedelta(days=1), MARKET_OPEN + 15)

    async def close_gate(self, day: date = DAY) -> None:
        """Go on until a delivery day is cleared."""
        await self.at(day - timedelta(days=1), GATE + 1)

    async def settle(self, day: date = DAY) -> None:
        """Go on until a delivery day is settled."""
        await self.at(day + timedelta(days=1), SETTLED)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _enrol(self, conn: Connection) -> None:
        shares: dict[PartKind, int] = {"energy": 550_000, "network": 200_000, "levies": 70_000, "vat": 180_000}
        store_tariff(conn, tariff_from_shares("flat", LAST_YEAR, ((0, 220_000),), shares, 900_000, 30_000), 0)
        for name in (HOME, *NEIGHBOURS):
            members.add(conn, members.Member(name, "galp", "flat", 6_900, "active", self.clock.now()))
        schedule.put_day(conn, DAY, self.settings)

    async def _pair(self, name: str) -> None:
        link, token = await self.invite(name), hashlib.sha256(name.encode()).hexdigest()[:43]
        request = encode(PairRequest(code=link.code, protocol_version=1, token=token))
        await self.transport.request("POST", PAIR, request, None)
        self.tokens[name] = token

    async def _command(self, member: str, method: str, path: str, body: bytes) -> None:
        await self.transport.request(method, path, body, self.tokens[member])

    async def _answer(self, method: str, path: str, token: str | None, body: bytes) -> tuple[int, bytes]:
        response = await self.operator.dispatcher(Request(method, path, token, body, "test"))
        return response.status, response.body

    async def _serve(self, token: str, wire: SourceStream) -> None:
        task = asyncio.current_task()
        assert task
        self._streams.add(task)
        try:
            await self.operator.hub.serve(token, "test", wire)
        finally:
            self._streams.discard(task)

    async def _database(self) -> sqlite3.Connection:
        database: Any = await self.ledger.read(lambda conn: conn.connection.driver_connection)
        assert isinstance(database, sqlite3.Connection)
        return database

    def _new_id(self) -> str:
        return f"{next(self._ids):032x}"
