"""What a forecaster is, and the first one: the mean of the last days at the same hour of the day.

Forecasts are the mean, because bids and sums are made of them (engines A.2).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PROFILE_DAYS = 7


@dataclass(frozen=True, slots=True)
class History:
    """What was measured, period by period.

    Attributes:
        slot: position in the local day (0 to periods a day - 1) of each measured period, shape (n,).
        net_wh: import less export of each measured period [Wh], shape (n,), oldest first.
    """

    slot: NDArray[np.int64]
    net_wh: NDArray[np.int64]


class Predictor(Protocol):
    """A forecaster of the net energy of the periods ahead."""

    def predict(self, history: History, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the expected net of each coming period [Wh], shape (m,), for the slots asked, shape (m,)."""


@dataclass(frozen=True, slots=True)
class ProfileMean:
    """The mean of the last `days` values at the same slot; the mean of everything where a slot has no value; else 0."""

    days: int = PROFILE_DAYS

    def predict(self, history: History, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """See `Predictor`."""
        overall = float(history.net_wh.mean()) if history.net_wh.size else 0.0
        by_slot = {int(s): self._mean(history.net_wh[history.slot == s], overall) for s in np.unique(slot)}
        return np.array([by_slot[int(s)] for s in slot], dtype=np.int64)

    def _mean(self, values: NDArray[np.int64], overall: float) -> int:
        recent = values[-self.days :]
        return round(float(recent.mean())) if recent.size else round(overall)
