"""How likely how much of a device's use is flexible in each hour, and of all devices together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..forecast import Reason
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, LocalHours
from .devices import MINUTES_A_DAY, MINUTES_AN_HOUR, FlexibleDevice, HourPlan
from .habits import CyclingHabits, RunHabits, cycling_habits, kinds_of, run_habits
from .meter import meter_reasons
from .runs import (
    HOURS_OF_A_RUN,
    LATTICE,
    LATTICE_MINUTES,
    Runs,
    cycling_limit,
    flexible_minutes,
    on_lattice,
    planned_runs,
)
from .state import Issue, is_on, runs_of_day
from .sums import mean_of_sum, quantiles_of_sum

_NOTHING: Final = np.eye(1, LATTICE)
_TABLES_KEPT: Final = 4
"""Of a device whose comfort, and with it how long it may be held back, is another every hour."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """Chances of flexible minutes by weekday in consecutive hours of a run's day, shape (7, h, 13), h at least 1."""

    first: int
    chances: Floats

    def at(self, kind: Integers, hour: Integers) -> Floats:
        """Return the chances in hours of a run's day on such weekdays, shape (m, 13)."""
        place = hour - self.first
        inside = (place >= 0) & (place < self.chances.shape[1])
        return np.where(inside[:, None], self.chances[kind, np.where(inside, place, 0)], _NOTHING)


@dataclass(slots=True)
class LearntDevice:
    """What is worked out of a device from whole days; it holds until the next is over.

    The state of a run-at-once device says whether it runs; of one that cycles its comfort alone counts, for whether it
    is in a pause now says little of its next hour.

    Attributes:
        calendar: of its home.
        habits: when it runs.
        reasons: why its meter shows less than it could.
        usual: chances of flexible minutes by weekday in the hours of a run's day in which there are any, and the first
            of these, by plan and by how long it may be held back [min]; of a device that runs at once.
    """

    calendar: Calendar
    habits: RunHabits | CyclingHabits
    reasons: frozenset[Reason]
    usual: dict[tuple[HourPlan, float], _Usual] = field(default_factory=dict)

    def chances(self, device: FlexibleDevice, plan: HourPlan, clock: LocalHours, issue: Issue) -> Floats:
        """Return the chances of flexible minutes in each hour on the lattice, shape (h, 13), were `plan` everyone's.

        Args:
            device: the device as it is now.
            plan: reduce or shift.
            clock: of the hours.
            issue: what was measured until then is known; not after the hours.
        """
        habits = self.habits
        kind = kinds_of(clock.day, self.calendar)
        if isinstance(habits, CyclingHabits):
            limit = cycling_limit(device, plan)[clock.hour, None]
            held = on_lattice(np.minimum(np.arange(LATTICE) * LATTICE_MINUTES, limit))
            return np.asarray(np.einsum("hu,huf->hf", habits.use[kind, clock.hour], held))
        key = (plan, device.held_minutes)
        if key not in self.usual:
            if len(self.usual) >= _TABLES_KEPT:
                self.usual.clear()
            self.usual[key] = _usual(device, plan, habits)
        usual = self.usual[key]
        own = usual.at(kind, clock.hour)
        before = usual.at(kinds_of(clock.day - 1, self.calendar), clock.hour + HOURS_A_DAY)
        now = issue.in_window_of(device)
        window_end = device.window_start_minute + device.window_minutes
        if clock.day.size and (is_on(device) or _minute_of(clock, now.day) < window_end):
            runs, expected = runs_of_day(device, self.calendar, habits, now)
            today = _of_runs(device, plan, runs, expected[None])[0]
            own = np.where((clock.day == now.day)[:, None], today[clock.hour], own)
            before = np.where((clock.day == now.day + 1)[:, None], today[clock.hour + HOURS_A_DAY], before)
        return _both(own, before)


def _usual(device: FlexibleDevice, plan: HourPlan, habits: RunHabits) -> _Usual:
    """Return the chances of a usual day of each weekday."""
    runs = planned_runs(device, habits.starts, np.full(habits.starts.size, habits.length))
    chances = _of_runs(device, plan, runs, habits.expected)
    some = np.flatnonzero((chances[..., 0] < 1.0).any(axis=0))
    first, end = (int(some[0]), int(some[-1]) + 1) if some.size else (0, 1)
    return _Usual(first, chances[:, first:end].copy())


def learn(device: FlexibleDevice, calendar: Calendar, midnight: int) -> LearntDevice:
    """Return what is known of a device from before a midnight [Unix s]; its state does not count."""
    learn_habits = run_habits if device.comfort_k is None else cycling_habits
    return LearntDevice(calendar, learn_habits(device, calendar, midnight), meter_reasons(device, midnight))


def expected_sums(
    devices: Sequence[FlexibleDevice],
    learnt: Sequence[LearntDevice],
    plan: HourPlan,
    clock: LocalHours,
    issue: Issue,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, P10, P50 and P90 of the sum over devices [Wh], in the hours for which their people plan so."""
    chances, powers = [], []
    for device, entry in zip(devices, learnt, strict=True):
        if plan in device.plan and device.power_w > 0:
            planned = np.array([hour is plan for hour in device.plan])[clock.hour]
            chance = entry.chances(device, plan, clock, issue)
            chances.append(np.where(planned[:, None], chance, _NOTHING))
            powers.append(device.power_w)
    if not chances:
        nothing = np.zeros(clock.hour.size)
        return nothing, nothing, nothing, nothing
    together = np.stack(chances)
    low, median, high = quantiles_of_sum(together, tuple(powers))
    return mean_of_sum(together, tuple(powers)), low, median, high


def _of_runs(device: FlexibleDevice, plan: HourPlan, runs: Runs, expected: Floats) -> Floats:
    """Return the chances of flexible minutes by hour of a run's day, shape (w, 48, 13), of runs expected (w, k).

    The rest of the certainty is on 0; where more than one run is expected in an hour, one is.
    """
    minutes = flexible_minutes(device, plan, runs)
    run, hour = np.nonzero(minutes)
    place = minutes[run, hour] / LATTICE_MINUTES
    low = np.minimum(place.astype(np.int64), LATTICE - 2)
    share, likely = place - low, expected[:, run]
    cells = HOURS_OF_A_RUN * LATTICE
    at = np.arange(len(expected))[:, None] * cells + hour * LATTICE + low
    flat = np.zeros(len(expected) * cells)
    np.add.at(flat, at.ravel(), (likely * (1 - share)).ravel())
    np.add.at(flat, at.ravel() + 1, (likely * share).ravel())
    chances = flat.reshape(len(expected), HOURS_OF_A_RUN, LATTICE)
    chances[..., 0] = 0.0
    chances /= np.maximum(chances.sum(axis=2, keepdims=True), 1.0)
    chances[..., 0] = 1.0 - chances.sum(axis=2)
    return np.asarray(chances)


def _minute_of(clock: LocalHours, day: int) -> int:
    """Return the minute at which hours begin, from midnight of a day (ordinal)."""
    return (int(clock.day[0]) - day) * MINUTES_A_DAY + int(clock.hour[0]) * MINUTES_AN_HOUR


def _both(own: Floats, before: Floats) -> Floats:
    """Return the chances of the sum of two: the run of a day and the one of the day before, an hour's at most."""
    chances = np.where((before[:, 0] < 1.0)[:, None], before, own)
    for hour in np.flatnonzero((own[:, 0] < 1.0) & (before[:, 0] < 1.0)):
        total = np.convolve(own[hour], before[hour])
        chances[hour] = total[:LATTICE]
        chances[hour, -1] += total[LATTICE:].sum()
    return chances
