"""Forecasts that need no model: profiles of days that were measured, by the most recent known values of each hour.

What they are measured against each other: reference table of baselines (forecasting, section 2).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .days import Days, days_of, kinds_of_days
from .forecast import Method
from .series import HOURS_A_DAY, Calendar, Floats, Integers, Series

LAST_DAY: Final = "last_day"
LAST_WEEK: Final = "last_week"
WEEKDAY_MEAN: Final = Method.WEEKDAY_MEAN.value
MEAN_7_DAYS: Final = Method.MEAN_7_DAYS.value
MEAN_28_DAYS: Final = "mean_28_days"
NAMES: Final = (LAST_DAY, LAST_WEEK, WEEKDAY_MEAN, MEAN_7_DAYS, MEAN_28_DAYS)

_SAME_KIND_DAYS: Final = 4
_WEEKS_BACK: Final = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a table of days when forecasts were issued, one row for each of them.

    Attributes:
        days: the days.
        row: the day of each issue, as its row in the table, shape (m,).
        hour: hours of that day before this one were known, 0 to 24; of the day before, all.
        since: the first day that counts, as its row, shape (m,): what lies before it was another life.
    """

    days: Days
    row: Integers
    hour: int
    since: Integers

    def means(self, weights: Floats, weights_before: Floats) -> Floats:
        """Return weighted means over days by hour of the day, shape (m, 24); nan where no weighted value is known.

        Args:
            weights: of each day for the hours that are known of the day of the issue, shape (m, n).
            weights_before: for the other hours, shape (m, n).
        """
        known = np.isfinite(self.days.wh)
        values = np.where(known, self.days.wh, 0.0)
        both = np.concatenate((weights, weights_before))
        with np.errstate(invalid="ignore"):
            mean = (both @ values) / (both @ known)
        return self.pick(mean[: self.row.size], mean[self.row.size :])

    def pick(self, today: Floats, before: Floats) -> Floats:
        """Return the hours that are known of the day of the issue from the first, the others from the second."""
        return np.concatenate((today[:, : self.hour], before[:, self.hour :]), axis=1)


def profiles(known: Known, target: Integers, target_kind: Integers) -> dict[str, Floats]:
    """Return the forecasts of whole days by each method of `NAMES`, shape (m, 24) each; nan where nothing is known.

    Args:
        known: what was known when they were issued.
        target: the day to forecast, as its row in the table (which may lie beyond its end), shape (m,).
        target_kind: what that day is, shape (m,).
    """
    overall = trailing_mean(known, known.days.count)
    mean_28 = first_known(trailing_mean(known, 28), overall, row_means(overall))
    mean_7 = first_known(trailing_mean(known, 7), mean_28)
    last_day = first_known(known.pick(_last_values(known, 0), _last_values(known, 1)), mean_28)
    return {
        LAST_DAY: last_day,
        LAST_WEEK: first_known(_last_week(known, target), last_day),
        WEEKDAY_MEAN: first_known(same_kind_mean(known, target_kind), mean_28),
        MEAN_7_DAYS: mean_7,
        MEAN_28_DAYS: mean_28,
    }


def trailing_mean(known: Known, days: int) -> Floats:
    """Return the mean of the last measured days by hour of the day, shape (m, 24).

    Days without a value do not count.
    """
    measured = np.isfinite(known.days.wh).any(axis=1)
    return known.means(
        _last_of(measured[None, :], known.row, days).astype(float),
        _last_of(measured[None, :], known.row - 1, days).astype(float),
    )


def same_kind_mean(known: Known, target_kind: Integers, days: int = _SAME_KIND_DAYS) -> Floats:
    """Return the mean of the last measured days of the target's kind by hour of the day, shape (m, 24)."""
    measured = np.isfinite(known.days.wh).any(axis=1)
    alike = measured & (known.days.kind == target_kind[:, None])
    return known.means(
        _last_of(alike, known.row, days).astype(float), _last_of(alike, known.row - 1, days).astype(float)
    )


def candidates(series: Series, calendar: Calendar, issued_at: int, first: int, hours: int) -> dict[str, Floats]:
    """Return the forecasts of `hours` hours from `first` on by each method of `NAMES`, shape (hours,) each.

    Args:
        series: what was measured; what was over at `issued_at` [Unix s] is used, of the last 92 days.
        calendar: the place's clock and holidays.
        first: start of the first hour [Unix s].
    """
    now = calendar.hours(issued_at, 1)
    today, hour = int(now.day[0]), int(now.hour[0])
    shown = calendar.hours(first, hours)
    days = days_of(series.until(issued_at), calendar, today - 91, today)
    wanted = np.arange(shown.day[0], shown.day[-1] + 1)
    row = np.full(wanted.size, today - days.first)
    known = Known(days, row, hour, np.zeros_like(row))
    found = profiles(known, wanted - days.first, kinds_of_days(calendar, wanted.tolist()))
    return {name: values[shown.day - wanted[0], shown.hour] for name, values in found.items()}


def _last_of(eligible: NDArray[np.bool_], row: Integers, count: int) -> NDArray[np.bool_]:
    """Mark the last `count` eligible days up to and including a row, shape (m, n); eligible is (m, n) or (1, n)."""
    upto = eligible & (np.arange(eligible.shape[1]) <= row[:, None])
    after = np.cumsum(upto[:, ::-1], axis=1)[:, ::-1]
    return upto & (after <= count)


def _last_values(known: Known, before: int) -> Floats:
    """Return each hour's last known value up to so many days before the issue's, shape (m, 24)."""
    wh = known.days.wh
    rows = np.where(np.isfinite(wh), np.arange(known.days.count)[:, None], -1)
    last = np.maximum.accumulate(rows, axis=0)[np.maximum(known.row - before, 0)]
    found = wh[np.maximum(last, 0), np.arange(HOURS_A_DAY)]
    return np.where((last >= 0) & (known.row >= before)[:, None], found, np.nan)


def _last_week(known: Known, target: Integers) -> Floats:
    """Return the same hours a week before, or as many weeks as it takes to find them known, shape (m, 24)."""
    today, before = (_weeks_before(known.days, target, known.row - lag) for lag in (0, 1))
    return known.pick(today, before)


def _weeks_before(days: Days, target: Integers, row: Integers) -> Floats:
    weeks = np.maximum(-(-(target - row) // 7), 1)
    found = np.full((target.size, HOURS_A_DAY), np.nan)
    for more in range(_WEEKS_BACK):
        source = target - 7 * (weeks + more)
        values = np.where((source >= 0)[:, None], days.wh[np.clip(source, 0, days.count - 1)], np.nan)
        found = first_known(found, values)
    return found


def first_known(*found: Floats) -> Floats:
    """Return the first of each that is known."""
    result = found[0]
    for other in found[1:]:
        result = np.where(np.isfinite(result), result, other)
    return result


def row_means(values: Floats) -> Floats:
    """Return the mean of each row's known values, shape (m, 1); nan where there is none."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True)
