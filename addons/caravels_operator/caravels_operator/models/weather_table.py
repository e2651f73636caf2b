"""Weather forecasts of a data folder: what was said, when, about which hour. Synthetic weather has another file's name
and is never read.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ..common.forecasting.series import Floats, Integers
from ..common.forecasting.weather import WeatherForecast
from ..common.periods import DAY_S, HOUR_S
from .data_table import DataWrong, LocalStamps, Table, read_table

WEATHER_FILE: Final = "weather_forecast.csv"
LONGEST_AHEAD_S: Final = 35 * DAY_S
_VALUES: Final = ("cloud_cover", "temperature", "humidity")
_NEEDED: Final = ("start", "issue", "cloud_cover")
_NAMES: Final = ("start", "issue", "site", *_VALUES)


def read_weather(path: Path, stamps: LocalStamps) -> dict[str, tuple[WeatherForecast, ...]]:
    """Return the forecasts of each home, in the order in which they were issued; "" is every home.

    A column is known by the word that it begins with: start, issue, cloud_cover [%], temperature [C], humidity [%], and
    perhaps site. Several rows within an hour are averaged.

    Raises:
        DataWrong: the file cannot be used; a sentence says why.
    """
    table = read_table(path)
    columns = {name: place for name in _NAMES if (place := _column(table, name)) is not None}
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise DataWrong(f"{path} has no column {missing[0]}.")
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(table.rows):
        groups[row[columns["site"]] if "site" in columns else "", row[columns["issue"]]].append(place)
    found: dict[str, list[WeatherForecast]] = defaultdict(list)
    for (home, _), places in groups.items():
        found[home] += _forecast(table, stamps, columns, places)
    return {home: tuple(sorted(forecasts, key=lambda one: one.issued_at)) for home, forecasts in found.items()}


def _column(table: Table, name: str) -> int | None:
    """Return where a column is, None where it is not."""
    names = [header.lower() for header in table.header]
    exact = [place for place, header in enumerate(names) if header == name]
    places = exact or [place for place, header in enumerate(names) if header.startswith(name)]
    if len(places) > 1:
        raise DataWrong(f"{table.path}: {len(places)} columns begin with {name}.")
    return places[0] if places else None


def _forecast(
    table: Table, stamps: LocalStamps, columns: Mapping[str, int], places: Sequence[int]
) -> list[WeatherForecast]:
    """Return what was said at one time, in the rows at `places`; nothing where none of its hours exists."""
    where = table.where(places[0])
    issued_at = stamps.moment(table, places[0], columns["issue"])
    starts = stamps.starts(table, places, columns["start"])
    known = [(place, start) for place, start in zip(places, starts, strict=True) if start is not None]
    if not known:
        return []
    hours = np.array([start - stamps.into_the_hour(start) for _, start in known], np.int64)
    first = int(hours.min())
    if hours.max() - issued_at > LONGEST_AHEAD_S or issued_at - first > LONGEST_AHEAD_S:
        raise DataWrong(f"{where}: what was issued then cannot be about hours over 35 days away.")
    if ((hours - first) % HOUR_S).any():
        raise DataWrong(f"{where}: the clocks of {stamps.zone} change by a part of an hour, which is not supported.")
    values = []
    for name in _VALUES:
        cells = [table.number(place, columns[name]) if name in columns else np.nan for place, _ in known]
        values.append(_by_hour((hours - first) // HOUR_S, np.array(cells)))
    return [WeatherForecast(issued_at, first, *values)]


def _by_hour(hour: Integers, values: Floats) -> Floats:
    """Return the mean of the known values of each hour, nan where there is none."""
    known = ~np.isnan(values)
    size = int(hour.max()) + 1
    total = np.bincount(hour[known], values[known], size)
    count = np.bincount(hour[known], minlength=size)
    mean: Floats = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return mean
