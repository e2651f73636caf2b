"""Virtual members: houses under the same agent that real homes run, with simulated ports."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from random import Random

from ..common.forecasting.predictor import Predictor
from ..common.member.agent import Agent
from ..common.member.bidding import BiddingSettings
from ..common.member.journal import InlineJournal, Journal
from ..common.member.pairing import join, pair
from ..common.member.ports import Clock, Transport
from ..common.protocol import PairingLink, Reading
from .chance import digest
from .houses import House
from .scenario_types import Member

IN_MEMORY = ":memory:"


class HouseMeter:
    """The grid meter of a simulated building."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[Reading]:
        """See `Meter`."""
        series = self._house.meter(start, end, period_s)
        columns = (series.starts.tolist(), series.import_wh.tolist(), series.export_wh.tolist())
        return [
            Reading(start=at, import_wh=imported, export_wh=exported)
            for at, imported, exported in zip(*columns, strict=True)
        ]


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
    seed: int,
    clock: Clock,
    transport: Transport,
    predictor: Predictor,
) -> Agent:
    """Pair a house with its operator and return its agent, started.

    Args:
        house: the building.
        link: the pairing link that the operator gave its people.
        seed: of the scenario; decides the credential and the waits between attempts.
        clock: wall or virtual time.
        transport: the way to the operator.
        predictor: the forecaster of the home's net.

    Raises:
        ProtocolError, OperatorAway: it could not pair.
    """
    journal = InlineJournal(Journal(IN_MEMORY))
    token = token_of(seed, house.member.id)
    paired = await pair(_always(transport), link, token)
    await join(journal, link, token, paired)
    jitter = Random(digest(seed, house.member.id, "agent"))  # noqa: S311  # spreads attempts, guards no secret
    agent = Agent(clock, journal, transport, HouseMeter(house), predictor, bidding_of(house.member), jitter)
    await agent.start()
    return agent


def _always(transport: Transport) -> Callable[[tuple[str, ...], str | None], Transport]:
    return lambda _addresses, _fingerprint: transport
