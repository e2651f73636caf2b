"""A folder of measurements that models are trained and judged on: `load_kwh.csv` and/or `pv_kwh.csv`, hourly or
half-hourly, `meta.json`, and perhaps `weather_forecast.csv`. Stamps are the start of the period, in the folder's zone.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..common.forecasting.forecast import Target
from ..common.forecasting.series import Calendar, Integers, Series
from ..common.forecasting.weather import Site, WeatherForecast
from ..common.periods import HOUR_S, is_zone
from .data_table import DataWrong, LocalStamps, Table, read_table
from .doubts import Weather, weather_of_homes, without_negatives
from .weather_table import WEATHER_FILE, read_weather

FILES: Final = {Target.CONSUMPTION: "load_kwh.csv", Target.GENERATION: "pv_kwh.csv"}
HALF_HOUR_S: Final = HOUR_S // 2
LONGEST_S: Final = 30 * 366 * 24 * HOUR_S
_WH_A_KWH: Final = 1_000


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Measurements of some homes, without the series that the folder itself excludes as faulty.

    Attributes:
        calendar: the folder's clock; it knows of no holidays.
        site: where the homes are; None where the folder does not say.
        series: by target and home; those of one target have the same hours [Wh], nan where nothing is known.
        pv_wp: nominal power of the generation by home [W], where it is known.
        weather: forecasts by home, oldest first; those under "" are of every home.
        notes: what in the files was not as it should be, and what was made of it; sentences for people.
    """

    calendar: Calendar
    site: Site | None
    series: Mapping[Target, Mapping[str, Series]]
    pv_wp: Mapping[str, float] = field(default_factory=dict)
    weather: Weather = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def weather_of(self, home: str) -> tuple[WeatherForecast, ...]:
        """Return the forecasts that a home goes by, oldest first."""
        return self.weather.get(home, self.weather.get("", ()))


def read_data_folder(folder: Path) -> DataFolder:
    """Read a folder.

    Raises:
        DataWrong: it is not there, or something in it cannot be used; a sentence says what and where.
    """
    if not folder.is_dir():
        raise DataWrong(f"There is no folder {folder}.")
    present = {target: folder / name for target, name in FILES.items() if (folder / name).exists()}
    if not present:
        raise DataWrong(f"There is neither {' nor '.join(FILES.values())} in {folder}.")
    meta = _Meta.read(folder / "meta.json")
    stamps = LocalStamps(meta.zone)
    series, notes = {}, []
    for target, path in present.items():
        series[target], remarks = _read_series(path, target, stamps, meta.excluded[target])
        notes += remarks
    weather: Weather = {}
    weather_file = folder / WEATHER_FILE
    if weather_file.exists():
        generating = series.get(Target.GENERATION, {})
        weather, remarks = weather_of_homes(weather_file, read_weather(weather_file, stamps), generating)
        notes += remarks
    return DataFolder(Calendar(meta.zone), meta.site, series, meta.pv_wp, weather, tuple(notes))


