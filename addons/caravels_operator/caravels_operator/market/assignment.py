"""Who trades with whom: the north-west corner of the fills, or whole price levels (engines A.5, A.6)."""

import numpy as np

from .arithmetic import Ints
from .book import Side
from .matching import Meetings, merge
from .orders import Orders
from .spreading import Parts, spread
from .transactions import Transactions, transactions_from


def assign_corner(
    orders: Orders, buyers: Side, sellers: Side, buy_fill: Ints, sell_fill: Ints, price_micro_kwh: Ints
) -> Transactions:
    """Pair the fills in order of merit; at most buyers + sellers - 1 transactions a period.

    Args:
        orders: the book.
        buyers: the sorted buyers.
        sellers: the sorted sellers.
        buy_fill: energy of each buy order, in the order of its side [Wh].
        sell_fill: the same of each sell order; as much in every period.
        price_micro_kwh: price of each period, shape (T,).
    """
    served_buy, served_sell = np.flatnonzero(buy_fill), np.flatnonzero(sell_fill)
    buyer_row, seller_row = buyers.row[served_buy], sellers.row[served_sell]
    left, right, wh = merge(np.cumsum(buy_fill[served_buy]), np.cumsum(sell_fill[served_sell]))
    period = orders.period[buyer_row][left]
    seller, buyer = orders.member[seller_row][right], orders.member[buyer_row][left]
    return transactions_from(period, seller, buyer, wh, price_micro_kwh[period])


def assign_levels(
    orders: Orders, buyers: Side, sellers: Side, buy_fill: Ints, sell_fill: Ints, meetings: Meetings, k_permille: int
) -> Transactions:
    """Pair every buyer of a price level with every seller of each level that it meets; zero cells are left out.

    A pair pays ask + k * (bid - ask), rounded down. As every order takes part in all its level's meetings alike, what
    it pays does not hang on its place in a list. The transactions grow with the product of the sizes of the levels.

    Args:
        orders: the book.
        buyers: the sorted buyers.
        sellers: the sorted sellers.
        buy_fill: energy of each buy order, in the order of its side [Wh].
        sell_fill: the same of each sell order.
        meetings: the levels that meet.
        k_permille: the share k of the difference that goes to the seller [1/1000].
    """
    bought = _by_meeting(buyers, buy_fill, meetings.buy_level, meetings.wh)
    sold = _by_meeting(sellers, sell_fill, meetings.sell_level, meetings.wh)
    left, right, wh = spread(bought, sold)
    buyer_row, seller_row = buyers.row[bought.item[left]], sellers.row[sold.item[right]]
    bid, ask = orders.price_micro_kwh[buyer_row], orders.price_micro_kwh[seller_row]
    price = ask + k_permille * (bid - ask) // 1_000
    return transactions_from(orders.period[buyer_row], orders.member[seller_row], orders.member[buyer_row], wh, price)


def _by_meeting(side: Side, fill: Ints, level: Ints, wh: Ints) -> Parts:
    """Spread what each order of a side trades over the meetings of its level."""
    served = np.flatnonzero(fill)
    orders = Parts(side.level[served], served, fill[served])
    meetings = Parts(level, np.arange(level.size), wh)
    row, column, part = spread(orders, meetings)
    by_meeting = np.lexsort((row, column))
    return Parts(column[by_meeting], served[row[by_meeting]], part[by_meeting])
