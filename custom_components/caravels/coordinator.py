"""The agent's state by topic: each coordinator tells its entities only when its own part has changed.

The agent pushes; nothing is polled. What changes with time alone (the price of this hour) is looked at again when a
period begins or a gate closes.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .clock import HomeAssistantClock
from .common.member.agent import Agent
from .common.member.ports import Timer
from .common.member.state import AgentState, LinkState
from .const import DOMAIN
from .forecasts import Forecasts
from .repairs import update_forecast_issues, update_issues
from .settings import bidding_settings
from .views import (
    TROUBLES,
    ForecastView,
    LinkView,
    MarketView,
    link_view,
    market_view,
    next_change,
)

_LOGGER = logging.getLogger(__name__)


def forecast_signal(entry: ConfigEntry) -> str:
    """Return what tells, wherever it is listened for, that an entry's forecasts have changed."""
    return f"{DOMAIN}_forecast_{entry.entry_id}"


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
        self._timer: Timer | None = None
        self._timer_at: int | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self.link = TopicCoordinator[LinkView](hass, entry, "link", link_view(agent.state))
        self.market = TopicCoordinator[MarketView](hass, entry, "market", self._market_now())
        self.forecast = TopicCoordinator[ForecastView](hass, entry, "forecast", ForecastView())
        self._forecasts = Forecasts(hass, entry, agent, self._clock, self._forecast_now)

    @classmethod
    def start(cls, hass: HomeAssistant, entry: ConfigEntry, agent: Agent) -> Coordinators:
        """Listen to an agent that was started, and tell what it says until `stop`."""
        made = cls(hass, entry, agent)
        made._unsubscribe = [
            agent.subscribe(made._state_changed),
            agent.subscribe_readings(made._forecasts.look),
            agent.subscribe_forecasts(made._forecasts.news),
            made.forecast.async_add_listener(partial(async_dispatcher_send, hass, forecast_signal(entry))),
        ]
        made._link_changed(made.link.data)
        made._plan()
        made._forecasts.look()
        return made

    @callback
    def stop(self) -> None:
        """Tell nothing any more; may be called twice."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        if self._timer:
            self._timer.cancel()
        self._forecasts.stop()

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

    @callback
    def _forecast_now(self, view: ForecastView) -> None:
        update_forecast_issues(self._hass, self._entry, view)
        self.forecast.publish(view)

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
        return market_view(self._agent.state, bidding_settings(self._entry.options), self._clock.now())

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
        self._forecasts.look()
