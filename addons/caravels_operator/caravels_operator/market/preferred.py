"""Whom a member would rather trade with: friends, then green energy, then its own zone (engines A.6).

Under one price for all this costs nobody anything, so it is decided after the clearing: a transport problem on the
pairs that somebody prefers; what is left is paired by the north-west corner.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from .arithmetic import Flags, Ints, starts_of
from .book import Side
from .matching import merge
from .orders import Orders
from .transactions import Transactions, transactions_from

FRIEND_WEIGHT: Final = 4
GREEN_WEIGHT: Final = 2
ZONE_WEIGHT: Final = 1


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the members prefer; M members, by their index."""

    friends: frozenset[tuple[int, int]]
    """Pairs (buyer, seller) that want each other."""
    green: Flags
    """Whose generation is green, shape (M,)."""
    wants_green: Flags
    """Who prefers green energy, shape (M,)."""
    zone: Ints
    """Zone of each member, shape (M,)."""

    def weights(self, buyers: Ints, sellers: Ints) -> Ints:
        """Return what a Wh between each buyer and each seller is worth, shape (buyers, sellers)."""
        weight: Ints = (self.zone[buyers][:, None] == self.zone[sellers]).astype(np.int64) * ZONE_WEIGHT
        weight += GREEN_WEIGHT * (self.wants_green[buyers][:, None] & self.green[sellers])
        column = {int(seller): index for index, seller in enumerate(sellers)}
        row = {int(buyer): index for index, buyer in enumerate(buyers)}
        for buyer, seller in self.friends:
            if buyer in row and seller in column:
                weight[row[buyer], column[seller]] += FRIEND_WEIGHT
        return weight


def assign_preferred(
    orders: Orders,
    buyers: Side,
    sellers: Side,
    buy_fill: Ints,
    sell_fill: Ints,
    price_micro_kwh: Ints,
    preferences: Preferences,
) -> Transactions:
    """Pair the fills so that the sum of Wh times weight is the largest; arguments as in `assign_corner`."""
    n_periods = price_micro_kwh.size
    served_buy, served_sell = np.flatnonzero(buy_fill), np.flatnonzero(sell_fill)
    buyer_row, seller_row = buyers.row[served_buy], sellers.row[served_sell]
    buy_start = starts_of(orders.period[buyer_row], n_periods)
    sell_start = starts_of(orders.period[seller_row], n_periods)
    parts = [(buyer_row[:0], buyer_row[:0], buyer_row[:0])]
    for period in range(n_periods):
        buy = slice(buy_start[period], buy_start[period + 1])
        sell = slice(sell_start[period], sell_start[period + 1])
        weight = preferences.weights(orders.member[buyer_row[buy]], orders.member[seller_row[sell]])
        left, right, wh = transport(buy_fill[served_buy[buy]], sell_fill[served_sell[sell]], weight)
        parts.append((buyer_row[buy][left], seller_row[sell][right], wh))
    bought, sold, wh = (np.concatenate(part) for part in zip(*parts, strict=True))
    period_of = orders.period[bought]
    return transactions_from(period_of, orders.member[sold], orders.member[bought], wh, price_micro_kwh[period_of])


def transport(demand: Ints, supply: Ints, weight: Ints) -> tuple[Ints, Ints, Ints]:
    """Pair demand with as much supply so that the weighted sum is the largest [Wh].

    Args:
        demand: energy of each buyer [Wh], shape (B,).
        supply: energy of each seller [Wh], shape (S,); the same sum.
        weight: worth of a Wh of each pair, shape (B, S), >= 0.

    Returns:
        buyer, seller and energy (> 0) of each pair, each pair once.

    Raises:
        ArithmeticError: if the solver fails.
    """
    left, right = np.nonzero(weight)
    wh = _solve(demand, supply, left, right, weight[left, right]) if left.size else left
    rest_demand, rest_supply = demand.copy(), supply.copy()
    np.subtract.at(rest_demand, left, wh)
    np.subtract.at(rest_supply, right, wh)
    wanting, having = np.flatnonzero(rest_demand), np.flatnonzero(rest_supply)
    rest_left, rest_right, rest = merge(np.cumsum(rest_demand[wanting]), np.cumsum(rest_supply[having]))
    used = wh > 0
    return (
        np.concatenate((left[used], wanting[rest_left])),
        np.concatenate((right[used], having[rest_right])),
        np.concatenate((wh[used], rest)),
    )


def _solve(demand: Ints, supply: Ints, left: Ints, right: Ints, weight: Ints) -> Ints:
    """Return the best energy of each pair: the simplex ends in a corner, and those are whole numbers."""
    pair = np.arange(left.size)
    rows = np.concatenate((left, demand.size + right))
    shape = (demand.size + supply.size, left.size)
    limits = csr_array((np.ones(rows.size), (rows, np.concatenate((pair, pair)))), shape=shape)
    bounds = np.concatenate((demand, supply))
    solution = linprog(-weight, A_ub=limits, b_ub=bounds, method="highs-ds")  # type: ignore[call-overload]  # stubs: dense only
    if solution.status != 0:
        raise ArithmeticError(f"the transport problem was not solved: {solution.message}")
    wh: Ints = np.rint(solution.x).astype(np.int64)
    return wh
