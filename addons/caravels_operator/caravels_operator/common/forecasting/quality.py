"""What of a measured series can be believed, and what a forecast that rests on it has to say.

Every judgement about a value rests on what came before it, never on what came after: what was said of a day when it
was new is said of it later too.
"""

from bisect import insort
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .candidates import Known
from .consumption.similar import Past, past_of
from .days import Days
from .forecast import Reason
from .series import HOURS_A_DAY, Floats, Integers

FEW_DAYS: Final = 14
_LARGEST_WH: Final = 1e9
"""More in an hour than any community uses is no measurement."""
_SPIKE: Final = 5.0
"""Times the third-largest daily maximum so far."""
_SPIKE_RANK: Final = 3
_SPIKE_DAYS: Final = 7

_LOOK_BACK: Final = 28 * HOURS_A_DAY
_LEAST_LOOK_BACK: Final = 7 * HOURS_A_DAY
_NEVER: Final = 0.005
"""What was so in less than this share of the hours before is taken as never."""
_LONGEST_DOUBT: Final = 14 * HOURS_A_DAY
"""What goes on for longer is how the home is now."""
_STANDSTILL: Final = 6
"""Hours of the same value from which a meter that never stood still is not believed."""

_GAP_SHARE: Final = 0.1
_CHANGE_DAYS: Final = (7, 21)
_CHANGE_BEFORE: Final = 21
_CHANGE_LEAST: Final = 14
_CHANGE_FACTOR: Final = 1.6
_NOWHERE: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Believed:
    """What of a table of days is believed, as of each of them.

    Attributes:
        days: the days, cleaned.
        past: the same, to be compared with.
        since: the first day of a home's present life at an issue on each day, as its row, shape (n + 1,); 0 where it
            did not change.
    """

    days: Days
    past: Past
    since: Integers


def believed(raw: Days, since_before: Integers = _NOWHERE) -> Believed:
    """Return what is believed of the days.

    Args:
        raw: the days as they were measured.
        since_before: the first rows of `Believed.since`, where they are known already.
    """
    days = cleaned(raw)
    return Believed(days, past_of(days), _since(days, since_before))


def cleaned(days: Days) -> Days:
    """Return the days without what is not to be believed: negative and impossible values, spikes, false zeros, values
    that stand still.
    """
    possible = np.isfinite(days.wh) & (days.wh >= 0.0) & (days.wh <= _LARGEST_WH)
    wh = np.where(possible, days.wh, np.nan)
    wh[wh > _largest_believed(wh)[:, None]] = np.nan
    flat = wh.ravel()
    flat[_doubtful(flat)] = np.nan
    return Days(days.first, wh, days.kind)


def known_at(history: Believed, row: Integers, hour: int) -> Known:
    """Return what was known at the issues in some rows, without what lies before a change of the home."""
    return Known(history.days, row, hour, history.since[row])


def reasons(raw: Days, known: Known, silent_hours: int) -> tuple[Reason, ...]:
    """Return why a forecast rests on less than it could.

    Args:
        raw: the days as they were measured.
        known: the same, cleaned, at one issue.
        silent_hours: how long nothing was measured before the issue.
    """
    row = int(known.row[0])
    end = row * HOURS_A_DAY + known.hour
    wh = known.days.wh.ravel()[:end]
    measured = np.flatnonzero(np.isfinite(known.days.wh[: row + 1]).any(axis=1))
    found = []
    if measured.size < FEW_DAYS:
        found.append(Reason.FEW_DAYS)
    lately = wh[max(end - _LOOK_BACK, int(measured[0]) * HOURS_A_DAY if measured.size else end) :]
    if lately.size and np.isnan(lately).mean() > _GAP_SHARE:
        found.append(Reason.GAPS)
    if silent_hours >= HOURS_A_DAY:
        found.append(Reason.STALE)
    last_day = slice(max(end - HOURS_A_DAY, 0), end)
    if np.isfinite(raw.wh.ravel()[last_day]).sum() > HOURS_A_DAY // 2 and np.isnan(wh[last_day]).all():
        found.append(Reason.DEAD_SENSOR)
    if known.since[0] > 0:
        found.append(Reason.CHANGED)
    return tuple(found)


