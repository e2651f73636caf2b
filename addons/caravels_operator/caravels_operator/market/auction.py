"""The day-ahead auction: one sealed-bid double auction for each period, all cleared in one pass (engines A)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .arithmetic import Flags, Hashes, Ints
from .assignment import assign_corner, assign_levels
from .book import Side, rank_rows, sort_side
from .matching import Meetings, match_levels
from .orders import Orders, check_orders
from .pricing import mean_price, uniform_price
from .priority import member_digests
from .rationing import fill_levels, fill_orders
from .transactions import Transactions

if TYPE_CHECKING:
    from .preferred import Preferences


@dataclass(frozen=True, slots=True)
class AuctionRules:
    """What an operator can choose."""

    price_rule: Literal["uniform", "pair"] = "uniform"
    pair_k_permille: int = 500
    """Under `pair`, the part of bid - ask that goes to the seller [1/1000]."""
    assignment: Literal["corner", "preferred"] = "corner"
    """Under `uniform`, who trades with whom; it costs nobody anything."""
    smallest_trade_wh: int = 1
    """Orders below it are left out [Wh]; a fill may be smaller."""

    def __post_init__(self) -> None:
        if not 0 <= self.pair_k_permille <= 1_000:
            raise ValueError("pair_k_permille is outside [0, 1000]")
        if self.smallest_trade_wh < 1:
            raise ValueError("smallest_trade_wh is at least 1")
        if self.price_rule == "pair" and self.assignment == "preferred":
            raise ValueError("preferred partners need the uniform price: under pair a partner would cost money")


@dataclass(frozen=True, slots=True)
class Clearing:
    """What an auction decided; n orders, T periods."""

    filled_wh: Ints
    """Energy that each order trades [Wh], in the caller's order, shape (n,)."""
    traded: Flags
    """Whether anything trades in each period, shape (T,)."""
    price_micro_kwh: Ints
    """Price of each period [micro-units per kWh], shape (T,); under `pair` the mean by volume; 0 without trade."""
    volume_wh: Ints
    """Energy traded in each period [Wh], shape (T,)."""
    transactions: Transactions


@dataclass(frozen=True, slots=True)
class _Matched:
    """The two sides with what each order gets, in the orders of the sides."""

    buyers: Side
    sellers: Side
    buy_fill: Ints
    sell_fill: Ints
    meetings: Meetings
    volume_wh: Ints
    uniform_micro_kwh: Ints


def clear(
    orders: Orders,
    n_periods: int,
    members: Sequence[str],
    run: str,
    rules: AuctionRules,
    preferences: Preferences | None = None,
) -> Clearing:
    """Clear a book: welfare-optimal, of the optimal volumes the largest, and the same for any order of arrival.

    Args:
        orders: the sealed book.
        n_periods: number T of market periods of the day.
        members: ids of the members that `orders.member` points to.
        run: name of this auction, unique to it: it draws who gets the last Wh of a tie.
        rules: the operator's choices.
        preferences: needed by the assignment `preferred`.

    Raises:
        ValueError: if the book breaks `check_orders`, or preferences are missing.
    """
    check_orders(orders, n_periods, len(members))
    matched = _match(orders, n_periods, member_digests(members, run), rules.smallest_trade_wh)
    transactions = _assign(orders, matched, rules, preferences)
    filled = np.zeros(len(orders), np.int64)
    filled[matched.buyers.row] = matched.buy_fill
    filled[matched.sellers.row] = matched.sell_fill
    traded = matched.volume_wh > 0
    price = matched.uniform_micro_kwh
    if rules.price_rule == "pair":
        price = mean_price(transactions.period, transactions.wh, transactions.price_micro_kwh, traded)
    return Clearing(filled, traded, price, matched.volume_wh, transactions)


def _match(orders: Orders, n_periods: int, digests: Hashes, smallest_trade_wh: int) -> _Matched:
    rows = rank_rows(orders, smallest_trade_wh, n_periods, digests)
    buy = orders.buy[rows]
    buyers = sort_side(orders, rows[buy], n_periods, dear_first=True)
    sellers = sort_side(orders, rows[~buy], n_periods, dear_first=False)
    meetings, volume = match_levels(buyers, sellers)
    buy_levels, sell_levels = fill_levels(buyers, volume), fill_levels(sellers, volume)
    return _Matched(
        buyers,
        sellers,
        fill_orders(buyers, buy_levels, digests[orders.member[buyers.row]]),
        fill_orders(sellers, sell_levels, digests[orders.member[sellers.row]]),
        meetings,
        volume,
        uniform_price(buyers, sellers, buy_levels, sell_levels, volume > 0),
    )


def _assign(orders: Orders, matched: _Matched, rules: AuctionRules, preferences: Preferences | None) -> Transactions:
    sides = (orders, matched.buyers, matched.sellers, matched.buy_fill, matched.sell_fill)
    if rules.price_rule == "pair":
        return assign_levels(*sides, matched.meetings, rules.pair_k_permille)
    if rules.assignment == "corner":
        return assign_corner(*sides, matched.uniform_micro_kwh)
    if preferences is None:
        raise ValueError("the assignment `preferred` needs preferences")
    from .preferred import assign_preferred  # noqa: PLC0415  # scipy takes a second to load and few need it

    return assign_preferred(*sides, matched.uniform_micro_kwh, preferences)
