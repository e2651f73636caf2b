"""Real agents and a real operator that comes back from a backup made before the books: the same trades, to the Wh."""

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

from caravels_operator.api.call import Request
from caravels_operator.app.operator import Operator, build_operator
from caravels_operator.common.member.agent import Agent
from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.forecasting import Forecasters
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.pairing import join
from caravels_operator.common.member.ports import Clock, InlineExecutor, Ports, Stream
from caravels_operator.common.member.records import HomeReading, Rhythm
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.periods import local_instant
from caravels_operator.common.protocol import Paired, PairingLink
from caravels_operator.community import restored
from caravels_operator.community.hello import hello_of
from caravels_operator.community.schedule import GATHER_S
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import backup, transactions
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.transactions import Transaction
from caravels_operator.prices.source import HourlyList
from caravels_operator.virtual.loop import VirtualClock, run_virtual
from caravels_operator.virtual.transport import MemoryTransport
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, NAMES, NOON, enrol, token_of

SETTINGS = CommunitySettings(reading_interval_s=3_600)
EAGER = BiddingSettings(participate=True, buy_percent=10, sell_percent=-10)
HOUR = 3_600


class SteadyMeter:
    """A home that feeds in (ana) or draws the same energy in every hour, an odd one of its own."""

    def __init__(self, name: str) -> None:
        self.wh = 701 + 10 * NAMES.index(name)
        self.sells = name == "ana"

    async def readings(self, start: int, end: int, period_s: int) -> list[HomeReading]:
        row = (0, self.wh) if self.sells else (self.wh, 0)
        return [HomeReading(at, *row) for at in range(start, end, period_s)]


class Village:
    """An operator on a file, and the homes that talk to whatever life of it there is."""

    def __init__(self, clock: VirtualClock, folder: Path) -> None:
        self.clock = clock
        self.address = f"sqlite:///{folder / 'ledger.sqlite3'}"
        self.copy = folder / "backup"
        self.ledger = Ledger.open(self.address, inline=True, create=True)
        self.agents: dict[str, Agent] = {}

    async def open(self) -> None:
        """Start the operator over its ledger."""
        prices = HourlyList((100_000,) * 24, SETTINGS.market_zone)
        chance = Random(self.clock.now())
        self.operator: Operator = build_operator(self.ledger, self.clock, SETTINGS, prices, chance.randbytes)
        context = self.operator.context
        await self.ledger.run(lambda conn: restored.gather_again(conn, context))
        self.runner = asyncio.create_task(self.operator.runner.run_for_ever())

    async def close(self) -> None:
        """End the operator, as a stop does."""
        await self.operator.hub.close()
        self.runner.cancel()
        with suppress(asyncio.CancelledError):
            await self.runner
        await self.ledger.close()

    async def move_in(self, name: str) -> None:
        context, token = self.operator.context, token_of(name)
        hello = await self.ledger.read(lambda conn: hello_of(conn, context))
        journal = InlineJournal(Journal())
        await join(journal, PairingLink(("x:1",), "C", None), token, Paired(member_id=name, hello=hello))
        transport = MemoryTransport(partial(self._answer, name), self._serve)
        clock: Clock = self.clock
        ports = Ports(clock, journal, SteadyMeter(name), InlineExecutor(), transport)
        self.agents[name] = Agent(ports, Forecasters(), EAGER, Random(name), Rhythm("UTC", HOUR, HOUR))
        await self.agents[name].start()

    async def _answer(self, name: str, method: str, path: str, token: str | None, body: bytes) -> tuple[int, bytes]:
        response = await self.operator.dispatcher(Request(method, path, token, body, name))
        return response.status, response.body

    async def _serve(self, token: str, wire: Stream) -> None:
        await self.operator.hub.serve(token, "village", wire)

    async def until(self, day: date, minute: int) -> None:
        instant = local_instant(day, minute, SETTINGS.time_zone)
        await asyncio.sleep(instant - self.clock.now())

    async def trades(self) -> list[Transaction]:
        return await self.ledger.read(lambda conn: transactions.of_day(conn, DAY))


def test_a_restore_after_the_gate_gives_everybody_the_same_trades_whatever_they_want_by_then(tmp_path: Path) -> None:
    async def story(clock: VirtualClock) -> None:
        village = Village(clock, tmp_path)
        await village.ledger.run(lambda conn: enrol(conn, NAMES, SETTINGS, DAY, clock.now(), tokens=True))
        await village.open()
        for name in NAMES:
            await village.move_in(name)
        await village.until(EVE, MARKET_OPEN)
        backup.backup(village.address, village.copy)
        await village.until(EVE, GATE + 1)
        lost = await village.trades()
        assert sum(trade.wh for trade in lost) == 24 * 701
        assert {trade.buyer for trade in lost} == {"bruno", "clara", "dinis"}

        # a day later, in the middle of what was contracted, with other wishes and one home started anew
        await village.until(DAY, NOON)
        await village.close()
        village.agents["bruno"].change_settings(BiddingSettings(participate=True, buy_percent=100, sell_percent=0))
        village.agents["clara"].change_settings(BiddingSettings(participate=False, buy_percent=0, sell_percent=0))
        backup.restore(village.copy, village.address, overwrite=True)
        village.ledger = Ledger.open(village.address, inline=True)
        await village.open()
        await asyncio.sleep(GATHER_S + 1)
        assert await village.trades() == lost
        for name, agent in village.agents.items():
            assert agent.state.link is LinkState.CONNECTED
            assert agent.state.fault is None
            (result,) = [result for result in agent.state.results if result.day == DAY]
            assert [trade.id for trade in result.trades] == [
                trade.id for trade in lost if name in (trade.seller, trade.buyer)
            ]
        await village.until(DAY + timedelta(days=1), NOON)
        statements = {name: agent.state.statements[-1] for name, agent in village.agents.items()}
        assert {name: (row.day, row.estimated_periods) for name, row in statements.items()} == dict.fromkeys(
            NAMES, (DAY, 0)
        )
        assert {name: row.total_micro for name, row in statements.items()} == {
            name: agent.state.balance_micro for name, agent in village.agents.items()
        }
        for agent in village.agents.values():
            await agent.stop()
        await village.close()

    run_virtual(local_instant(EVE, NOON, SETTINGS.time_zone), story)
