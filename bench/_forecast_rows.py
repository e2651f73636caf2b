"""Inputs of the learnt baselines of script/bench forecast: for a set of measured homes without gaps, in a zone whose
clocks never change. They are apart from what members' models are given, so that the comparison is with another's work.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from caravels_operator.common.forecasting.series import Floats, Integers

HOURS: Final = 24
FIRST_ROW_DAY: Final = 30
"""Before this day of the set the trailing means are not known."""
_LAGS: Final = 8


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of inputs, by home, day and hour of the day.

    Attributes:
        inputs: shape (homes, days, 24, inputs); energies are divided by the home's scale.
        scale: the home's mean of the last 28 whole days [kWh], shape (homes, days).
        target: what was measured / scale, shape (homes, days, 24).
        first_day: place of the first of these days in the set.
    """

    inputs: Floats
    scale: Floats
    target: Floats
    first_day: int


def day_ahead_rows(kwh: Floats, weekday: Integers, issue_hour: int) -> Rows:
    """Return the rows of every day from the 30th on, issued on the day before at an hour (24: at its end).

    Args:
        kwh: what was measured [kWh], shape (homes, days, 24).
        weekday: of each day, 0 is Monday, shape (days,).
        issue_hour: hours of the day before that are known.
    """
    days = np.arange(FIRST_ROW_DAY, kwh.shape[1])
    lags = np.stack([_last_known(kwh, days, back, issue_hour) for back in range(28)], axis=-1)
    scale = _scale(kwh, days)
    recent = kwh.reshape(kwh.shape[0], -1)
    ends = days * HOURS - (HOURS - issue_hour)
    day_sum = np.stack([recent[:, ends[:, None] - HOURS * (n + 1) + np.arange(HOURS)].mean(-1) for n in range(2)], -1)
    weeks = np.stack([kwh[:, days - 7 * week] for week in range(1, 5)], axis=-1)
    of_hour = [
        lags[..., :_LAGS],
        weeks[..., :2],
        weeks.mean(-1, keepdims=True),
        lags[..., :7].mean(-1, keepdims=True),
        lags.mean(-1, keepdims=True),
        lags[..., :7].std(-1, keepdims=True),
        *(np.roll(lags[..., :count].mean(-1, keepdims=True), by, axis=2) for by in (1, -1) for count in (7, 28)),
    ]
    usual = lags.mean(-1)
    shown = np.roll(usual, HOURS - issue_hour, axis=2)[:, :, ::-1]  # the hours before the issue, latest first
    above = np.stack([recent[:, ends - 1 - back] for back in range(HOURS)], axis=-1) - shown
    levels = np.stack([above[..., :hours].mean(-1) for hours in (1, 3, 6, 12, 24)], axis=-1)
    of_day = np.concatenate((levels, day_sum), axis=-1)[:, :, None]
    of_day = np.broadcast_to(of_day, (*lags.shape[:3], of_day.shape[-1]))
    energies = np.concatenate((*of_hour, of_day), axis=-1) / scale[:, :, None, None]
    return Rows(_with_clock(energies, weekday[days]), scale, kwh[:, days] / scale[:, :, None], FIRST_ROW_DAY)


def hour_ahead_rows(kwh: Floats, weekday: Integers) -> Rows:
    """Return the rows of every hour from the 30th day on, issued at its start; arguments as of `day_ahead_rows`."""
    days = np.arange(FIRST_ROW_DAY, kwh.shape[1])
    scale = _scale(kwh, days)
    flat = kwh.reshape(kwh.shape[0], -1)
    now = days[:, None] * HOURS + np.arange(HOURS)
    last = np.stack([flat[:, now - 1 - back] for back in range(6)], axis=-1)
    same = np.stack([flat[:, now - HOURS * (back + 1)] for back in range(28)], axis=-1)
    before = np.stack([flat[:, now - 1 - HOURS * (back + 1)] for back in range(7)], axis=-1)
    energies = np.concatenate(
        (
            last,
            same[..., :_LAGS],
            same[..., :7].mean(-1, keepdims=True),
            same.mean(-1, keepdims=True),
            same[..., :7].std(-1, keepdims=True),
            before.mean(-1, keepdims=True),
            (last[..., :1] - before.mean(-1, keepdims=True)),
            flat[:, now[..., None] - 1 - np.arange(HOURS)].mean(-1, keepdims=True),
        ),
        axis=-1,
    )
    return Rows(
        _with_clock(energies / scale[:, :, None, None], weekday[days]),
        scale,
        kwh[:, days] / scale[:, :, None],
        FIRST_ROW_DAY,
    )


def _last_known(kwh: Floats, days: Integers, back: int, issue_hour: int) -> Floats:
    """Return each hour's value that was known last but `back`, shape (homes, days, 24)."""
    early, late = kwh[:, days - 1 - back, :issue_hour], kwh[:, days - 2 - back, issue_hour:]
    return np.concatenate((early, late), axis=-1)


def _scale(kwh: Floats, days: Integers) -> Floats:
    """Return the mean of 28 whole days up to two days before, shape (homes, days); never nothing."""
    daily = kwh.mean(axis=-1)
    mean = np.stack([daily[:, days - 2 - back] for back in range(28)], axis=-1).mean(axis=-1)
    return np.maximum(mean, 0.02)


def _with_clock(energies: Floats, weekday: Integers) -> Floats:
    """Return inputs with the hour of the day (three harmonics) and the kind of day beside them."""
    angle = 2 * np.pi * np.arange(HOURS)[:, None] * np.array([1, 2, 3]) / HOURS
    hour = np.concatenate((np.sin(angle), np.cos(angle)), axis=-1)[None, None]
    kind = np.stack((weekday >= 5, weekday == 5, weekday == 0), axis=-1).astype(float)[None, :, None]
    shape = energies.shape[:3]
    clock = [np.broadcast_to(each, (*shape, each.shape[-1])) for each in (hour, kind)]
    return np.concatenate((energies, *clock), axis=-1)
