"""What homes expect together, and how surely: sums of means, and a band from the sum's own errors (paper II.B).

Quantiles of homes do not add up; the band of a sum is that of its own past errors (reference: forecasting, section 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..common.forecasting.candidates import LAST_WEEK, MEAN_7_DAYS, candidates
from ..common.forecasting.days import put_by_clock
from ..common.forecasting.forecast import Method, Target
from ..common.forecasting.judge import Judge
from ..common.forecasting.series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from ..common.periods import HOUR_S

SUM: Final = Method.SUM_OF_HOMES.value
MEASURED: Final = (Target.CONSUMPTION, Target.GENERATION)
"""What shows afterwards how it came out; flexibility does not."""


@dataclass(frozen=True, slots=True)
class HomesTogether:
    """The sum over homes.

    Attributes:
        wh: expected energy of each hour [Wh], shape (m,).
        reported: homes whose own forecast says all of it.
        estimated: homes of which the operator's own forecast says all or the rest of it.
        unknown: homes of which nobody says all of it; what is not said counts 0.
    """

    wh: Floats
    reported: tuple[str, ...]
    estimated: tuple[str, ...]
    unknown: tuple[str, ...]


def together(
    homes: Sequence[str], hours: int, reported: Mapping[str, Floats], estimated: Mapping[str, Floats]
) -> HomesTogether:
    """Return the sum of what homes expect: each hour of each home once, its own word before the operator's.

    Args:
        homes: all that belong to the community.
        hours: number of hours m.
        reported, estimated: by home [Wh], shape (m,) each; nan where nothing is said.
    """
    total, nothing = np.zeros(hours), np.full(hours, np.nan)
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for home in homes:
        own = reported.get(home, nothing)
        filled = np.where(np.isfinite(own), own, estimated.get(home, nothing))
        total += np.where(np.isfinite(filled), filled, 0.0)
        groups[0 if np.isfinite(own).all() else 1 if np.isfinite(filled).all() else 2].append(home)
    return HomesTogether(total, *(tuple(group) for group in groups))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a day came out, by the hours of its clock, shape (24,) each.

    Attributes:
        predictions: what was expected, and what naive forecasts would have been [Wh].
        actual: what was measured [Wh]; nan where it is not known.
    """

    predictions: Mapping[str, Floats]
    actual: Floats


def outcome(calendar: Calendar, measured: Series, issued_at: int, first: int, expected: Floats) -> Outcome:
    """Return how a sum came out that was expected of a day.

    Args:
        measured: the sum of what was measured, hour by hour, up to the end of the day at least.
        issued_at: when it was expected [Unix s]; the naive forecasts that it is held against know as much.
        first: start of the day [Unix s].
        expected: of its hours [Wh], shape (n,); nan where nothing was.
    """
    hours = expected.size
    naive = candidates(measured, calendar, issued_at, first, hours)
    hour = calendar.hours(first, hours).hour
    predictions = {SUM: expected, LAST_WEEK: naive[LAST_WEEK], MEAN_7_DAYS: naive[MEAN_7_DAYS]}
    actual = measured.between(first, first + HOUR_S * hours)
    return Outcome({name: _by_clock(wh, hour) for name, wh in predictions.items()}, _by_clock(actual, hour))


def learnt(judge: Judge, day: Outcome) -> Judge:
    """Return the judge that has also seen how a day came out."""
    return judge.learn(day.predictions, day.actual)


def with_band(judge: Judge, target: Target, hour: Integers, sum_wh: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, P10, P50 and P90 [Wh], shape (m,) each, of a sum of hours of the day, shape (m,) each.

    Generation of which no home expects any, at night, stays none. Flexibility is never measured: it has no errors to
    learn from, and its band is its mean.
    """
    if target not in MEASURED:
        return sum_wh, sum_wh, sum_wh, sum_wh
    mean, low, middle, high = judge.issue({SUM: sum_wh}, hour)
    if target is Target.GENERATION:
        dark = sum_wh <= 0.0
        mean, low, middle, high = (np.where(dark, 0.0, wh) for wh in (mean, low, middle, high))
    return mean, low, middle, high


def _by_clock(wh: Floats, hour: Integers) -> Floats:
    """Return consecutive hours of a day by the hours of its clock, shape (24,): one may be nan, or of two."""
    by_clock = np.full(HOURS_A_DAY, np.nan)
    put_by_clock(by_clock, hour, wh)
    return by_clock
