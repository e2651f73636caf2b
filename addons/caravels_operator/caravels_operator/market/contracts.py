"""From market periods to settlement periods: one exact integer rule (architecture, section 4).

A transaction is split or summed whole, so that in every settlement period as much is bought as is sold.
"""

from dataclasses import dataclass
from operator import mul

import numpy as np

from .arithmetic import Flags, Ints
from .transactions import Transactions


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What the transactions oblige to, by settlement period; every column has shape (n,)."""

    period: Ints
    seller: Ints
    buyer: Ints
    wh: Ints
    """Energy [Wh], > 0."""


def deliveries(transactions: Transactions, market_periods: int, settlement_periods: int) -> Deliveries:
    """Return the energy of every transaction in every settlement period.

    Part i of a transaction split in k is floor((i + 1) * wh / k) - floor(i * wh / k).

    Raises:
        ValueError: if neither number of periods is a multiple of the other.
    """
    parts = _parts(market_periods, settlement_periods)
    if not parts:
        period = settlement_of(transactions.period, market_periods, settlement_periods)
        return Deliveries(period, transactions.seller, transactions.buyer, transactions.wh)
    part = np.tile(np.arange(parts), len(transactions))
    whole = np.repeat(transactions.wh, parts)
    wh = whole * (part + 1) // parts - whole * part // parts
    some = np.flatnonzero(wh)
    return Deliveries(
        (np.repeat(transactions.period, parts) * parts + part)[some],
        np.repeat(transactions.seller, parts)[some],
        np.repeat(transactions.buyer, parts)[some],
        wh[some],
    )


def contracted(due: Deliveries, n_members: int, n_periods: int) -> tuple[Ints, Ints]:
    """Return what every member has to take and to give in every settlement period [Wh], each shape (M, T)."""
    bought, sold = (np.zeros(n_members * n_periods, np.int64) for _ in range(2))
    np.add.at(bought, due.buyer * n_periods + due.period, due.wh)
    np.add.at(sold, due.seller * n_periods + due.period, due.wh)
    return bought.reshape(n_members, n_periods), sold.reshape(n_members, n_periods)


def settlement_of(market_period: Ints, market_periods: int, settlement_periods: int) -> Ints:
    """Return the settlement period in which each market period starts."""
    return market_period * settlement_periods // market_periods


def price_of_settlement(price_micro_kwh: Ints, volume_wh: Ints, settlement_periods: int) -> tuple[Ints, Flags]:
    """Return the auction's price at settlement resolution and whether anything was traded, each shape (T,).

    Args:
        price_micro_kwh: price of each market period.
        volume_wh: energy traded in each market period [Wh]; several in one settlement period weigh by it.
        settlement_periods: number T of settlement periods.
    """
    parts = _parts(price_micro_kwh.size, settlement_periods)
    if parts:
        return np.repeat(price_micro_kwh, parts), np.repeat(volume_wh > 0, parts)
    volumes = volume_wh.reshape(settlement_periods, -1).tolist()
    prices = price_micro_kwh.reshape(settlement_periods, -1).tolist()
    mean = [  # Python's integers: the products may exceed 64 bits
        sum(map(mul, volume, price, strict=True)) // max(sum(volume), 1)
        for volume, price in zip(volumes, prices, strict=True)
    ]
    return np.array(mean, np.int64), np.array([sum(volume) > 0 for volume in volumes])


def _parts(market_periods: int, settlement_periods: int) -> int:
    """Return into how many settlement periods a market period falls; 0 if a settlement period holds several."""
    if settlement_periods % market_periods == 0:
        return settlement_periods // market_periods
    if market_periods % settlement_periods:
        raise ValueError(f"{market_periods} market periods do not fit {settlement_periods} settlement periods")
    return 0
