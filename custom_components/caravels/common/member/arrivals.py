"""Journalling what the operator sent: its effect and its number in one transaction, which is the caller's."""

from datetime import date

from ..protocol import AuctionResult, Event, MarketDay, ModelOffer, MonthStatement, Push, Snapshot, Statement
from ..protocol.registry import tag_of
from .journal import Journal
from .records import Progress


def store_snapshot(snapshot: Snapshot, progress: Progress, lost_since: date | None, journal: Journal) -> None:
    """Replace the operator's part of the state.

    Args:
        progress: what has then been received.
        lost_since: the day from which a restored operator may know less, or None.
    """
    journal.state.set_progress(progress)
    journal.state.set_hello(snapshot.hello)
    journal.events.forget_after(progress.epoch, progress.seen)
    journal.documents.replace(MarketDay, snapshot.market_days, lost_since)
    journal.documents.replace(AuctionResult, snapshot.results, lost_since)
    journal.documents.replace(Statement, snapshot.statements, lost_since)
    journal.documents.replace(MonthStatement, snapshot.months, lost_since)
    for market in snapshot.market_days:
        journal.gates.note(market, progress.epoch)
    if journal.state.model_key() is None and snapshot.hello.model_key is not None:
        journal.state.set_model_key(snapshot.hello.model_key)
    for offer in snapshot.models:
        journal.offers.put(offer)


def store_event(event: Event, push: Push | None, progress: Progress, applied: bool, journal: Journal) -> None:
    """Note a push, and keep it if it changes the state.

    Args:
        push: what it contains, None if only newer versions know its kind.
        progress: what has then been received.
        applied: whether it changes the state, or is a notification of what a snapshot contained.
    """
    kind = "unknown" if push is None else tag_of(type(push))
    journal.state.set_progress(progress)
    journal.events.put(progress.epoch, event.seq, event.at, kind, applied=applied)
    if not applied or push is None:
        return
    if isinstance(push, ModelOffer):
        journal.offers.put(push)
        return
    journal.documents.put(push)
    if isinstance(push, MarketDay):
        journal.gates.note(push, progress.epoch)
