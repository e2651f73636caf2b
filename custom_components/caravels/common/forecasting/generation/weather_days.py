"""Weather and solar forecasts as they were known when a home forecast: the latest issue that covers an hour."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...periods import DAY_S, HOUR_S
from ..series import HOURS_A_DAY, Floats, Integers
from ..weather import SolarForecast, WeatherForecast


@dataclass(frozen=True, slots=True)
class Issue:
    """What was said at one instant about consecutive hours.

    Attributes:
        issued_at: when [Unix s].
        first: start of the first hour [Unix s].
        values: what was said, shape (k, m); nan where nothing was.
    """

    issued_at: int
    first: int
    values: Floats


@dataclass(frozen=True, slots=True)
class Clock:
    """Days of 24 hours each by a clock that never changes: the sun knows no daylight saving.

    Attributes:
        start: start of the first day [Unix s].
        day: the first day as its ordinal.
        days: how many.
    """

    start: int
    day: int
    days: int

    @property
    def count(self) -> int:
        """How many hours."""
        return self.days * HOURS_A_DAY

    def table(self, values: Floats) -> Floats:
        """Return values of all hours, shape (k, n), by day and hour, shape (days, 24, k)."""
        return np.ascontiguousarray(values.T).reshape(self.days, HOURS_A_DAY, -1)

    def since(self, row: int) -> Clock:
        """Return the days from a row on."""
        return Clock(self.start + DAY_S * row, self.day + row, self.days - row)


def weather_issues(forecasts: Iterable[WeatherForecast], since: int, until: int) -> list[Issue]:
    """Return what was issued between two instants [Unix s], oldest first: cloud cover, temperature and humidity."""
    return _ordered(
        Issue(one.issued_at, one.first, np.stack((one.cloud_cover, one.temperature, one.humidity)))
        for one in forecasts
        if since <= one.issued_at <= until
    )


def solar_issues(forecasts: Iterable[SolarForecast], since: int, until: int) -> dict[str, list[Issue]]:
    """Return what each service issued between two instants [Unix s], oldest first: energy [Wh]; by its name."""
    by_source: dict[str, list[Issue]] = {}
    for one in forecasts:
        if since <= one.issued_at <= until:
            by_source.setdefault(one.source, []).append(Issue(one.issued_at, one.first, one.wh[None]))
    return {source: _ordered(by_source[source]) for source in sorted(by_source)}


def as_known(issues: list[Issue], clock: Clock, limit: Integers) -> Floats:
    """Return for each hour what the latest issue says that covers it, shape (k, n); nan where none does.

    Args:
        issues: oldest first, at least one.
        clock: the hours.
        limit: until when an issue was known when the hour was forecast [Unix s], shape (n,), ascending.
    """
    known = np.full((issues[0].values.shape[0], clock.count), np.nan)
    opens = np.searchsorted(limit, [issue.issued_at for issue in issues]).tolist()
    for issue, open_ in zip(issues, opens, strict=True):
        offset = (issue.first - clock.start + HOUR_S // 2) // HOUR_S
        low, high = max(offset, open_, 0), min(offset + issue.values.shape[1], clock.count)
        if low < high:
            said = issue.values[:, low - offset : high - offset]
            np.copyto(known[:, low:high], said, where=np.isfinite(said))
    return known


def _ordered(issues: Iterable[Issue]) -> list[Issue]:
    return sorted(issues, key=lambda issue: issue.issued_at)
