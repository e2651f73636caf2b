"""Doing again what is stored, to show that it follows from what it was made from."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from ..ledger import auctions, entries, settlements, transactions
from .clearing import outcome_of
from .settings import CommunitySettings
from .settlement_day import compute, posting_rows


def replay(conn: Connection, settings: CommunitySettings) -> Iterator[str]:
    """Yield, a sentence each, the days whose clearing or settlement does not follow from the stored books and readings.

    A day whose better readings still wait for their restatement is one of them.
    """
    for day in auctions.cleared_days(conn, date.min, date.max):
        auction = auctions.get(conn, day)
        if auction is None:
            continue
        outcome = outcome_of(conn, settings.market_zone, auction)
        stored = auction.book_digest, transactions.of_day(conn, day), auctions.cleared_periods(conn, day)
        if (outcome.book_digest, outcome.transactions, outcome.periods) != stored:
            yield f"The auction of {day} does not follow from its books."
    for day, version in settlements.settled_days(conn, date.min, date.max).items():
        booked = entries.find(conn, settlements.reference(day, version))
        if booked is None:
            yield f"The settlement of {day} is not booked."
        elif list(map(tuple, entries.postings_of(conn, booked.id))) != posting_rows(*compute(conn, settings, day)):
            yield f"The settlement of {day} does not follow from its contracts and readings."
