"""What six forecasts need of a member's memory: beside numpy, and what is kept between the hours.

Every hour one more hour is known, and a home's agent asks for two hours ahead and for the rest of today and tomorrow:
consumption, generation, and flexibility in its two parts. Models run on numpy, as in a Home Assistant without
onnxruntime. Nothing but numpy is loaded before, so that what forecasts need is seen.
"""

import gc
import importlib
import json
import pickle
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

HOURS: Final = 24
HISTORY_S: Final = 350 * 86_400
"""A year nearly: the hours that follow it are what is forecast."""


def measure(home: bytes, hours: tuple[int, int], loaded: tuple[str, ...]) -> dict[str, float]:
    """Return what it needs, by key: `mb_beyond_numpy` is the largest memory above that of a process with numpy, the
    home's data included; `state_kb` what the forecasters keep beside the data that they were given.

    Args:
        home: consumption, generation, devices, calendar and place of a home, pickled.
        hours: how many are asked for, hour-ahead and day-ahead.
        loaded: modules that a home's process has anyway, loaded before.
    """
    for module in loaded:
        importlib.import_module(module)
    np.linalg.solve(np.eye(64), np.ones((64, 64)) @ np.ones(64))  # numpy's own workspace is numpy's
    before = _peak_kb()
    load, pv, devices, calendar, site = pickle.loads(home)
    start = load.first + HISTORY_S
    six = _Six(calendar, site, hours)
    for now in range(start, start + HOURS * 3_600, 3_600):
        six.make(load.until(now), pv.until(now), [_until(device, now) for device in devices], now)
    grown = _peak_kb() - before
    given = six.models, load, pv, devices, calendar, site
    parts = {f"state_{name}_kb": round(kept_bytes([one], given) / 1_024, 1) for name, one in six.kept.items()}
    return {
        "mb_beyond_numpy": round(grown / 1_024, 2),
        "state_kb": round(kept_bytes(six.kept.values(), given) / 1_024, 1),
        **parts,
    }


class _Six:
    """A member's three forecasters."""

    def __init__(self, calendar: Any, site: Any, hours: tuple[int, int]) -> None:
        # Loaded here: what they need is measured.
        from caravels_operator.common.forecasting.consumption.forecaster import ConsumptionForecaster  # noqa: PLC0415
        from caravels_operator.common.forecasting.flexibility.forecaster import FlexibilityForecaster  # noqa: PLC0415
        from caravels_operator.common.forecasting.generation.forecaster import GenerationForecaster  # noqa: PLC0415
        from caravels_operator.common.forecasting.onnx import read_numpy  # noqa: PLC0415
        from caravels_operator.common.member.bundled import bundled_models  # noqa: PLC0415

        models = bundled_models(read_numpy)
        self._calendar = calendar
        self._hours = hours
        self._consumption = ConsumptionForecaster(models)
        self._generation = GenerationForecaster(site)
        self._flexibility = FlexibilityForecaster()
        self.kept = {
            "consumption": self._consumption,
            "generation": self._generation,
            "flexibility": self._flexibility,
        }
        self.models = tuple(models.values())

    def make(self, load: Any, pv: Any, devices: Any, now: int) -> None:
        """Forecast as a home's agent asks for it."""
        from caravels_operator.common.forecasting.forecast import Horizon  # noqa: PLC0415

        for horizon, hours in ((Horizon.HOUR_AHEAD, self._hours[0]), (Horizon.DAY_AHEAD, self._hours[1])):
            asked = self._calendar, horizon, now, now, hours
            made = self._consumption.forecast(load, *asked), self._generation.forecast(pv, *asked)
            for forecast in (*made, *self._flexibility.forecast(devices, *asked)):
                if not np.isfinite(forecast.mean_wh).all() or forecast.mean_wh.size != hours:
                    raise ValueError(f"the forecast of {forecast.target} is not whole")


def _until(device: Any, now: int) -> Any:
    return replace(device, use_wh=device.use_wh[: (now - device.use_first) // 3_600])


def _peak_kb() -> int:
    """Return the largest memory of this process so far [KB]; getrusage would count its parent's."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])


def kept_bytes(kept: Iterable[object], apart: Iterable[object] = ()) -> int:
    """Return the size of objects and of all that they refer to, each once, without what others refer to [bytes]."""
    seen: set[int] = set()
    _size(apart, seen)
    return _size(kept, seen)


def _size(roots: Iterable[object], seen: set[int]) -> int:
    code = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
    waiting, total = list(roots), 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, code):
            continue
        seen.add(id(each))
        total += each.__sizeof__()
        if isinstance(each, np.ndarray) and isinstance(each.base, np.ndarray):
            waiting.append(each.base)
        waiting += gc.get_referents(each)
    return total


if __name__ == "__main__":
    print(json.dumps(measure(*pickle.load(sys.stdin.buffer))))
