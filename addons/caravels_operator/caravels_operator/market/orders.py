"""The sealed book of one auction: at most one order a member and period, as columns (engines A)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arithmetic import Flags, Ints

MAX_ORDER_WH: Final = 100_000_000
"""Largest energy of one order [Wh]; with `MAX_PRICE_MICRO_KWH` the money of an order stays inside 64 bits."""
MAX_PRICE_MICRO_KWH: Final = 10_000_000_000
"""Largest price, either sign [micro-units per kWh]."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One row an order, in any order of arrival; every column has shape (n,)."""

    period: Ints
    """Index of the market period in the delivery day."""
    member: Ints
    """Index into the auction's list of members."""
    buy: Flags
    wh: Ints
    """Energy offered or asked for [Wh], >= 0."""
    price_micro_kwh: Ints
    """Limit price [micro-units per kWh]: the most a buyer pays, the least a seller takes."""

    def __len__(self) -> int:
        return self.period.size


def check_orders(orders: Orders, n_periods: int, n_members: int) -> None:
    """Refuse a book that the engines could not clear exactly.

    Raises:
        ValueError: columns of unequal length, an index, energy or price out of range, or two orders of one member in
            one period.
    """
    for column in (orders.member, orders.buy, orders.wh, orders.price_micro_kwh):
        if column.shape != orders.period.shape:
            raise ValueError("the columns of a book have one length")
    _check_range("period", orders.period, 0, n_periods - 1)
    _check_range("member", orders.member, 0, n_members - 1)
    _check_range("wh", orders.wh, 0, MAX_ORDER_WH)
    _check_range("price_micro_kwh", orders.price_micro_kwh, -MAX_PRICE_MICRO_KWH, MAX_PRICE_MICRO_KWH)
    seen = np.zeros(n_periods * n_members, np.bool_)
    seen[orders.period * n_members + orders.member] = True
    if np.count_nonzero(seen) != len(orders):
        raise ValueError("a member has two orders in one period")


def _check_range(name: str, column: Ints, lowest: int, highest: int) -> None:
    if column.size and (column.min() < lowest or column.max() > highest):
        raise ValueError(f"{name} is outside [{lowest}, {highest}]")
