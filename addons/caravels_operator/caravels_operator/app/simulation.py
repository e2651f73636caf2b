"""A whole community in virtual time: operator and virtual members in one process, the ledger in memory."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import Connection

from ..api.call import Request
from ..common.member.agent import Agent
from ..common.member.ports import Stream
from ..common.periods import DAY_S, HOUR_S, day_start, local_instant
from ..common.protocol import PairingLink
from ..community import pairing, schedule
from ..community.month import close_month
from ..community.settings import CommunitySettings
from ..community.tariffs import store_tariff
from ..ledger import members
from ..ledger.store import Ledger
from ..market.tariffs import Tariff, tariff_from_shares
from ..mechanisms import FORECASTERS
from ..prices.source import Computed
from ..virtual.houses import House, build_houses
from ..virtual.loop import VirtualClock, run_virtual
from ..virtual.market_prices import prices_micro_kwh
from ..virtual.members import move_in
from ..virtual.scenario_types import Member, Scenario
from ..virtual.transport import MemoryTransport
from .operator import Operator, build_operator

MOVE_IN_MINUTE = 12 * 60
"""Members move in at noon of the day before the first delivery day: before its prices are published."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate.

    Attributes:
        first: first delivery day.
        days: number of delivery days.
        strict, no_loss: the switches of engines B.2.
    """

    scenario: Scenario
    houses: tuple[House, ...]
    first: date
    days: int
    strict: bool = False
    no_loss: bool = True

    @property
    def last(self) -> date:
        """The last delivery day."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished simulation.

    Attributes:
        ledger: open, with all that happened.
        trace_hash: SHA-256 over every byte that went between members and operator, in order.
    """

    plan: Plan
    settings: CommunitySettings
    ledger: Ledger
    trace_hash: str


def plan_run(
    scenario: Scenario, data_folder: Path | None, first: date, days: int, *, strict: bool = False, no_loss: bool = True
) -> Plan:
    """Return a plan with its houses built."""
    return Plan(scenario, build_houses(scenario, data_folder), first, days, strict, no_loss)


def settings_of(plan: Plan) -> CommunitySettings:
    """Return the community's settings as the scenario has them; virtual members read their meters once a day."""
    rules = plan.scenario.community
    return CommunitySettings(
        name=f"Community {plan.scenario.name}",
        currency=plan.scenario.currency,
        time_zone=plan.scenario.time_zone,
        market_zone=plan.scenario.market_zone,
        market_period_s=rules.market_period_s,
        settlement_period_s=rules.settlement_period_s,
        reading_interval_s=DAY_S,
        buyer_fee_micro_kwh=rules.local_fee_micro_kwh,
        strict=plan.strict,
        no_loss=plan.no_loss,
    )


def simulate(plan: Plan, progress: Callable[[date], None] = lambda _day: None) -> Run:
    """Run a plan from the day before its first delivery day until the last is settled and its month closed.

    Args:
        progress: called with each delivery day once it is settled.
    """
    settings = settings_of(plan)
    start = local_instant(plan.first - timedelta(days=1), MOVE_IN_MINUTE, settings.time_zone)
    ledger = Ledger.open("sqlite://", inline=True)
    trace = hashlib.sha256()

    async def main(clock: VirtualClock) -> None:
        simulation = Simulation(plan, settings, ledger, clock, trace.update)
        await simulation.run(partial(simulation.settle_all, progress))

    run_virtual(start, main)
    return Run(plan, settings, ledger, trace.hexdigest())


