"""The coordinators tell what is news, when it is, and once; an agent made by hand is behind them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.caravels.common.forecasting.forecast import Forecast, Target
from custom_components.caravels.common.member.forecasting import FORECAST_HOURS
from custom_components.caravels.common.member.forecasts import ForecastRow
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.common.member.records import HomeReading
from custom_components.caravels.common.member.state import AgentState, LinkState
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.coordinator import Coordinators
from custom_components.caravels.views import HourView, LinkView, Metered, PriceBasis, PriceNow

from .agent_states import CONNECTED, HOUR_S, TODAY, TOMORROW, UNPAIRED, ZONE, at, changed, market, result
from .made_forecasts import made

AWAY = changed(CONNECTED, link=LinkState.AWAY, problem="nobody answers")
CONNECTING = changed(CONNECTED, link=LinkState.CONNECTING)
REJECTED = changed(CONNECTED, link=LinkState.REJECTED, problem="pair again")


class HandMadeAgent:
    """What coordinators need of an agent.

    Attributes:
        asked: hours of every forecast that was asked for.
        hold: while set, forecasts wait.
        broken: the journal cannot be read.
    """

    def __init__(self) -> None:
        self.state: AgentState = changed(CONNECTED, market_days=(market(TODAY, h10=120_000),))
        self.asked: list[int] = []
        self.hold: asyncio.Event | None = None
        self.broken = False
        self._listeners: list[Callable[[AgentState], None]] = []
        self._readings_listeners: list[Callable[[], None]] = []
        self._forecast_listeners: list[Callable[[Any], None]] = []

    def subscribe(self, listener: Callable[[AgentState], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe_readings(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._readings_listeners.append(listener)
        return lambda: self._readings_listeners.remove(listener)

    def subscribe_forecasts(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        self._forecast_listeners.append(listener)
        return lambda: self._forecast_listeners.remove(listener)

    async def forecasts(self, hours: int) -> tuple[Forecast, ...]:
        self.asked.append(hours)
        if self.hold:
            await self.hold.wait()
        return (made(int(dt_util.utcnow().timestamp()) // HOUR_S * HOUR_S, hours),)

    def forecast_anew(self) -> None:
        """Tell of new forecasts."""
        for listener in tuple(self._forecast_listeners):
            listener(())

    async def forecast(self, hours: int) -> tuple[ForecastRow, ...]:
        first = int(dt_util.utcnow().timestamp()) // HOUR_S * HOUR_S
        return tuple(ForecastRow(first + number * HOUR_S, HOUR_S, 500, 500, None) for number in range(hours))

    async def readings(self, start: int, end: int) -> Sequence[HomeReading]:
        if self.broken:
            raise JournalUnusable("disk full")
        return [HomeReading(at, 300, 0) for at in range(start, end, HOUR_S)]

    def become(self, state: AgentState) -> None:
        """Change, and tell."""
        self.state = state
        for listener in tuple(self._listeners):
            listener(state)

    def read(self, until: int) -> None:
        """Have read on."""
        self.become(changed(self.state, read_until=until))
        for listener in tuple(self._readings_listeners):
            listener()

    @property
    def heard(self) -> int:
        """How many listen."""
        return len(self._listeners) + len(self._readings_listeners) + len(self._forecast_listeners)


class Count:
    """How often a coordinator told its entities something."""

    def __init__(self, *topics: Any) -> None:
        self.told = [0] * len(topics)
        for number, topic in enumerate(topics):
            topic.async_add_listener(partial(self._tell, number))

    def _tell(self, number: int) -> None:
        self.told[number] += 1


@pytest.fixture
def agent() -> HandMadeAgent:
    return HandMadeAgent()


@pytest.fixture
def issues() -> Iterator[list[LinkView]]:
    """What the repairs were told."""
    told: list[LinkView] = []
    with patch("custom_components.caravels.coordinator.update_issues", lambda _hass, _entry, view: told.append(view)):
        yield told


@pytest.fixture
async def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    await hass.config.async_set_time_zone(ZONE)
    freezer.move_to(dt_util.utc_from_timestamp(at(9.5)))
    entry = MockConfigEntry(domain=DOMAIN, title="Vizinhos do Bairro", data={}, options={"buy_percent": 0})
    entry.add_to_hass(hass)
    return entry


type Go = Callable[[int], Awaitable[None]]


@pytest.fixture
def go(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Go:
    """Let time pass until an instant [Unix s]."""

    async def go_on(until: int) -> None:
        freezer.move_to(dt_util.utc_from_timestamp(until))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return go_on


@pytest.fixture
async def coordinators(
    hass: HomeAssistant, entry: MockConfigEntry, agent: HandMadeAgent, issues: list[LinkView]
) -> AsyncIterator[Coordinators]:
    made = Coordinators.start(hass, entry, agent)  # type: ignore[arg-type]  # made by hand
    await hass.async_block_till_done(wait_background_tasks=True)
    yield made
    made.stop()


async def test_what_is_no_news_is_not_told(coordinators: Coordinators, agent: HandMadeAgent) -> None:
    count = Count(coordinators.link, coordinators.market, coordinators.forecast)
    agent.become(changed(agent.state))
    agent.become(changed(agent.state, market_days=(market(TODAY, h10=120_000),)))
    assert count.told == [0, 0, 0]
    agent.become(changed(agent.state, balance_micro=5))
    assert count.told == [0, 1, 0]
    agent.become(changed(agent.state, clock_skew_s=3))
    assert count.told == [1, 1, 0]
    assert coordinators.market.data.balance_micro == 5


async def test_the_price_follows_the_clock_without_anybody_telling(
    coordinators: Coordinators, agent: HandMadeAgent, go: Go
) -> None:
    count = Count(coordinators.market)
    assert coordinators.market.data.price == PriceNow(100_000, PriceBasis.REFERENCE)
    await go(at(10) - 1)
    assert count.told == [0]
    await go(at(10))
    assert coordinators.market.data.price == PriceNow(120_000, PriceBasis.REFERENCE)
    assert count.told == [1]
    await go(at(11))
    assert coordinators.market.data.price == PriceNow(100_000, PriceBasis.REFERENCE)
    assert count.told == [2]
    await go(at(12))
    assert count.told == [2], "the same price in the next hour is no news"


async def test_a_gate_closes_on_time(coordinators: Coordinators, agent: HandMadeAgent, go: Go) -> None:
    agent.become(changed(agent.state, market_days=(market(TODAY), market(TOMORROW))))
    assert coordinators.market.data.gate_at == at(15)
    await go(at(14))
    await go(at(15) - 1)
    assert coordinators.market.data.gate_at == at(15)
    await go(at(15))
    assert coordinators.market.data.gate_at is None


async def test_a_result_moves_no_timer_away(coordinators: Coordinators, agent: HandMadeAgent, go: Go) -> None:
    for _ in range(3):
        agent.become(changed(agent.state, results=(result(TODAY),)))
    await go(at(10))
    assert coordinators.market.data.price == PriceNow(120_000, PriceBasis.REFERENCE)


# --- the link ---------------------------------------------------------------------------------------------------------


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what a log of Home Assistant's default level holds of the integration."""
    named = (record for record in caplog.records if record.name.startswith("custom_components.caravels"))
    return [record.getMessage() for record in named if record.levelno >= logging.WARNING]


