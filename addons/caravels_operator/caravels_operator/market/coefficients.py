"""Sharing coefficients a pair of installations, as a grid operator wants them (engines B.7).

Of what a seller injects in a settlement period, each coefficient is the part that goes to one buyer; the rest goes to
the grid. They are whole numbers of the regime's last decimal and sum to 1 exactly.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..common.quantities import share_out
from .arithmetic import Ints
from .contracts import Deliveries
from .netting import Netting

type Cells = defaultdict[tuple[int, int, int], int]
"""Energy [Wh] by (period, seller, buyer)."""

GRID = -1
"""Buyer of the row that takes the rest."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One row of the file: units / 10^decimals of the seller's injection goes to the buyer."""

    period: int
    seller: int
    buyer: int
    """Index of a member, or `GRID`."""
    units: int


def sharing_coefficients(
    due: Deliveries, netting: Netting, import_wh: Ints, export_wh: Ints, decimals: int
) -> list[Coefficient]:
    """Return the coefficients of a day, sorted by (period, seller, buyer) with the grid first; zeros are left out.

    Allocated is what was contracted plus what was netted, brought down per seller to its metered injection and then
    per buyer to its metered import, in whole Wh by largest remainder. Without injection there is no row.

    Args:
        due: contracted energy of every pair by settlement period.
        netting: the netted pairs.
        import_wh: metered grid import [Wh], shape (M, T).
        export_wh: metered grid export [Wh], shape (M, T).
        decimals: of the regime.
    """
    cells: Cells = defaultdict(int)
    for columns in (
        (due.period, due.seller, due.buyer, due.wh),
        (netting.period, netting.giver, netting.taker, netting.wh),
    ):
        for period, seller, buyer, wh in zip(*(column.tolist() for column in columns), strict=True):
            cells[period, seller, buyer] += wh
    cells = _bring_down(cells, 1, export_wh)
    cells = _bring_down(cells, 2, import_wh)
    pairs_of = _by_party(cells, 1)
    rows = []
    for period, seller in zip(*(index.tolist() for index in np.nonzero(export_wh.T)), strict=True):
        pairs = pairs_of[period, seller]
        shared = [cells[pair] for pair in pairs]
        rest = int(export_wh[seller, period]) - sum(shared)
        buyers = [GRID, *(buyer for _, _, buyer in pairs)]
        units = share_out(10**decimals, [rest, *shared])
        rows += [Coefficient(period, seller, buyer, unit) for buyer, unit in zip(buyers, units, strict=True) if unit]
    return rows


def _bring_down(cells: Cells, party: int, metered_wh: Ints) -> Cells:
    """Scale the pairs of each party (1 sellers, 2 buyers) and period to at most what its meter shows."""
    down: Cells = defaultdict(int)
    for (period, member), pairs in _by_party(cells, party).items():
        weights = [cells[pair] for pair in pairs]
        limit = min(sum(weights), int(metered_wh[member, period]))
        down.update(zip(pairs, share_out(limit, weights), strict=True))
    return down


def _by_party(cells: Cells, party: int) -> defaultdict[tuple[int, int], list[tuple[int, int, int]]]:
    pairs: defaultdict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for pair in sorted(cells):
        pairs[pair[0], pair[party]].append(pair)
    return pairs
