"""One side of a book, sorted best price first and grouped into price levels, all periods at once (engines A.3).

A side is sorted by one 64-bit key (period, price, rank), so that the sort moves plain integers. The rank of a member
is its place by digest (engines A.4): no id and no arrival decides anything, not even who is paired with whom.
"""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Ints, running_total, starts_of
from .orders import Orders


@dataclass(frozen=True, slots=True)
class Side:
    """The buy or sell orders in order of merit: n orders on k levels."""

    row: Ints
    """Where each order stands in the caller's book, shape (n,)."""
    level: Ints
    """Level of each order, shape (n,)."""
    wh: Ints
    """Energy of each order [Wh], shape (n,)."""
    level_period: Ints
    """Period of each level, shape (k,)."""
    level_price: Ints
    """Limit price of each level [micro-units per kWh], shape (k,)."""
    level_wh: Ints
    """Energy of each level [Wh], shape (k,)."""
    level_before: Ints
    """Energy of the better levels of the same period [Wh], shape (k,)."""
    period_level: Ints
    """First level of each period and their number at the end, shape (T + 1,)."""
    period_wh: Ints
    """Energy of each period [Wh], shape (T,)."""


def sort_side(orders: Orders, rows: Ints, n_periods: int, rank: Ints, *, dear_first: bool) -> Side:
    """Sort the orders at `rows` by (period, merit, rank of the member) and group them by price.

    Args:
        orders: the book.
        rows: the orders of this side, in any order.
        n_periods: number of periods T.
        rank: place of each member among equals, shape (M,), a permutation.
        dear_first: buyers, who come dear to cheap.

    Raises:
        ValueError: if periods, prices and members together exceed 63 bits (two million members).
    """
    limit, member, period = orders.price_micro_kwh[rows], orders.member[rows], orders.period[rows]
    merit = -limit if dear_first else limit
    least = int(merit.min(initial=0))
    rank_bits = max(1, (rank.size - 1).bit_length())
    merit_bits = max(1, (int(merit.max(initial=0)) - least).bit_length())
    if n_periods.bit_length() + merit_bits + rank_bits > 63:
        raise ValueError("the community is too large for one auction")

    place = rank[member]
    row_at = np.zeros(n_periods << rank_bits, np.int64)
    row_at[(period << rank_bits) | place] = rows
    key = (((period << merit_bits) | (merit - least)) << rank_bits) | place
    key.sort()
    group = key >> rank_bits
    period = group >> merit_bits
    row = row_at[(period << rank_bits) | (key & ((1 << rank_bits) - 1))]
    wh = orders.wh[row]

    new_level = np.ones(group.size, np.bool_)
    np.not_equal(group[1:], group[:-1], out=new_level[1:])
    first = np.flatnonzero(new_level)
    level_merit = (group[first] & ((1 << merit_bits) - 1)) + least
    level_period = period[first]
    period_level = starts_of(level_period, n_periods)
    before = running_total(wh)[np.append(first, group.size)]
    period_before = before[period_level]
    return Side(
        row=row,
        level=np.cumsum(new_level) - 1,
        wh=wh,
        level_period=level_period,
        level_price=-level_merit if dear_first else level_merit,
        level_wh=np.diff(before),
        level_before=before[:-1] - period_before[level_period],
        period_level=period_level,
        period_wh=np.diff(period_before),
    )