class Simulation:
    """One run: the operator, its members, and the bytes between them.

    Args:
        settings: the community's; the plan's scenario has the members, their tariffs and the market's prices.
        trace: called with every byte that goes between members and operator, in order.
    """

    def __init__(
        self,
        plan: Plan,
        settings: CommunitySettings,
        ledger: Ledger,
        clock: VirtualClock,
        trace: Callable[[bytes], None],
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._trace = trace
        chance = Random(plan.scenario.seed)  # noqa: S311  # every run of a seed must be the same; nothing is at stake
        prices = Computed(lambda starts: _prices(plan.scenario, starts))
        self._operator: Operator = build_operator(ledger, clock, settings, prices, chance.randbytes)
        self._context = self._operator.context

    async def run(self, pass_time: Callable[[], Awaitable[None]]) -> None:
        """Enrol the members, let them move in, let time pass, and end."""
        links = await self._context.ledger.run(self._enrol)
        runner = asyncio.create_task(self._operator.runner.run_for_ever())
        agents = [await self._move_in(house, link) for house, link in zip(self._plan.houses, links, strict=True)]
        await pass_time()
        await self._end(agents, runner)

    async def settle_all(self, progress: Callable[[date], None]) -> None:
        """Let time pass until all days of the plan are settled, and close what is open."""
        for number in range(self._plan.days):
            day = self._plan.first + timedelta(days=number)
            await self.sleep_until(schedule.settle_at(day, self._context.settings) + HOUR_S)
            progress(day)
        await self._context.ledger.run(self._close_months)
        self._context.outbox_grew.fire()
        await self.sleep_until(self._clock.now() + HOUR_S)

    async def sleep_until(self, instant: int) -> None:
        """Let time pass until an instant [Unix s]."""
        await asyncio.sleep(max(0, instant - self._clock.now()))

    def _enrol(self, conn: Connection) -> list[PairingLink]:
        """Put tariffs, members and the first day's steps into the ledger; return each member's pairing link."""
        settings, now = self._context.settings, self._clock.now()
        for tariff in self._plan.scenario.tariffs.values():
            start = day_start(tariff.valid_from, settings.time_zone)
            store_tariff(conn, tariff_of(self._plan.scenario, tariff.name), start)
        links = []
        for member in self._plan.scenario.members:
            members.add(conn, enrolled(self._plan.scenario, member, now))
            links.append(pairing.invite(conn, self._context, member.id, ("operator.invalid:8443",), None, now))
        schedule.put_day(conn, self._plan.first, settings)
        return links

    async def _move_in(self, house: House, link: PairingLink) -> Agent:
        transport = MemoryTransport(partial(self._answer, house.member.id), self._serve)
        return await move_in(house, link, self._plan.scenario, self._clock, transport, FORECASTERS["caravels"])

    async def _answer(self, source: str, method: str, path: str, token: str | None, body: bytes) -> tuple[int, bytes]:
        response = await self._operator.dispatcher(Request(method, path, token, body, source))
        self._trace(body)
        self._trace(response.body)
        return response.status, response.body

    async def _serve(self, token: str, wire: Stream) -> None:
        await self._operator.hub.serve(token, "virtual", _Traced(wire, self._trace))

    def _close_months(self, conn: Connection) -> None:
        """Close the month that the run ends in; whole months were closed by their own steps."""
        close_month(conn, self._context, schedule.month_key(self._plan.last), None, self._clock.now())

    async def _end(self, agents: Sequence[Agent], runner: asyncio.Task[None]) -> None:
        for agent in agents:
            await agent.stop()
        await self._operator.hub.close()
        runner.cancel()
        with suppress(asyncio.CancelledError):
            await runner


class _Traced:
    """A wire whose frames to the member go into the trace."""

    def __init__(self, wire: Stream, trace: Callable[[bytes], None]) -> None:
        self._wire = wire
        self._trace = trace
        self.frames = wire.frames
        self.close = wire.close

    async def send(self, frame: bytes) -> None:
        self._trace(frame)
        await self._wire.send(frame)


def enrolled(scenario: Scenario, member: Member, now: int) -> members.Member:
    """Return a scenario's member as the ledger enrols it; each tariff is a retailer's of its own."""
    return members.Member(
        id=member.id,
        retailer=member.tariff,
        tariff=member.tariff,
        connection_w=scenario.connection_w[member.kind],
        state="active",
        joined_at=now,
        green=member.pv_w > 0,
    )


def tariff_of(scenario: Scenario, name: str) -> Tariff:
    """Return a scenario's tariff for the engines."""
    tariff = scenario.tariffs[name]
    return tariff_from_shares(
        tariff.name,
        tariff.valid_from,
        tariff.retail,
        {
            "energy": tariff.energy_ppm,
            "network": tariff.network_ppm,
            "levies": tariff.levies_ppm,
            "vat": tariff.vat_ppm,
        },
        tariff.avoidable_ppm,
        tariff.feed_in_micro_kwh,
    )


def _prices(scenario: Scenario, starts: Sequence[int]) -> list[int]:
    prices: list[int] = prices_micro_kwh(scenario, np.array(starts, dtype=np.int64)).tolist()
    return prices
