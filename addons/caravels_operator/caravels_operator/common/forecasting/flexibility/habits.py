"""When a device runs: as declared, and as its own meter saw it in the last weeks, by weekday and time of day.

What was seen and what was declared are weighed as counts of days (a Dirichlet prior): the declared profile counts as
a week, the habits of all days as two weeks for each weekday. Public holidays count as Sundays.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Final

import numpy as np

from ...periods import DAY_S
from ..series import HOURS_A_DAY, Calendar, Floats, Integers
from .devices import MINUTES_A_DAY, FlexibleDevice
from .meter import known_days, own_meter, seen_runs
from .runs import LATTICE, hours_of_window, on_lattice

WEEKDAYS: Final = 7
RUN_DAYS: Final = 56
"""Days of its meter from which runs are learnt."""
CYCLE_DAYS: Final = 28
"""Days of its meter from which the use of what cycles is learnt: it follows the seasons."""
_SUNDAY: Final = 6
_QUARTER: Final = 15
_DECLARED_DAYS: Final = 7.0
_COMMON_DAYS: Final = 14.0
_DECLARED_RUNS: Final = 3.0
_SMEAR_MINUTES: Final = 45.0


@dataclass(frozen=True, slots=True)
class RunHabits:
    """Runs that may be on a day: where they could start, their length [min], and how often each is to be expected.

    Attributes:
        starts: from midnight of the day on which the window begins [min], shape (k,).
        length: of a run [min].
        expected: runs a day by weekday and start, shape (7, k).
        days: days of its meter that this rests on.
    """

    starts: Floats
    length: float
    expected: Floats
    days: int


@dataclass(frozen=True, slots=True)
class CyclingHabits:
    """Use in an hour of what cycles: probabilities on the lattice by weekday and hour, shape (7, 24, 13)."""

    use: Floats
    days: int


def kinds_of(days: Integers, calendar: Calendar) -> Integers:
    """Return the weekday of days (ordinals), 0 is Monday; a public holiday is a Sunday."""
    holidays = [holiday.toordinal() for holiday in calendar.holidays]
    return np.where(np.isin(days, holidays), _SUNDAY, (days - 1) % WEEKDAYS) if holidays else (days - 1) % WEEKDAYS


def run_habits(device: FlexibleDevice, calendar: Calendar, until: int) -> RunHabits:
    """Return when a device that runs in one piece does so, as known at an instant [Unix s]."""
    meter = own_meter(device, until - RUN_DAYS * DAY_S, until)
    days = known_days(device, calendar, meter)
    seen = seen_runs(device, calendar, meter)
    kept = np.isin(seen.days, days)
    lengths = seen.lengths[kept]
    length = float(_DECLARED_RUNS * device.run_minutes + lengths.sum()) / (_DECLARED_RUNS + lengths.size)
    length = min(length, float(device.window_minutes))
    starts, declared = _declared_starts(device, length)
    if not days.size:
        return RunHabits(starts, length, np.tile(declared, (WEEKDAYS, 1)), 0)
    smear = np.maximum(
        1.0 - np.abs(np.clip(seen.starts[kept], starts[0], starts[-1])[:, None] - starts) / _SMEAR_MINUTES, 0.0
    )
    smear /= smear.sum(axis=1, keepdims=True)
    of_day, of_run = kinds_of(days, calendar), kinds_of(seen.days[kept], calendar)
    common = (_DECLARED_DAYS * declared + smear.sum(axis=0)) / (_DECLARED_DAYS + days.size)
    runs = (of_run == np.arange(WEEKDAYS)[:, None]).astype(np.float64) @ smear
    count = np.bincount(of_day, minlength=WEEKDAYS)[:, None]
    return RunHabits(starts, length, (_COMMON_DAYS * common + runs) / (_COMMON_DAYS + count), days.size)


def cycling_habits(device: FlexibleDevice, calendar: Calendar, until: int) -> CyclingHabits:
    """Return how much a thermostatic device uses in the hours of the day, as known at an instant [Unix s]."""
    meter = own_meter(device, until - CYCLE_DAYS * DAY_S, until)
    declared = _declared_cycling(
        device.run_minutes, device.runs_a_week, device.window_start_minute, device.window_minutes
    )
    hours = calendar.hours(meter.first, meter.wh.size)
    if not meter.wh.size:
        return CyclingHabits(np.tile(declared, (WEEKDAYS, 1, 1)), 0)
    grid = np.full((int(hours.day[-1] - hours.day[0]) + 1, HOURS_A_DAY), np.nan)
    grid[hours.day - hours.day[0], hours.hour] = meter.wh
    whole = ~np.isnan(grid).any(axis=1)
    seen, kinds = on_lattice(grid[whole]), kinds_of(np.flatnonzero(whole) + hours.day[0], calendar)
    common = (_DECLARED_DAYS * declared + seen.sum(axis=0)) / (_DECLARED_DAYS + len(seen))
    own = np.stack([seen[kinds == kind].sum(axis=0) for kind in range(WEEKDAYS)])
    count = np.bincount(kinds, minlength=WEEKDAYS)[:, None, None]
    return CyclingHabits((_COMMON_DAYS * common + own) / (_COMMON_DAYS + count), len(seen))


def _declared_starts(device: FlexibleDevice, length: float) -> tuple[Floats, Floats]:
    """Return where a run could start, every quarter of an hour [min], and how many runs a day to expect of each.

    Anywhere in its window alike; in a window over midnight the sooner the likelier (falling to 0 at its end): what
    charges overnight is plugged in on arrival.
    """
    count = int((device.window_minutes - length) // _QUARTER) + 1
    places = np.arange(count)
    overnight = device.window_start_minute + device.window_minutes > MINUTES_A_DAY
    weights = count - places - 0.5 if overnight else np.ones(count)
    starts = np.asarray(device.window_start_minute + float(_QUARTER) * places, np.float64)
    return starts, np.asarray(weights / weights.sum() * (device.runs_a_week / WEEKDAYS))


@lru_cache(maxsize=256)
def _declared_cycling(run: float, runs_a_week: int, window_start: int, window: int) -> Floats:
    """Return the use of an hour of the day on the lattice, shape (24, 13): on or off in each quarter by itself.

    Args:
        run: how long it runs on a day [min].
        runs_a_week: on how many days.
        window_start, window: start and length of its window [min].
    """
    duty, rate = run / window, min(runs_a_week / WEEKDAYS, 1.0)
    use = np.zeros((HOURS_A_DAY, LATTICE))
    for hour, minutes in enumerate(hours_of_window(window_start, window)):
        slots = max(round(minutes / _QUARTER), 1)
        on = np.arange(slots + 1)
        chance = np.array([comb(slots, k) * duty**k * (1 - duty) ** (slots - k) for k in on])
        use[hour] = rate * (chance @ on_lattice(on * minutes / slots))
        use[hour, 0] += 1 - rate
    use.flags.writeable = False
    return use
