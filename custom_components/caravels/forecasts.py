"""The forecasts that are shown: asked for when there are new ones or something was read, shown anew as time passes."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .common.forecasting.forecast import Forecast
from .common.member.agent import Agent
from .common.member.forecasting import FORECAST_HOURS
from .common.member.forecasts import ForecastRow
from .common.member.forecasts import Forecasts as Issue
from .common.member.history import period_floor
from .common.member.ports import Clock, JournalUnusable
from .common.member.records import HomeReading, Rhythm
from .common.periods import HOUR_S, day_start, local_day
from .const import DOMAIN
from .views import ForecastView, forecast_view, read_hour

FORECAST_GOOD_S: Final = 2 * HOUR_S
"""How long a forecast is shown while nothing new is read [s]; the agent's covers what is then still ahead."""


class Forecasts:
    """Asks the agent for forecasts, as seldom as will do, and shows what they say of now.

    Args:
        hass: Home Assistant.
        entry: the entry whose background the work is.
        agent: the agent, started.
        clock: its clock.
        show: takes what is to be shown.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, agent: Agent, clock: Clock, show: Callable[[ForecastView], None]
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._agent = agent
        self._clock = clock
        self._show = show
        self._made_of: tuple[Rhythm, int | None] | None = None
        self._made_at = 0
        self._there_are_new = False
        self._rows: Sequence[ForecastRow] = ()
        self._readings: Sequence[HomeReading] = ()
        self._asking: asyncio.Task[None] | None = None
        self._latest: Sequence[Forecast] = ()

    @callback
    def news(self, _issue: Issue) -> None:
        """Take note that there are new forecasts."""
        self._there_are_new = True
        self.look()

    @callback
    def look(self) -> None:
        """Show what is ahead and what was read as of now, with a new forecast if the last one is not good."""
        if self._is_good():
            self._show_now()
        elif self._asking is None or self._asking.done():
            self._asking = self._entry.async_create_background_task(self._hass, self._ask(), f"{DOMAIN} forecast")

    @callback
    def stop(self) -> None:
        """Ask no more."""
        if self._asking:
            self._asking.cancel()

    def _is_good(self) -> bool:
        """Whether the forecast is of late, nothing is known since, and the clock was not set back before it."""
        of_late = 0 <= self._clock.now() - self._made_at <= FORECAST_GOOD_S
        return self._made_of == self._what_was_read() and of_late and not self._there_are_new

    def _what_was_read(self) -> tuple[Rhythm, int | None]:
        return self._agent.state.rhythm, read_hour(self._agent.state)

    async def _ask(self) -> None:
        while not self._is_good():
            rhythm, until = read = self._what_was_read()
            hour = period_floor(self._clock.now(), rhythm.zone, HOUR_S)
            since = day_start(local_day(hour, rhythm.zone), rhythm.zone)
            try:
                issue = await self._agent.forecasts(FORECAST_HOURS)
                self._there_are_new = False
                rows = await self._agent.forecast(FORECAST_HOURS)
                readings = await self._agent.readings(since, until or since)
            except JournalUnusable:
                return  # the link says so; the next hour, or the next readings, try again
            self._made_of, self._made_at = read, hour
            self._latest, self._rows, self._readings = tuple(issue), rows, readings
        self._show_now()

    @callback
    def _show_now(self) -> None:
        zone = self._agent.state.rhythm.zone
        self._show(forecast_view(self._rows, self._latest, self._readings, zone, self._clock.now()))
