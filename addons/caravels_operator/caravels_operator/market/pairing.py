"""Who gives to whom: the north-west corner of two tables, without anyone meeting itself (engines B.2, B.7)."""

from collections import defaultdict

import numpy as np

from .arithmetic import Ints
from .matching import merge


def pair_members(given_wh: Ints, taken_wh: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Pair givers and takers of every period, in the order of their rows.

    Args:
        given_wh: what each member gives [Wh], shape (M, T).
        taken_wh: what each member takes [Wh], shape (M, T); in every period the same sum, and nobody gives and takes
            more than that sum together, so that nobody has to meet itself.

    Returns:
        period, giver, taker and energy [Wh] of every pair, each once a period, sorted by (period, giver, taker).
    """
    give, take = given_wh.T.reshape(-1), taken_wh.T.reshape(-1)
    givers, takers = np.flatnonzero(give), np.flatnonzero(take)
    left, right, wh = merge(np.cumsum(give[givers]), np.cumsum(take[takers]))
    n_members = max(1, given_wh.shape[0])
    period, giver = np.divmod(givers[left], n_members)
    taker = takers[right] % n_members
    for at in np.unique(period[giver == taker]):
        here = period == at
        giver_at, taker_at, wh_at = _apart(giver[here], taker[here], wh[here])
        period = np.concatenate((period[~here], np.full(giver_at.size, at)))
        giver = np.concatenate((giver[~here], giver_at))
        taker = np.concatenate((taker[~here], taker_at))
        wh = np.concatenate((wh[~here], wh_at))
    order = np.lexsort((taker, giver, period))
    return period[order], giver[order], taker[order], wh[order]


def _apart(giver: Ints, taker: Ints, wh: Ints) -> tuple[Ints, Ints, Ints]:
    """Swap partners in one period until nobody meets itself; what everybody gives and takes stays."""
    cells: defaultdict[tuple[int, int], int] = defaultdict(int)
    for one, other, amount in zip(giver.tolist(), taker.tolist(), wh.tolist(), strict=True):
        cells[one, other] += amount
    for alone in sorted(one for one, other in cells if one == other):
        for one, other in sorted(pair for pair in cells if alone not in pair):
            swapped = min(cells[alone, alone], cells[one, other])
            for pair, change in (
                ((alone, alone), -swapped),
                ((one, other), -swapped),
                ((alone, other), swapped),
                ((one, alone), swapped),
            ):
                cells[pair] += change
    pairs = sorted((*pair, amount) for pair, amount in cells.items() if amount)
    one, other, amounts = np.array(pairs, np.int64).T
    return one, other, amounts
