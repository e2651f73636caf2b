"""Netting of opposite residuals inside the community, before the retailer (engines B.2).

Short members take what long members have too much of, at one price a period. A member that is both short and long in
a period (it imported beyond its contract and exported beyond its sales within the hour) takes part on both sides, but
never with itself: import and export inside a period are not netted, so what only it could take goes to its retailer.
"""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Flags, Hashes, Ints, multiply_divide
from .pairing import pair_members


@dataclass(frozen=True, slots=True)
class Netting:
    """What was netted; M members, T periods, n pairs."""

    taken_wh: Ints
    """What short members got [Wh], shape (M, T)."""
    given_wh: Ints
    """What long members gave [Wh], shape (M, T)."""
    price_micro_kwh: Ints
    """The period's one price [micro-units per kWh], shape (T,), 0 without netting."""
    period: Ints
    """Period of each pair, shape (n,)."""
    giver: Ints
    taker: Ints
    wh: Ints
    """Energy of each pair [Wh], > 0; each pair once a period, sorted by (period, giver, taker)."""


def no_netting(n_members: int, n_periods: int) -> Netting:
    """Return the netting of the paper's bare rule: none."""
    cells = np.zeros((n_members, n_periods), np.int64)
    nothing = np.zeros(0, np.int64)
    return Netting(cells, cells, cells[0], nothing, nothing, nothing, nothing)


def net_residuals(
    short_wh: Ints,
    long_wh: Ints,
    feed_in_micro_kwh: Ints,
    avoidable_micro_kwh: Ints,
    auction_micro_kwh: Ints,
    traded: Flags,
    lots: Hashes,
) -> Netting:
    """Net opposite residuals pro rata by largest remainder, at one price for all.

    Args:
        short_wh: what each member lacks [Wh], shape (M, T).
        long_wh: what each member has too much of [Wh], shape (M, T).
        feed_in_micro_kwh: feed-in price of each member, shape (M, T).
        avoidable_micro_kwh: avoidable part of each member's retail price, shape (M, T).
        auction_micro_kwh: price of the auction, shape (T,).
        traded: whether there was one, shape (T,).
        lots: who gets the last Wh of equal remainders, the lowest first, shape (M, T).
    """
    short_wh, long_wh = _without_misfits(short_wh, long_wh, feed_in_micro_kwh, avoidable_micro_kwh)
    price = _price(short_wh, long_wh, feed_in_micro_kwh, avoidable_micro_kwh, auction_micro_kwh, traded)
    netted = np.minimum(short_wh.sum(axis=0), long_wh.sum(axis=0))
    taken, given = _pro_rata(netted, short_wh, lots), _pro_rata(netted, long_wh, lots)
    for period in np.flatnonzero(((taken + given) > netted).any(axis=0)):
        taken[:, period], given[:, period] = _around_one(
            int(np.argmax(taken[:, period] + given[:, period])),
            *(short_wh[:, [period]], long_wh[:, [period]], lots[:, [period]]),
        )
    price = np.where(taken.any(axis=0), price, 0)
    return Netting(taken, given, price, *pair_members(given, taken))


def _without_misfits(short_wh: Ints, long_wh: Ints, feed_in: Ints, avoidable: Ints) -> tuple[Ints, Ints]:
    """Leave out the members for whom no price fits the rest: those that a price at which most is netted would harm."""
    lowest = np.where(short_wh > 0, avoidable, np.iinfo(np.int64).max).min(axis=0)
    highest = np.where(long_wh > 0, feed_in, np.iinfo(np.int64).min).max(axis=0)
    empty = np.flatnonzero((highest > lowest) & short_wh.any(axis=0) & long_wh.any(axis=0))
    if empty.size:
        short_wh, long_wh = short_wh.copy(), long_wh.copy()
    for period in empty:
        short, long = short_wh[:, period], long_wh[:, period]
        best = _fairest(short, long, feed_in[:, period], avoidable[:, period])
        short[avoidable[:, period] < best] = 0
        long[feed_in[:, period] > best] = 0
    return short_wh, long_wh


def _fairest(short: Ints, long: Ints, feed_in: Ints, avoidable: Ints) -> int:
    """Return the price at which most can be netted without harm to anyone who nets, the lowest of several."""
    prices: list[int] = np.unique(feed_in[long > 0]).tolist()
    netted = [min(short[avoidable >= price].sum(), long[feed_in <= price].sum()) for price in prices]
    return prices[netted.index(max(netted))]


def _price(
    short_wh: Ints, long_wh: Ints, feed_in: Ints, avoidable: Ints, auction_micro_kwh: Ints, traded: Flags
) -> Ints:
    """Clip the auction's price to [highest feed-in of the long, lowest avoidable of the short]; its middle without."""
    both = short_wh.any(axis=0) & long_wh.any(axis=0)
    low = np.where(both & (long_wh > 0), feed_in, np.iinfo(np.int64).min).max(axis=0)
    high = np.where(both & (short_wh > 0), avoidable, np.iinfo(np.int64).max).min(axis=0)
    middle = np.where(both, low, 0) + np.where(both, high, 0) >> 1
    clipped = np.minimum(np.maximum(auction_micro_kwh, low), high)
    return np.where(both, np.where(traded, clipped, middle), 0)


def _pro_rata(total: Ints, weight: Ints, lots: Hashes) -> Ints:
    """Share `total` (T,) in proportion to `weight` (M, T), by largest remainder, then by lot; shape (M, T)."""
    whole = np.maximum(weight.sum(axis=0), 1)
    share, remainder = multiply_divide(total, weight, whole)
    order = np.lexsort((lots, -remainder), axis=0)
    place = np.empty_like(share)
    np.put_along_axis(place, order, np.arange(weight.shape[0])[:, None], axis=0)
    return share + (place < total - share.sum(axis=0))


def _around_one(member: int, short_wh: Ints, long_wh: Ints, lots: Hashes) -> tuple[Ints, Ints]:
    """Net a period in which one member is so short and so long that all the others can do is trade with it.

    It takes at most what the others have too much of and gives at most what they lack; columns of shape (M, 1).
    """
    takes = np.minimum(short_wh[member], long_wh.sum(axis=0) - long_wh[member])
    gives = np.minimum(long_wh[member], short_wh.sum(axis=0) - short_wh[member])
    other = np.arange(short_wh.shape[0])[:, None] != member
    taken = _pro_rata(gives, np.where(other, short_wh, 0), lots)
    given = _pro_rata(takes, np.where(other, long_wh, 0), lots)
    taken[member], given[member] = takes, gives
    return taken[:, 0], given[:, 0]
