"""What a home will generate: candidates as they would have been issued day by day, and a judge who chooses among them.

The mean of seven days answers for two weeks, then the model of the site, unless that mean or an outside service was
better over the last four weeks. Nothing is negative, nothing is generated at night, nothing exceeds what was shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ..candidates import LAST_WEEK, MEAN_7_DAYS
from ..forecast import Forecast, Horizon, Target
from ..judge import Judge
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from ..weather import Site, SolarForecast, WeatherForecast
from .basis import basis_of, nothing
from .hour_ahead import LEADS, Course
from .levels import Issues, Plant
from .means import last_week, mean_of_seven_days
from .memo import SITE_MODEL, Lessons, Replays
from .scene import SERVICE, UNMOVED, Scene, scene_of
from .site_model import FEWEST_DAYS, FEWEST_DAYS_TO_JUDGE, SiteModel, site_model

_FEWEST_DAYS_OF_A_SERVICE: Final = 7
_CLEAR: Final = "clear"
"""Beside the candidates: what a clear hour gives."""
_DECIMALS: Final = 3
"""Sums of the same numbers differ in their last bits with what else is summed in a call; nothing is learnt of that."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What candidates say of days, as the rows of a scene.

    Attributes:
        row: the days, shape (m,).
        wh: energy by candidate [Wh], shape (m, 24) each, bounded; nan where one says nothing.
    """

    row: Integers
    wh: dict[str, Floats]


class GenerationForecaster:
    """Forecasts what a home will generate. Its answer depends on what was known at the issue, and on nothing else.

    It keeps what it learnt of past days, so that the next call is fast; it is not to be used by two threads at once.
    """

    def __init__(self, site: Site | None, issue_hour: int = 12) -> None:
        """Make a forecaster.

        Args:
            site: where the home is; None where it is not known.
            issue_hour: hour of the day before at which past days count as forecast, 0 to 24.

        Raises:
            ValueError: there is no such hour.
        """
        if not 0 <= issue_hour <= HOURS_A_DAY:
            raise ValueError(f"an issue hour lies between 0 and {HOURS_A_DAY}: {issue_hour}")
        self._site = site
        self._issue_hour = issue_hour
        self._replays = Replays()
        self._day_ahead = Lessons()
        self._hour_ahead = Lessons()

    def forecast(
        self,
        series: Series,
        calendar: Calendar,
        horizon: Horizon,
        issued_at: int,
        first: int,
        hours: int,
        weather: Sequence[WeatherForecast] = (),
        solar: Sequence[SolarForecast] = (),
    ) -> Forecast:
        """Return what the home will generate in `hours` hours from `first` on [Unix s].

        Args:
            series: what was generated; what was over at `issued_at` is used.
            calendar: the place's clock.
            horizon: the day ahead, or the next two hours after the last one that was over.
            issued_at: what was measured or said until then is used [Unix s].
            first: start of the first hour [Unix s].
            hours: how many.
            weather: forecasts of the weather, those of past days as they were issued.
            solar: forecasts of this home's generation by outside services, likewise.
        """
        known = series.until(issued_at)
        if hours <= 0 or not (solar or np.any(known.wh > 0.0)):
            return nothing(known, horizon, issued_at, first, hours)
        scene = scene_of(self._site, self._issue_hour, known, calendar, issued_at, (first, hours), weather, solar)
        past, now = _candidates(scene, self._replays, horizon)
        choices = _choices(scene, past)
        judge = _learn(self._day_ahead, scene, choices, past)
        if horizon is Horizon.HOUR_AHEAD:
            past, now = _hour_ahead(scene, past, now, judge)
            judge = _learn(self._hour_ahead, scene, (SITE_MODEL, MEAN_7_DAYS, UNMOVED), past)
        return _issued(scene, now, judge, (horizon, issued_at, first))


def _candidates(scene: Scene, replays: Replays, horizon: Horizon) -> tuple[_Said, _Said]:
    """Return what candidates said of the judged days on the day before each, and what they say of the target days.

    The next hours of today are moved from what was said of today the day before, as those of past days are.
    """
    data = scene.data

    @cache
    def model() -> SiteModel:
        return site_model(Plant(data.wh, data.clear, scene.weather_then), scene.issue_hour)

    def replay(row: Integers) -> dict[str, Floats]:
        issues = Issues(row - 1, scene.issue_hour, row)
        found = model().predict(issues, FEWEST_DAYS_TO_JUDGE)
        said = {MEAN_7_DAYS: mean_of_seven_days(data, issues), LAST_WEEK: last_week(data, issues)}
        said |= {SITE_MODEL: found.wh, _CLEAR: found.levels.clear}
        said |= {SERVICE + name: wh[row] for name, wh in scene.services_then.items()}
        return _bounded(said, np.where(data.dark[row], 0.0, np.inf))

    past = replays.complete(scene.span, scene.inputs, scene.judged, replay)
    if horizon is Horizon.HOUR_AHEAD and scene.ends_today:
        return _Said(scene.judged, past), _Said(scene.targets, {name: wh[-1:] for name, wh in past.items()})
    found = model().predict(scene.now, FEWEST_DAYS, scene.weather_now)
    now = {MEAN_7_DAYS: mean_of_seven_days(data, scene.now), SITE_MODEL: found.wh, _CLEAR: found.levels.clear}
    now |= {SERVICE + name: wh for name, wh in scene.services_now.items()}
    return _Said(scene.judged, past), _Said(scene.targets, _bounded(now, data.limit[scene.targets]))


def _bounded(wh: Mapping[str, Floats], limit: Floats) -> dict[str, Floats]:
    return {name: np.round(np.clip(values, 0.0, limit), _DECIMALS) for name, values in wh.items()}


def _choices(scene: Scene, past: _Said) -> tuple[str, ...]:
    """Return who may be chosen: a service must have spoken of a week of days, unless the home is younger than that."""
    measured = int(np.isfinite(scene.data.wh).any(axis=1).sum())
    enough = min(_FEWEST_DAYS_OF_A_SERVICE, measured)
    spoke = {name: int(np.isfinite(wh).any(axis=1).sum()) for name, wh in past.wh.items() if name.startswith(SERVICE)}
    return (SITE_MODEL, MEAN_7_DAYS, *(name for name, days in spoke.items() if days >= enough))


def _learn(lessons: Lessons, scene: Scene, choices: tuple[str, ...], past: _Said) -> Judge:
    """Return a judge who has seen the judged days that are over; night is no merit of a forecast."""
    rows = scene.judged[: scene.learnable]
    names = (*choices, LAST_WEEK)
    actual = np.where(scene.data.dark[rows], np.nan, scene.data.wh[rows])
    return lessons.learn(scene.span[1], choices, {name: past.wh[name][: rows.size] for name in names}, actual)


def _hour_ahead(scene: Scene, past: _Said, now: _Said, judge: Judge) -> tuple[_Said, _Said]:
    """Return what is said of hours when the one before them is over; of the second hour ahead, the one before that."""
    ahead = now.row > scene.row
    row = np.concatenate((past.row, now.row[ahead]))
    expected = np.concatenate((_believed(past, judge), _believed(now, judge)[ahead]))
    clear = np.concatenate((past.wh[_CLEAR], now.wh[_CLEAR][ahead]))
    course = Course(expected, clear, scene.data.wh[row])
    limit = np.where(scene.data.dark[row], 0.0, np.inf)
    moved = [np.minimum(course.moved(lead), limit) for lead in range(1, LEADS + 1)]
    days = past.row.size
    mean_7_days = mean_of_seven_days(scene.data, Issues(past.row - 1, HOURS_A_DAY, past.row))
    said_past = {MEAN_7_DAYS: mean_7_days, UNMOVED: expected[:days], SITE_MODEL: moved[0][:days]}
    now_expected = _believed(now, judge)
    soon = _soon(scene, now_expected, row, moved)
    said_now = {MEAN_7_DAYS: now.wh[MEAN_7_DAYS], UNMOVED: now_expected, SITE_MODEL: soon}
    return (
        _Said(past.row, _bounded(said_past, limit[:days]) | {LAST_WEEK: past.wh[LAST_WEEK]}),
        _Said(now.row, _bounded(said_now, scene.data.limit[now.row])),
    )


def _believed(said: _Said, judge: Judge) -> Floats:
    """Return what the day-ahead judge believes of each day, the seven days' mean where that says nothing."""
    wh = said.wh[judge.choice(judge.choices)]
    return np.where(np.isfinite(wh), wh, said.wh[MEAN_7_DAYS])


def _soon(scene: Scene, expected: Floats, row: Integers, moved: list[Floats]) -> Floats:
    """Return the target days with the next hours moved, shape (targets, 24)."""
    soon = expected.copy()
    last = scene.row * HOURS_A_DAY + scene.hour - 1
    for lead, values in enumerate(moved, 1):
        day, hour = divmod(last + lead, HOURS_A_DAY)
        if scene.targets[0] <= day <= scene.targets[-1]:
            soon[day - scene.targets[0], hour] = values[np.searchsorted(row, day), hour]
    return soon


def _issued(scene: Scene, now: _Said, judge: Judge, when: tuple[Horizon, int, int]) -> Forecast:
    horizon, issued_at, first = when
    asked = {name: scene.asked(wh) for name, wh in now.wh.items() if name != _CLEAR}
    available = {name: wh for name, wh in asked.items() if np.isfinite(wh).any()}
    cap = scene.data.limit[scene.asked_row, scene.asked_hour]
    issued = judge.issue(available, scene.asked_hour, 0.0, cap)
    mean, low, middle, high = (np.nan_to_num(values) for values in issued)
    return Forecast(
        Target.GENERATION, horizon, issued_at, first, mean, low, middle, high, basis_of(scene, judge, available)
    )
