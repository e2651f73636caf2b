"""What goes into the pooled consumption models: names, order and meaning of their inputs, in one place.

A file with another lag definition would give silent nonsense (reference: forecasting, section 1.6). Training and use
both fill rows by `day_ahead_rows` and `hour_ahead_rows`; a model's card repeats the names, and a check compares them.

All energies are divided by the home's scale, its mean hour over the last 28 measured days, so that homes of any size
look alike; outputs are multiplied by it. Lags are the most recent known values by the clock of the home's time zone:
issued at any hour, the last value of an hour of the day that is already over is today's, else yesterday's. What is
not known is the mean of 28 days of that hour. There are no features of the year: less than a year is known of a home.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..candidates import Known
from ..days import Days, is_day_off
from ..forecast import Horizon
from ..series import HOURS_A_DAY, Floats, Integers
from .profile import Profile, profile_of
from .similar import Past, Similarity, means_after_similar

CONTRACT_VERSION: Final = "1"
ZONE_RULE: Final = "clock of the home's IANA zone; an hour that is skipped is unknown, one that comes twice their mean"
UNITS: Final = "energies over the home's mean hour of its last 28 measured days"
STEP_S: Final = 3_600
LARGEST_INPUT: Final = 8.0
"""Times the mean hour: one spike does not carry a forecast away."""

_AROUND: Final = (1, 2, -1, -2)
_DEVIATION_HOURS: Final = (1, 3, 6, 12)
_LAST_HOURS: Final = 6
_LAST_DEVIATION_HOURS: Final = (3, 6, 12, 24)
_HARMONICS: Final = 4
_NEAR_HOURS: Final = 12.0
"""What counts the more the nearer an hour is fades to 1/e over so many hours from the issue."""
_SIMILAR_DAY: Final = Similarity(hours=12, fading=6.0, sharpness=0.25)
_SIMILAR_HOUR: Final = Similarity(hours=4, fading=1.0, sharpness=0.1)
_SIMILAR_HOURS: Final = Similarity(hours=8, fading=3.0, sharpness=0.2)
_HOURS: Final = np.arange(HOURS_A_DAY)

_CLOCK_NAMES: Final = (
    *(f"{wave}_{turns}" for turns in range(1, _HARMONICS + 1) for wave in ("sin", "cos")),
    "day_off",
)
_PROFILE_NAMES: Final = (
    "mean_3", "mean_7", "mean_14", "mean_28", "mean_alike_28", "mean_4_same_weekdays", "deviation_28",
    "last_1", "last_2", "last_3", "week_1", "week_2",
    *(f"mean_28_hour_{back:+d}" for back in _AROUND),
    *(f"mean_7_hour_{back:+d}" for back in _AROUND),
    "last_1_hour_+1", "last_1_hour_-1",
    "day_1", "day_2", "days_3", "days_7", "day_week_1",
)  # fmt: skip
_NEAR_NAMES: Final = (
    "above_1", "above_3", "above_6", "above_12", "last_1", "day_1", "mean_28", "similar_day",
)  # fmt: skip
NAMES: Final = {
    Horizon.DAY_AHEAD: (
        *_PROFILE_NAMES, *(f"above_{hours}" for hours in _DEVIATION_HOURS), "similar_day", *_CLOCK_NAMES,
        "near", *(f"near_{name}" for name in _NEAR_NAMES),
    ),
    Horizon.HOUR_AHEAD: (
        *_PROFILE_NAMES, *(f"hour_{back}" for back in range(1, _LAST_HOURS + 1)), "hour_1_week_1",
        *(f"above_{hours}" for hours in _LAST_DEVIATION_HOURS), "similar_hour", "similar_hours", *_CLOCK_NAMES,
    ),
}  # fmt: skip
"""The inputs of each model in their order. `hour_+1` is one hour earlier in the day, `hour_-1` one later."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Inputs of a model for whole days.

    Attributes:
        inputs: shape (m, 24, features), in the order of `NAMES`.
        profile: what the home's days look like, and its scale; a scale of 0: nothing but zeros is known.
    """

    inputs: Floats
    profile: Profile


def day_ahead_rows(known: Known, past: Past, target: Integers, target_kind: Integers) -> Rows:
    """Return the inputs of a day-ahead model.

    Args:
        known: what was known at the issues; at least `HISTORY_DAYS` (maybe empty) days lie before each.
        past: the same days, to be compared with.
        target: the days to forecast, as rows of the table or beyond, shape (m,); not before the issue's.
        target_kind: what they are, shape (m,).
    """
    profile = profile_of(known, target, target_kind)
    moment = known.row * HOURS_A_DAY + known.hour
    slots = target[:, None] * HOURS_A_DAY + _HOURS
    found = _profile_inputs(profile)
    above = _above(known.days, moment[:, None], profile, max(_DEVIATION_HOURS))[:, 0]
    for hours in _DEVIATION_HOURS:
        found[f"above_{hours}"] = above[:, :hours].mean(axis=1, keepdims=True)
    off = is_day_off(target_kind)
    similar = means_after_similar(past, [_SIMILAR_DAY], moment[:, None], slots, off, known.since)
    found["similar_day"] = similar[0]
    rows = _rows(Horizon.DAY_AHEAD, found, profile, target_kind)
    near = np.exp(-np.maximum(slots - moment[:, None], 0) / _NEAR_HOURS)
    rows.inputs[:, :, _NEAR_COLUMN] = near
    rows.inputs[:, :, _NEAR_COLUMN + 1 :] = rows.inputs[:, :, _NEAR_OF] * near[:, :, None]
    return rows


def hour_ahead_rows(known: Known, past: Past) -> Rows:
    """Return the inputs of an hour-ahead model: each hour of the days of issue from what was known when it began.

    Args:
        known: what was known when the days began (hour 0); at least `HISTORY_DAYS` (maybe empty) lie before each.
        past: the same days, to be compared with.
    """
    days, target = known.days, known.row
    kind = days.kind[target]
    profile = profile_of(known, target, kind)
    slots = target[:, None] * HOURS_A_DAY + _HOURS
    found = _profile_inputs(profile)
    above = _above(days, slots, profile, max(_LAST_DEVIATION_HOURS))
    for back in range(1, _LAST_HOURS + 1):
        found[f"hour_{back}"] = above[:, :, back - 1] + _earlier(profile.mean_28, back)
    for hours in _LAST_DEVIATION_HOURS:
        found[f"above_{hours}"] = above[:, :, :hours].mean(axis=2)
    found["hour_1_week_1"] = _earlier(profile.week_1, 1)
    both = [_SIMILAR_HOUR, _SIMILAR_HOURS]
    similar = means_after_similar(past, both, slots, slots, is_day_off(kind), known.since)
    found["similar_hour"], found["similar_hours"] = similar
    return _rows(Horizon.HOUR_AHEAD, found, profile, kind)


def _profile_inputs(profile: Profile) -> dict[str, Floats]:
    found = {
        "mean_3": profile.mean_3,
        "mean_7": profile.mean_7,
        "mean_14": profile.mean_14,
        "mean_28": profile.mean_28,
        "mean_alike_28": profile.mean_alike_28,
        "mean_4_same_weekdays": profile.mean_4_same_kind,
        "deviation_28": profile.deviation_28,
        "last_1": profile.last_1,
        "last_2": profile.last_2,
        "last_3": profile.last_3,
        "week_1": profile.week_1,
        "week_2": profile.week_2,
        "day_1": profile.last_1.mean(axis=1, keepdims=True),
        "day_2": profile.last_2.mean(axis=1, keepdims=True),
        "days_3": profile.mean_3.mean(axis=1, keepdims=True),
        "days_7": profile.mean_7.mean(axis=1, keepdims=True),
        "day_week_1": profile.week_1.mean(axis=1, keepdims=True),
    }
    for back in _AROUND:
        found[f"mean_28_hour_{back:+d}"] = _earlier(profile.mean_28, back)
        found[f"mean_7_hour_{back:+d}"] = _earlier(profile.mean_7, back)
    for back in (1, -1):
        found[f"last_1_hour_{back:+d}"] = _earlier(profile.last_1, back)
    return found


def _above(days: Days, moment: Integers, profile: Profile, hours: int) -> Floats:
    """Return by how much the last hours before moments lay above the mean of 28 days, shape (m, q, hours)."""
    slot = moment[:, :, None] - np.arange(1, hours + 1)
    value = days.wh.ravel()[slot]
    usual = profile.mean_28[np.arange(moment.shape[0])[:, None, None], slot % HOURS_A_DAY]
    return np.where(np.isfinite(value), value - usual, 0.0)


def _earlier(values: Floats, hours: int) -> Floats:
    """Return the values of so many hours earlier in the same day, around the clock, shape (m, 24)."""
    return values[:, (_HOURS - hours) % HOURS_A_DAY]


def _rows(horizon: Horizon, found: dict[str, Floats], profile: Profile, kind: Integers) -> Rows:
    names = NAMES[horizon]
    inputs = np.empty((*profile.mean_28.shape, len(names)))
    energies = names.index(_CLOCK_NAMES[0])
    for column, name in enumerate(names[:energies]):
        inputs[:, :, column] = found[name]
    for name in _SIMILAR_NAMES[horizon]:
        column = names.index(name)
        unknown = np.isnan(inputs[:, :, column])
        inputs[:, :, column][unknown] = profile.mean_28[unknown]
    inputs[:, :, :energies] /= np.where(profile.scale > 0.0, profile.scale, 1.0)[:, None, None]
    np.minimum(inputs[:, :, :energies], LARGEST_INPUT, out=inputs[:, :, :energies])
    inputs[:, :, energies : energies + _CLOCK.shape[1]] = _CLOCK
    inputs[:, :, energies + _CLOCK.shape[1]] = is_day_off(kind)[:, None]
    return Rows(inputs, profile)


_SIMILAR_NAMES: Final = {
    Horizon.DAY_AHEAD: ("similar_day",),
    Horizon.HOUR_AHEAD: ("similar_hour", "similar_hours"),
}
_CLOCK: Final = np.stack(
    [
        wave(2.0 * np.pi * turns * _HOURS / HOURS_A_DAY)
        for turns in range(1, _HARMONICS + 1)
        for wave in (np.sin, np.cos)
    ],
    axis=1,
)
_NEAR_COLUMN: Final = NAMES[Horizon.DAY_AHEAD].index("near")
_NEAR_OF: Final = [NAMES[Horizon.DAY_AHEAD].index(name) for name in _NEAR_NAMES]
