"""What of a folder of measurements cannot be as it stands, and what is made of it: nothing silently, and nothing is
refused that meters do every night.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ..common.forecasting.forecast import Target
from ..common.forecasting.series import Floats
from ..common.forecasting.weather import WeatherForecast
from .data_table import DataWrong

type Weather = Mapping[str, tuple[WeatherForecast, ...]]
"""Forecasts by home, oldest first; those under "" are of every home."""

_MADE_OF: Final = {
    Target.CONSUMPTION: "taken as unknown",
    Target.GENERATION: "taken as 0: what a plant uses itself is no generation",
}
_LARGEST_SHARE: Final = 1.0
"""Cloud cover that is never above 1 % is a share of 1."""
_SHOWN: Final = 8
"""So many names are told."""


def without_negatives(path: Path, target: Target, homes: Sequence[str], values: Floats) -> tuple[Floats, list[str]]:
    """Return energies without negative ones, and what was done, for people.

    Args:
        path: names the file.
        target: a consumption below 0 is unknown; a generation below 0 is none.
        homes: names of the columns.
        values: shape (rows, homes); nan where nothing is known.

    Raises:
        DataWrong: a home's negative values outweigh the others, as they do where signs are turned round.
    """
    negative = values < 0
    if not negative.any():
        return values, []
    below, above = (np.nansum(np.where(part, values, 0.0), axis=0) for part in (negative, values > 0))
    if (turned := np.flatnonzero(-below > above)).size:
        raise DataWrong(f"{path}: {homes[int(turned[0])]} is more negative than positive; is its sign turned round?")
    places = np.flatnonzero(negative.any(axis=0)).tolist()
    note = (
        f"{path.name}: {int(negative.sum())} negative values of {_listed([homes[place] for place in places])} "
        f"(down to {np.nanmin(values):g}) are {_MADE_OF[target]}."
    )
    return np.where(negative, 0.0 if target is Target.GENERATION else np.nan, values), [note]


def weather_of_homes(path: Path, weather: Weather, homes: Iterable[str]) -> tuple[Weather, list[str]]:
    """Return the forecasts of a file by home, and what people should know of them.

    The only place of a file is every home's, whatever it is called; a home that a file with several places does not
    name goes by those without a place, or without weather.

    Args:
        path: names the file.
        weather: what it holds.
        homes: all that generate.
    """
    names = list(homes)
    notes: list[str] = []
    if not names:
        return weather, notes
    if not weather:
        return weather, [f"{path.name} has no rows: there is no weather forecast."]
    if len(weather) == 1 and not weather.keys() & {"", *names}:
        (place,) = weather
        weather = {"": weather[place]}
        notes.append(f"{path.name} is of {place!r}, which is no home: it is taken for the weather of all homes.")
    if "" not in weather and (without := [name for name in names if name not in weather]):
        notes.append(f"{path.name} has nothing for {_listed(without)}: without weather.")
    covers = [forecast.cloud_cover for forecasts in weather.values() for forecast in forecasts]
    highest = max(float(np.nanmax(cover, initial=0.0)) for cover in covers)
    if highest <= _LARGEST_SHARE:
        notes.append(f"{path.name}: cloud_cover is never above {highest:g}; is it a share? It is read as %.")
    return weather, notes


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
