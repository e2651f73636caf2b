"""Homes made up for tests: hour by hour, of any zone."""

from datetime import UTC, datetime

import numpy as np

from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.periods import HOUR_S

LISBON = Calendar("Europe/Lisbon")


def instant(text: str) -> int:
    """An instant of UTC as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def home(days: int, seed: int = 1, first: str = "2025-01-06T00:00", calendar: Calendar = LISBON) -> Series:
    """A home with a morning, an evening, weekends, and chance, never 0."""
    start = instant(first)
    shown = calendar.hours(start, 24 * days)
    chance = np.random.default_rng(seed)
    usual = 300 + 400 * np.exp(-((shown.hour - 8) ** 2) / 4) + 900 * np.exp(-((shown.hour - 20) ** 2) / 6)
    usual = usual * np.where(shown.weekday >= 5, 1.3, 1.0)
    return Series(start, np.rint(usual * chance.gamma(6.0, 1 / 6.0, usual.size)) + 20)


def changed(series: Series, at: int, value: float | np.ndarray) -> Series:
    """The same home, with another value from a position on."""
    wh = series.wh.copy()
    wh[at : at + np.size(value)] = value
    return Series(series.first, wh)


def after(series: Series, hours: int) -> int:
    """The instant so many hours after the beginning."""
    return series.first + HOUR_S * hours
