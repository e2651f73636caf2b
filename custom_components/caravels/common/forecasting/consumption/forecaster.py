"""Forecasts of a home's consumption: a pooled model, adapted to the home by a judge that replays its last weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...periods import HOUR_S
from ..candidates import Known
from ..days import Days, kinds_of_days
from ..forecast import Basis, Forecast, Horizon, Method, Reason, Target
from ..judge import Judge
from ..model import Model
from ..quality import known_at, reasons
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, LocalHours, Series
from .contract import day_ahead_rows, hour_ahead_rows
from .recent import Recent, RecentDays
from .replay import Replay, day_ahead_issue, hour_ahead_issue, predictions
from .similar import past_of

_LEAST_DAYS: Final = 2
_HOURS_BY_HOUR: Final = 3
"""So many hours after the last known one are forecast one by one, each from the one before; further ones day-ahead."""
_MEAN_SO_FAR_BAND: Final = (0.3, 0.85, 1.9)


class ConsumptionForecaster:
    """Forecasts one home's consumption. It keeps what it worked out of past days; answers do not depend on that.

    Use one for each home: another home's series makes it begin again. It is not for several threads at once.
    """

    def __init__(self, models: Mapping[Horizon, Model], issue_hour: int = 12) -> None:
        """Take the models, none of them necessary, and the hour (0 to 24) at which day-ahead forecasts are judged."""
        self._models = models
        self._issue_hour = issue_hour
        self._recent = RecentDays()
        self._replays = {
            Horizon.DAY_AHEAD: Replay(day_ahead_issue(issue_hour), models.get(Horizon.DAY_AHEAD)),
            Horizon.HOUR_AHEAD: Replay(hour_ahead_issue, models.get(Horizon.HOUR_AHEAD)),
        }

    def forecast(
        self, series: Series, calendar: Calendar, horizon: Horizon, issued_at: int, first: int, hours: int
    ) -> Forecast:
        """Return what is expected of `hours` hours from `first` on, from what was over at `issued_at` [Unix s].

        Args:
            series: what the home consumed [Wh]; the last 100 days before its last known value are used.
            calendar: the home's clock and holidays.
            horizon: hour-ahead for the hours right after the last known one, day-ahead for any.
        """
        if not hours:
            return _flat(horizon, issued_at, first, 0, 0.0, Basis(Method.NOTHING))
        known = series.until(issued_at)
        recent = self._recent.of(known, calendar)
        if recent is None:
            reason = (Reason.FEW_DAYS, Reason.STALE)
            return _flat(horizon, issued_at, first, hours, 0.0, Basis(Method.NOTHING, reasons=reason))
        for replay in self._replays.values():
            replay.notice(recent)
        asked = _Asked.of(calendar, recent, first, hours)
        now = known_at(recent.history, np.array([recent.row]), recent.moment % HOURS_A_DAY)
        why = reasons(recent.raw, now, _silent_hours(known, issued_at))
        measured = int(np.isfinite(recent.days.wh).any(axis=1).sum())
        if measured < _LEAST_DAYS:
            so_far = float(np.nanmean(recent.days.wh)) if measured else 0.0
            method = Method.MEAN_SO_FAR if measured else Method.NOTHING
            return _flat(horizon, issued_at, first, hours, so_far, Basis(method, days=measured, reasons=why))
        judged = horizon if asked.is_near(recent) else Horizon.DAY_AHEAD
        judge = self._replays[judged].judge(recent)
        ask = self._hour_by_hour if judged is Horizon.HOUR_AHEAD else self._days
        found = ask(recent, now, asked)
        mean, low, middle, high = judge.issue(found, asked.shown.hour)
        method = _method(judge, found)
        source = self._models[judged].metadata.get("version", "") if method is Method.MODEL else ""
        basis = Basis(method, source, measured, why, judge.skill())
        return Forecast(Target.CONSUMPTION, horizon, issued_at, first, mean, low, middle, high, basis)

    def _days(self, recent: Recent, now: Known, asked: _Asked) -> dict[str, Floats]:
        days = asked.days.size
        known = Known(now.days, np.repeat(now.row, days), now.hour, np.repeat(now.since, days))
        rows = day_ahead_rows(known, recent.history.past, asked.days, asked.kind)
        found = predictions(self._models.get(Horizon.DAY_AHEAD), known, rows)
        next_day = recent.row + 1 - int(asked.days[0])
        if self._issue_hour == now.hour == 0 and 0 <= next_day < days:
            kept = {name: wh[next_day].copy() for name, wh in found.items()}
            self._replays[Horizon.DAY_AHEAD].keep(recent.row + 1, kept)
        place = asked.position // HOURS_A_DAY - asked.days[0]
        return {name: wh[place, asked.shown.hour] for name, wh in found.items()}

    def _hour_by_hour(self, recent: Recent, now: Known, asked: _Asked) -> dict[str, Floats]:
        wanted = asked.position.tolist()
        model = self._models.get(Horizon.HOUR_AHEAD)
        wh = recent.days.wh.copy()
        days = Days(recent.days.first, wh, recent.days.kind)
        past = recent.history.past
        by_position: dict[int, dict[str, float]] = {}
        for position in sorted({*wanted, *range(recent.moment, max(wanted))}):
            row, hour = divmod(position, HOURS_A_DAY)
            known = Known(days, np.array([row]), 0, now.since)
            found = predictions(model, known, hour_ahead_rows(known, past))
            said = {name: float(values[0, hour]) for name, values in found.items()}
            by_position[position] = said
            if recent.moment <= position < max(wanted):
                wh[row, hour] = next((value for value in reversed(said.values()) if np.isfinite(value)), np.nan)
                past = past_of(days)
        names = by_position[wanted[0]]
        return {name: np.array([by_position[position][name] for position in wanted]) for name in names}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The hours to forecast.

    Attributes:
        shown: what their clock shows.
        position: in hours of the clock from the beginning of the table, shape (m,).
        days: the days that they lie in, as rows, ascending.
        kind: what these days are.
    """

    shown: LocalHours
    position: Integers
    days: Integers
    kind: Integers

    @classmethod
    def of(cls, calendar: Calendar, recent: Recent, first: int, hours: int) -> _Asked:
        shown = calendar.hours(first, hours)
        row = shown.day - recent.days.first
        days = np.arange(row[0], row[-1] + 1)
        kind = kinds_of_days(calendar, (days + recent.days.first).tolist())
        return cls(shown, row * HOURS_A_DAY + shown.hour, days, kind)

    def is_near(self, recent: Recent) -> bool:
        """Return whether all of them are the hours right after the last known one."""
        ahead = self.position - recent.moment
        return bool(((ahead >= -1) & (ahead < _HOURS_BY_HOUR)).all())


def _silent_hours(known: Series, issued_at: int) -> int:
    """Return for how long nothing was measured [h]."""
    last = int(np.flatnonzero(np.isfinite(known.wh))[-1])
    return max(issued_at - (known.first + HOUR_S * (last + 1)), 0) // HOUR_S


def _method(judge: Judge, found: Mapping[str, Floats]) -> Method:
    """Return who says the first hour."""
    said = [name for name in judge.choices if name in found and np.isfinite(found[name]).all()]
    return Method(judge.choice(said)) if said else Method.MEAN_SO_FAR


def _flat(horizon: Horizon, issued_at: int, first: int, hours: int, mean: float, basis: Basis) -> Forecast:
    flat = np.full(hours, mean)
    low, middle, high = (flat * share for share in _MEAN_SO_FAR_BAND)
    return Forecast(Target.CONSUMPTION, horizon, issued_at, first, flat, low, middle, high, basis)
