"""A small community in memory whose clock stands still until a test moves it: no sockets, no threads."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from caravels_operator.api.call import Request, Response
from caravels_operator.app.operator import Operator, build_operator
from caravels_operator.common.member.ports import Timer
from caravels_operator.common.periods import day_periods, local_instant
from caravels_operator.common.protocol import (
    Bid,
    Book,
    ErrorCode,
    Message,
    PairingLink,
    PairRequest,
    Problem,
    Quality,
    Reading,
    ReadingBatch,
    Side,
    decode,
    encode,
)
from caravels_operator.common.protocol.paths import PAIR, READINGS, book_path
from caravels_operator.community import pairing, schedule
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.community.tariffs import store_tariff
from caravels_operator.ledger import members, schema
from caravels_operator.ledger import tokens as stored_tokens
from caravels_operator.ledger.store import Ledger
from caravels_operator.market.tariffs import PartKind, tariff_from_shares
from caravels_operator.prices.source import HourlyList, PriceSource

DAY = date(2026, 7, 7)
"""A delivery day of 24 hours."""
EVE = DAY - timedelta(days=1)
NOON, MARKET_OPEN, GATE, SETTLED = 12 * 60, 13 * 60 + 30, 15 * 60, 10 * 60 + 1
HOUR = 3_600
CONNECTION_W = 6_900
NAMES = ("ana", "bruno", "clara", "dinis")


class StillClock:
    """A clock that a test sets by hand; what was to be called is called when its time has come."""

    def __init__(self, instant: int) -> None:
        self.instant = instant
        self._timers: list[_StillTimer] = []

    def now(self) -> int:
        return self.instant

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        timer = _StillTimer(when, action)
        self._timers.append(timer)
        return timer

    def move_to(self, instant: int) -> None:
        """Let time pass."""
        self.instant = instant
        for timer in [timer for timer in self._timers if timer.when <= instant]:
            self._timers.remove(timer)
            timer.fire()


@dataclass
class _StillTimer:
    when: int
    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True

    def fire(self) -> None:
        if not self.cancelled:
            self.action()


@dataclass
class Town:
    """An operator with members, and what they say to it."""

    settings: CommunitySettings
    ledger: Ledger
    clock: StillClock
    operator: Operator
    tokens: dict[str, str] = field(default_factory=dict)
    _ids: int = 0

    # --- talking ---------------------------------------------------------------------------------------------------

    async def send(
        self, method: str, path: str, body: bytes = b"", token: str | None = None, source: str = "test"
    ) -> Response:
        """Send what a member would; nobody in a test is hurried by the rate limit unless it wants to."""
        return await self.operator.dispatcher(Request(method, path, token, body, source))

    async def command(self, member: str, message: Message, path: str | None = None) -> Response:
        """Send a book or readings in a member's name."""
        if isinstance(message, Book):
            return await self.send("PUT", path or book_path(message.day), encode(message), self.tokens[member])
        return await self.send("POST", path or READINGS, encode(message), self.tokens[member])

    async def get(self, member: str, path: str) -> Response:
        """Read in a member's name."""
        return await self.send("GET", path, b"", self.tokens[member])

    def new_id(self) -> str:
        """Return a command id that was not used before."""
        self._ids += 1
        return f"{self._ids:032x}"

    # --- what members say ------------------------------------------------------------------------------------------

    def periods(self, day: date = DAY) -> tuple[int, ...]:
        """Return the market periods of a day."""
        return day_periods(day, self.settings.market_zone, self.settings.market_period_s)

    def book(
        self,
        member: str,
        side: Side = Side.BUY,
        wh: int = 1_000,
        price: int = 120_000,
        *,
        day: date = DAY,
        revision: int = 1,
        bids: Sequence[Bid] | None = None,
        **other: Any,
    ) -> Book:
        """Return a book with one bid for every period of a day."""
        if bids is None:
            bids = [Bid(start=start, side=side, wh=wh, price_micro_kwh=price) for start in self.periods(day)]
        fields: dict[str, Any] = {"id": self.new_id(), "member_id": member, "day": day, "revision": revision}
        return Book(bids=list(bids), **fields | other)

    def batch(
        self,
        import_wh: int = 0,
        export_wh: int = 0,
        *,
        day: date = DAY,
        starts: Sequence[int] | None = None,
        quality: Quality = Quality.MEASURED,
    ) -> ReadingBatch:
        """Return the readings of a day, the same in every period."""
        period_s = self.settings.settlement_period_s
        starts = day_periods(day, self.settings.market_zone, period_s) if starts is None else starts
        readings = [Reading(start=at, import_wh=import_wh, export_wh=export_wh, quality=quality) for at in starts]
        return ReadingBatch(id=self.new_id(), period_s=period_s, readings=readings)

    # --- what passes -----------------------------------------------------------------------------------------------

    async def at(self, day: date, minute: int) -> None:
        """Move the clock to a local time, forward only, and run all steps on the way at the time when they are due."""
        end = local_instant(day, minute, self.settings.time_zone)
        while (due_at := await self.operator.runner.run_due()) is not None and due_at <= end:
            self.clock.move_to(max(due_at, self.clock.instant))
        self.clock.move_to(end)

    async def trade_a_day(self, day: date = DAY) -> None:
        """Let ana sell to the others, and go on until the gate is due."""
        eve = day - timedelta(days=1)
        await self.at(eve, MARKET_OPEN)
        for member in self.tokens:
            side, wh, price = (Side.SELL, 3_000, 80_000) if member == "ana" else (Side.BUY, 900, 150_000)
            answer = await self.command(member, self.book(member, side, wh, price, day=day))
            assert answer.status == 200, answer
        await self.at(eve, GATE)

    async def settle_a_day(self, day: date = DAY) -> None:
        """Let the meters say nearly what was contracted, and go on until the day was settled."""
        await self.at(day + timedelta(days=1), 0)
        for n, member in enumerate(self.tokens):
            wh = (0, 2_800) if member == "ana" else (1_000 + 10 * n, 0)
            answer = await self.command(member, self.batch(*wh, day=day))
            assert answer.status == 200, answer
        await self.at(day + timedelta(days=1), SETTLED)

    async def invite(self, member: str) -> PairingLink:
        """Return a new pairing link for a member."""
        work = pairing.invite
        now = self.clock.now()
        return await self.ledger.run(lambda conn: work(conn, self.operator.context, member, ("x:1",), None, now))

    async def pair(self, member: str) -> None:
        """Pair a member, which made its own token."""
        link, token = await self.invite(member), token_of(member)
        request = PairRequest(code=link.code, protocol_version=1, token=token)
        answer = await self.send("POST", PAIR, encode(request), source=f"{member}'s home")
        assert answer.status == 200, answer
        self.tokens[member] = token

    async def set_state(self, member: str, state: str) -> None:
        """Pause or take up a membership again."""
        now = self.clock.now()
        await self.ledger.run(lambda conn: members.set_state(conn, member, state, now))

    async def revoke(self, member: str) -> None:
        """Send a member away."""
        now = self.clock.now()
        await self.ledger.run(lambda conn: pairing.revoke(conn, member, "test", now))

    async def rows(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Return everything that is stored, by table."""
        return await self.ledger.read(stored_rows)

    async def look[T](self, work: Callable[[Connection], T]) -> T:
        """Read the ledger."""
        return await self.ledger.read(work)


def stored_rows(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in an order of its own."""
    return {
        table.name: sorted((tuple(row) for row in conn.execute(select(table))), key=repr)
        for table in schema.metadata.sorted_tables
    }


def token_of(name: str) -> str:
    """Return a token of the right shape."""
    return hashlib.sha256(name.encode()).hexdigest()[:43]


def code_of(answer: Response) -> ErrorCode:
    """Return why something was refused."""
    return decode(answer.body, Problem).code


async def make_town(
    names: Sequence[str] = NAMES,
    settings: CommunitySettings | None = None,
    prices: PriceSource | None = None,
    *,
    ledger: Ledger | None = None,
    first: date = DAY,
) -> Town:
    """Return a town at noon of the day before its first delivery day, everybody paired."""
    settings = settings or CommunitySettings()
    clock = StillClock(local_instant(first - timedelta(days=1), NOON, settings.time_zone))
    ledger = ledger or Ledger.open("sqlite://", inline=True)
    seeds = iter(range(10**6))
    operator = build_operator(
        ledger,
        clock,
        settings,
        prices or HourlyList((100_000,) * 24, settings.market_zone),
        lambda size: hashlib.shake_128(str(next(seeds)).encode()).digest(size),
    )
    town = Town(settings, ledger, clock, operator)
    await ledger.run(lambda conn: enrol(conn, names, settings, first, clock.now()))
    for name in names:
        await town.pair(name)
    return town


def enrol(
    conn: Connection,
    names: Sequence[str],
    settings: CommunitySettings,
    first: date,
    now: int,
    *,
    tokens: bool = False,
) -> None:
    """Put members and the steps of their first day into a ledger; with `tokens` they are paired by that."""
    shares: dict[PartKind, int] = {"energy": 550_000, "network": 200_000, "levies": 70_000, "vat": 180_000}
    store_tariff(conn, tariff_from_shares("flat", date(2025, 1, 1), ((0, 220_000),), shares, 900_000, 30_000), 0)
    for name in names:
        members.add(conn, members.Member(name, "galp", "flat", CONNECTION_W, "active", now))
        if tokens:
            stored_tokens.issue(conn, name, pairing.digest(token_of(name)), now)
    schedule.put_day(conn, first, settings)
