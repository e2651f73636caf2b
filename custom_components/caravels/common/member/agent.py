"""The agent of a member: owns its state, its timers and its conversation with the operator.

Three tasks: the link listens, the queue sends, and one worker does the home's own work (reading, bidding) in order.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from random import Random
from typing import Final

import msgspec

from ..forecasting.predictor import Predictor
from ..periods import local_day
from ..protocol import Hello, MarketDay, ProtocolError, Push, Snapshot, Wishes
from .backoff import Backoff
from .bidding import BiddingSettings, PreviewRow
from .credentials import Credentials
from .history import DAY_S
from .journal import Journal
from .link import LOST_DAYS, Link
from .metering import Metering, next_tick
from .outgoing import NO_ID, Outgoing, enqueue
from .ports import Clock, JournalPort, Meter, Timer, Transport
from .records import OwnBook, Progress
from .state import AgentState, Held, LinkState, load
from .trading import Trading
from .worker import Worker

REOFFER_S: Final = LOST_DAYS * DAY_S
"""How far back readings are sent again to an operator that was restored from a backup."""

_LOGGER = logging.getLogger(__name__)


class NotPaired(Exception):
    """The journal knows no operator: pair first."""


class Agent:
    """A member of a community. Made, then started once and stopped once.

    Args:
        clock: wall or virtual time.
        journal: the member's own state; must know its membership (`pairing.join`).
        transport: the way to the operator.
        meter: the home's grid meter.
        predictor: the forecaster of the home's net energy.
        settings: what the people of the home decided about trading.
        jitter: chance for the waits between attempts.
    """

    def __init__(
        self,
        clock: Clock,
        journal: JournalPort,
        transport: Transport,
        meter: Meter,
        predictor: Predictor,
        settings: BiddingSettings,
        jitter: Random,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._transport = transport
        self._meter = meter
        self._predictor = predictor
        self._settings = settings
        self._jitter = jitter
        self._tasks: list[asyncio.Task[None]] = []
        self._timer: Timer | None = None
        self._rhythm: tuple[object, ...] = ()
        self._picture: AgentState | None = None
        self._listeners: list[Callable[[AgentState], None]] = []
        self._push_listeners: list[Callable[[Push], None]] = []

    async def start(self) -> None:
        """Load the journal and start to work; returns before the operator is reached.

        Raises:
            NotPaired: the journal knows no operator.
            JournalUnusable: the journal cannot be read.
        """
        today = local_day(self._clock.now(), "UTC")
        held = await self._journal.run(lambda journal: load(journal, today))
        if held is None:
            raise NotPaired("this home is not paired with an operator")
        self._assemble(held)
        await self._outgoing.start()
        if held.hello:
            self._begin(held.hello)
        for name, work in (("link", self._link), ("queue", self._outgoing), ("work", self._worker)):
            task = asyncio.create_task(work.run(), name=f"{name} of {held.membership.member_id}")
            task.add_done_callback(self._task_ended)
            self._tasks.append(task)

    def _assemble(self, held: Held) -> None:
        clock, journal, transport = self._clock, self._journal, self._transport
        self._held = held
        self._credentials = Credentials(journal, transport, held)
        who = self._credentials.membership
        self._outgoing = Outgoing(clock, journal, transport, who, Backoff(self._jitter), held.book_of, self._answered)
        self._metering = Metering(clock, journal, self._meter, held, self._outgoing)
        self._trading = Trading(
            clock, journal, self._predictor, self._settings, held, self._outgoing, lambda: self._metering.history
        )
        self._worker = Worker(clock, held.membership.member_id, self._job_done)
        self._link = Link(clock, journal, transport, who, held.progress, self._jitter, self)

    async def stop(self) -> None:
        """End the connection and all timers; what is journalled stays."""
        if self._timer:
            self._timer.cancel()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            self.link_changed(LinkState.STOPPED, None)

    @property
    def state(self) -> AgentState:
        """The agent's state now; there is one after `start`."""
        if self._picture is None:
            self._picture = self._held.picture()
        return self._picture

    def subscribe(self, listener: Callable[[AgentState], None]) -> Callable[[], None]:
        """Call `listener` with every new state; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe_pushes(self, listener: Callable[[Push], None]) -> Callable[[], None]:
        """Call `listener` with every push once, also those that a snapshot contained; return what ends that."""
        self._push_listeners.append(listener)
        return lambda: self._push_listeners.remove(listener)

    def change_settings(self, settings: BiddingSettings) -> None:
        """Trade by other settings from now on: books of open days are made anew."""
        self._trading.settings = settings
        self._review(self._held.market_days.values())

    def preview(self, day: date, settings: BiddingSettings | None = None) -> tuple[PreviewRow, ...]:
        """Return what would be bid for a market day now, by other settings if given; nothing without a market."""
        market = self._held.market_days.get(day)
        return self._trading.preview(market, settings) if market else ()

    def offer_readings(self, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more."""
        if hello := self._held.hello:
            self._worker.post(partial(self._metering.offer, hello, since))

    async def wish(self, friends: Sequence[str], *, wants_green: bool) -> None:
        """Tell the operator whom this home would rather trade with (engines A.6), at once or when it is reached.

        Args:
            friends: ids of members.
            wants_green: whether generation from renewable sources is preferred.

        Raises:
            JournalUnusable: nothing was changed.
        """
        wishes = Wishes(id=NO_ID, friends=list(friends), wants_green=wants_green)
        await self._journal.run(partial(self._store_wishes, wishes))
        self._outgoing.wake()

    async def rotate_token(self, token: str) -> None:
        """Replace the credential by `token` (`pairing.new_token`), at once or when the operator is reached.

        Raises:
            JournalUnusable: nothing was changed.
        """
        await self._credentials.begin_rotation(token)
        self._worker.post(self._finish_rotation)

    def try_again(self) -> None:
        """Connect now instead of waiting."""
        self._link.try_again()

    # --- what the link tells -----------------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, problem: str | None) -> None:
        """See `LinkEvents`."""
        self._held.link, self._held.problem = state, problem
        self._outgoing.set_open(state is LinkState.CONNECTED)
        if state is LinkState.REJECTED:
            self._worker.post(self._try_next_token)
        self._changed()

    def store_new_epoch(self, journal: Journal, snapshot: Snapshot) -> None:
        """See `LinkEvents`: an operator restored from a backup may have lost the last readings and wishes."""
        self._metering.store_offer(snapshot.hello, self._clock.now() - REOFFER_S, journal)
        wishes = journal.state.wishes()
        if wishes is not None and wishes.id not in {command.id for command in journal.queue.all()}:
            self._store_wishes(msgspec.structs.replace(wishes, id=NO_ID), journal)

    def snapshot_taken(self, snapshot: Snapshot, progress: Progress, lost_since: date | None) -> None:
        """See `LinkEvents`."""
        known = dict(self._held.market_days) if lost_since is None else {}
        self._held.progress = progress
        self._held.take_snapshot(snapshot, lost_since)
        if lost_since is not None:
            self._outgoing.wake()  # readings were queued with it
        self._worker.post(partial(self._credentials.follow_certificate, snapshot.hello))
        if self._held.membership.next_token:
            self._worker.post(self._finish_rotation)
        if not self._begin(snapshot.hello):
            self._review(market for market in snapshot.market_days if known.get(market.day) != market)
        self._changed()

    def push_taken(self, push: Push, progress: Progress, *, applied: bool) -> None:
        """See `LinkEvents`."""
        self._held.progress = progress
        if applied:
            self._held.take_push(push)
            if isinstance(push, MarketDay):
                self._review((push,))
            self._changed()
        for listener in tuple(self._push_listeners):
            listener(push)

    # --- the home's own work ------------------------------------------------------------------------------------------

    def _begin(self, hello: Hello) -> bool:
        """Start to meter in the operator's rhythm, and to trade; return False if that rhythm is not new."""
        rhythm = (hello.time_zone, hello.market_zone, hello.settlement_period_s, hello.reading_interval_s)
        if rhythm == self._rhythm:
            return False
        self._rhythm = rhythm
        self._worker.post(partial(self._metering.begin, hello))
        self._plan_tick(hello)
        self._review(self._held.market_days.values())
        return True

    def _plan_tick(self, hello: Hello) -> None:
        if self._timer:
            self._timer.cancel()
        member_id = self._held.membership.member_id
        when = next_tick(self._clock.now(), hello.time_zone, hello.reading_interval_s, member_id)
        self._timer = self._clock.call_at(when, partial(self._tick, hello))

    def _tick(self, hello: Hello) -> None:
        self._worker.post(partial(self._metering.tick, hello))
        self._plan_tick(hello)

    def _review(self, markets: Iterable[MarketDay]) -> None:
        for market in _open(markets, self._clock.now()):
            self._worker.post(partial(self._trading.review, market))

    def _store_wishes(self, wishes: Wishes, journal: Journal) -> None:
        now = self._clock.now()
        journal.state.set_wishes(enqueue(journal, self._held.membership.member_id, wishes, now, now))

    async def _finish_rotation(self) -> None:
        try:
            await self._credentials.finish_rotation()
        except ProtocolError as error:  # kept: it is told again on the next connection
            _LOGGER.warning("%s: the token was not replaced: %s", self._held.membership.member_id, error)

    async def _try_next_token(self) -> None:
        if await self._credentials.rejected():
            self._link.try_again()

    # --- what is to be shown -----------------------------------------------------------------------------------------

    def _answered(self, own: OwnBook) -> None:
        self._held.take_book(own)
        self._changed()

    def _job_done(self, fault: str | None) -> None:
        self._held.fault = fault or self._held.fault
        self._changed()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("%s ended by a fault", task.get_name(), exc_info=error)
            self._job_done(repr(error))

    def _changed(self) -> None:
        self._picture = None
        if self._listeners:
            state = self.state
            for listener in tuple(self._listeners):
                listener(state)


def _open(markets: Iterable[MarketDay], now: int) -> list[MarketDay]:
    return [market for market in markets if now < market.gate_at]
