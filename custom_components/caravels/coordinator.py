"""The agent's state by topic: each coordinator tells its entities only when its own part has changed.

The agent pushes; nothing is polled. What changes with time alone (the price of this hour) is looked at again when a
period begins or a gate closes.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from . import runtime  # a circle, as a runtime is made with its coordinators: looked into only when something is called
from .clock import HomeAssistantClock
from .common.member.agent import Agent
from .common.member.history import period_floor
from .common.member.home import ForecastRow
from .common.member.ports import JournalUnusable, Timer
from .common.member.records import HomeReading, Rhythm
from .common.member.state import AgentState, LinkState
from .common.periods import HOUR_S, day_start, local_day
from .const import DOMAIN
from .repairs import update_issues
from .views import (
    TROUBLES,
    ForecastView,
    LinkView,
    MarketView,
    forecast_view,
    link_view,
    market_view,
    next_change,
    read_hour,
)

FORECAST_GOOD_S: Final = 2 * HOUR_S
"""How long a forecast is shown while nothing new is read [s]."""
FORECAST_HOURS: Final = 51
"""What is then still ahead: the last two hours of today and the longest tomorrow."""

_LOGGER = logging.getLogger(__name__)


class TopicCoordinator[T](DataUpdateCoordinator[T]):
    """One topic of the agent's state."""

    config_entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, topic: str, first: T) -> None:
        """Begin with what is known now."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"{DOMAIN} {topic}", always_update=False)
        self.data = first

    @override
    async def _async_update_data(self) -> T:
        """Return what was pushed last: somebody asked for an update, and there is nowhere to ask."""
        return self.data

    @callback
    def publish(self, data: T) -> None:
        """Tell the entities, if this is news: an equal state would be written once more for each of them."""
        if data != self.data:
            self.async_set_updated_data(data)


class Coordinators:
    """What the entities of an entry listen to.

    Attributes:
        link: how things stand with the operator and the meters.
        market: prices, contracts and bids.
        forecast: what is expected, and what was metered today.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, agent: Agent) -> None:
        """Use `start`."""
        self._hass = hass
        self._entry = entry
        self._agent = agent
        self._clock = HomeAssistantClock(hass)
        self._operator_gone = False
        self._forecast_of: tuple[Rhythm, int | None] | None = None
        self._forecast_at = 0
        self._rows: Sequence[ForecastRow] = ()
        self._readings: Sequence[HomeReading] = ()
        self._forecasting: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._timer_at: int | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self.link = TopicCoordinator[LinkView](hass, entry, "link", link_view(agent.state))
        self.market = TopicCoordinator[MarketView](hass, entry, "market", self._market_now())
        self.forecast = TopicCoordinator[ForecastView](hass, entry, "forecast", ForecastView())

    @classmethod
    def start(cls, hass: HomeAssistant, entry: ConfigEntry, agent: Agent) -> Coordinators:
        """Listen to an agent that was started, and tell what it says until `stop`."""
        made = cls(hass, entry, agent)
        made._unsubscribe = [agent.subscribe(made._state_changed), agent.subscribe_readings(made._forecast_again)]
        made._link_changed(made.link.data)
        made._plan()
        made._forecast_again()
        return made

    @callback
    def stop(self) -> None:
        """Tell nothing any more; may be called twice."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        if self._timer:
            self._timer.cancel()
        if self._forecasting:
            self._forecasting.cancel()

    @property
    def has_community(self) -> bool:
        """Whether this home was paired with an operator."""
        return bool(self.link.data.member_id)

    @property
    def connected(self) -> bool:
        """Whether the operator is heard now."""
        return self.link.data.state is LinkState.CONNECTED

    @callback
    def settings_changed(self) -> None:
        """Show what the entry's options say now."""
        self.market.publish(self._market_now())

    @callback
    def change_option(self, key: str, value: int) -> None:
        """Store one wish of the people of the home, and show it; the entry's listener hands it to the agent."""
        options = {**self._entry.options, key: value}
        self._hass.config_entries.async_update_entry(self._entry, options=options)
        self.settings_changed()

    # --- the link and the market -------------------------------------------------------------------------------------

    @callback
    def _state_changed(self, state: AgentState) -> None:
        view = link_view(state, self.link.data)
        if view != self.link.data:
            self._link_changed(view)
        self.market.publish(self._market_now())
        self._plan()

    @callback
    def _link_changed(self, view: LinkView) -> None:
        self._tell_log(view)
        if view.state is LinkState.REJECTED:
            self._entry.async_start_reauth(self._hass)  # does nothing while it is asked for already
        elif view.state is LinkState.CONNECTED:
            self._drop_reauth()
        update_issues(self._hass, self._entry, view)
        self.link.publish(view)

    @callback
    def _tell_log(self, view: LinkView) -> None:
        """Write one line when the operator goes and one when it is back: both as warnings, or one would not be seen."""
        if view.state in TROUBLES and not self._operator_gone:
            self._operator_gone = True
            _LOGGER.warning("%s: %s", self._entry.title, view.problem)
        elif view.state is LinkState.CONNECTED and self._operator_gone:
            self._operator_gone = False
            _LOGGER.warning("%s: the operator is reached again", self._entry.title)

    @callback
    def _drop_reauth(self) -> None:
        """Ask no more for a new pairing: the operator took the token after all, one that was being replaced."""
        for flow in list(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def _market_now(self) -> MarketView:
        return market_view(self._agent.state, runtime.bidding_settings(self._entry.options), self._clock.now())

    # --- time --------------------------------------------------------------------------------------------------------

    @callback
    def _plan(self) -> None:
        when = next_change(self._agent.state, self._clock.now())
        if when == self._timer_at:
            return
        if self._timer:
            self._timer.cancel()
        self._timer, self._timer_at = self._clock.call_at(when, self._time_passed), when

    @callback
    def _time_passed(self) -> None:
        self._timer_at = None
        self.market.publish(self._market_now())
        self._plan()
        self._forecast_again()

    # --- the forecast ------------------------------------------------------------------------------------------------

    @callback
    def _forecast_again(self) -> None:
        """Show what is ahead and what was read as of now; ask for a new forecast only if the last one is not good."""
        if self._forecast_is_good():
            self._show_forecast()
        elif self._forecasting is None or self._forecasting.done():
            work = self._ask_forecast()
            self._forecasting = self._entry.async_create_background_task(self._hass, work, f"{DOMAIN} forecast")

    def _forecast_is_good(self) -> bool:
        """Whether it is of late, and nothing was read since."""
        return self._forecast_of == self._what_was_read() and self._clock.now() - self._forecast_at <= FORECAST_GOOD_S

    def _what_was_read(self) -> tuple[Rhythm, int | None]:
        return self._agent.state.rhythm, read_hour(self._agent.state)

    async def _ask_forecast(self) -> None:
        while not self._forecast_is_good():
            rhythm, until = read = self._what_was_read()
            hour = period_floor(self._clock.now(), rhythm.zone, HOUR_S)
            since = day_start(local_day(hour, rhythm.zone), rhythm.zone)
            try:
                rows = await self._agent.forecast(FORECAST_HOURS)
                readings = await self._agent.readings(since, until or since)
            except JournalUnusable:
                return  # the link says so; the next hour, or the next readings, try again
            self._forecast_of, self._forecast_at = read, hour
            self._rows, self._readings = rows, readings
        self._show_forecast()

    @callback
    def _show_forecast(self) -> None:
        zone = self._agent.state.rhythm.zone
        self.forecast.publish(forecast_view(self._rows, self._readings, zone, self._clock.now()))
