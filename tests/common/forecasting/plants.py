"""A plant whose truth is known: a roof under clouds that a weather service forecasts, well but not exactly."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.forecasting.weather import Site, WeatherForecast
from caravels_operator.common.periods import DAY_S, HOUR_S

ZONE = Calendar("Etc/GMT-1")
SITE = Site(47.0, 15.0)
MARCH = int(datetime(2025, 2, 28, 23, tzinfo=UTC).timestamp())
"""Midnight of 1 March in the zone."""


@dataclass(frozen=True, slots=True)
class Plant:
    """What it generated, and what was said of its weather each morning at six, for that day and the next."""

    series: Series
    weather: tuple[WeatherForecast, ...]

    @property
    def days(self) -> Floats:
        return self.series.wh.reshape(-1, 24)


def plant(
    seed: int, days: int, *, skill: float = 0.85, peak_wh: float = 5_000.0, start: int = MARCH, bias: float = 0.0
) -> Plant:
    """Return a plant of which clouds take up to three quarters (Kasten and Czeplak); the forecast knows `skill`.

    Args:
        skill: correlation of the clouds that are forecast with those that come.
        peak_wh: its energy in an hour of 1,000 W/m2.
        bias: added to the cloud cover that is forecast [%].
    """
    chance = np.random.default_rng(seed)
    truth, other = (_clouds(chance, days + 1) for _ in range(2))
    seen = skill * truth + np.sqrt(1.0 - skill**2) * other
    starts = np.asarray(start + HOUR_S * np.arange((days + 1) * 24), np.float64)
    share = 1.0 - 0.75 * _cover(truth) ** 3.4
    wh = np.round(peak_wh / 1_000.0 * _clear_sky(starts) * share, 1)
    cloud = np.clip(100.0 * _cover(seen) + bias, 0.0, 100.0)
    hour = np.arange(starts.size) % 24
    humidity = np.clip(60.0 + 12.0 * seen - 15.0 * np.cos((hour - 15) / 12 * np.pi), 5.0, 100.0)
    temperature = 12.0 + 6.0 * np.cos((hour - 15) / 12 * np.pi) - 2.0 * seen
    weather = tuple(
        WeatherForecast(start + day * DAY_S + 6 * HOUR_S, start + day * DAY_S, *(table[day * 24 :][:48] for table in (
            cloud, temperature, humidity
        )))
        for day in range(days)
    )  # fmt: skip
    return Plant(Series(start, wh[: days * 24]), weather)


def _clouds(chance: np.random.Generator, days: int) -> Floats:
    """Return clouds that change over days and over hours, of mean 0 and variance 1, shape (24 * days,)."""
    by_day, by_hour = (_remembering(chance, size, memory) for size, memory in ((days + 1, 0.5), (24 * days, 0.85)))
    slow = np.interp(np.arange(24 * days) / 24.0, np.arange(days + 1), by_day) * 1.1
    return np.asarray(np.sqrt(0.8) * slow + np.sqrt(0.2) * by_hour)


def _remembering(chance: np.random.Generator, size: int, memory: float) -> Floats:
    values = chance.standard_normal(size)
    for index in range(1, size):
        values[index] = memory * values[index - 1] + np.sqrt(1.0 - memory**2) * values[index]
    return values


def _cover(clouds: Floats) -> Floats:
    return np.clip(0.5 + 0.5 * clouds, 0.0, 1.0)


def _clear_sky(starts: Floats) -> Floats:
    """Return the clear sky at the middles of hours [W/m2], by Cooper's declination: not the model's formula."""
    day = starts / DAY_S % 365.25
    declination = np.radians(23.45) * np.sin(2 * np.pi * (day - 80.0) / 365.25)
    angle = np.radians(15.0 * ((starts + HOUR_S / 2) % DAY_S / HOUR_S - 12.0) + SITE.longitude)
    latitude = np.radians(SITE.latitude)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    return np.where(up > 0.03, 1_098.0 * up * np.exp(-0.059 / np.maximum(up, 0.03)), 0.0)
