"""The trading of a home: one book a delivery day, made anew when the market, the forecast or the settings change."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from ..forecasting.series import Integers
from ..protocol import Bid, Book, ErrorCode, ForecastReport, MarketDay
from .bidding import BiddingSettings, PreviewRow, bids, preview
from .commands import NO_ID, enqueue, enqueue_forecast, put_command
from .forecast_reports import report_of
from .forecasts import Expected
from .held import Held
from .journal import Journal
from .outgoing import Outgoing
from .ports import JournalUnusable, Ports
from .records import BookState, OwnBook
from .stable_jitter import stable_jitter_s

SEND_WITHIN_S: Final = 600
"""Books leave within this time, each home's at its own offset."""
GATE_MARGIN_S: Final = 60
"""... and this long before the gate, if there is time."""


type MarketForecast = Callable[[MarketDay], Awaitable[tuple[Integers, Expected]]]
"""From a market day to the net of its periods [Wh], shape (m,), and the day-ahead forecast that it is made of."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be bid for a day, and why.

    Attributes:
        net_wh: the forecast net of each period [Wh], shape (m,).
        rows: what would be bid in each.
        report: what the operator is told of the forecast, or None.
    """

    net_wh: Integers
    rows: tuple[PreviewRow, ...]
    report: ForecastReport | None


