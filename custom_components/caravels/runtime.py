"""A loaded config entry: the agent of one home in one community (or in none), put together from its ports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .clock import HomeAssistantClock
from .common.member.agent import Agent
from .common.member.client import HttpTransport
from .common.member.forecasting import Forecasters
from .common.member.ports import Ports
from .common.member.records import Membership, Rhythm
from .const import CONF_JOURNAL, CONF_MEMBER_ID, DEFAULT_INTERVAL_S, DEFAULT_PERIOD_S
from .coordinator import Coordinators
from .metering import HomeAssistantMeter, meters_of
from .outlook import HomeAssistantOutlook
from .settings import bidding_settings
from .store import ExecutorJournal, journal_path

type CaravelsConfigEntry = ConfigEntry[CaravelsRuntime]


@dataclass(frozen=True, slots=True)
class CaravelsRuntime:
    """What a loaded entry holds.

    Attributes:
        data: the entry's data that it was started with.
    """

    data: Mapping[str, Any]
    agent: Agent
    journal: ExecutorJournal
    meter: HomeAssistantMeter
    coordinators: Coordinators

    async def stop(self) -> None:
        """End the link, the timers and the listeners; what is journalled stays. May be called twice."""
        self.coordinators.stop()
        await self.agent.stop()
        await self.meter.stop()
        await self.journal.close()


class HomeAssistantExecutor:
    """Numeric work in Home Assistant's threads."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Use the threads of a Home Assistant."""
        self._hass = hass

    async def run[T](self, work: Callable[[], T]) -> T:
        """See `Executor`."""
        return await self._hass.async_add_executor_job(work)


def transport_to(hass: HomeAssistant, membership: Membership | None) -> HttpTransport | None:
    """Return the way to the operator of a membership, or None without one."""
    if membership is None:
        return None
    return HttpTransport(
        async_get_clientsession(hass), membership.addresses, membership.fingerprint, membership.next_fingerprint
    )


async def start_runtime(hass: HomeAssistant, entry: CaravelsConfigEntry) -> CaravelsRuntime:
    """Load an entry's journal and start its agent; never waits for the operator.

    Raises:
        JournalUnusable: the journal cannot be opened; nothing runs.
    """
    meter = HomeAssistantMeter(hass, meters_of(hass, entry))
    journal = await ExecutorJournal.open(journal_path(hass, entry.data[CONF_JOURNAL]))
    try:
        membership = await journal.run(lambda opened: opened.state.membership())
        ports = Ports(
            clock=HomeAssistantClock(hass),
            journal=journal,
            meter=meter,
            executor=HomeAssistantExecutor(hass),
            transport=transport_to(hass, membership),
            outlook=HomeAssistantOutlook(hass, entry, entry.data.get(CONF_MEMBER_ID, "")),
        )
        rhythm = Rhythm(hass.config.time_zone, DEFAULT_PERIOD_S, DEFAULT_INTERVAL_S)
        agent = Agent(ports, Forecasters(), bidding_settings(entry.options), SystemRandom(), rhythm)
        await meter.start()
        await agent.start()
    except BaseException:
        await meter.stop()
        await journal.close()
        raise
    return CaravelsRuntime(entry.data, agent, journal, meter, Coordinators.start(hass, entry, agent))
