"""The flexible devices of a scenario's members, and what they really could have reduced or shifted.

The devices are those that `appliances.py` runs inside a simulated load, at the member's scale and as many days later
as its load; a member with a measured load has them as declared, beside its meter. By their class, thermostatic ones
are reduced and movable ones shifted, in every hour; others are left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from ..common.forecasting.flexibility.devices import MINUTES_AN_HOUR, DeviceState, FlexibleDevice, HourPlan
from ..common.forecasting.flexibility.runs import by_hour
from ..common.forecasting.forecast import Horizon
from ..common.forecasting.series import HOURS_A_DAY, Calendar, Floats
from ..common.periods import HOUR_S
from .appliances import device_runs, run_energy
from .profiles import Household, away_days
from .scenario_types import Device, Member, Scenario
from .wall_clock import QUARTER_S, QUARTERS_A_DAY, Integers

_QUARTERS_AN_HOUR: Final = 4
_LONGEST_INTERRUPTION_S: Final = 3_600


def devices_of(member: Member, scenario: Scenario) -> tuple[FlexibleDevice, ...]:
    """Return the devices of a scenario's member, in its order; the second of a name is called `NAME 2`."""
    names: list[str] = []
    for name in member.flexible:
        before = sum(earlier == name for earlier in member.flexible[: len(names)])
        names.append(f"{name} {before + 1}" if before else name)
    return tuple(
        _declared(name, scenario.devices[kind], member) for name, kind in zip(names, member.flexible, strict=True)
    )


def states_of(scenario: Scenario, member: Member, at: int) -> tuple[DeviceState, ...]:
    """Return how a member's devices are at an instant [Unix s]: whether they run, and what they draw."""
    past = at % HOUR_S
    hours = Calendar(scenario.time_zone).hours(at - past, 1)
    day = int(hours.day[0])
    quarter = int(hours.hour[0]) * _QUARTERS_AN_HOUR + past * _QUARTERS_AN_HOUR // HOUR_S
    states = []
    for number in range(len(member.flexible)):
        days = _days(scenario, member, number, day, day)
        energy = sum(
            float(days[on].quarters_wh[quarter + (day - on) * QUARTERS_A_DAY]) for on in (day, day - 1) if on in days
        )
        states.append(DeviceState(on=energy > 0, power_w=energy * _QUARTERS_AN_HOUR))
    return tuple(states)


def use_of_devices(scenario: Scenario, member: Member, first: int, hours: int) -> tuple[Floats, ...]:
    """Return what each of a member's devices used [Wh], shape (hours,) each, from `first` [Unix s] on."""
    return tuple(_by_hour(scenario, member, number, first, hours, _used) for number in range(len(member.flexible)))


def true_flexibility(
    scenario: Scenario, member: Member, first: int, hours: int, horizon: Horizon = Horizon.DAY_AHEAD
) -> tuple[Floats, Floats]:
    """Return what a member's devices could have reduced and shifted [Wh], shape (hours,) each.

    By the definition of `common.forecasting.flexibility`, from the real runs and their quarters, by trying every
    quarter to which a run could have been moved.

    Args:
        scenario: the community.
        member: one of its members.
        first: start of the first hour [Unix s].
        hours: how many.
        horizon: a day ahead every run is still to come; an hour ahead, at the start of each hour, none can be moved to
            before it, and one that has begun can only be paused.
    """
    reduction, shifting = np.zeros(hours), np.zeros(hours)
    rule = _movable if horizon is Horizon.DAY_AHEAD else _movable_now
    for number, device in enumerate(devices_of(member, scenario)):
        if device.plan[0] is HourPlan.REDUCE:
            use = _by_hour(scenario, member, number, first, hours, _used)
            reduction += np.minimum(use, device.power_w * device.held_minutes / MINUTES_AN_HOUR)
        elif device.plan[0] is HourPlan.SHIFT:
            shifting += _by_hour(scenario, member, number, first, hours, rule)
    return reduction, shifting


