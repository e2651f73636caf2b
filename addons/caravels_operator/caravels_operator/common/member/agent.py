"""The agent of a member: owns its state, its timers and its conversation with the operator.

Three tasks: the link listens, the queue sends, and one worker does the home's own work (reading, bidding) in order.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from random import Random
from typing import Final

from ..forecasting.predictor import Predictor
from ..periods import local_day
from ..protocol import ErrorCode, Hello, MarketDay, Push, Snapshot
from .backoff import Backoff
from .bidding import BiddingSettings, PreviewRow
from .history import DAY_S, NetHistory
from .journal import Journal
from .journal_tables import BookState, Membership, OwnBook, Progress
from .link import Link
from .metering import Metering, next_tick
from .outgoing import Outgoing, put_command
from .ports import Clock, JournalPort, JournalUnusable, Meter, MeterAway, PinnedTransport, Timer, Transport
from .state import AgentState, Held, LinkState, load
from .trading import Trading

REOFFER_S: Final = 7 * DAY_S
"""What an operator restored from a backup is told again."""
RETRY_S: Final = 300
"""Wait after the meter or the journal failed."""

_LOGGER = logging.getLogger(__name__)

type Job = Callable[[], Awaitable[None]]


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
        jitter: chance for waits between attempts.
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
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._timer: Timer | None = None
        self._retry: Timer | None = None
        self._failed: list[Job] = []
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
        self._held: Held = held
        self._outgoing = Outgoing(
            self._clock, self._journal, self._transport, self._membership, Backoff(self._jitter), self._answered
        )
        await self._outgoing.start()
        self._metering = Metering(self._clock, self._journal, self._meter, held, self._outgoing)
        self._trading = Trading(
            self._clock, self._journal, self._predictor, self._settings, held, self._outgoing, self._history
        )
        link = Link(self._clock, self._journal, self._transport, self._membership, held.progress, self._jitter, self)
        if held.hello:
            self._begin(held.hello)
        self._tasks = [
            asyncio.create_task(work, name=f"{name} of {held.membership.member_id}")
            for name, work in (("link", link.run()), ("queue", self._outgoing.run()), ("work", self._work()))
        ]

    async def stop(self) -> None:
        """End the connection and all timers; what is journalled stays."""
        for timer in (self._timer, self._retry):
            if timer:
                timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.link_changed(LinkState.STOPPED, None)

    @property
    def state(self) -> AgentState:
        """The agent's state now."""
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

    def preview(self, day: date) -> tuple[PreviewRow, ...]:
        """Return what would be bid for a market day now, with its prices; nothing for a day without a market."""
        market = self._held.market_days.get(day)
        return self._trading.preview(market) if market else ()

    def offer_readings(self, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more."""
        if hello := self._held.hello:
            self._jobs.put_nowait(partial(self._metering.offer, hello, since))

    # --- what the link tells -----------------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, problem: str | None) -> None:
        """See `LinkEvents`."""
        self._held.link, self._held.problem = state, problem
        self._outgoing.set_open(state is LinkState.CONNECTED)
        self._changed()

    def store_new_epoch(self, journal: Journal, snapshot: Snapshot) -> None:
        """See `LinkEvents`: an operator restored from a backup may have lost the last readings and books."""
        now = self._clock.now()
        self._metering.store_offer(snapshot.hello, now - REOFFER_S, journal)
        queued = {command.id for command in journal.queue.all()}
        for market in snapshot.market_days:
            for own in journal.books.of_day(market.day) if now < market.gate_at else ():
                if own.state is BookState.ACCEPTED and own.book.id not in queued:
                    put_command(journal, own.book, now, now, journal.queue.next_number())
                    journal.books.set_state(own.book.id, BookState.QUEUED)

    def snapshot_taken(self, snapshot: Snapshot, progress: Progress, *, new_epoch: bool) -> None:
        """See `LinkEvents`."""
        known = dict(self._held.market_days)
        self._held.progress = progress
        self._held.take_snapshot(snapshot)
        if new_epoch:
            self._books_offered_again(snapshot)
        self._jobs.put_nowait(partial(self._follow_certificate, snapshot.hello))
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

    def _books_offered_again(self, snapshot: Snapshot) -> None:
        now = self._clock.now()
        for market in snapshot.market_days:
            for own in tuple(self._held.books.get(market.day, ())) if now < market.gate_at else ():
                if own.state is BookState.ACCEPTED:
                    self._held.take_book(OwnBook(own.book, BookState.QUEUED))

    # --- the home's own work ------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except (MeterAway, JournalUnusable) as error:
                _LOGGER.warning("%s: %s", self._held.membership.member_id, error)
                self._retry_later(job)
            except Exception as error:  # a fault in one job must not end the home's other work
                _LOGGER.exception("%s: a fault", self._held.membership.member_id)
                self._held.fault = repr(error)
            self._changed()

    async def _follow_certificate(self, hello: Hello) -> None:
        """Keep which certificate is pinned, and which one the operator announced over it."""
        if not isinstance(self._transport, PinnedTransport) or self._transport.fingerprint is None:
            return
        if hello.next_fingerprint:
            self._transport.announce(hello.next_fingerprint)
        membership = replace(
            self._held.membership,
            fingerprint=self._transport.fingerprint,
            next_fingerprint=hello.next_fingerprint,
        )
        if membership != self._held.membership:
            await self._journal.run(lambda journal: journal.state.set_membership(membership))
            self._held.membership = membership

    def _retry_later(self, job: Job) -> None:
        self._failed.append(job)
        if len(self._failed) == 1:
            self._retry = self._clock.call_at(self._clock.now() + RETRY_S, self._retry_failed)

    def _retry_failed(self) -> None:
        failed, self._failed = self._failed, []
        for job in failed:
            self._jobs.put_nowait(job)

    def _begin(self, hello: Hello) -> bool:
        """Start to meter in the operator's rhythm, and to trade; return False if that rhythm is not new."""
        rhythm = (hello.time_zone, hello.market_zone, hello.settlement_period_s, hello.reading_interval_s)
        if rhythm == self._rhythm:
            return False
        self._rhythm = rhythm
        self._jobs.put_nowait(partial(self._metering.begin, hello))
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
        self._jobs.put_nowait(partial(self._metering.tick, hello))
        self._plan_tick(hello)

    def _review(self, markets: Iterable[MarketDay]) -> None:
        for market in tuple(markets):
            if self._clock.now() < market.gate_at:
                self._jobs.put_nowait(partial(self._trading.review, market))

    # --- small things -------------------------------------------------------------------------------------------------

    def _membership(self) -> Membership:
        return self._held.membership

    def _history(self) -> NetHistory:
        return self._metering.history

    def _answered(self, command_id: str, state: BookState, code: ErrorCode | None) -> None:
        if book := self._held.book_of(command_id):
            self._held.take_book(OwnBook(book, state, code))
            self._changed()

    def _changed(self) -> None:
        self._picture = None
        if self._listeners:
            state = self.state
            for listener in tuple(self._listeners):
                listener(state)
