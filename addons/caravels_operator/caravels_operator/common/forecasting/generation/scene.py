"""All that a generation forecast looks at: days of the plant, the sun and the weather, as known when it is issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...periods import DAY_S, HOUR_S
from ..series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from ..weather import Site, SolarForecast, WeatherForecast
from .levels import LEVEL_DAYS, Issues
from .plant_data import PlantData, plant_data
from .sun import hours_of_sun
from .weather_days import Clock, as_known, solar_issues, weather_issues

SERVICE: Final = "service "
"""Before the name of an outside service: what it is called among candidates."""
UNMOVED: Final = "unmoved"
"""The day-ahead forecast as a candidate for the next hours."""
JUDGED_DAYS: Final = 28
"""A judge remembers so many days."""
_RESTART_DAYS: Final = 14
"""It starts anew in steps of so many, so that a forecaster that has lived for long and a new one learn the same."""
_MOST_DAYS: Final = 400
"""Days that are looked at where their weather is known; more would say little of the plant as it is."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known at an issue.

    Attributes:
        clock: the hours of all days that are looked at, by the clock as it goes at the issue, without its changes.
        data: the plant's days, shape (n, 24).
        row: the day of the last hour that was over, as its row.
        hour: hours of that day that were over, 1 to 24.
        issue_hour: hours of the day before that were over when past days were forecast, 1 to 24.
        judged: days to learn from, and the issue's as the last, as rows.
        asked_row, asked_hour: the hours that are asked for, shape (m,).
        targets: the days that are asked for, as rows.
        weather_then: the weather of each day as it was known when that day was forecast, shape (n, 24, 3), or None.
        weather_now: the weather of the target days as it is known now, shape (targets, 24, 3), or None.
        services_then: what services said of each day's generation when it was forecast [Wh], shape (n, 24); by name.
        services_now: what they say of the target days now [Wh], shape (targets, 24).
    """

    clock: Clock
    data: PlantData
    row: int
    hour: int
    issue_hour: int
    judged: Integers
    asked_row: Integers
    asked_hour: Integers
    targets: Integers
    weather_then: Floats | None
    weather_now: Floats | None
    services_then: dict[str, Floats]
    services_now: dict[str, Floats]

    @property
    def inputs(self) -> Floats:
        """All that replays of past days and of the issue's are made from, shape (days, 24, k); first the measured."""
        days = slice(0, self.row + 1)
        weather = [] if self.weather_then is None else [self.weather_then[days]]
        tables = (self.data.wh, self.data.clear, self.data.dark, *self.services_then.values())
        return np.concatenate((*(table[days, :, None] for table in tables), *weather), axis=-1)

    @property
    def ends_today(self) -> bool:
        """Whether only hours of the issue's own day are asked for."""
        return bool((self.targets == self.row).all())

    @property
    def span(self) -> tuple[int, int]:
        """The first day that is looked at and the first one that is judged, as ordinals."""
        return self.clock.day, self.clock.day + int(self.judged[0])

    @property
    def now(self) -> Issues:
        """The issue of the target days."""
        return Issues(np.full(self.targets.size, self.row), self.hour, self.targets)

    @property
    def learnable(self) -> int:
        """How many of the judged days are over."""
        return self.judged.size - (self.hour < HOURS_A_DAY)

    def asked(self, of_targets: Floats) -> Floats:
        """Return the asked hours of values of the target days, shape (targets, 24, ...)."""
        return np.asarray(of_targets[self.asked_row - self.targets[0], self.asked_hour])


def scene_of(
    site: Site | None,
    issue_hour: int,
    series: Series,
    calendar: Calendar,
    issued_at: int,
    asked: tuple[int, int],
    weather: Sequence[WeatherForecast],
    solar: Sequence[SolarForecast],
) -> Scene:
    """Return what is known at `issued_at` [Unix s]; asked are the start of the first hour and how many."""
    first, hours = asked
    last_hour = (issued_at - first) // HOUR_S * HOUR_S + first - HOUR_S
    over = calendar.hours(last_hour, 1)
    today, hour = int(over.day[0]), int(over.hour[0]) + 1
    midnight = last_hour - HOUR_S * (hour - 1)
    first_day, last_day = (today + (at - midnight) // DAY_S for at in (first, first + HOUR_S * (hours - 1)))
    known_since = issued_at - _MOST_DAYS * DAY_S
    issues = weather_issues(weather, known_since, issued_at)
    services = solar_issues(solar, known_since, issued_at)
    start = (today - JUDGED_DAYS) // _RESTART_DAYS * _RESTART_DAYS
    low = min(start - LEVEL_DAYS, first_day)
    if issues:
        oldest = today + (issues[0].issued_at - midnight) // DAY_S
        low = min(low, max(oldest - LEVEL_DAYS, start - _MOST_DAYS))
    clock = Clock(midnight - DAY_S * (today - low), low, max(last_day, today) - low + 1)
    position = (first - clock.start) // HOUR_S + np.arange(hours)
    targets = np.arange(first_day, last_day + 1) - low
    then = np.minimum(_limits(clock, issue_hour), issued_at)
    ahead = clock.since(first_day - low)
    now = np.full(ahead.count, issued_at)
    return Scene(
        clock=clock,
        data=_data(site, series.until(issued_at), clock),
        row=today - low,
        hour=hour,
        issue_hour=issue_hour,
        judged=np.arange(start, today + 1) - low,
        asked_row=position // HOURS_A_DAY,
        asked_hour=position % HOURS_A_DAY,
        targets=targets,
        weather_then=clock.table(as_known(issues, clock, then)) if issues else None,
        weather_now=ahead.table(as_known(issues, ahead, now)) if issues else None,
        services_then={name: clock.table(as_known(said, clock, then))[..., 0] for name, said in services.items()},
        services_now={name: ahead.table(as_known(said, ahead, now))[..., 0] for name, said in services.items()},
    )


def _data(site: Site | None, series: Series, clock: Clock) -> PlantData:
    measured = clock.table(series.between(clock.start, clock.start + HOUR_S * clock.count)[None])[..., 0]
    if site is None:
        return plant_data(measured, None, None)
    sun = hours_of_sun(site, clock.start, clock.count)
    table = clock.table(np.stack((sun.elevation, sun.clear_w_m2)))
    return plant_data(measured, table[..., 0], table[..., 1])


def _limits(clock: Clock, issue_hour: int) -> Integers:
    """Return until when forecasts were known when each hour's day was forecast [Unix s], shape (n,)."""
    opens = clock.start + HOUR_S * ((np.arange(clock.days) - 1) * HOURS_A_DAY + issue_hour)
    return np.repeat(opens, HOURS_A_DAY)