class Trading:
    """Makes the home's books and hands them to the queue."""

    def __init__(
        self, ports: Ports, settings: BiddingSettings, held: Held, outgoing: Outgoing, forecast: MarketForecast
    ) -> None:
        self._clock = ports.clock
        self._journal = ports.journal
        self._executor = ports.executor
        self.settings = settings
        self._held = held
        self._outgoing = outgoing
        self._forecast = forecast
        self._reported: set[date] = set()

    async def preview(self, market: MarketDay, settings: BiddingSettings | None = None) -> tuple[PreviewRow, ...]:
        """Return what would be bid now, by other settings if given."""
        return (await self._plan(market, settings or self.settings)).rows

    async def review(self, market: MarketDay) -> None:
        """Make the day's book; queue it if it differs from the one that stands, unless the gate has closed.

        The forecast that it is made of is told with it, and once a day also where the book stands.

        Raises:
            JournalUnusable: nothing was decided.
        """
        now = self._clock.now()
        operators_now = self._held.operators_time(now)
        if operators_now >= market.gate_at:
            queued = self._books(market, BookState.QUEUED)
            await self._refuse_late([own for own in queued if self._outgoing.is_withdrawn(own.book.id)])
            return
        if self._held.is_decided(market, operators_now):
            await self._offer_what_was_accepted(market, now)
            return
        plan = await self._plan(market, self.settings)
        wanted = bids(plan.rows)
        books = self._held.books.get(market.day, [])
        standing = [own for own in books if own.state in (BookState.QUEUED, BookState.ACCEPTED)]
        if self._stands(standing, wanted):
            await self._report_once(market, plan.report, now)
            return
        sent = [own for own in books if own.state is not BookState.REPLACED]
        if standing and standing[-1] is sent[-1] and _bids_of(standing) == wanted:
            await self._offer_again(standing[-1], now)
            return
        withdrawn = [own for own in standing if own.state is BookState.QUEUED and self._outgoing.withdraw(own.book.id)]
        remaining = [own for own in standing if own not in withdrawn]
        draft = None
        if not self._stands(remaining, wanted):
            draft = Book(
                id=NO_ID,
                member_id=self._held.member_id,
                day=market.day,
                revision=1 + max([market.last_revision, *(own.book.revision for own in books)]),
                bids=wanted,
            )
        try:
            made = await self._journal.run(partial(self._store, market, plan, draft, withdrawn, now))
        except JournalUnusable:
            for own in withdrawn:
                self._outgoing.restore(own.book.id)
            raise
        for own in withdrawn:
            self._held.take_book(OwnBook(own.book, BookState.REPLACED))
        if made is not None:
            self._held.take_book(OwnBook(made, BookState.QUEUED))
            self._reported.add(market.day)
        self._outgoing.wake()

    async def _report_once(self, market: MarketDay, report: ForecastReport | None, now: int) -> None:
        """Tell the operator the day's forecast, unless it was told since this home started."""
        if report is None or market.day in self._reported:
            return
        member_id = self._held.member_id
        due_at = send_at(market, member_id, now)
        await self._journal.run(lambda journal: enqueue_forecast(journal, member_id, report, now, due_at))
        self._reported.add(market.day)
        self._outgoing.wake()

    def hold_back(self, markets: Iterable[MarketDay]) -> frozenset[date]:
        """Keep books from leaving that did not reach the operator before the gate of a day that it has opened again.

        Returns:
            The days of such books: `review` has to take them for refused.
        """
        now = self._held.operators_time(self._clock.now())
        reopened = [market for market in markets if now < market.gate_at and self._held.is_decided(market, now)]
        queued = [own for market in reopened for own in self._books(market, BookState.QUEUED)]
        return frozenset(own.book.day for own in queued if self._outgoing.withdraw(own.book.id))

    async def _offer_what_was_accepted(self, market: MarketDay, now: int) -> None:
        """Offer exactly the book that an earlier life of the operator accepted: anything else would be hindsight."""
        queued = self._books(market, BookState.QUEUED)
        await self._refuse_late([own for own in queued if self._outgoing.withdraw(own.book.id)])
        accepted = self._books(market, BookState.ACCEPTED)
        if accepted and accepted[-1].epoch != self._held.progress.epoch:
            await self._offer_again(accepted[-1], now)

    async def _refuse_late(self, withdrawn: Sequence[OwnBook]) -> None:
        """Take books that were held back and missed their gate for refused: the operator never sees them."""
        epoch = self._held.progress.epoch
        late = [OwnBook(own.book, BookState.REFUSED, ErrorCode.GATE_CLOSED, epoch) for own in withdrawn]
        if late:
            await self._journal.run(partial(_store_late, late))
            for own in late:
                self._held.take_book(own)
            self._outgoing.wake()

    def _books(self, market: MarketDay, state: BookState) -> list[OwnBook]:
        return [own for own in self._held.books.get(market.day, []) if own.state is state]

    def _stands(self, standing: Sequence[OwnBook], wanted: list[Bid]) -> bool:
        """Return whether the operator has, or will get, what is wanted: not if it was restored from a backup since."""
        forgotten = any(
            own.state is BookState.ACCEPTED and own.epoch != self._held.progress.epoch for own in standing[-1:]
        )
        return _bids_of(standing) == wanted and not forgotten

    async def _offer_again(self, own: OwnBook, now: int) -> None:
        """Send an accepted book once more, under its own id, to an operator that may have forgotten it."""
        again = OwnBook(own.book, BookState.QUEUED)
        await self._journal.run(partial(_store_again, again, now))
        self._held.take_book(again)
        self._outgoing.sent_before(own.book.id)
        self._outgoing.wake()

    async def _plan(self, market: MarketDay, settings: BiddingSettings) -> Plan:
        net_wh, expected = await self._forecast(market)
        rows = await self._executor.run(lambda: preview(market.periods, net_wh, settings))
        return Plan(net_wh, rows, report_of(expected, self._held.hello))

    def _store(
        self,
        market: MarketDay,
        plan: Plan,
        draft: Book | None,
        withdrawn: Sequence[OwnBook],
        now: int,
        journal: Journal,
    ) -> Book | None:
        for own in withdrawn:
            journal.queue.drop(own.book.id)
            journal.books.set_state(OwnBook(own.book, BookState.REPLACED))
        if draft is None:
            return None
        journal.forecasts.put(market.day, now, market.period_s, plan.net_wh)
        member_id = self._held.member_id
        due_at = send_at(market, member_id, now)
        if plan.report is not None:
            enqueue_forecast(journal, member_id, plan.report, now, due_at)
        made = enqueue(journal, member_id, draft, now, due_at)
        journal.books.put(made, now)
        return made


def _store_late(late: Sequence[OwnBook], journal: Journal) -> None:
    for own in late:
        journal.queue.drop(own.book.id)
        journal.books.set_state(own)


def _store_again(own: OwnBook, now: int, journal: Journal) -> None:
    put_command(journal, own.book, now, now, journal.queue.next_number())
    journal.books.set_state(own)


def send_at(market: MarketDay, member_id: str, now: int) -> int:
    """Return when a book leaves [Unix s]: at the home's own offset within ten minutes, well before the gate."""
    window = min(SEND_WITHIN_S, market.gate_at - GATE_MARGIN_S - now)
    return now + stable_jitter_s(member_id, "book", window)


def _bids_of(books: Sequence[OwnBook]) -> list[Bid]:
    return books[-1].book.bids if books else []