async def test_one_line_down_and_one_line_up(
    coordinators: Coordinators, agent: HandMadeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    count = Count(coordinators.link)
    for _ in range(50):
        agent.become(AWAY)
        agent.become(CONNECTING)
    assert lines(caplog) == ["Vizinhos do Bairro: nobody answers"]
    assert count.told == [1]
    agent.become(CONNECTED)
    assert lines(caplog) == ["Vizinhos do Bairro: nobody answers", "Vizinhos do Bairro: the operator is reached again"]
    assert count.told == [2]


async def test_a_start_without_operator_is_one_line(
    coordinators: Coordinators, agent: HandMadeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    agent.become(changed(CONNECTED, link=LinkState.STOPPED))
    agent.become(CONNECTING)
    assert lines(caplog) == []
    for _ in range(3):
        agent.become(AWAY)
        agent.become(CONNECTING)
    assert len(lines(caplog)) == 1


async def test_a_start_with_an_operator_is_no_line(
    coordinators: Coordinators, agent: HandMadeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    agent.become(CONNECTING)
    agent.become(CONNECTED)
    assert lines(caplog) == []


async def test_a_new_pairing_is_asked_for_once_and_no_more_once_it_is_not_needed(
    hass: HomeAssistant, coordinators: Coordinators, agent: HandMadeAgent, entry: MockConfigEntry
) -> None:
    with patch.object(type(entry), "async_start_reauth") as asked:
        for _ in range(3):
            agent.become(REJECTED)
            agent.become(CONNECTING)
        assert asked.call_count == 1
        agent.become(CONNECTED)
        agent.become(REJECTED)
        assert asked.call_count == 2


async def test_the_dialogue_goes_away_when_the_operator_takes_the_token_after_all(
    hass: HomeAssistant, coordinators: Coordinators, agent: HandMadeAgent, entry: MockConfigEntry
) -> None:
    agent.become(REJECTED)
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    agent.become(CONNECTED)
    assert hass.config_entries.flow.async_progress() == []


async def test_repairs_hear_of_every_change_of_the_link_and_of_the_start(
    coordinators: Coordinators, agent: HandMadeAgent, issues: list[LinkView]
) -> None:
    agent.become(AWAY)
    agent.become(CONNECTING)
    agent.become(changed(AWAY, balance_micro=9))
    agent.become(changed(CONNECTED, clock_skew_s=3_600))
    assert [(view.state, view.clock_skew_s) for view in issues] == [
        (LinkState.CONNECTED, None),
        (LinkState.AWAY, None),
        (LinkState.CONNECTED, 3_600),
    ]


# --- the forecast -----------------------------------------------------------------------------------------------------


def metered(coordinators: Coordinators) -> Metered | None:
    return coordinators.forecast.data.metered_today


async def test_a_forecast_is_asked_for_when_an_hour_was_read(
    coordinators: Coordinators, agent: HandMadeAgent, go: Go, hass: HomeAssistant
) -> None:
    assert agent.asked == [FORECAST_HOURS]
    assert coordinators.forecast.data.target(Target.CONSUMPTION).next_hour == HourView(2, 0, 22)
    assert (coordinators.forecast.data.net.next_hour_wh, coordinators.forecast.data.net.tomorrow_wh) == (500, 12_000)
    assert metered(coordinators) is None
    count = Count(coordinators.forecast)
    for minutes in (0, 15, 30, 45):
        agent.read(at(9 + minutes / 60))
        await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 2
    assert metered(coordinators) == Metered(2_700, 0, 2_700, None)
    assert count.told == [1]
    agent.read(at(10))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 3
    assert metered(coordinators) == Metered(3_000, 0, 3_000, None)


async def test_new_forecasts_are_asked_for_at_once(
    coordinators: Coordinators, agent: HandMadeAgent, hass: HomeAssistant
) -> None:
    assert len(agent.asked) == 1
    agent.forecast_anew()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 2
    coordinators._forecasts.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 2


async def test_the_next_hour_is_shown_on_time_also_when_nothing_is_read(
    coordinators: Coordinators, agent: HandMadeAgent, go: Go
) -> None:
    assert coordinators.forecast.data.rows[0].start == at(9)
    await go(at(10))
    assert (coordinators.forecast.data.rows[0].start, len(agent.asked)) == (at(10), 1)
    await go(at(11))
    assert (coordinators.forecast.data.rows[0].start, len(agent.asked)) == (at(11), 1)
    await go(at(12))
    assert (coordinators.forecast.data.rows[0].start, len(agent.asked)) == (at(12), 2)


async def test_a_clock_that_is_set_back_has_the_forecast_made_anew(
    coordinators: Coordinators, agent: HandMadeAgent, go: Go, hass: HomeAssistant
) -> None:
    await go(at(10))
    await go(at(12))
    assert len(agent.asked) == 2
    await go(at(7))
    coordinators._time_passed()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 3
    assert coordinators.forecast.data.rows[0].start == at(7)


async def test_readings_that_come_during_a_forecast_are_in_the_next(
    coordinators: Coordinators, agent: HandMadeAgent, hass: HomeAssistant
) -> None:
    agent.hold = asyncio.Event()
    agent.read(at(8))
    agent.read(at(9))
    assert len(agent.asked) == 2
    agent.hold.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(agent.asked) == 3


async def test_a_journal_that_cannot_be_read_leaves_the_last_forecast(
    coordinators: Coordinators, agent: HandMadeAgent, hass: HomeAssistant, go: Go
) -> None:
    agent.broken = True
    agent.read(at(9))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert metered(coordinators) is None
    assert coordinators.forecast.data.net.next_hour_wh == 500
    agent.broken = False
    await go(at(10))
    assert metered(coordinators) == Metered(2_700, 0, 2_700, None)


# --- the rest ---------------------------------------------------------------------------------------------------------


async def test_an_option_is_stored_and_shown(
    coordinators: Coordinators, entry: MockConfigEntry, agent: HandMadeAgent
) -> None:
    count = Count(coordinators.market)
    coordinators.change_option("buy_percent", 10)
    assert entry.options == {"buy_percent": 10}
    assert coordinators.market.data.settings.buy_percent == 10
    assert coordinators.market.data.buy_now == 110_000
    assert count.told == [1]
    coordinators.change_option("buy_percent", 10)
    assert count.told == [1]


async def test_asking_for_an_update_changes_nothing(coordinators: Coordinators) -> None:
    count = Count(coordinators.link, coordinators.market, coordinators.forecast)
    for topic in (coordinators.link, coordinators.market, coordinators.forecast):
        await topic.async_refresh()
    assert count.told == [0, 0, 0]
    assert coordinators.market.last_update_success


async def test_who_has_stopped_hears_and_tells_nothing(
    coordinators: Coordinators, agent: HandMadeAgent, go: Go
) -> None:
    count = Count(coordinators.link, coordinators.market, coordinators.forecast)
    coordinators.stop()
    coordinators.stop()
    assert agent.heard == 0
    agent.become(AWAY)
    await go(at(10))
    assert count.told == [0, 0, 0]


async def test_a_home_without_a_community(coordinators: Coordinators, agent: HandMadeAgent) -> None:
    assert (coordinators.has_community, coordinators.connected) == (True, True)
    agent.become(UNPAIRED)
    assert (coordinators.has_community, coordinators.connected) == (False, False)
