"""Forecasts of devices of which nothing but their people's word is known: the same every week."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ..series import Calendar, Floats, LocalHours
from .devices import DeviceState, FlexibleDevice
from .habits import WEEKDAYS, kinds_of
from .state import Issue

UNKNOWN: Final = DeviceState()

type Band = tuple[Floats, Floats, Floats, Floats]
"""Mean, P10, P50 and P90 [Wh], shape (h,) each."""


class DeclaredBands:
    """Keeps bands of a week's days, while none of the devices has a meter of its own or says how it is."""

    def __init__(self) -> None:
        self._of: tuple[tuple[FlexibleDevice, ...], Calendar] | None = None
        self._bands: dict[tuple[float, bytes, bytes, bytes], tuple[Band, ...]] = {}

    def bands(
        self,
        devices: Sequence[FlexibleDevice],
        calendar: Calendar,
        clock: LocalHours,
        issue: Issue,
        work_out: Callable[[], tuple[Band, ...]],
    ) -> tuple[Band, ...]:
        """Return what `work_out` does, or did for hours that show the same by the clock, as seen from the issue."""
        if not clock.day.size or any(each.use_wh is not None or each.state != UNKNOWN for each in devices):
            return work_out()
        of = tuple(devices), calendar
        if of != self._of:
            self._of, self._bands = of, {}
        since = clock.day - issue.day
        kinds = kinds_of(issue.day + np.arange(-1, int(since[-1]) + 1), calendar)
        key = issue.minute, since.tobytes(), clock.hour.tobytes(), kinds.tobytes()
        if key not in self._bands:
            if len(self._bands) >= WEEKDAYS:
                self._bands.clear()
            self._bands[key] = work_out()
        return tuple(
            (mean.copy(), low.copy(), middle.copy(), high.copy()) for mean, low, middle, high in self._bands[key]
        )
