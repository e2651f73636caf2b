"""What a forecaster is, and the first one: the mean of the last days at the same time of the day.

Forecasts are the mean, because bids and sums are made of them (engines A.2).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PROFILE_DAYS = 7


@dataclass(frozen=True, slots=True)
class History:
    """What was measured of one quantity (net, consumption or generation), period by period.

    Attributes:
        slot: what a clock showed at the start of each measured period, in periods since midnight, shape (n,).
        wh: the energy of each measured period [Wh], shape (n,), oldest first.
    """

    slot: NDArray[np.int64]
    wh: NDArray[np.int64]


class Predictor(Protocol):
    """A forecaster of the energy of the periods ahead."""

    def predict(self, history: History, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the expected energy of each coming period [Wh], shape (m,), for the slots asked, shape (m,)."""


@dataclass(frozen=True, slots=True)
class ProfileMean:
    """The mean of the last `days` values at the same slot; the mean of everything where a slot has no value; else 0.

    Means are rounded to the Wh, halves to even, once.
    """

    days: int = PROFILE_DAYS

    def predict(self, history: History, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """See `Predictor`."""
        if not slot.size or not history.wh.size:
            return np.zeros(slot.size, np.int64)
        slots = int(max(slot.max(), history.slot.max())) + 1
        order = np.argsort(history.slot, kind="stable")
        by_slot = history.slot[order]
        values_after = np.searchsorted(by_slot, by_slot, side="right") - np.arange(by_slot.size) - 1
        recent = values_after < self.days
        count = np.bincount(by_slot[recent], minlength=slots)
        total = np.bincount(by_slot[recent], weights=history.wh[order][recent], minlength=slots)
        mean = np.full(slots, history.wh.mean())
        np.divide(total, count, out=mean, where=count > 0)
        return np.rint(mean[slot]).astype(np.int64)
