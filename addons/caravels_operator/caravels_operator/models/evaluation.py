"""Rolling origin over a folder of measurements: what members would have forecast on each of the last days, and what
came. What is scored, and how, is in `metrics`.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..common.forecasting.consumption.card import read_card, trained_days
from ..common.forecasting.forecast import Target
from ..common.forecasting.generation.sun import hours_of_sun
from ..common.forecasting.series import Integers, Series
from ..common.periods import DAY_S, HOUR_S, day_start, local_day
from .data_folder import FILES, DataFolder
from .data_table import DataWrong
from .metrics import daily_scale
from .rolling_origin import Files, HomeForecasts, Task, Wanted, forecast_home, models_of

FEWEST_HOURS_BEFORE: Final = 14 * 24
FEWEST_HOURS_SCORED: Final = 24
_HOMES_WORTH_A_POOL: Final = 4
_AROUND_S: Final = DAY_S - HOUR_S
"""A day of training by another clock may begin or end so long outside of the test days and still lie in them."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of it.

    Attributes:
        first, last: the first and the last test day.
        day: the local day (ordinal) of each test hour, shape (hours,).
        daylight: whether the sun is up in each test hour, shape (hours,); all where the place is not known.
        community_scale: of MASE, of the sum over homes [Wh].
        homes: by their order in the data.
        left_out: homes that could not be evaluated, and why.
        notes: what in the data was not as it should be, and what was made of it.
    """

    wanted: Wanted
    first: date
    last: date
    day: Integers
    daylight: NDArray[np.bool_]
    community_scale: float
    homes: tuple[HomeForecasts, ...]
    left_out: Mapping[str, str]
    notes: tuple[str, ...] = ()


def evaluate(
    folder: DataFolder, wanted: Wanted, files: Files, progress: Callable[[str], None] = lambda _home: None
) -> Evaluation:
    """Evaluate on a folder of measurements, on all cores where there are several homes.

    Args:
        folder: the measurements.
        wanted: what of them.
        files: the models of consumption.
        progress: is called with the name of each home that is done.

    Raises:
        DataWrong: there is nothing to evaluate, or a model was trained on test days; a sentence says why.
        ModelRefused: a model cannot be used.
    """
    homes = chosen_homes(folder, wanted)
    first, end = window(folder, wanted)
    left_out = {home: why for home, series in homes.items() if (why := _too_little(series, first, end))}
    tasks = [
        Task(
            home,
            wanted,
            first,
            end,
            series,
            folder.calendar,
            folder.site,
            folder.weather_of(home),
            folder.pv_wp.get(home),
            files,
        )
        for home, series in homes.items()
        if home not in left_out
    ]
    if not tasks:
        raise DataWrong("No home has enough data: " + "; ".join(f"{home}: {why}" for home, why in left_out.items()))
    _refuse_what_was_learnt(tasks)
    done = []
    for result in _run(tasks):
        done.append(result)
        progress(result.home)
    zone, hours = folder.calendar.zone, (end - first) // HOUR_S
    return Evaluation(
        wanted=wanted,
        first=local_day(first, zone),
        last=local_day(end - 1, zone),
        day=folder.calendar.hours(first, hours).day,
        daylight=_daylight(folder, first, hours),
        community_scale=_community_scale([task.series for task in tasks], first),
        homes=tuple(done),
        left_out=left_out,
        notes=folder.notes,
    )


def chosen_homes(folder: DataFolder, wanted: Wanted) -> Mapping[str, Series]:
    """Return the series of the homes to evaluate, in the data's order.

    Raises:
        DataWrong: a home is named that is not there, or none is.
    """
    available = folder.series.get(wanted.target)
    if available is None:
        raise DataWrong(f"There is no {FILES[wanted.target]} in the folder.")
    unknown = [home for home in wanted.homes if home not in available]
    if unknown:
        raise DataWrong(f"{FILES[wanted.target]} has no home {', '.join(unknown)} (or it is excluded).")
    if not available:
        raise DataWrong(f"All homes of {FILES[wanted.target]} are excluded.")
    return {home: series for home, series in available.items() if not wanted.homes or home in wanted.homes}


def window(folder: DataFolder, wanted: Wanted) -> tuple[int, int]:
    """Return the test window [Unix s]: the last whole local days of which something is known.

    Raises:
        DataWrong: the data are shorter.
    """
    zone = folder.calendar.zone
    known = [
        series.first + HOUR_S * place[[0, -1]]
        for series in folder.series[wanted.target].values()
        if (place := np.flatnonzero(np.isfinite(series.wh))).size
    ]
    if not known:
        raise DataWrong(f"{FILES[wanted.target]} holds no known value.")
    begin, end = int(min(each[0] for each in known)), int(max(each[1] for each in known)) + HOUR_S
    after = local_day(end, zone)
    first = after - timedelta(days=wanted.test_days)
    if day_start(first, zone) - begin < FEWEST_HOURS_BEFORE * HOUR_S:
        days = (day_start(after, zone) - begin) // DAY_S
        raise DataWrong(
            f"{FILES[wanted.target]} covers {days} days: too few for {wanted.test_days} test days and two weeks before."
        )
    return day_start(first, zone), day_start(after, zone)


def _too_little(series: Series, first: int, end: int) -> str:
    """Return in words why a home cannot be evaluated, "" if it can."""
    before = int(np.isfinite(series.until(first).wh).sum())
    inside = int(np.isfinite(series.between(first, end)).sum())
    if before < FEWEST_HOURS_BEFORE:
        return f"{before} hours are known before the test days, {FEWEST_HOURS_BEFORE} are needed"
    if inside < FEWEST_HOURS_SCORED:
        return f"{inside} hours are known in the test days, {FEWEST_HOURS_SCORED} are needed"
    return ""


def _daylight(folder: DataFolder, first: int, hours: int) -> NDArray[np.bool_]:
    if folder.site is None:
        return np.ones(hours, bool)
    return np.asarray(hours_of_sun(folder.site, first, hours).elevation > 0.0)


def _community_scale(homes: Sequence[Series], end: int) -> float:
    """Return MASE's scale of the sum over homes, of what is known of them before `end` [Unix s]; they are as long."""
    wh = np.array([series.wh for series in homes])
    known = np.isfinite(wh)
    total = np.where(known.any(axis=0), np.where(known, wh, 0.0).sum(axis=0), np.nan)
    return daily_scale(Series(homes[0].first, total), end)


def _refuse_what_was_learnt(tasks: Sequence[Task]) -> None:
    """Raise DataWrong if the model was trained on test days: figures on them would say nothing about other days."""
    wanted, files = tasks[0].wanted, tasks[0].files
    model = models_of(files).get(wanted.horizon) if wanted.target is Target.CONSUMPTION else None
    if model is None:
        return
    card = read_card(model.metadata)
    learnt = {}
    for task in tasks:
        start, end = task.first - _AROUND_S, task.end + _AROUND_S
        if days := trained_days(card, Series(start, task.series.between(start, end)), task.calendar):
            learnt[task.home] = days
    if learnt:
        homes = ", ".join(f"{home} ({days})" for home, days in learnt.items())
        raise DataWrong(
            f"The model {card.name} {card.version} was trained on test days of {homes}: figures on them would say "
            f"nothing. It learnt from days until {card.trained_until}; test later days, or other homes."
        )


def _run(tasks: Sequence[Task]) -> Iterator[HomeForecasts]:
    workers = min(os.process_cpu_count() or 1, len(tasks))
    if workers == 1 or len(tasks) < _HOMES_WORTH_A_POOL:
        yield from map(forecast_home, tasks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(forecast_home, tasks)
