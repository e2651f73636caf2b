"""The counters of a simulated building: what its meters would show on their displays at any instant."""

from collections.abc import Mapping, Sequence
from typing import Final

from .houses import House
from .wall_clock import QUARTER_S, month_of, month_start

COUNTERS: Final = ("grid_import", "grid_export", "generation", "battery_charge", "battery_discharge")


class HouseCounters:
    """The counters of a house, each from 0 at the start of the month before the one of `installed_at` [Unix s]."""

    def __init__(self, house: House, installed_at: int) -> None:
        self._house = house
        self._zero = month_start(month_of(installed_at) - 1)

    def at(self, instants: Sequence[int]) -> Mapping[str, Sequence[int]]:
        """Return what each counter shows [Wh] at ascending instants [Unix s]; inside a quarter power is constant.

        Raises:
            ValueError: an instant is before the counters began.
        """
        if instants[0] < self._zero:
            raise ValueError(f"the counters began at {self._zero}, after {instants[0]}")
        end = instants[-1] // QUARTER_S * QUARTER_S + QUARTER_S
        series = self._house.meter(self._zero, end, QUARTER_S)
        flows = (series.import_wh, series.export_wh, series.generation_wh, series.charge_wh, series.discharge_wh)
        shown: dict[str, Sequence[int]] = {}
        for name, flow in zip(COUNTERS, flows, strict=True):
            before = [0, *flow.cumsum().tolist()]
            shown[name] = [self._between(before, instant) for instant in instants]
        return shown

    def _between(self, before: Sequence[int], instant: int) -> int:
        quarter, seconds = divmod(instant - self._zero, QUARTER_S)
        return before[quarter] + (before[quarter + 1] - before[quarter]) * seconds // QUARTER_S
