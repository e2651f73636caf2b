"""Integer quantities: energy in Wh, money in micro-units, and the exact rules to round and split them.

Architecture, section 4: floats never reach money or energy; what is rounded is rounded once.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

WH_PER_KWH: Final = 1_000
MICRO: Final = 1_000_000
"""Micro-units in one unit of the community's currency."""


def money_micro(wh: int, price_micro_kwh: int) -> int:
    """Return the money of an amount of energy [micro-units], rounded half up, once.

    Args:
        wh: energy [Wh].
        price_micro_kwh: price [micro-units per kWh], may be negative.
    """
    return (wh * price_micro_kwh + WH_PER_KWH // 2) // WH_PER_KWH


def split_evenly(total: int, parts: int) -> list[int]:
    """Split an integer into `parts` integers that differ by at most one and sum to it.

    Part i is floor((i + 1) * total / parts) - floor(i * total / parts): the cumulative rule that turns
    a market period's energy into settlement periods.
    """
    edges = [total * i // parts for i in range(parts + 1)]
    return [after - before for before, after in pairwise(edges)]


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Share a non-negative integer pro rata by largest remainder; equal remainders go to the lower index.

    Raises:
        ValueError: if `total` is positive and no weight is.
    """
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to share out over")
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    missing = total - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[:missing]:
        shares[i] += 1
    return shares
