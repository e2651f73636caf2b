"""Flexible devices as their people declare them: what flexibility is forecast from (engines C.2)."""

from dataclasses import dataclass, field
from enum import StrEnum

from .series import HOURS_A_DAY


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
    """

    on: bool | None = None
    power_w: float | None = None
    comfort_left_k: float | None = None


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
        comfort_k: by how much the temperature may drift meanwhile [K]; None: it is not thermostatic.
        plan: what people allow in each hour of the local day, 24 values.
        longest_interruption_s: for how long it may be held back at once [s].
        use_wh: its measured use of the last hours, hour by hour, where it has a meter of its own; else None.
        use_first: start of the first of those hours [Unix s].
        state: how it is now.
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
