"""One side of a book, sorted best price first and grouped into price levels, all periods at once (engines A.3).

Equal prices stand in the order of the members' digests (engines A.4): no id and no arrival decides anything, not even
who is paired with whom.
"""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Hashes, Ints, running_total, sorted_order, starts_of
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


def rank_rows(orders: Orders, smallest_trade_wh: int, n_periods: int, digests: Hashes) -> Ints:
    """Return the rows of the orders that take part, sorted by (period, place of the member by digest)."""
    place = np.empty(digests.size, np.int64)
    place[np.argsort(digests, kind="stable")] = np.arange(digests.size)
    row_at = np.full(n_periods * digests.size, -1)
    rows = np.flatnonzero(orders.wh >= smallest_trade_wh)
    row_at[orders.period[rows] * digests.size + place[orders.member[rows]]] = rows
    return row_at[row_at >= 0]


def sort_side(orders: Orders, rows: Ints, n_periods: int, *, dear_first: bool) -> Side:
    """Sort the orders of one side by (period, merit), keep the order of equals, and group them by price.

    Args:
        orders: the book.
        rows: the orders of this side, as `rank_rows` sorts them.
        n_periods: number of periods T.
        dear_first: buyers, who come dear to cheap.
    """
    limit = orders.price_micro_kwh[rows]
    merit = -limit if dear_first else limit
    least = int(merit.min(initial=0))
    merit_bits = (int(merit.max(initial=0)) - least).bit_length()
    group = (orders.period[rows] << merit_bits) | (merit - least)
    order = sorted_order(group)
    group, row = group[order], rows[order]
    wh = orders.wh[row]

    period = group >> merit_bits
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
