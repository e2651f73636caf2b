"""What a generation forecast rests on, and why on less than it could."""

from collections.abc import Collection
from typing import Final

import numpy as np

from ..forecast import Basis, Forecast, Horizon, Method, Reason, Target
from ..judge import Judge
from ..series import HOURS_A_DAY, Floats, Series
from .scene import JUDGED_DAYS, SERVICE, UNMOVED, Scene
from .site_model import FEWEST_DAYS

_FEWEST_DAYS_FOR_A_MEAN: Final = 2
_GAPS: Final = 0.1


def basis_of(scene: Scene, judge: Judge, available: Collection[str]) -> Basis:
    """Return what a forecast rests on that was issued from these candidates."""
    named = [name for name in judge.choices if name in available]
    chosen = judge.choice(named) if named else next(iter(available), "")
    days = int(np.isfinite(scene.data.wh).any(axis=1).sum())
    method, source = _method(chosen, days)
    reasons = tuple(reason for reason, given in _reasons(scene, days, method).items() if given)
    return Basis(method, source, days, reasons, judge.skill())


def nothing(known: Series, horizon: Horizon, issued_at: int, first: int, hours: int) -> Forecast:
    """Return the forecast of a home that never generated anything, as far as is known."""
    zeros = np.zeros(max(hours, 0))
    measured = int(np.isfinite(known.wh).sum())
    reasons = () if measured else (Reason.FEW_DAYS, Reason.STALE)
    basis = Basis(Method.NOTHING, days=-(-measured // HOURS_A_DAY), reasons=reasons)
    return Forecast(Target.GENERATION, horizon, issued_at, first, zeros, zeros, zeros, zeros, basis)


def _method(chosen: str, days: int) -> tuple[Method, str]:
    """Return what a forecast was made by, and the service's name."""
    if chosen.startswith(SERVICE):
        return Method.WEATHER_SERVICE, chosen.removeprefix(SERVICE)
    if not days or not chosen:
        return Method.NOTHING, ""
    if chosen == Method.MEAN_7_DAYS and days < _FEWEST_DAYS_FOR_A_MEAN:
        return Method.MEAN_SO_FAR, ""
    return Method.SITE_MODEL if chosen == UNMOVED else Method(chosen), ""


def _reasons(scene: Scene, days: int, method: Method) -> dict[Reason, bool]:
    """Return each reason why a forecast rests on less than it could, and whether it is given, in their order."""
    ends = scene.row * HOURS_A_DAY + scene.hour
    last = scene.data.wh.ravel()[max(ends - JUDGED_DAYS * HOURS_A_DAY, 0) : ends]
    known = np.isfinite(last)
    since = last.size - int(np.argmax(known)) if known.any() else last.size
    return {
        Reason.FEW_DAYS: days < FEWEST_DAYS,
        Reason.GAPS: not scene.data.dead and float(known.sum()) < (1.0 - _GAPS) * since,
        Reason.STALE: not scene.data.dead and not known[-HOURS_A_DAY:].any(),
        Reason.DEAD_SENSOR: scene.data.dead,
        Reason.NO_WEATHER: method is not Method.WEATHER_SERVICE and _weather_is_missing(scene),
    }


def _weather_is_missing(scene: Scene) -> bool:
    """Whether nothing is known of the weather of an hour that is asked for and has sun."""
    sunny = scene.data.limit[scene.asked_row, scene.asked_hour] > 0.0
    if scene.weather_now is None or not sunny.any():
        return scene.weather_now is None
    told: Floats = scene.asked(scene.weather_now)
    return bool((sunny & ~np.isfinite(told).any(axis=1)).any())