def _largest_believed(wh: Floats) -> Floats:
    """Return up to what value each day is believed [Wh], shape (n,), from the days before."""
    largest: list[float] = []
    limits = np.full(len(wh), np.inf)
    for row, top in enumerate(np.fmax.reduce(wh, axis=1, initial=0.0).tolist()):
        if len(largest) >= _SPIKE_DAYS and largest[-_SPIKE_RANK] > 0.0:
            limits[row] = _SPIKE * largest[-_SPIKE_RANK]
        if top > 0.0:
            insort(largest, top)
    return limits


def _doubtful(wh: Floats) -> NDArray[np.bool_]:
    """Mark zeros where there never were any, and values that stand still where they never did, shape (n,)."""
    still = np.zeros(wh.size, np.bool_)
    still[1:] = wh[1:] == wh[:-1]
    return _unusual(wh, wh == 0.0, 1) | _unusual(wh, still & (wh > 0.0), _STANDSTILL)


def _unusual(wh: Floats, so: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Mark the hours that are so, from the `least`-th of a run on, where before the run hardly any was."""
    if not so.any():
        return so
    position = np.arange(wh.size)
    known = np.isfinite(wh)
    begun = np.maximum.accumulate(np.where(so | ~known, 0, position + 1))
    back = np.maximum(begun - _LOOK_BACK, 0)
    so_before, known_before = (np.concatenate(([0], np.cumsum(what))) for what in (so, known))
    times, hours = so_before[begun] - so_before[back], known_before[begun] - known_before[back]
    run = position - begun
    never = (hours >= _LEAST_LOOK_BACK) & (times <= _NEVER * hours)
    unusual: NDArray[np.bool_] = so & never & (run >= least - 1) & (run < _LONGEST_DOUBT)
    return unusual


def _since(days: Days, before_them: Integers) -> Integers:
    """Return the first day of a home's present life at an issue on each day and after the last, shape (n + 1,).

    A home has changed when every one of its last days (7 to 21) used clearly more, or every one clearly less, than
    the days before them. What is known already of the first rows is taken as it is.
    """
    fewest, most = _CHANGE_DAYS
    width = most + _CHANGE_BEFORE
    begin = before_them.size
    low = max(begin - width, 0)
    wh = days.wh[low:]
    known = np.isfinite(wh)
    count = known.sum(axis=1)
    mean = np.where(known, wh, 0.0).sum(axis=1) / np.maximum(count, 1)
    level = np.where(count >= HOURS_A_DAY // 2, mean, np.nan)
    window = sliding_window_view(np.concatenate((np.full(width, np.nan), level)), width)[begin - low :]
    # Row i of what follows stands for a change `fewest + i` days before the issue.
    last = np.arange(fewest, most + 1)
    least, largest, there = (_of_last(of, window)[:, last - 1] for of in (np.fmin, np.fmax, np.add))
    spans = sliding_window_view(window[:, : width - fewest], _CHANGE_BEFORE, axis=1)[:, ::-1]
    before = np.isfinite(spans).sum(axis=2) >= _CHANGE_LEAST
    more = least > _CHANGE_FACTOR * np.fmax.reduce(spans, axis=2)
    less = _CHANGE_FACTOR * largest < np.fmin.reduce(spans, axis=2)
    changed = (more | less) & before & (there >= fewest)
    found = np.where(changed, last, 0).max(axis=1)
    since = np.where(found > 0, np.arange(begin, begin + found.size) - found, 0)
    return np.concatenate((before_them, since))


def _of_last(of: np.ufunc, window: Floats) -> Floats:
    """Return what an operation gives over the last 1, 2, ... days; `add` counts the known ones, shape (m, width)."""
    values = np.isfinite(window).astype(float) if of is np.add else window
    found: Floats = of.accumulate(values[:, ::-1], axis=1)
    return found
