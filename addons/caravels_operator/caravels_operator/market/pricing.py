"""The price of a period (engines A.5)."""

import numpy as np

from .arithmetic import Flags, Ints
from .book import Side
from .orders import MAX_PRICE_MICRO_KWH

_NONE = MAX_PRICE_MICRO_KWH + 1


def uniform_price(buyers: Side, sellers: Side, buy_fill: Ints, sell_fill: Ints, traded: Flags) -> Ints:
    """Return one price for every period [micro-units per kWh], shape (T,); 0 where nothing trades.

    The middle, rounded down, of [max(marginal ask, best not fully served bid), min(marginal bid, best not fully served
    ask)]: the prices at which nobody served would rather not be, and nobody turned away would rather be served.

    Args:
        buyers: the sorted buyers.
        sellers: the sorted sellers.
        buy_fill: traded energy of each buy level [Wh].
        sell_fill: traded energy of each sell level [Wh].
        traded: whether anything trades in each period, shape (T,).
    """
    marginal_bid, unserved_bid = _edges(buyers, buy_fill, -_NONE)
    marginal_ask, unserved_ask = _edges(sellers, sell_fill, _NONE)
    low = np.maximum(marginal_ask, unserved_bid)
    high = np.minimum(marginal_bid, unserved_ask)
    return np.where(traded, (low + high) >> 1, 0)


def _edges(side: Side, fill: Ints, none: int) -> tuple[Ints, Ints]:
    """Return the price of the last level that trades and of the first that is not fully served, each shape (T,)."""
    first, end = side.period_level[:-1], side.period_level[1:]
    price = np.append(side.level_price, none)
    trading = _count(fill > 0, side)
    served = _count(fill == side.level_wh, side)
    marginal = np.where(trading > 0, price[first + trading - 1], -none)
    unserved = np.where(first + served < end, price[first + served], none)
    return marginal, unserved


def _count(flags: Flags, side: Side) -> Ints:
    before = np.append(0, np.cumsum(flags))
    return np.diff(before[side.period_level])


def mean_price(period: Ints, wh: Ints, price_micro_kwh: Ints, traded: Flags) -> Ints:
    """Return the volume-weighted mean price of every period, rounded down, shape (T,); 0 where nothing trades.

    The sums may exceed 64 bits, so each product is summed in two halves and put together as Python integers.
    """
    n_periods = traded.size
    value = wh * price_micro_kwh
    high, low, volume = (np.zeros(n_periods, np.int64) for _ in range(3))
    np.add.at(high, period, value >> 20)
    np.add.at(low, period, value & 0xFFFFF)
    np.add.at(volume, period, wh)
    mean = [
        ((int(above) << 20) + int(below)) // int(amount) if amount else 0
        for above, below, amount in zip(high, low, volume, strict=True)
    ]
    return np.array(mean, np.int64)