@dataclass(frozen=True, slots=True)
class _Run:
    """A run as it was: the quarters it lay in, from midnight of the day on which its window begins."""

    device: Device
    quarters: Integers
    energy_wh: Floats

    @property
    def quarters_wh(self) -> Floats:
        """Return its use in the quarters of two days [Wh], shape (192,)."""
        return np.bincount(self.quarters, self.energy_wh, 2 * QUARTERS_A_DAY)

    def at(self, quarters: Integers) -> Floats:
        """Return its use in the hours of two days [Wh], were it at these quarters, shape (48,)."""
        return np.bincount(quarters // _QUARTERS_AN_HOUR, self.energy_wh, 2 * HOURS_A_DAY)


def _used(run: _Run) -> Floats:
    return run.at(run.quarters)


def _movable(run: _Run) -> Floats:
    """Return what the run would not use in each hour if it were at the best other time for that hour, (48,)."""
    least = np.min([run.at(run.quarters + by) for by in range(*_reach(run))], axis=0)
    return _used(run) - np.asarray(least)


def _movable_now(run: _Run) -> Floats:
    """Return the same as known at the start of each hour."""
    earliest, latest = _reach(run)
    movable = np.zeros(2 * HOURS_A_DAY)
    use = _used(run)
    for hour in np.flatnonzero(use).tolist():
        now = hour * _QUARTERS_AN_HOUR
        if run.quarters[0] >= now:
            moves = range(max(earliest, now - int(run.quarters[0])), latest)
        else:
            moves = range(min(latest, _LONGEST_INTERRUPTION_S // QUARTER_S + 1))
        left = run.quarters >= now
        moved = [_in_hour(run.quarters[left] + by, run.energy_wh[left], hour) for by in moves]
        movable[hour] = use[hour] - min(moved)
    return movable


def _in_hour(quarters: Integers, energy_wh: Floats, hour: int) -> float:
    return float(energy_wh[quarters // _QUARTERS_AN_HOUR == hour].sum())


def _reach(run: _Run) -> tuple[int, int]:
    """Return by how many quarters a run may be moved, first and last + 1, inside its window and its shift hours."""
    device, reach = run.device, run.device.shift_h * _QUARTERS_AN_HOUR
    start = device.window_start_minute // (QUARTER_S // 60)
    end = start + device.window_minutes // (QUARTER_S // 60)
    return max(-reach, start - int(run.quarters[0])), min(reach, end - 1 - int(run.quarters[-1])) + 1


def _by_hour(
    scenario: Scenario, member: Member, number: int, first: int, hours: int, rule: Callable[[_Run], Floats]
) -> Floats:
    """Return a rule's energy of one device in the hours of the clock on the wall [Wh], shape (hours,)."""
    clock = Calendar(scenario.time_zone).hours(first, hours)
    if not hours:
        return np.zeros(0)
    runs = _days(scenario, member, number, int(clock.day[0]), int(clock.day[-1]))
    return by_hour({day: rule(run) for day, run in runs.items()}, clock)


def _days(scenario: Scenario, member: Member, number: int, first: int, last: int) -> dict[int, _Run]:
    """Return the runs of one device that began on local days (ordinals) from the day before `first` to `last`."""
    household = Household(scenario.seed, member.row, member.kind, 0, ())
    device, shift = scenario.devices[member.flexible[number]], member.shift_days
    energy = run_energy(device) * (member.scale_permille / 1_000)
    found = {}
    for day in range(first - 1 - shift, last + 1 - shift):
        monday = date.fromordinal(day - (day - 1) % 7)
        quarters = _runs_of_year(household, number, device, monday.year).get(day)
        if quarters is not None:
            found[day + shift] = _Run(device, quarters, energy)
    return found


@lru_cache(maxsize=512)
def _runs_of_year(household: Household, number: int, device: Device, year: int) -> dict[int, Integers]:
    """Return the runs of the weeks that begin in a year while the people are at home: quarters by day (ordinal)."""
    away = away_days(household, year) | away_days(household, year + 1)
    runs = device_runs(household.seed, household.row, number, device, year)
    return {day: quarters for day, quarters in runs if day not in away}


def _declared(name: str, device: Device, member: Member) -> FlexibleDevice:
    """Return a scenario's device as the people of a member would declare it, at their scale."""
    plan = HourPlan.SHIFT if device.shift_h else HourPlan.NONE
    if device.comfort_k is not None:
        plan = HourPlan.REDUCE
    return FlexibleDevice(
        name=name,
        power_w=round(device.power_w * member.scale_permille / 1_000),
        run_wh=round(device.energy_wh * member.scale_permille / 1_000),
        runs_a_week=device.runs,
        window_start_minute=device.window_start_minute,
        window_end_minute=device.window_end_minute,
        shift_hours=device.shift_h,
        comfort_k=device.comfort_k,
        plan=(plan,) * HOURS_A_DAY,
        longest_interruption_s=_LONGEST_INTERRUPTION_S,
    )
