"""Virtual members: houses under the same agent that real homes run, with simulated ports."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from random import Random

from ..common.forecasting.flexibility.devices import FlexibleDevice
from ..common.member.agent import Agent
from ..common.member.bidding import BiddingSettings
from ..common.member.forecasting import Forecasters
from ..common.member.journal import InlineJournal, Journal
from ..common.member.pairing import join, pair
from ..common.member.ports import Clock, InlineExecutor, NoOutlook, Ports, Transport
from ..common.member.records import HomeReading
from ..common.member.state import rhythm_of
from ..common.protocol import Paired, PairingLink
from .chance import digest
from .flexibility import devices_of
from .houses import House
from .scenario_types import Member, Scenario

IN_MEMORY = ":memory:"


class HouseMeter:
    """The meters of a simulated building: those that it has."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        """See `Meter`."""
        series, member = self._house.meter(start, end, period_s), self._house.member
        nothing = [None] * series.starts.size
        columns = (
            series.starts.tolist(),
            series.import_wh.tolist(),
            series.export_wh.tolist(),
            series.generation_wh.tolist() if member.pv_w else nothing,
            series.charge_wh.tolist() if member.batteries else nothing,
            series.discharge_wh.tolist() if member.batteries else nothing,
            series.consumption_wh.tolist(),
        )
        return [HomeReading(*row) for row in zip(*columns, strict=True)]


class HouseOutlook(NoOutlook):
    """What a virtual home knows besides its meters: its devices. Nothing rests on the weather of a scenario.

    Args:
        devices: as its people declared them.
    """

    def __init__(self, devices: tuple[FlexibleDevice, ...]) -> None:
        self._devices = devices

    def devices(self) -> tuple[FlexibleDevice, ...]:
        """See `Outlook`."""
        return self._devices


def bidding_of(member: Member) -> BiddingSettings:
    """Return how the people of a scenario's member bid."""
    return BiddingSettings(participate=True, buy_percent=member.buy_percent, sell_percent=member.sell_percent)


def token_of(seed: int, member: str) -> str:
    """Return a virtual member's credential: the same in every run of a seed, and worth nothing outside it."""
    secret = hashlib.sha256(f"token/{seed}/{member}".encode()).digest()
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


async def move_in(
    house: House,
    link: PairingLink,
    scenario: Scenario,
    clock: Clock,
    transport: Transport,
    forecasters: Forecasters,
) -> Agent:
    """Pair a house with its operator and return its agent, started.

    Args:
        house: the building.
        link: the pairing link that the operator gave its people.
        scenario: whose member lives in it; its seed decides the credential and the waits between attempts.
        clock: wall or virtual time.
        transport: the way to the operator.
        forecasters: how it forecasts.

    Raises:
        ProtocolError, OperatorAway: it could not pair.
    """
    paired = await pair(_always(transport), link, token_of(scenario.seed, house.member.id))
    return await settle_in(house, link, paired, scenario, clock, transport, forecasters)


async def settle_in(
    house: House,
    link: PairingLink,
    paired: Paired,
    scenario: Scenario,
    clock: Clock,
    transport: Transport,
    forecasters: Forecasters,
) -> Agent:
    """Return the agent of a house that its operator knows, started. See `move_in`.

    Args:
        paired: what the operator answered when they paired.
    """
    journal = InlineJournal(Journal(IN_MEMORY))
    await join(journal, link, token_of(scenario.seed, house.member.id), paired)
    jitter = Random(digest(scenario.seed, house.member.id, "agent"))  # noqa: S311  # spreads attempts, guards no secret
    outlook = HouseOutlook(devices_of(house.member, scenario))
    ports = Ports(clock, journal, HouseMeter(house), InlineExecutor(), transport, outlook)
    agent = Agent(ports, forecasters, bidding_of(house.member), jitter, rhythm_of(paired.hello))
    await agent.start()
    return agent


def _always(transport: Transport) -> Callable[[tuple[str, ...], str | None], Transport]:
    return lambda _addresses, _fingerprint: transport