def _read_series(
    path: Path, target: Target, stamps: LocalStamps, excluded: frozenset[str]
) -> tuple[dict[str, Series], list[str]]:
    """Return each home's hours, over the whole span of the file, and what was made of values that cannot be."""
    table = read_table(path)
    homes = table.header[1:]
    if not table.rows:
        raise DataWrong(f"{path} has no rows.")
    instants, places = _instants(table, stamps)
    read = np.array([table.numbers(place, 1) for place in places.tolist()])
    used = [n for n, home in enumerate(homes) if home not in excluded]
    values, notes = without_negatives(path, target, [homes[n] for n in used], read[:, used])
    into = np.array([stamps.into_the_hour(instant) for instant in instants.tolist()], np.int64)
    step_s = _step(path, instants, into, stamps)
    # A half-hourly file may begin or end within an hour: that hour is not known.
    first, end = int((instants - into).min()), int(instants.max()) + step_s
    hours = -(-(end - first) // HOUR_S)
    if end - first > LONGEST_S:
        raise DataWrong(f"{path} covers more than 30 years: is a stamp wrong?")
    if ((instants - into - first) % HOUR_S).any():
        raise DataWrong(f"{path}: the clocks of {stamps.zone} change by a part of an hour, which is not supported.")
    grid = np.full((hours * HOUR_S // step_s, len(used)), np.nan)
    grid[(instants - first) // step_s] = values
    wh = grid.reshape(hours, HOUR_S // step_s, len(used)).sum(axis=1) * _WH_A_KWH
    return {homes[n]: Series(first, wh[:, column].copy()) for column, n in enumerate(used)}, notes


def _instants(table: Table, stamps: LocalStamps) -> tuple[Integers, Integers]:
    """Return the start of each usable row [Unix s] and its place in the table; rows that no clock shows are dropped."""
    starts = stamps.starts(table, range(len(table.rows)), 0)
    places = np.array([place for place, start in enumerate(starts) if start is not None], np.int64)
    instants = np.array([start for start in starts if start is not None], np.int64)
    if not places.size:
        raise DataWrong(f"{table.path} has no hour that exists in {stamps.zone}.")
    order = np.argsort(instants, kind="stable")
    again = np.flatnonzero(np.diff(instants[order]) == 0)
    if again.size:
        place = int(places[order][again[0] + 1])
        raise DataWrong(f"{table.where(place)}: the stamp {table.rows[place][0]!r} comes twice.")
    return instants, places


def _step(path: Path, instants: Integers, into: Integers, stamps: LocalStamps) -> int:
    """Return the length of the file's periods [s]: half an hour where a stamp is on the half of an hour.

    Args:
        path: names the file.
        instants: start of each period [Unix s].
        into: how far into the clock's hour each of them is [s].
        stamps: shows an instant to people.
    """
    off = ~np.isin(into, (0, HALF_HOUR_S))
    if off.any():
        wrong = stamps.shown(int(instants[off][0]))
        raise DataWrong(f"{path}: the stamp {wrong} is neither on the hour nor on the half hour.")
    if into.size and into.all():
        raise DataWrong(f"{path}: every stamp is on the half hour; hours must begin on the hour.")
    return HALF_HOUR_S if into.any() else HOUR_S


@dataclass(frozen=True, slots=True)
class _Meta:
    """What `meta.json` says."""

    zone: str
    site: Site | None
    pv_wp: Mapping[str, float]
    excluded: Mapping[Target, frozenset[str]]

    @classmethod
    def read(cls, path: Path) -> _Meta:
        try:
            meta = json.loads(path.read_text("utf-8-sig"))
        except FileNotFoundError:
            raise DataWrong(f"There is no {path}: it says in which zone (tz) the stamps are.") from None
        except (OSError, ValueError) as error:
            raise DataWrong(f"{path} cannot be read: {error}.") from error
        if not isinstance(meta, dict):
            raise DataWrong(f"{path} is not a JSON object.")
        zone = meta.get("tz")
        if not isinstance(zone, str) or not is_zone(zone):
            raise DataWrong(f"{path}: tz must be the IANA name of a time zone, and is {zone!r}.")
        excluded = {
            Target.CONSUMPTION: _names(path, meta, "exclude_load"),
            Target.GENERATION: _names(path, meta, "exclude_pv"),
        }
        return cls(zone, _site(path, meta), _nominal_power(path, meta), excluded)


def _site(path: Path, meta: Mapping[str, Any]) -> Site | None:
    if meta.get("lat") is None and meta.get("lon") is None:
        return None
    latitude, longitude = _number(meta.get("lat")), _number(meta.get("lon"))
    if not abs(latitude) <= 90 or not abs(longitude) <= 180:
        raise DataWrong(f"{path}: lat and lon must be degrees, within 90 and 180.")
    return Site(latitude, longitude)


def _nominal_power(path: Path, meta: Mapping[str, Any]) -> dict[str, float]:
    given = meta.get("pv_kwp") or {}
    powers = {home: _number(kwp) for home, kwp in given.items()} if isinstance(given, dict) else {}
    if not isinstance(given, dict) or not all(power > 0 for power in powers.values()):
        raise DataWrong(f"{path}: pv_kwp must give a positive number of kW for each home that it names.")
    return {home: power * _WH_A_KWH for home, power in powers.items()}


def _names(path: Path, meta: Mapping[str, Any], key: str) -> frozenset[str]:
    given = meta.get(key) or []
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(name, str) for name in given):
        raise DataWrong(f"{path}: {key} must be a list of names.")
    return frozenset(given)


def _number(value: object) -> float:
    """Return a finite number, nan for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number and isinstance(value, int | float) else math.nan
