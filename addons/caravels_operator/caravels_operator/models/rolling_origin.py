"""A home's forecasts of past days as it would have made them: by exactly what a member runs (forecaster, models,
adaptation to the home), from nothing but what was known when each was issued; and every naive method beside it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

import numpy as np

from ..common.forecasting.consumption.forecaster import ConsumptionForecaster
from ..common.forecasting.forecast import Forecast, Horizon, Target
from ..common.forecasting.generation.forecaster import GenerationForecaster
from ..common.forecasting.model import Model
from ..common.forecasting.series import Calendar, Floats, Series
from ..common.forecasting.weather import Site, WeatherForecast
from ..common.member.engines import best_engine
from ..common.periods import HOUR_S, day_end, day_start, local_day, local_instant
from .metrics import daily_scale
from .naive import asked, naive_forecasts

LATEST_ISSUE_HOUR: Final = 24

type Files = tuple[tuple[Horizon, bytes], ...]
"""The models of consumption: an ONNX file by horizon."""
type Ask = Callable[[int, int, int], Forecast]
"""Forecasts as of an instant [Unix s]: the start of the first hour [Unix s], and how many hours."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is evaluated.

    Attributes:
        issue_hour: of the day before the test day; 24 is the midnight that begins the test day. Of day-ahead.
        test_days: how many of the last whole local days of the data.
        homes: these alone; all of them where none is named.
    """

    target: Target = Target.CONSUMPTION
    horizon: Horizon = Horizon.DAY_AHEAD
    issue_hour: int = 12
    test_days: int = 56
    homes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A home, and all that its evaluation needs; [first, end) is the test window [Unix s]."""

    home: str
    wanted: Wanted
    first: int
    end: int
    series: Series
    calendar: Calendar
    site: Site | None
    weather: tuple[WeatherForecast, ...]
    nominal_w: float | None
    files: Files


@dataclass(frozen=True, slots=True)
class HomeForecasts:
    """A home's test hours, shape (hours,) each [Wh].

    Attributes:
        actual: what was measured; nan where it is not known.
        mean: what the member's own forecaster said.
        low, high: its P10 and P90.
        naive: what each naive method said.
        scale: of MASE [Wh].
        capacity_wh: of generation: nominal power, or the most that the home has shown, in an hour.
        methods: test hours by what the forecaster went by.
    """

    home: str
    actual: Floats
    mean: Floats
    low: Floats
    high: Floats
    naive: Mapping[str, Floats]
    scale: float
    capacity_wh: float
    methods: Mapping[str, int]


def forecast_home(task: Task) -> HomeForecasts:
    """Forecast a home's test hours as it would have done itself."""
    issues = list(_issues(task))
    ask = asker(task)
    forecasts = [ask(issued_at, first, hours) for issued_at, first, hours in issues]
    starts = np.arange(task.first, task.end, HOUR_S, dtype=np.int64)
    issued_at = np.repeat([issue[0] for issue in issues], [issue[2] for issue in issues])
    wanted = asked(task.calendar, starts, issued_at)
    target, horizon = task.wanted.target, task.wanted.horizon
    most = float(np.nanmax(task.series.wh))
    methods = Counter[str]()
    for forecast in forecasts:
        methods[forecast.basis.method.value] += forecast.mean_wh.size
    return HomeForecasts(
        home=task.home,
        actual=task.series.between(task.first, task.end),
        mean=np.concatenate([forecast.mean_wh for forecast in forecasts]),
        low=np.concatenate([forecast.p10_wh for forecast in forecasts]),
        high=np.concatenate([forecast.p90_wh for forecast in forecasts]),
        naive=naive_forecasts(task.series, task.calendar, wanted, target, horizon, task.site),
        scale=daily_scale(task.series, task.first),
        capacity_wh=most if task.nominal_w is None else task.nominal_w,
        methods=methods,
    )


def _issues(task: Task) -> Iterator[tuple[int, int, int]]:
    """Yield when a forecast is issued, the start of its first hour [Unix s] and how many hours it has."""
    if task.wanted.horizon is Horizon.HOUR_AHEAD:
        yield from ((start, start, 1) for start in range(task.first, task.end, HOUR_S))
        return
    zone = task.calendar.zone
    day = local_day(task.first, zone)
    while (start := day_start(day, zone)) < task.end:
        hour = task.wanted.issue_hour
        issued_at = start if hour == LATEST_ISSUE_HOUR else local_instant(day - timedelta(days=1), hour * 60, zone)
        yield issued_at, start, (day_end(day, zone) - start) // HOUR_S
        day += timedelta(days=1)


def asker(task: Task) -> Ask:
    """Return a home's forecaster; whatever it is asked, it is given only what was known then."""
    horizon, hour = task.wanted.horizon, task.wanted.issue_hour
    if task.wanted.target is Target.CONSUMPTION:
        consumption = ConsumptionForecaster(models_of(task.files), hour)
        return lambda issued_at, first, hours: consumption.forecast(
            task.series.until(issued_at), task.calendar, horizon, issued_at, first, hours
        )
    generation = GenerationForecaster(task.site, hour)
    said_at = [forecast.issued_at for forecast in task.weather]
    return lambda issued_at, first, hours: generation.forecast(
        task.series.until(issued_at),
        task.calendar,
        horizon,
        issued_at,
        first,
        hours,
        task.weather[: bisect_right(said_at, issued_at)],
    )


@cache
def models_of(files: Files) -> dict[Horizon, Model]:
    """Return models ready to run, read once a process.

    Raises:
        ModelRefused: a file cannot be used.
    """
    engine = best_engine()
    return {horizon: engine(file) for horizon, file in files}
