"""What each order gets of the matched volume: all, nothing, or its share of the rationed level (engines A.4)."""

import numpy as np

from .arithmetic import Hashes, Ints, multiply_divide, running_total, sorted_order
from .book import Side
from .priority import draw


def fill_levels(side: Side, volume_wh: Ints) -> Ints:
    """Return how much of each price level trades when the best `volume_wh` (T,) of each period do [Wh], shape (k,)."""
    left: Ints = volume_wh[side.level_period] - side.level_before
    return np.minimum(np.maximum(left, 0), side.level_wh)


def fill_orders(side: Side, level_fill: Ints, digest: Hashes) -> Ints:
    """Share each level's traded energy among its orders: pro rata, largest remainder, then by lot [Wh], shape (n,).

    Args:
        side: the sorted side.
        level_fill: traded energy of each level [Wh], shape (k,).
        digest: digest of the member of each order, shape (n,).
    """
    filled = np.where(level_fill == side.level_wh, level_fill, 0)[side.level] > 0
    fill = np.where(filled, side.wh, 0)
    rationed = (level_fill > 0) & (level_fill < side.level_wh)
    rows = np.flatnonzero(rationed[side.level])
    if rows.size:
        level = side.level[rows]
        lot = draw(digest[rows], side.level_period[level])
        fill[rows] = _pro_rata(level, side.wh[rows], level_fill, side.level_wh, lot)
    return fill


def _pro_rata(level: Ints, wh: Ints, level_fill: Ints, level_wh: Ints, lot: Hashes) -> Ints:
    share, remainder = multiply_divide(level_fill[level], wh, level_wh[level])
    order = sorted_order(lot, remainder.max() - remainder, level)
    sorted_level = level[order]
    first = np.flatnonzero(np.append(True, sorted_level[1:] != sorted_level[:-1]))
    size = np.diff(np.append(first, level.size))
    total = running_total(share[order])
    missing = level_fill[sorted_level[first]] - (total[first + size] - total[first])
    place = np.arange(level.size) - np.repeat(first, size)
    share[order] += place < np.repeat(missing, size)
    return share
