"""What a community could have saved with the energy that its meters saw: an upper bound, by code of its own.

Per settlement period surplus (grid exports) is allotted to demand (grid imports), the surplus with the lowest feed-in
price first, to the demand with the dearest avoidable retail price first, while that gains anything. Every kWh so
allotted saves avoidable price less feed-in price. No fee, no contract, no forecast; a member may meet its own import
of the same period, which no settlement allows it: so nothing that settles can save more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Possible:
    """Sums over all periods.

    Attributes:
        wh: energy that could have changed hands [Wh].
        micro: what that would have saved [micro-units], rounded down once.
    """

    wh: int
    micro: int


def possible(import_wh: Ints, export_wh: Ints, avoidable_micro_kwh: Ints, feed_in_micro_kwh: Ints) -> Possible:
    """Return the most that M members could have saved in T periods; every argument has shape (M, T)."""
    energy = saved = 0
    for t in range(import_wh.shape[1]):
        demand = _levels(import_wh[:, t], -avoidable_micro_kwh[:, t])
        surplus = _levels(export_wh[:, t], feed_in_micro_kwh[:, t])
        for wh, gain_micro_kwh in _merged(demand, surplus):
            energy += wh
            saved += wh * gain_micro_kwh
    return Possible(energy, saved // 1_000)


def least_wh(import_wh: Ints, export_wh: Ints) -> int:
    """Return the sum over periods of min(community surplus, community demand) [Wh]; both shape (M, T)."""
    return int(np.minimum(import_wh.sum(axis=0), export_wh.sum(axis=0)).sum())


def _levels(wh: Ints, order: Ints) -> list[tuple[int, int]]:
    """Return (what orders it, energy > 0), in that order."""
    return sorted((key, energy) for key, energy in zip(order.tolist(), wh.tolist(), strict=True) if energy)


def _merged(demand: list[tuple[int, int]], surplus: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield (energy, gain per kWh) from the largest gain down to the last that is one."""
    demands, surpluses = iter(demand), iter(surplus)
    wanted = offered = gain = 0
    while True:
        if not wanted:
            dearest, wanted = next(demands, (0, 0))
        if not offered:
            cheapest, offered = next(surpluses, (0, 0))
        if not (wanted and offered) or (gain := -dearest - cheapest) <= 0:
            return
        wh = min(wanted, offered)
        wanted, offered = wanted - wh, offered - wh
        yield wh, gain
