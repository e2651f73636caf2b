"""The agent of a home: its own work, its part in a community where it has one, and the state of both.

Three tasks: one worker does the home's own work (reading, bidding) in order; in a community the link listens and the
queue sends besides.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from random import Random
from typing import Any

from ..periods import local_day
from ..protocol import Push
from .backoff import Backoff
from .bidding import BiddingSettings, PreviewRow
from .conversation import Conversation
from .forecasting import FORECAST_HOURS, Forecasters
from .forecasts import ForecastRow, Forecasts
from .held import Held, load
from .home import Home
from .listeners import Listeners
from .outgoing import Outgoing
from .ports import Ports
from .records import HomeReading, OwnBook, Rhythm
from .state import AgentState, LinkState, NotPaired

_LOGGER = logging.getLogger(__name__)


class Agent:
    """A home, as a member of a community or without one. Made, then started once and stopped once.

    It is a member if there is a transport and the journal knows its membership (`pairing.join`).

    Args:
        ports: all that it needs from outside.
        forecasters: how it forecasts.
        settings: what the people of the home decided about trading.
        jitter: chance for the waits between attempts.
        rhythm: what metering goes by until an operator says otherwise.
    """

    def __init__(
        self, ports: Ports, forecasters: Forecasters, settings: BiddingSettings, jitter: Random, rhythm: Rhythm
    ) -> None:
        self._ports = ports
        self._forecasters = forecasters
        self._settings = settings
        self._jitter = jitter
        self._rhythm = rhythm
        self._held = Held(None, rhythm)
        self._home: Home
        self._conversation: Conversation | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._picture: AgentState | None = None
        self._listeners: Listeners[[AgentState]] = Listeners()
        self._push_listeners: Listeners[[Push]] = Listeners()
        self._readings_listeners: Listeners[[]] = Listeners()
        self._forecast_listeners: Listeners[[Forecasts]] = Listeners()

    async def start(self) -> None:
        """Load the journal and start to work; returns before the operator is reached.

        Raises:
            JournalUnusable: the journal cannot be read.
        """
        today = local_day(self._ports.clock.now(), "UTC")
        alone = self._ports.transport is None
        self._held = await self._ports.journal.run(lambda journal: load(journal, today, self._rhythm, alone=alone))
        self._picture = None
        outgoing = self._assemble()
        works: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = [("work", self._home.run)]
        if outgoing is not None and self._conversation is not None:
            await outgoing.start()
            works = [("link", self._conversation.link.run), ("queue", outgoing.run), *works]
        self._home.follow()
        if self._conversation is not None:
            self._conversation.review_all()
            if self._held.offers:
                self._home.follow_models()
        for name, work in works:
            task = asyncio.create_task(work(), name=f"{name} of {self._held.member_id or 'this home'}")
            task.add_done_callback(self._task_ended)
            self._tasks.append(task)

    def _assemble(self) -> Outgoing | None:
        ports, held, transport = self._ports, self._held, self._ports.transport
        outgoing = None
        if transport is not None and held.membership is not None:
            backoff = Backoff(self._jitter)
            outgoing = Outgoing(
                ports.clock,
                ports.journal,
                transport,
                lambda: held.paired,
                backoff,
                held.operators_time,
                held.book_of,
                self._answered,
            )
        self._home = Home(
            ports, self._forecasters, held, outgoing, self._changed, lambda: bool(self._forecast_listeners)
        )
        self._home.listeners.add(self._readings_listeners.tell)
        self._home.forecasting.listeners.add(self._forecast_listeners.tell)
        if transport is not None and outgoing is not None:
            self._conversation = Conversation(
                ports, transport, self._settings, self._jitter, held, outgoing, self._home, self._changed
            )
            self._conversation.listeners.add(self._push_listeners.tell)
        return outgoing

    async def stop(self) -> None:
        """End the connection and all timers; what is journalled stays."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            self._home.stop()
            await asyncio.wait(tasks)
            self._held.link, self._held.problem = LinkState.STOPPED, None
            self._changed()

    @property
    def state(self) -> AgentState:
        """The agent's state now."""
        if self._picture is None:
            self._picture = self._held.picture()
        return self._picture

    def subscribe(self, listener: Callable[[AgentState], None]) -> Callable[[], None]:
        """Call `listener` with every new state; return what ends that."""
        return self._listeners.add(listener)

    def subscribe_pushes(self, listener: Callable[[Push], None]) -> Callable[[], None]:
        """Call `listener` with every push once, also those that a snapshot contained; return what ends that."""
        return self._push_listeners.add(listener)

    def subscribe_readings(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when readings were journalled, so that a forecast may differ; return what ends that."""
        return self._readings_listeners.add(listener)

    def subscribe_forecasts(self, listener: Callable[[Forecasts], None]) -> Callable[[], None]:
        """Call `listener` with every new set of forecasts: at least once an hour; return what ends that."""
        return self._forecast_listeners.add(listener)

    async def readings(self, start: int, end: int) -> Sequence[HomeReading]:
        """Return the journalled readings of the periods that start in [start, end) [Unix s], ascending.

        Raises:
            JournalUnusable: the journal cannot be read.
        """
        period_s = self._held.rhythm.period_s
        return await self._ports.journal.run(lambda journal: journal.readings.between(period_s, start, end))

    async def forecast(self, hours: int = FORECAST_HOURS) -> tuple[ForecastRow, ...]:
        """Return what is expected of the home from the present period on; nothing where nothing was ever measured.

        Of the present hour and the next it is what the hour-ahead forecast says, later what the day-ahead one does.

        Raises:
            JournalUnusable: the forecast could not be journalled.
        """
        return await self._home.forecasting.rows(hours)

    async def forecasts(self, hours: int = FORECAST_HOURS) -> Forecasts:
        """Return the home's six forecasts from the present hour on, of at least so many hours.

        They always come, and say what they rest on. What was made for what is known is made once.

        Raises:
            JournalUnusable: they could not be journalled.
        """
        return await self._home.forecasting.forecasts(hours)

    async def preview(self, day: date, settings: BiddingSettings | None = None) -> tuple[PreviewRow, ...]:
        """Return what would be bid for a market day now, by other settings if given; nothing without a market."""
        return await self._conversation.preview(day, settings) if self._conversation else ()

    def change_settings(self, settings: BiddingSettings) -> None:
        """Trade by other settings from now on: books of open days are made anew."""
        self._settings = settings
        if self._conversation:
            self._conversation.change_settings(settings)

    def offer_readings(self, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more."""
        self._home.offer_readings(since)

    async def wish(self, friends: Sequence[str], *, wants_green: bool) -> None:
        """Tell the operator whom this home would rather trade with (engines A.6), at once or when it is reached.

        Args:
            friends: ids of members.
            wants_green: whether generation from renewable sources is preferred.

        Raises:
            NotPaired: there is no operator.
            JournalUnusable: nothing was changed.
        """
        await self._with_operator().wish(friends, wants_green=wants_green)

    async def rotate_token(self, token: str) -> None:
        """Replace the credential by `token` (`pairing.new_token`), at once or when the operator is reached.

        Raises:
            NotPaired: there is no operator.
            JournalUnusable: nothing was changed.
        """
        await self._with_operator().rotate_token(token)

    def try_again(self) -> None:
        """Connect now instead of waiting."""
        if self._conversation:
            self._conversation.link.try_again()

    def _with_operator(self) -> Conversation:
        if self._conversation is None:
            raise NotPaired("this home is not paired with an operator")
        return self._conversation

    def _answered(self, own: OwnBook) -> None:
        self._held.take_book(own)
        self._changed()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("%s ended by a fault", task.get_name(), exc_info=error)
            self._held.fault = repr(error)
            self._changed()

    def _changed(self) -> None:
        self._picture = None
        if self._listeners:
            self._listeners.tell(self.state)
