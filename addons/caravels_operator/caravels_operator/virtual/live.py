"""Virtual members in wall time: the real client over TLS, to an operator that knows them from before."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from ..common.member.agent import Agent
from ..common.member.client import HttpTransport
from ..common.member.forecasting import Forecasters
from ..common.member.ports import Clock, OperatorAway
from ..common.member.state import LinkState
from ..common.protocol import Hello, Paired, PairingLink, decode
from ..common.protocol.paths import HELLO
from .houses import House
from .members import settle_in
from .scenario_types import Scenario

LOOK_S = 0.25
NO_CODE = ""
"""They paired before; no code is needed any more."""


@asynccontextmanager
async def neighbours(
    houses: Sequence[House], address: str, fingerprint: str, scenario: Scenario, clock: Clock, forecasters: Forecasters
) -> AsyncIterator[Sequence[Agent]]:
    """Let houses live until the end of the block; they wait for the operator to be there for the first time.

    Args:
        address: of the operator, `host:port`.
        fingerprint: SHA-256 of its certificate [hex].
        scenario: whose members live in them; its seed decides the credentials.
        forecasters: how they forecast.

    Raises:
        WrongFingerprint: somebody else is at the address.
        ProtocolError: the operator does not want such members.
    """
    link = PairingLink((address,), NO_CODE, fingerprint)
    agents: list[Agent] = []
    async with aiohttp.ClientSession() as session:
        hello = await _first_hello(HttpTransport(session, link.addresses, fingerprint))
        try:
            for house in houses:
                paired = Paired(member_id=house.member.id, hello=hello)
                transport = HttpTransport(session, link.addresses, fingerprint)
                agents.append(await settle_in(house, link, paired, scenario, clock, transport, forecasters))
            yield agents
        finally:
            await asyncio.gather(*(agent.stop() for agent in agents))


async def all_connected(agents: Sequence[Agent]) -> None:
    """Wait until the operator answers all of them."""
    while any(agent.state.link is not LinkState.CONNECTED for agent in agents):  # noqa: ASYNC110  # 26 conditions
        await asyncio.sleep(LOOK_S)


async def _first_hello(transport: HttpTransport) -> Hello:
    while True:
        try:
            return decode(await transport.request("GET", HELLO, b"", None), Hello)
        except OperatorAway as error:
            if type(error) is not OperatorAway:  # somebody else answered: waiting does not help
                raise
        await asyncio.sleep(LOOK_S)
