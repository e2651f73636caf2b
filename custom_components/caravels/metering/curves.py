"""From what a meter showed at some instants to the energy of periods: pure, exact to the Wh over every day.

Energy of a period is the difference of the register's whole Wh at its end and its start, so that nothing is lost or
doubled between periods, and parts of a meter add up to it (the cumulative rule of `common/quantities`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor
from typing import Final, NamedTuple

from ..common.protocol import Quality

NOISE_WH: Final = 1_000
"""A register that falls by at most this wavers, and is waited for; one that falls by more was changed."""
LONGEST_SILENCE_S: Final = 86_400
"""Counters that are read out from afar may stand still for a day and then rise by all of it."""
FULL: Final = 0.99
"""The part of a period that a power sensor must have covered for its energy to be called measured."""
ENOUGH: Final = 0.5
"""The part above which the rest is taken to be like it, and marked as estimated."""


class Amount(NamedTuple):
    """The energy of a period."""

    wh: int
    quality: Quality


@dataclass(slots=True)
class Amounts:
    """What one source says of periods: amounts by their start [Unix s], and the starts that are not believed."""

    known: dict[int, Amount] = field(default_factory=dict)
    implausible: list[int] = field(default_factory=list)


class Knot(NamedTuple):
    """A counter's register [Wh] at an instant [Unix s]."""

    at: float
    wh: float


class Stretch(NamedTuple):
    """A mean power [W] from `start` to `end` [Unix s], of which `covered_s` were seen."""

    start: float
    end: float
    watts: float
    covered_s: float


type Part = Callable[[int], int]
"""Which part of a register's whole Wh is meant (`MeterSource.part`)."""


def counter_energy(knots: Sequence[Knot], starts: Iterable[int], period_s: int, part: Part, most_w: int) -> Amounts:
    """Return the energy of periods from a counter's register.

    Where the register is not known at a period's edge, its energy is spread evenly over the time between the two
    instants at which it is, and the period is marked as estimated (engines B.6; the recorder's own statistics would
    put all of it into the first five minutes after).

    Args:
        knots: ascending.
        starts: periods [Unix s], ascending.
        period_s: their length.
        part: which part of the register is meant.
        most_w: a register that rises by more than this power since it last rose is not believed [W].
    """
    amounts = Amounts()
    if not knots:
        return amounts
    at, wh, broken = _rising(knots, most_w)
    for start in starts:
        first, last = _register(at, wh, start), _register(at, wh, start + period_s)
        if first is None or last is None:
            continue
        if any(begun < start + period_s and start < ended for begun, ended in broken):
            amounts.implausible.append(start)
            continue
        exact = first[1] and last[1]
        energy = part(_whole(last[0])) - part(_whole(first[0]))
        amounts.known[start] = Amount(energy, Quality.MEASURED if exact else Quality.ESTIMATED)
    return amounts


def _whole(wh: float) -> int:
    """Return a register in whole Wh, halves up: also those that lack a millionth, as sums of floats do."""
    return floor(wh + 0.500_001)


def _rising(knots: Sequence[Knot], most_w: int) -> tuple[list[float], list[float], list[tuple[float, float]]]:
    """Return a register that never falls, with the times [Unix s] between which it rose beyond belief."""
    at, total = [knots[0].at], [knots[0].wh]
    broken: list[tuple[float, float]] = []
    owed = 0.0  # what a wavering register fell by and has to rise by again before it counts
    rose_at = knots[0].at
    for before, now in pairwise(knots):
        gained = now.wh - before.wh
        if gained < 0:
            owed = owed - gained if -gained <= NOISE_WH else 0.0
            gained = 0.0
        elif gained > 0:
            back = min(gained, owed)
            owed, gained = owed - back, gained - back
            lasted_s = max(now.at - before.at, min(now.at - rose_at, LONGEST_SILENCE_S))
            if gained * 3_600 > most_w * lasted_s:
                broken.append((before.at, now.at))
                gained = 0.0
            rose_at = now.at
        at.append(now.at)
        total.append(total[-1] + gained)
    return at, total, broken


def _register(at: list[float], wh: list[float], instant: int) -> tuple[float, bool] | None:
    """Return the register at an instant and whether it is exact; None before the first knot and after the last."""
    place = bisect_left(at, instant)
    if place == len(at):
        return None
    if at[place] == instant:
        return wh[place], True
    if place == 0:
        return None
    passed = (instant - at[place - 1]) / (at[place] - at[place - 1])
    return wh[place - 1] + passed * (wh[place] - wh[place - 1]), False


def power_energy(
    stretches: Sequence[Stretch], starts: Iterable[int], period_s: int, part: Part, most_w: int
) -> Amounts:
    """Return the energy of periods from a power sensor; power below zero counts as none.

    Of a period that was seen in part, the rest is taken to be like what was seen, if that is more than half of it.

    Args:
        stretches: ascending, not overlapping.
        starts: periods [Unix s], ascending and consecutive. Roundings are carried from the first one on: begin at the
            same one (the day's) each time.
        period_s: their length.
        part: which part of the energy is meant.
        most_w: power above this is not believed [W].
    """
    amounts = Amounts()
    ends = [stretch.end for stretch in stretches]
    total = 0.0
    for start in starts:
        wh, covered_s, believed = _seen(stretches, bisect_right(ends, start), start, start + period_s, most_w)
        if not believed:
            amounts.implausible.append(start)
        elif covered_s > ENOUGH * period_s:
            after = total + wh * period_s / covered_s
            full = covered_s >= FULL * period_s
            energy = part(_whole(after)) - part(_whole(total))
            amounts.known[start] = Amount(energy, Quality.MEASURED if full else Quality.ESTIMATED)
            total = after
    return amounts


def _seen(stretches: Sequence[Stretch], place: int, start: int, end: int, most_w: int) -> tuple[float, float, bool]:
    """Return the energy seen in a period [Wh], for how long [s], and whether it is believed."""
    watt_s = covered_s = 0.0
    while place < len(stretches) and stretches[place].start < end:
        stretch = stretches[place]
        if stretch.watts > most_w:
            return 0.0, 0.0, False
        inside_s = min(stretch.end, end) - max(stretch.start, start)
        seen_s = stretch.covered_s * inside_s / (stretch.end - stretch.start)
        watt_s += max(stretch.watts, 0.0) * seen_s
        covered_s += seen_s
        place += 1
    return watt_s / 3_600, covered_s, True
