"""What a home's days look like by hour of the day, from the most recent known values: the regular part of inputs."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..candidates import Known, first_known, row_means
from ..days import Days, is_day_off
from ..series import Floats, Integers

_WINDOWS: Final = (3, 7, 14, 28)
_SAME_KIND_DAYS: Final = 4
_NOTHING: Final = np.zeros((1, 1))
_LAST: Final = np.arange(3)[:, None]
_WEEK: Final = np.arange(2)[:, None]


@dataclass(frozen=True, slots=True)
class Profile:
    """Means over the last measured days by hour of the day [Wh], shape (m, 24) each, without gaps.

    Attributes:
        mean_3, mean_7, mean_14, mean_28: of so many days.
        mean_alike_28: of the working days, or of the days off, among the last 28, whichever the target is.
        mean_4_same_kind: of the last four of the target's weekday.
        deviation_28: standard deviation over 28 days.
        last_1, last_2, last_3: the last known value, and those one and two days before.
        week_1, week_2: one and two weeks before the target.
        scale: mean of `mean_28` [Wh], shape (m,).
    """

    mean_3: Floats
    mean_7: Floats
    mean_14: Floats
    mean_28: Floats
    mean_alike_28: Floats
    mean_4_same_kind: Floats
    deviation_28: Floats
    last_1: Floats
    last_2: Floats
    last_3: Floats
    week_1: Floats
    week_2: Floats
    scale: Floats


def profile_of(known: Known, target: Integers, target_kind: Integers) -> Profile:
    """Return the profile at each issue for the day to forecast (its row in the table, and its kind), shape (m,)."""
    mean, deviation = _means(known, target_kind)
    usual = first_known(mean[3], mean[6])
    usual = first_known(usual, row_means(usual), _NOTHING)
    mean_3, mean_7, mean_14, _, alike, same_kind, _ = first_known(mean, usual)
    last_1, last_2, last_3, week_1, week_2 = first_known(_lags(known, target), usual)
    return Profile(
        mean_3=mean_3,
        mean_7=mean_7,
        mean_14=mean_14,
        mean_28=usual,
        mean_alike_28=alike,
        mean_4_same_kind=same_kind,
        deviation_28=first_known(deviation, _NOTHING),
        last_1=last_1,
        last_2=last_2,
        last_3=last_3,
        week_1=week_1,
        week_2=week_2,
        scale=usual.mean(axis=1),
    )


def _means(known: Known, target_kind: Integers) -> tuple[Floats, Floats]:
    """Return means over the windows, days alike, same weekdays and all days, shape (7, m, 24), and the deviation."""
    both = _days_counted(
        known.days,
        np.concatenate((known.row, known.row - 1)),
        np.concatenate((known.since, known.since)),
        np.concatenate((target_kind, target_kind)),
    )
    finite = np.isfinite(known.days.wh)
    values = np.where(finite, known.days.wh, 0.0)
    with np.errstate(invalid="ignore"):
        count = both @ finite.astype(float)
        mean = both @ values / count
        square = both[3] @ values**2 / count[3]
    issues = known.row.size
    picked = np.concatenate((mean[:, :issues, : known.hour], mean[:, issues:, known.hour :]), axis=2)
    deviation = np.sqrt(np.maximum(known.pick(square[:issues], square[issues:]) - picked[3] ** 2, 0.0))
    return picked, deviation


def _days_counted(days: Days, row: Integers, since: Integers, target_kind: Integers) -> Floats:
    """Return which days up to a row count in each mean, as 0 or 1, shape (7, m, n)."""
    kind = days.kind
    rows = np.arange(kind.size)
    measured = np.isfinite(days.wh).any(axis=1) & (rows <= row[:, None]) & (rows >= since[:, None])
    age = _days_after(measured)
    windows = [measured & (age < days) for days in _WINDOWS]
    alike = windows[3] & (is_day_off(kind) == is_day_off(target_kind)[:, None])
    same = measured & (kind == target_kind[:, None])
    return np.stack([*windows, alike, same & (_days_after(same) < _SAME_KIND_DAYS), measured]).astype(float)


def _days_after(marked: NDArray[np.bool_]) -> Integers:
    """Return how many marked days come after each day, shape (m, n)."""
    count = np.cumsum(marked, axis=1)
    after: Integers = count[:, -1:] - count
    return after


def _lags(known: Known, target: Integers) -> Floats:
    """Return the last three known values of each hour, and those one and two weeks before the target, (5, m, 24)."""
    today, before = (
        np.concatenate(
            (known.row - lag - _LAST, target - 7 * (np.maximum(-(-(target - known.row + lag) // 7), 1) + _WEEK))
        )
        for lag in (0, 1)
    )
    wh = known.days.wh
    hour = known.hour
    found = np.concatenate((wh[np.maximum(today, 0), :hour], wh[np.maximum(before, 0), hour:]), axis=2)
    found[:, :, :hour][today < known.since] = np.nan
    found[:, :, hour:][before < known.since] = np.nan
    return found
