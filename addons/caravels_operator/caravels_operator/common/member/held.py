"""What a home's agent holds in memory: changed only after the journal."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ..forecasting.forecast import Horizon, Target
from ..protocol import AuctionResult, Book, Hello, MarketDay, ModelOffer, MonthStatement, Push, Snapshot, Statement
from .journal import Journal
from .model_tables import HORIZON_OF_MODEL
from .records import BookState, Gate, Membership, OwnBook, Progress, Rhythm, binding_gate
from .state import AgentState, ForecastBasis, LinkState, ModelState, NotPaired, rhythm_of

HELD_DAYS: Final = 35
HELD_MONTHS: Final = 13


@dataclass(slots=True)
class Held:
    """The state of a home, and of what is between it and its operator."""

    membership: Membership | None
    own_rhythm: Rhythm
    progress: Progress = field(default_factory=Progress)
    hello: Hello | None = None
    link: LinkState = LinkState.STOPPED
    problem: str | None = None
    fault: str | None = None
    clock_skew_s: int | None = None
    meter_problem: str | None = None
    read_until: int | None = None
    market_days: dict[date, MarketDay] = field(default_factory=dict)
    gates: dict[date, Gate] = field(default_factory=dict)
    books: dict[date, list[OwnBook]] = field(default_factory=dict)
    results: dict[date, AuctionResult] = field(default_factory=dict)
    statements: dict[date, Statement] = field(default_factory=dict)
    months: dict[str, MonthStatement] = field(default_factory=dict)
    offers: dict[str, ModelOffer] = field(default_factory=dict)
    models: tuple[ModelState, ...] = ()
    bases: dict[tuple[Target, Horizon], ForecastBasis] = field(default_factory=dict)

    @property
    def paired(self) -> Membership:
        """Who this home is to its operator.

        Raises:
            NotPaired: it has none.
        """
        if self.membership is None:
            raise NotPaired("this home is not paired with an operator")
        return self.membership

    @property
    def member_id(self) -> str:
        """Who this home is to its operator, "" if it has none."""
        return self.membership.member_id if self.membership else ""

    @property
    def rhythm(self) -> Rhythm:
        """What the metering goes by: the operator's periods, or the home's own."""
        hello = self.hello
        if hello is None:
            return self.own_rhythm
        return rhythm_of(hello)

    def operators_time(self, now: int) -> int:
        """Return what the operator's clock shows [Unix s] when this home's shows `now` [Unix s]."""
        return now - (self.clock_skew_s or 0)

    def is_decided(self, market: MarketDay, now: int) -> bool:
        """Return whether nothing new may be bid for a day, though it is open, at the operator's time `now` [Unix s].

        So it is with a day that a restored operator has opened again, and with one that has begun.
        """
        gate = self.gates.get(market.day)
        opened_again = gate is not None and gate.epoch != self.progress.epoch and gate.gate_at <= now
        return opened_again or (bool(market.periods) and market.periods[0].start <= now)

    def take_push(self, push: Push) -> None:
        """Take in a push that changes the state."""
        match push:
            case MarketDay():
                _hold(self.market_days, push.day, push, HELD_DAYS)
                gate = binding_gate(self.gates.get(push.day), push, self.progress.epoch)
                _hold(self.gates, push.day, gate, HELD_DAYS)
            case AuctionResult():
                _hold(self.results, push.day, push, HELD_DAYS)
            case Statement():
                _hold(self.statements, push.day, push, HELD_DAYS)
            case MonthStatement():
                _hold(self.months, push.month, push, HELD_MONTHS)
            case ModelOffer() if push.name in HORIZON_OF_MODEL:
                self.offers[push.name] = push

    def take_pushes(self, *groups: Iterable[Push]) -> None:
        """Take in many pushes."""
        for group in groups:
            for push in group:
                self.take_push(push)

    def take_snapshot(self, snapshot: Snapshot, since: date | None) -> None:
        """Replace the operator's part of the state, as `Documents.replace` does on disk."""
        self.hello = snapshot.hello
        days = [] if since is None else [since]
        _forget(self.market_days, [*days, *(market.day for market in snapshot.market_days)])
        _forget(self.results, [*days, *(result.day for result in snapshot.results)])
        _forget(self.statements, [*days, *(statement.day for statement in snapshot.statements)])
        _forget(self.months, [*(day.isoformat()[:7] for day in days), *(month.month for month in snapshot.months)])
        self.take_pushes(snapshot.market_days, snapshot.results, snapshot.statements, snapshot.months, snapshot.models)

    def take_book(self, own: OwnBook) -> None:
        """Take in a book of this home, new or with a new state."""
        books = self.books.get(own.book.day)
        if books is None:
            _hold(self.books, own.book.day, [own], HELD_DAYS)
            return
        for place, known in enumerate(books):
            if known.book.id == own.book.id:
                books[place] = own
                return
        books.append(own)

    def book_of(self, command_id: str) -> Book | None:
        """Return the book that a command carried, or None if it carried something else."""
        of_all_days = (own.book for books in self.books.values() for own in books)
        return next((book for book in of_all_days if book.id == command_id), None)

    def picture(self) -> AgentState:
        """Return the frozen picture of now."""
        standing = {
            day: [own for own in books if own.state is not BookState.REPLACED] for day, books in self.books.items()
        }
        return AgentState(
            link=self.link,
            problem=self.problem,
            member_id=self.member_id,
            hello=self.hello,
            market_days=_ascending(self.market_days),
            books=_ascending({day: books[-1] for day, books in standing.items() if books}),
            results=_ascending(self.results),
            statements=_ascending(self.statements),
            months=_ascending(self.months),
            balance_micro=self.progress.balance_micro,
            fault=self.fault,
            rhythm=self.rhythm,
            clock_skew_s=self.clock_skew_s,
            meter_problem=self.meter_problem,
            read_until=self.read_until,
            bases=tuple(self.bases.values()),
            models=self.models,
        )


def load(journal: Journal, today: date, own_rhythm: Rhythm, *, alone: bool) -> Held:
    """Return what the journal holds of the last weeks.

    Args:
        today: the present day.
        own_rhythm: what the metering goes by before an operator is known.
        alone: leave out what is between this home and its operator.
    """
    membership = journal.state.membership()
    if alone or membership is None:
        return Held(None, own_rhythm, link=LinkState.UNPAIRED)
    since = today - timedelta(days=HELD_DAYS)
    held = Held(membership, own_rhythm, journal.state.progress(), journal.state.hello())
    documents = journal.documents
    months = documents.months(today - timedelta(days=HELD_MONTHS * 31))
    held.take_pushes(documents.market_days(since), documents.results(since), documents.statements(since), months)
    held.gates |= journal.gates.since(since)
    held.offers = {known.offer.name: known.offer for known in journal.offers.all()}
    for own in journal.books.since(since):
        held.take_book(own)
    return held


def _hold[K: (date, str), V](held: dict[K, V], key: K, value: V, most: int) -> None:
    held[key] = value
    while len(held) > most:
        del held[min(held)]


def _forget[K: (date, str), V](held: dict[K, V], named: list[K]) -> None:
    for key in [key for key in held if named and key >= min(named)]:
        del held[key]


def _ascending[K: (date, str), V](held: dict[K, V]) -> tuple[V, ...]:
    return tuple(held[key] for key in sorted(held))
