"""The days before a live community begins, played in virtual time into its ledger: it starts with a past."""

import asyncio
from dataclasses import replace
from functools import partial

from ..common.periods import DAY_S
from ..community.settings import CommunitySettings
from ..ledger.store import Ledger
from ..virtual.loop import VirtualClock, run_virtual
from .simulation import Plan, Simulation


def replay(plan: Plan, settings: CommunitySettings, address: str, begin: int, until: int) -> None:
    """Let a plan's members trade from `begin` to `until` [Unix s]; what is open then stays open.

    Args:
        plan: the members and the first delivery day; of how many days it is has no meaning here.
        settings: of the community that goes on afterwards. Readings come once a day here, soon after midnight: how
            often live homes send them costs much time and changes nothing that is settled.
        address: of the ledger, which is made.

    Raises:
        LedgerError: there is a ledger already, or it cannot be written.
    """
    ledger = Ledger.open(address, inline=True, create=True)
    daily = replace(settings, reading_interval_s=DAY_S)

    async def main(clock: VirtualClock) -> None:
        simulation = Simulation(plan, daily, ledger, clock, lambda _bytes: None)
        await simulation.run(partial(simulation.sleep_until, until))

    try:
        run_virtual(begin, main)
    finally:
        asyncio.run(ledger.close())
