"""What a plant's meter showed, without what cannot have been; and between which bounds its output lies."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..series import Floats

DEAD_DAYS: Final = (3, 14)
"""Days in a row without any output, where the sun was up, are a dead sensor's from the first of these on. From the
second on they are believed: the plant is off."""
_NOTHING: Final = 0.002
"""A day whose highest hour is below this share of the plant's peak showed nothing."""
_LARGEST_WH: Final = 1e9
"""More in an hour than any community has is no measurement."""
_STUCK_HOURS: Final = 12
_SPIKE: Final = 4.0
"""Nothing is believed that is so many times what 2 % of the plant's hours reach."""
_FEWEST_HOURS_FOR_SPIKES: Final = 50
_FEWEST_HOURS_A_DAY: Final = 12
_USUAL_DAYS: Final = 28
_MARGIN: Final = 1.05
_FEWEST_DAYS_FOR_CAP: Final = 7
"""Fewer days have not shown what a plant can."""
_HORIZON_DEGREES: Final = -2.5
"""An hour whose quarters' middles have the sun below it is night to its edges, twilight included."""
_LEAST_CLEAR_W_M2: Final = 50.0
_SHOWN: Final = 0.005
"""An hour of the clock that never reached this share of the peak is night where the place is not known."""
_NIGHT_ENERGY: Final = 0.03
"""A plant with a larger share of its energy at night does not stand where it is said to."""
_UNKNOWN_SUN: Final = 1.0


@dataclass(frozen=True, slots=True)
class PlantData:
    """A plant's days by the hours of the clock, shape (n, 24) each.

    Attributes:
        wh: what was measured and is believed [Wh], never negative; nan elsewhere.
        clear: irradiance under a clear sky [W/m2]; 1 everywhere where the place is not known.
        dark: hours in which there is no sun.
        limit: what the plant can give at most, by what it has shown [Wh]: 0 at night, infinite where it has shown too
            little.
        dead: whether the last days are a dead sensor's.
        peak: the highest hour [Wh].
    """

    wh: Floats
    clear: Floats
    dark: NDArray[np.bool_]
    limit: Floats
    dead: bool
    peak: float


def plant_data(measured: Floats, elevation: Floats | None, clear: Floats | None) -> PlantData:
    """Return what a plant's days say.

    Args:
        measured: what the meter showed [Wh], shape (n, 24); nan where it is not known. The last rows may lie ahead.
        elevation: of the sun [degrees], shape (n, 24); None where the place is not known.
        clear: irradiance under a clear sky [W/m2], shape (n, 24); None likewise.
    """
    wh, stuck = _believable(measured)
    peak = float(np.nanmax(wh, initial=0.0))
    night = None if elevation is None else elevation < _HORIZON_DEGREES
    if night is not None and clear is not None and _stands_there(wh, night):
        wh, dead = _without_dead_days(wh, peak, clear.max(axis=1) > _LEAST_CLEAR_W_M2)
        limit = np.where(night, 0.0, _where_shown(wh, _cap_by_sun(wh, clear, peak)))
        return PlantData(wh, clear, night, limit, dead or stuck, peak)
    wh, dead = _without_dead_days(wh, peak, np.ones(wh.shape[0], bool))
    dark = np.broadcast_to(_never_shown(wh, peak), wh.shape)
    cap = np.broadcast_to(_MARGIN * _highest_near(wh, peak), wh.shape)
    limit = np.where(dark, 0.0, _where_shown(wh, cap))
    return PlantData(wh, np.full(wh.shape, _UNKNOWN_SUN), dark, limit, dead or stuck, peak)


