"""The bids of stored books as the engine's columns."""

from collections.abc import Sequence

import msgspec
import numpy as np

from ..common.protocol import Bid, Side
from ..market.orders import Orders
from .books import Book

_BIDS = msgspec.json.Decoder(list[Bid])


def orders_of(counted: Sequence[Book], starts: Sequence[int]) -> Orders:
    """Return the bids of books as the engine's columns."""
    index = {start: t for t, start in enumerate(starts)}
    rows = [
        (index[bid.start], m, bid.side is Side.BUY, bid.wh, bid.price_micro_kwh)
        for m, book in enumerate(counted)
        for bid in _BIDS.decode(book.body)
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Orders(table[:, 0], table[:, 1], table[:, 2].astype(np.bool_), table[:, 3], table[:, 4])
