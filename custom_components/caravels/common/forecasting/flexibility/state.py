"""The run-day that an instant falls into: what a device's own meter has seen of it, and how the device is now."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...periods import HOUR_S
from ..series import Calendar, Floats
from .devices import MINUTES_A_DAY, MINUTES_AN_HOUR, FlexibleDevice
from .habits import RunHabits, kinds_of
from .meter import STANDBY_MINUTES, own_meter
from .runs import Runs, planned_runs, runs_seen_from

_LAST_MINUTES: Final = 10.0
"""What is left of a run that has used what its runs use and goes on all the same."""
_LEAST_INTENSITY: Final = 0.05


@dataclass(frozen=True, slots=True)
class Issue:
    """An instant by the clock on the wall.

    Attributes:
        instant: of it [Unix s].
        midnight: when its day began [Unix s].
        day: its day (ordinal), or another one to count from.
        minute: from midnight of that day [min].
    """

    instant: int
    midnight: int
    day: int
    minute: float

    def in_window_of(self, device: FlexibleDevice) -> Issue:
        """Return the same instant, counted from the day on which the device's last window began."""
        if self.minute >= device.window_start_minute:
            return self
        return replace(self, day=self.day - 1, minute=self.minute + MINUTES_A_DAY)


def issue_at(calendar: Calendar, instant: int, grid: int) -> Issue:
    """Return what the clock shows at an instant [Unix s]; `grid` [Unix s] is any full hour of the local clock."""
    past = (instant - grid) % HOUR_S
    back = 25
    hours = calendar.hours(instant - past - back * HOUR_S, back + 1)
    of_today = int((hours.day == hours.day[-1]).sum())
    minute = float(hours.hour[-1]) * MINUTES_AN_HOUR + past / 60
    return Issue(instant, instant - past - (of_today - 1) * HOUR_S, int(hours.day[-1]), minute)


def runs_of_day(device: FlexibleDevice, calendar: Calendar, habits: RunHabits, now: Issue) -> tuple[Runs, Floats]:
    """Return the runs of the day that an instant falls into, and how often each is to be expected, (k,) each.

    Its own meter rules out what it would have seen, and shows a run that is under way or over. The device's state,
    where it is known, says whether one is under way; the rest follows by Bayes' rule. Nothing starts in the past.

    Args:
        device: as it is now.
        calendar: of its home.
        habits: when it runs.
        now: the instant, counted from the day on which its last window began.
    """
    starts, length = habits.starts, habits.length
    expected = habits.expected[int(kinds_of(np.array([now.day]), calendar)[0])]
    on, metered = is_on(device), _metered(device, now)
    if metered is not None:
        seen_until, used = metered.until, float(metered.minutes.sum())
        if used == 0:
            expected = _without(expected, starts < seen_until - STANDBY_MINUTES)
        elif metered.minutes[-1] > 0 and (used < length - STANDBY_MINUTES or on):
            length = max(length, used + _LAST_MINUTES)
            starts, expected = np.array([seen_until - used]), np.ones(1)
        else:
            more = max(float(expected.sum()) - 1, 0.0) / max(float(expected.sum()), 1.0)
            expected = np.where(starts < seen_until, 0.0, expected * more)
    covers = (starts < now.minute) & (now.minute <= starts + length)
    if on:
        return _under_way(device, starts, length, expected * covers, now)
    if on is False:
        expected = _without(expected, covers)
    runs = planned_runs(device, starts, np.full(starts.size, length))
    return runs_seen_from(device, runs, now.minute), expected


def _under_way(
    device: FlexibleDevice, starts: Floats, length: float, likely: Floats, now: Issue
) -> tuple[Runs, Floats]:
    """Return the run that a device is in, as one of several or as one that is known."""
    state, full = device.state, float(device.power_w)
    intensity = 1.0 if state.power_w is None else min(max(state.power_w / full, _LEAST_INTENSITY), 1.0)
    if state.run_left_wh is not None:
        left = np.array([max(state.run_left_wh, 0.0) * MINUTES_AN_HOUR / full])
        starts, likely = np.array([now.minute]), np.ones(1)
    elif likely.sum() > 0:
        left = starts + length - now.minute
    else:  # it runs when it never did: halfway, for all that is known
        left = np.array([length / 2])
        starts, likely = np.array([now.minute]), np.ones(1)
    left = np.maximum(left, 0.0) / intensity
    begun = np.minimum(starts, now.minute - 1 / MINUTES_AN_HOUR)
    runs = planned_runs(device, begun, now.minute - begun + left)
    return replace(runs_seen_from(device, runs, now.minute), intensity=intensity), likely / likely.sum()


def is_on(device: FlexibleDevice) -> bool | None:
    """Return whether it runs, where that is known: it says so, or by what it draws."""
    state = device.state
    if state.on is not None or state.power_w is None:
        return state.on
    return state.power_w > _LEAST_INTENSITY * device.power_w


def _without(expected: Floats, excluded: NDArray[np.bool_]) -> Floats:
    """Return what to expect once some runs are ruled out: the others become likelier, and none too."""
    out = float(expected[excluded].sum())
    return np.where(excluded, 0.0, expected / max(1.0 - out, float(expected.sum()) - out, 1e-9))


@dataclass(frozen=True, slots=True)
class _Metered:
    minutes: Floats
    """Use of each hour since the window began [minutes at full power], standby left out; at least one."""
    until: float
    """End of the last hour [min of the run-day]."""


def _metered(device: FlexibleDevice, now: Issue) -> _Metered | None:
    """Return what its own meter shows of this window; None unless it is up to date."""
    hours = int(now.minute - device.window_start_minute) // MINUTES_AN_HOUR
    if device.use_wh is None or not hours:
        return None
    past = (now.instant - device.use_first) % HOUR_S
    end = now.instant - past
    seen = own_meter(device, end - hours * HOUR_S, end).wh
    if seen.size < hours or np.isnan(seen).any():
        return None
    return _Metered(np.where(seen > STANDBY_MINUTES, seen, 0.0), now.minute - past / 60)