def _believable(measured: Floats) -> tuple[Floats, bool]:
    """Return what may have been: not negative, not standing still for half a day, no hour out of all proportion.

    And whether the meter stands still now.
    """
    wh = np.where(measured < _LARGEST_WH, np.maximum(measured, 0.0), np.nan).ravel()
    positive = wh[wh > 0.0]
    if positive.size >= _FEWEST_HOURS_FOR_SPIKES:
        rank = int(0.98 * positive.size)
        wh = np.where(wh > _SPIKE * np.partition(positive, rank)[rank], np.nan, wh)
    still = np.flatnonzero((wh[1:] == wh[:-1]) & (wh[1:] > 0.0))
    stuck = False
    if still.size >= _STUCK_HOURS - 1:
        for run in np.split(still, np.flatnonzero(np.diff(still) > 1) + 1):
            if run.size >= _STUCK_HOURS - 1:
                stuck = not np.isfinite(wh[run[-1] + 2 :]).any()
                wh[run[0] : run[-1] + 2] = np.nan
    return wh.reshape(measured.shape), stuck


def _without_dead_days(wh: Floats, peak: float, sunny: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """Return the days without those of a dead sensor, and whether it is dead now."""
    known = np.isfinite(wh)
    highest = np.where(known, wh, 0.0).max(axis=1)
    shows = highest > _NOTHING * peak
    empty = ~shows & (known.sum(axis=1) >= _FEWEST_HOURS_A_DAY) & sunny
    rows = np.flatnonzero(empty)
    dead_now = False
    if peak <= 0.0 or rows.size < DEAD_DAYS[0]:
        return wh, dead_now
    kept = wh.copy()
    last = np.flatnonzero(known.any(axis=1))[-1]
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
        usual = shows[max(run[0] - _USUAL_DAYS, 0) : run[0]]
        if DEAD_DAYS[0] <= run.size < DEAD_DAYS[1] and usual.any() and usual.mean() > 0.5:
            goes_on = run[-1] + 1 == last and not shows[last]
            dead_now |= bool(run[-1] == last or goes_on)
            kept[run[0] : run[-1] + (2 if goes_on else 1)] = np.nan
    return kept, dead_now


def _stands_there(wh: Floats, night: NDArray[np.bool_]) -> bool:
    """Whether the plant is still at night, as it must be at the place that was given."""
    energy = np.where(np.isfinite(wh), wh, 0.0)
    return float(energy[night].sum()) <= _NIGHT_ENERGY * float(energy.sum())


def _never_shown(wh: Floats, peak: float) -> NDArray[np.bool_]:
    """Return the hours of the clock in which four weeks or more never showed anything, shape (24,)."""
    known = np.isfinite(wh)
    enough = known.sum(axis=0) >= _USUAL_DAYS
    return np.asarray(enough & (np.where(known, wh, 0.0).max(axis=0) <= _SHOWN * peak))


def _highest_near(values: Floats, unknown: float) -> Floats:
    """Return the highest of each hour of the clock and its neighbours, shape (24,); `unknown` where none is known."""
    highest = np.where(np.isfinite(values), values, -np.inf).max(axis=0, initial=-np.inf)
    near = highest.copy()
    np.maximum(near[1:], highest[:-1], out=near[1:])
    np.maximum(near[:-1], highest[1:], out=near[:-1])
    return np.where(np.isfinite(near), near, unknown)


def _where_shown(wh: Floats, cap: Floats) -> Floats:
    """Return the cap, or none at all of a plant that is too young to have one."""
    return cap if np.isfinite(wh).any(axis=1).sum() >= _FEWEST_DAYS_FOR_CAP else np.full(wh.shape, np.inf)


def _cap_by_sun(wh: Floats, sun: Floats, peak: float) -> Floats:
    """Return the cap of each hour [Wh], shape (n, 24): what was shown, or as much more as the season brings sun."""
    enough = sun >= _LEAST_CLEAR_W_M2
    index = np.where(enough & np.isfinite(wh), wh / np.maximum(sun, _LEAST_CLEAR_W_M2), np.nan)
    shown = _highest_near(wh, peak)
    grown = np.where(enough, _highest_near(index, 0.0) * sun, 0.0)
    measured = np.isfinite(wh).any(axis=1)
    before = float(sun[measured].max(initial=0.0))
    season = np.maximum(sun.max(axis=1, keepdims=True) / before, 1.0) if before > 0.0 else 1.0
    return np.asarray(_MARGIN * np.minimum(np.maximum(shown, grown), peak * season))
