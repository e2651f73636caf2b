"""The sealed book of a cleared day, for the picture of its curves."""

from datetime import date

from sqlalchemy import Connection

from ..common.periods import day_periods
from ..ledger import auctions, books
from ..ledger.orders import orders_of
from ..market.orders import Orders


def orders_of_day(conn: Connection, day: date, zone: str) -> tuple[Orders, tuple[int, ...]]:
    """Return the orders that counted at a day's gate, and the starts of its market periods [Unix s].

    Raises:
        LookupError: there is no auction of that day.
    """
    auction = auctions.get(conn, day)
    if auction is None:
        raise LookupError(f"there is no auction of {day}")
    starts = day_periods(day, zone, auction.period_s)
    return orders_of(books.books(conn, day, auction.gate_at), starts), starts
