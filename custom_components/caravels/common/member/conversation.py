"""What passes between a home and its operator: the link listens, the queue sends, and books are made."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from random import Random
from typing import Final

import msgspec

from ..periods import DAY_S
from ..protocol import ForecastReport, MarketDay, ModelOffer, ProtocolError, Push, Snapshot, Wishes
from .bidding import BiddingSettings, PreviewRow
from .commands import NO_ID, enqueue, enqueue_forecast
from .credentials import Credentials
from .forecast_reports import report_of
from .forecasts import Forecasts
from .held import Held
from .home import Home
from .journal import Journal
from .link import LOST_DAYS, Link
from .listeners import Listeners
from .outgoing import Outgoing
from .ports import Ports, Transport
from .records import Progress
from .state import WRONG_CLOCK_S, LinkState, rhythm_of
from .trading import Trading

REOFFER_S: Final = LOST_DAYS * DAY_S
"""How far back readings are sent again to an operator that was restored from a backup."""

_LOGGER = logging.getLogger(__name__)


class Conversation:
    """A home's part in its community.

    Args:
        ports: clock, journal and executor.
        transport: the way to the operator.
        settings: what the people of the home decided about trading.
        jitter: chance for the waits between attempts.
        held: the home's state.
        outgoing: the queue.
        home: who forecasts and does the work.
        changed: called when the state has changed.
    """

    def __init__(
        self,
        ports: Ports,
        transport: Transport,
        settings: BiddingSettings,
        jitter: Random,
        held: Held,
        outgoing: Outgoing,
        home: Home,
        changed: Callable[[], None],
    ) -> None:
        self._clock = ports.clock
        self._journal = ports.journal
        self._held = held
        self._outgoing = outgoing
        self._home = home
        self._changed = changed
        self.listeners: Listeners[[Push]] = Listeners()
        self.credentials = Credentials(ports.journal, transport, held)
        home.listeners.add(self._readings_kept)
        home.forecasting.listeners.add(self._tell_hour_ahead)
        self._trading = Trading(ports, settings, held, outgoing, home.forecasting.market)
        self.link = Link(
            ports.clock, ports.journal, transport, self.credentials.membership, held.progress, jitter, self
        )

    def review_all(self) -> None:
        """Make the books of all open days anew, where that changes anything."""
        self._review(self._held.market_days.values())

    def change_settings(self, settings: BiddingSettings) -> None:
        """Trade by other settings from now on."""
        self._trading.settings = settings
        self.review_all()

    async def preview(self, day: date, settings: BiddingSettings | None) -> tuple[PreviewRow, ...]:
        """Return what would be bid for a market day now, by other settings if given; nothing without a market."""
        market = self._held.market_days.get(day)
        return await self._trading.preview(market, settings) if market else ()

    async def wish(self, friends: Sequence[str], *, wants_green: bool) -> None:
        """See `Agent.wish`."""
        wishes = Wishes(id=NO_ID, friends=list(friends), wants_green=wants_green)
        await self._journal.run(partial(self._store_wishes, wishes))
        self._outgoing.wake()

    async def rotate_token(self, token: str) -> None:
        """See `Agent.rotate_token`."""
        await self.credentials.begin_rotation(token)
        self._home.post("token", self._finish_rotation)

    # --- what the link tells -----------------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, problem: str | None) -> None:
        """See `LinkEvents`."""
        self._held.link, self._held.problem = state, problem
        self._outgoing.set_open(state is LinkState.CONNECTED)
        if state is LinkState.REJECTED:
            self._home.post("next token", self._try_next_token)
        self._changed()

    def time_told(self, operators_now: int) -> None:
        """See `LinkEvents`."""
        held = self._held
        before, skew_s = held.clock_skew_s or 0, self._clock.now() - operators_now
        if skew_s == held.clock_skew_s:
            return
        held.clock_skew_s = skew_s
        if abs(skew_s) > WRONG_CLOCK_S >= abs(before):
            _LOGGER.warning("This home's clock differs from the operator's by %s s. Set it right", skew_s)
        elif abs(before) > WRONG_CLOCK_S >= abs(skew_s):
            _LOGGER.warning("This home's clock agrees with the operator's again")
        if abs(skew_s - before) > WRONG_CLOCK_S:
            self._home.begin_again()
            self.review_all()  # gates that seemed to have passed may be ahead
        self._changed()

    def store_new_epoch(self, journal: Journal, snapshot: Snapshot) -> None:
        """See `LinkEvents`: an operator restored from a backup may have lost the last readings and wishes."""
        self._home.store_offer(rhythm_of(snapshot.hello), self._clock.now() - REOFFER_S, journal)
        wishes = journal.state.wishes()
        if wishes is not None and wishes.id not in {command.id for command in journal.queue.all()}:
            self._store_wishes(msgspec.structs.replace(wishes, id=NO_ID), journal)

    def snapshot_taken(self, snapshot: Snapshot, progress: Progress, lost_since: date | None) -> None:
        """See `LinkEvents`."""
        known = dict(self._held.market_days) if lost_since is None else {}
        self._held.progress = progress
        self._held.take_snapshot(snapshot, lost_since)
        held_back = self._trading.hold_back(snapshot.market_days)
        if lost_since is not None:
            self._outgoing.wake()  # readings were queued with it
        if snapshot.models:
            self._home.follow_models()
        self._home.post("certificate", partial(self.credentials.follow_certificate, snapshot.hello))
        if self._held.paired.next_token:
            self._home.post("token", self._finish_rotation)
        if self._home.follow():
            self.review_all()
        else:
            markets = snapshot.market_days
            self._review(market for market in markets if market.day in held_back or known.get(market.day) != market)
        self._changed()

    def push_taken(self, push: Push, progress: Progress, *, applied: bool) -> None:
        """See `LinkEvents`."""
        self._held.progress = progress
        if applied:
            self._held.take_push(push)
            if isinstance(push, MarketDay):
                self._trading.hold_back((push,))
                self._review((push,))
            elif isinstance(push, ModelOffer):
                self._home.follow_models()
            self._changed()
        self.listeners.tell(push)

    def _readings_kept(self) -> None:
        """Look again at days without a book: what was read now may be the first that this home knows of itself.

        Tell once a week how the operator's models do.
        """
        self._review([market for market in self._held.market_days.values() if not self._held.books.get(market.day)])
        if self._home.models.report_due(self._clock.now()):
            self._home.post("model report", self._report_models)

    async def _report_models(self) -> None:
        await self._home.models.report(self._home.forecasting.skills(), self._clock.now())

    def _tell_hour_ahead(self, forecasts: Forecasts) -> None:
        """Tell the operator what is expected of the next hours, where readings come often enough for it."""
        report = report_of(forecasts.hour_ahead, self._held.hello)
        if report is not None and self._held.rhythm.interval_s < DAY_S:
            self._home.post("hour-ahead report", partial(self._queue_report, report))

    async def _queue_report(self, report: ForecastReport) -> None:
        now, member_id = self._clock.now(), self._held.member_id
        await self._journal.run(lambda journal: enqueue_forecast(journal, member_id, report, now, now))
        self._outgoing.wake()

    def _review(self, markets: Iterable[MarketDay]) -> None:
        now = self._held.operators_time(self._clock.now())
        for market in markets:
            if now < market.gate_at:
                self._home.post(f"book for {market.day}", partial(self._trading.review, market))

    def _store_wishes(self, wishes: Wishes, journal: Journal) -> None:
        now = self._clock.now()
        journal.state.set_wishes(enqueue(journal, self._held.member_id, wishes, now, now))

    async def _finish_rotation(self) -> None:
        try:
            await self.credentials.finish_rotation()
        except ProtocolError as error:  # kept: it is told again on the next connection
            _LOGGER.warning("%s: the token was not replaced: %s", self._held.member_id, error)

    async def _try_next_token(self) -> None:
        if await self.credentials.rejected():
            self.link.try_again()
