"""Flexible devices as their people declare them: what flexibility is forecast from (engines C.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..series import HOURS_A_DAY

MINUTES_AN_HOUR: Final = 60
MINUTES_A_DAY: Final = 1_440
DRIFT_K_AN_HOUR: Final = 1.0
"""A room without its heating or cooling [K an hour]: 15 K from outside, and a time constant of 15 hours (choice)."""


class HourPlan(StrEnum):
    """What people allow in one hour of the day."""

    NONE = "none"
    REDUCE = "reduce"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class DeviceState:
    """How a device is now, as far as it is known; None where it is not.

    Attributes:
        on: whether it runs.
        power_w: what it draws [W].
        comfort_left_k: how far its room may still drift before its people mind [K]; of thermostatic devices.
        run_left_wh: what is left of the run that it is in [Wh].
    """

    on: bool | None = None
    power_w: float | None = None
    comfort_left_k: float | None = None
    run_left_wh: float | None = None


@dataclass(frozen=True, slots=True)
class FlexibleDevice:
    """A device whose use may be reduced or moved.

    Attributes:
        name: within its home.
        power_w: what it draws while it runs [W].
        run_wh: energy of a run, or of a day where it cycles [Wh].
        runs_a_week: how often it runs (7: every day).
        window_start_minute, window_end_minute: the part of the local day in which it runs [min]; an end that is not
            after its start lies on the day after.
        shift_hours: by how many hours a run may be moved at most; 0: not at all.
        comfort_k: by how much the temperature may drift meanwhile [K]; None: it is not thermostatic. A thermostatic
            device cycles inside its window instead of running once.
        plan: what people allow in each hour of the local day, 24 values.
        longest_interruption_s: for how long it may be held back at once [s].
        use_wh: its measured use of the last hours, hour by hour, where it has a meter of its own; else None.
        use_first: start of the first of those hours [Unix s].
        state: how it is now.
        drift_k_an_hour: by how much its temperature drifts in an hour without it [K]; of thermostatic devices.
    """

    name: str
    power_w: int
    run_wh: int
    runs_a_week: int
    window_start_minute: int
    window_end_minute: int
    shift_hours: int
    comfort_k: float | None
    plan: tuple[HourPlan, ...] = (HourPlan.REDUCE,) * HOURS_A_DAY
    longest_interruption_s: int = 3_600
    use_wh: tuple[float, ...] | None = None
    use_first: int = 0
    state: DeviceState = field(default_factory=DeviceState)
    drift_k_an_hour: float = DRIFT_K_AN_HOUR

    @property
    def window_minutes(self) -> int:
        """Length of the window [min], 1 to 1440."""
        return (self.window_end_minute - self.window_start_minute - 1) % MINUTES_A_DAY + 1

    @property
    def run_minutes(self) -> float:
        """Length of a run at full power, or of all runs of a day where it cycles [min], at most the window."""
        return min(self.run_wh * MINUTES_AN_HOUR / max(self.power_w, 1), float(self.window_minutes))

    @property
    def held_minutes(self) -> float:
        """For how long of an hour it may be held back [min]: its longest interruption, and its people's comfort."""
        longest = min(self.longest_interruption_s / 60, float(MINUTES_AN_HOUR))
        if self.comfort_k is None or self.drift_k_an_hour <= 0:
            return longest
        left = self.comfort_k if self.state.comfort_left_k is None else self.state.comfort_left_k
        return min(longest, max(left, 0.0) / self.drift_k_an_hour * MINUTES_AN_HOUR)


class DeviceRefused(ValueError):
    """A declared device cannot be used.

    Attributes:
        key: which of its values.
        code: why: `missing`, `unknown`, `type`, `range`, or `window` (a run does not fit into it at this power).
    """

    def __init__(self, key: str, code: str, name: object = None) -> None:
        super().__init__(
            f"device {name!r}: {key} is refused ({code})" if name else f"device: {key} is refused ({code})"
        )
        self.key = key
        self.code = code


NAME_LENGTH: Final = 64
DECLARED: Final[Mapping[str, tuple[type, float, float]]] = {
    "power_w": (int, 1, 1_000_000),
    "run_wh": (int, 1, 10_000_000),
    "runs_a_week": (int, 0, 7),
    "window_start_minute": (int, 0, MINUTES_A_DAY - 1),
    "window_end_minute": (int, 0, MINUTES_A_DAY),
    "shift_hours": (int, 0, HOURS_A_DAY),
    "comfort_k": (float, 0, 20),
    "longest_interruption_s": (int, 0, 86_400),
    "drift_k_an_hour": (float, 0.01, 50),
}
"""What people declare of a device besides its name and plan: type, least and most."""
_OPTIONAL: Final = {"comfort_k", "plan", "longest_interruption_s", "drift_k_an_hour"}


def device_to_dict(device: FlexibleDevice) -> dict[str, object]:
    """Return what was declared of a device as JSON can hold it: not its measured use, nor its state."""
    return {
        "name": device.name,
        "plan": [hour.value for hour in device.plan],
        **{key: getattr(device, key) for key in DECLARED},
    }


def device_from_dict(values: Mapping[str, object]) -> FlexibleDevice:
    """Return a device from what `device_to_dict` gave, or a form: whole numbers may come as 4.0, defaults be left out.

    Raises:
        DeviceRefused: naming the first wrong value and why.
    """
    name = values.get("name")
    for key in ("name", *DECLARED, "plan"):
        if key not in values and key not in _OPTIONAL:
            raise DeviceRefused(key, "missing", name)
    for key in values:
        if key not in DECLARED and key not in {"name", "plan"}:
            raise DeviceRefused(str(key), "unknown", name)
    if not isinstance(name, str):
        raise DeviceRefused("name", "type")
    if not name.strip() or len(name) > NAME_LENGTH:
        raise DeviceRefused("name", "range", name)
    numbers = {
        key: _number(key, values[key], name)
        for key in DECLARED
        if key in values and not (key == "comfort_k" and values[key] is None)
    }
    plan = {"plan": _plan(values["plan"], name)} if "plan" in values else {}
    device = FlexibleDevice(**{"name": name, "comfort_k": None, **numbers, **plan})  # type: ignore[arg-type]  # checked by the table
    if device.run_wh * MINUTES_AN_HOUR > device.power_w * device.window_minutes:
        raise DeviceRefused("run_wh", "window", name)
    return device


def _number(key: str, value: object, name: str) -> float:
    kind, least, most = DECLARED[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DeviceRefused(key, "type", name)
    if not least <= value <= most:  # nan is not either
        raise DeviceRefused(key, "range", name)
    if kind is int and value != int(value):
        raise DeviceRefused(key, "type", name)
    return kind(value)  # type: ignore[no-any-return]  # int or float


def _plan(value: object, name: str) -> tuple[HourPlan, ...]:
    if not isinstance(value, list | tuple) or any(not isinstance(hour, str) for hour in value):
        raise DeviceRefused("plan", "type", name)
    if len(value) != HOURS_A_DAY or any(hour not in set(HourPlan) for hour in value):
        raise DeviceRefused("plan", "range", name)
    return tuple(HourPlan(hour) for hour in value)
