"""The sealed book of a cleared day as the engine's columns, for the picture of its curves."""

from datetime import date

import msgspec
import numpy as np
from sqlalchemy import Connection

from ..common.periods import day_periods
from ..common.protocol import Bid, Side
from ..ledger import auctions, books
from ..market.orders import Orders

_BIDS = msgspec.json.Decoder(list[Bid])


def orders_of_day(conn: Connection, day: date, zone: str) -> tuple[Orders, tuple[int, ...]]:
    """Return the orders that counted at a day's gate, and the starts of its market periods [Unix s].

    Raises:
        LookupError: there is no auction of that day.
    """
    auction = auctions.get(conn, day)
    if auction is None:
        raise LookupError(f"there is no auction of {day}")
    starts = day_periods(day, zone, auction.period_s)
    index = {start: t for t, start in enumerate(starts)}
    rows = [
        (index[bid.start], m, bid.side is Side.BUY, bid.wh, bid.price_micro_kwh)
        for m, book in enumerate(books.books(conn, day, auction.gate_at))
        for bid in _BIDS.decode(book.body)
    ]
    table = np.array(rows, np.int64).reshape(-1, 5)
    return Orders(table[:, 0], table[:, 1], table[:, 2].astype(np.bool_), table[:, 3], table[:, 4]), starts
