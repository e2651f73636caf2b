"""How much trades, and which price levels meet: bids dear to cheap against asks cheap to dear (engines A.3).

Both sides are laid end to end on one line that starts anew for every period; where the line's cuts fall decides which
level meets which. All periods are merged in one pass.
"""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Ints, running_total, sums_by_group
from .book import Side


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which buy level meets which sell level, and with how much energy; every column has shape (m,)."""

    buy_level: Ints
    sell_level: Ints
    wh: Ints


def match_levels(buyers: Side, sellers: Side) -> tuple[Meetings, Ints]:
    """Match while bid >= ask: of the welfare-optimal volumes the largest.

    Returns:
        the meetings in order of merit, and the matched volume of each period [Wh], shape (T,).
    """
    base = running_total(np.maximum(buyers.period_wh, sellers.period_wh))
    buy_level, sell_level, wh = merge(_ends(buyers, base), _ends(sellers, base))
    period = buyers.level_period[buy_level]
    matched = (period == sellers.level_period[sell_level]) & (
        buyers.level_price[buy_level] >= sellers.level_price[sell_level]
    )
    meetings = Meetings(buy_level[matched], sell_level[matched], wh[matched])
    return meetings, sums_by_group(period[matched], meetings.wh, base.size - 1)


def _ends(side: Side, base: Ints) -> Ints:
    return base[side.level_period] + side.level_before + side.level_wh


def merge(left: Ints, right: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut one line at the ends of the pieces of both sides, up to where the first side runs out.

    Args:
        left: ends of the pieces on one side, strictly ascending and positive, shape (a,).
        right: ends of the pieces on the other, shape (b,).

    Returns:
        for each cut piece its index on the left, its index on the right, and its length (> 0).
    """
    if not left.size or not right.size:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    below = np.searchsorted(right, left)
    common = right[np.minimum(below, right.size - 1)] == left
    in_both = np.zeros(right.size, np.bool_)
    in_both[below[common]] = True

    from_left = np.zeros(left.size + right.size - np.count_nonzero(common), np.bool_)
    at_left = np.arange(left.size) + below - running_total(common)[:-1]
    from_left[at_left] = True
    from_right = ~from_left
    from_right[at_left[common]] = True
    ends = np.empty(from_left.size, np.int64)
    ends[at_left] = left
    ends[~from_left] = right[~in_both]

    both = int(np.searchsorted(ends, min(left[-1], right[-1]), side="right"))
    on_left, on_right = running_total(from_left[:both])[:-1], running_total(from_right[:both])[:-1]
    return on_left, on_right, np.diff(ends[:both], prepend=0)
