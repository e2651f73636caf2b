"""Runs of a device and what each leaves free: which of its minutes could be held back, or used in another hour.

All times are minutes of the clock on the wall, counted from midnight of the day to which a run belongs: the day on
which its window begins. A window is at most a day long and begins on that day, so a run ends within 48 hours; where
clocks change, the hour that is missing is missing and the hour that comes twice shows the same twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..series import HOURS_A_DAY, Floats, LocalHours
from .devices import MINUTES_AN_HOUR, FlexibleDevice, HourPlan

HOURS_OF_A_RUN: Final = 48
LATTICE: Final = 13
"""Use in an hour is told in twelfths of full power: 0 to 12."""
LATTICE_MINUTES: Final = MINUTES_AN_HOUR / (LATTICE - 1)
_HOUR_STARTS: Final = np.arange(HOURS_OF_A_RUN) * float(MINUTES_AN_HOUR)


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs that may be or were, shape (k,) each [min].

    Attributes:
        starts, lengths: of each run.
        earliest, latest: between which its start could lie instead.
        intensity: share of full power that it draws.
    """

    starts: Floats
    lengths: Floats
    earliest: Floats
    latest: Floats
    intensity: float = 1.0


def planned_runs(device: FlexibleDevice, starts: Floats, lengths: Floats) -> Runs:
    """Return runs that are still to come: each may start anywhere in its window and within the device's reach."""
    reach = float(device.shift_hours * MINUTES_AN_HOUR)
    window_start = float(device.window_start_minute)
    window_end = window_start + device.window_minutes
    earliest = np.minimum(np.maximum(window_start, starts - reach), starts)
    latest = np.maximum(np.minimum(window_end - lengths, starts + reach), starts)
    return Runs(starts, lengths, earliest, latest)


def runs_seen_from(device: FlexibleDevice, runs: Runs, now: float) -> Runs:
    """Return what is left of runs at an instant [min], as far as nothing starts in the past.

    A run to come cannot be moved to before now. One under way is what remains of it, which may be held back once, by
    the device's longest interruption at most, if it still ends inside the window and within the device's reach.
    """
    ends = runs.starts + runs.lengths
    begun = runs.starts < now
    left = np.where(begun, np.maximum(ends - now, 0.0), runs.lengths)
    starts = np.where(begun, now, runs.starts)
    pause = now + device.longest_interruption_s / 60
    window_end = float(device.window_start_minute + device.window_minutes)
    paused = np.minimum(np.minimum(pause, window_end - left), runs.starts + device.shift_hours * MINUTES_AN_HOUR)
    latest = np.where(begun, np.maximum(paused, now), runs.latest)
    return Runs(starts, left, np.maximum(runs.earliest, now), latest, runs.intensity)


def minutes_in_hours(starts: Floats, lengths: Floats) -> Floats:
    """Return how long each run lasts in each hour [min], shape (k, 48)."""
    begin = np.maximum(starts[:, None], _HOUR_STARTS)
    end = np.minimum((starts + lengths)[:, None], _HOUR_STARTS + MINUTES_AN_HOUR)
    return np.asarray(np.maximum(end - begin, 0.0))


def flexible_minutes(device: FlexibleDevice, plan: HourPlan, runs: Runs) -> Floats:
    """Return how much of each run in each hour is flexible [minutes at full power], shape (k, 48), 0 to 60.

    Reduction is what runs in the hour, for as long as the device may be held back. Shifting is by how much its use in
    that hour falls when the run starts at the best of its other starts: the time that a run spends in an hour rises
    and then falls with its start, so that the best is the earliest or the latest. Every hour is taken alone.
    """
    use = minutes_in_hours(runs.starts, runs.lengths)
    if plan is HourPlan.REDUCE:
        return np.minimum(use, device.held_minutes) * runs.intensity
    if plan is HourPlan.NONE:
        return np.zeros_like(use)
    moved = np.minimum(minutes_in_hours(runs.earliest, runs.lengths), minutes_in_hours(runs.latest, runs.lengths))
    return np.maximum(use - moved, 0.0) * runs.intensity


def cycling_limit(device: FlexibleDevice, plan: HourPlan) -> Floats:
    """Return how much of a thermostatic device's use in each hour of the day is flexible at most [min], shape (24,).

    Held back, it makes up for it before or after, which counts as shifting where another part of its window lies
    within its reach.
    """
    if plan is HourPlan.NONE:
        return np.zeros(HOURS_A_DAY)
    held = np.full(HOURS_A_DAY, device.held_minutes)
    if plan is HourPlan.REDUCE:
        return held
    window = hours_of_window(device.window_start_minute, device.window_minutes)
    reach = min(device.shift_hours, HOURS_A_DAY - 1)
    apart = np.abs(np.arange(HOURS_A_DAY)[:, None] - np.arange(HOURS_A_DAY))
    near = (np.minimum(apart, HOURS_A_DAY - apart) <= reach) & (apart > 0)
    return np.asarray(np.minimum(held, near @ window))


def hours_of_window(start_minute: int, minutes: int) -> Floats:
    """Return how much of each hour of the day lies in a window of so many minutes [min], shape (24,)."""
    start, length = np.array([float(start_minute)]), np.array([float(minutes)])
    return np.asarray(minutes_in_hours(start, length).reshape(2, HOURS_A_DAY).sum(axis=0))


def on_lattice(minutes: Floats) -> Floats:
    """Return minutes of an hour as weights on the lattice, shape (..., 13), that keep sum and mean."""
    return np.maximum(1.0 - np.abs(minutes[..., None] / LATTICE_MINUTES - np.arange(LATTICE)), 0.0)


def by_hour(tables: dict[int, Floats], hours: LocalHours) -> Floats:
    """Return the use [min] of hours from the runs of each day, (48,) by day's ordinal: its own and the day before's."""
    nothing = np.zeros(HOURS_OF_A_RUN)
    return np.array(
        [
            tables.get(day, nothing)[hour] + tables.get(day - 1, nothing)[hour + HOURS_A_DAY]
            for day, hour in zip(hours.day.tolist(), hours.hour.tolist(), strict=True)
        ]
    )
