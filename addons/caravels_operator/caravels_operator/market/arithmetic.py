"""Exact integer arithmetic on arrays: money, products that exceed 64 bits, sums by group (engines A, bars; B.3).

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


def sorted_order(*keys: Ints | Hashes) -> Ints:
    """Return the stable order of non-negative keys, the last one first in importance, as `numpy.lexsort` does.

    Digit by digit: numpy sorts 16-bit integers by counting, which is several times as fast as comparing.
    """
    order: Ints | None = None
    for key in keys:
        for shift in range(0, max(1, int(key.max(initial=0)).bit_length()), 16):
            digit = (key >> key.dtype.type(shift)).astype(np.uint16)
            if order is None:
                order = np.argsort(digit, kind="stable")
            else:
                order = order[np.argsort(digit[order], kind="stable")]
    return np.zeros(0, np.int64) if order is None else order


def starts_of(sorted_group: Ints, groups: int) -> Ints:
    """Return where each of `groups` groups starts in a sorted column, then its length, shape (groups + 1,)."""
    return np.searchsorted(sorted_group, np.arange(groups + 1)).astype(np.int64)


def running_total(values: Ints | Flags) -> Ints:
    """Return the sums of all values before each position, and of all at the end, shape (n + 1,)."""
    total = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=total[1:])
    return total


def sums_by_group(sorted_group: Ints, values: Ints, groups: int) -> Ints:
    """Return the exact sum of `values` in each of `groups` groups, shape (groups,)."""
    return np.diff(running_total(values)[starts_of(sorted_group, groups)])
