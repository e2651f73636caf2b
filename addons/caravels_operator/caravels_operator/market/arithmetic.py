"""Exact integer arithmetic on arrays: money, products that exceed 64 bits, sums by group.

Everything here is int64 and exact; nothing is ever compared within a tolerance.
"""

import numpy as np
from numpy.typing import NDArray

from ..common.quantities import WH_PER_KWH

type Ints = NDArray[np.int64]
type Flags = NDArray[np.bool_]
type Hashes = NDArray[np.uint64]


def money_of(wh: Ints, price_micro_kwh: Ints | int) -> Ints:
    """Return `common.quantities.money_micro` of every element [micro-units]: rounded half up, once."""
    return (wh * price_micro_kwh + WH_PER_KWH // 2) // WH_PER_KWH


def multiply_divide(factor: Ints, other: Ints, divisor: Ints) -> tuple[Ints, Ints]:
    """Return floor(factor * other / divisor) and its remainder, exact though the product may exceed 64 bits.

    The shapes broadcast; for 0 <= factor, other; 0 < divisor; quotient < 2^50. A float gives the quotient within one;
    the remainder is taken modulo 2^64, where it is exact because it is small, and corrects the quotient.
    """
    quotient = np.floor(factor.astype(np.float64) * other / divisor).astype(np.int64)
    with np.errstate(over="ignore"):
        remainder = factor * other - quotient * divisor
    too_high = remainder < 0
    quotient -= too_high
    remainder += np.where(too_high, divisor, 0)
    too_low = remainder >= divisor
    quotient += too_low
    remainder -= np.where(too_low, divisor, 0)
    return quotient, remainder


def starts_of(sorted_group: Ints, groups: int) -> Ints:
    """Return where each of `groups` groups starts in a sorted column, then its length, shape (groups + 1,)."""
    return np.searchsorted(sorted_group, np.arange(groups + 1)).astype(np.int64)


def running_total(values: Ints) -> Ints:
    """Return the sums of all values before each position, and of all at the end, shape (n + 1,)."""
    total = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=total[1:])
    return total


def sums_by_group(sorted_group: Ints, values: Ints, groups: int) -> Ints:
    """Return the exact sum of `values` in each of `groups` groups, shape (groups,)."""
    return np.diff(running_total(values)[starts_of(sorted_group, groups)])
