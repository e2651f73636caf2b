"""The naive forecasts that a model is measured against: by the values of an hour of the clock that were known last.

Written apart from the candidates that members choose among, so that one checks the other.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.generation.sun import hours_of_sun
from ..common.forecasting.series import HOURS_A_DAY, Calendar, Floats, Integers, Series
from ..common.forecasting.weather import Site
from ..common.periods import HOUR_S

LAST_WEEK: Final = "last_week"
MEAN_7: Final = "mean_7_days"
LAST_HOUR: Final = "last_hour"
_WEEK: Final = 7
_LOW_SUN_W_M2: Final = 50.0
"""Of a clear sky: below it last hour's share of it says little."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hours that were forecast, and when; shape (m,) each.

    Attributes:
        day, hour: the local day (ordinal) and the hour of the clock of each.
        limit: the last local day of which that hour of the clock was known when the forecast was issued.
        start: start of each hour [Unix s].
        issued_at: when its forecast was issued [Unix s].
    """

    day: Integers
    hour: Integers
    limit: Integers
    start: Integers
    issued_at: Integers


def asked(calendar: Calendar, starts: Integers, issued_at: Integers) -> Asked:
    """Return consecutive hours [Unix s], each with the instant at which its forecast is issued [Unix s]."""
    shown = calendar.hours(int(starts[0]), starts.size)
    first = int(issued_at.min())
    at_issue = calendar.hours(first, int(issued_at.max() - first) // HOUR_S + 1)
    place = (issued_at - first) // HOUR_S
    limit = at_issue.day[place] - (shown.hour >= at_issue.hour[place])
    return Asked(shown.day, shown.hour, limit, starts, issued_at)


@dataclass(frozen=True, slots=True)
class Clock:
    """A series by local day and hour of the clock.

    Attributes:
        first: the first day (ordinal).
        wh: energy [Wh], shape (days, 24): nan where nothing is known; of an hour that comes twice the mean.
    """

    first: int
    wh: Floats

    @classmethod
    def of(cls, series: Series, calendar: Calendar) -> Clock:
        """Sort a series by the clock."""
        shown = calendar.hours(series.first, series.wh.size)
        first, days = int(shown.day[0]), int(shown.day[-1] - shown.day[0]) + 1
        slot = (shown.day - first) * HOURS_A_DAY + shown.hour
        known = np.isfinite(series.wh)
        total = np.bincount(slot[known], series.wh[known], days * HOURS_A_DAY)
        count = np.bincount(slot[known], minlength=days * HOURS_A_DAY)
        by_clock: Floats = np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
        return cls(first, by_clock.reshape(days, HOURS_A_DAY))

    def mean(self, wanted: Asked, count: int, *, same_weekday: bool = False) -> Floats:
        """Return the mean of the last `count` known values of each asked hour of the clock [Wh], shape (m,).

        Args:
            wanted: the hours.
            count: how many values at most.
            same_weekday: of days of the same weekday alone.
        """
        found = np.full(wanted.day.size, np.nan)
        weekday = wanted.day % _WEEK if same_weekday else np.zeros(wanted.day.size, np.int64)
        for hour in range(HOURS_A_DAY):
            days = np.flatnonzero(np.isfinite(self.wh[:, hour])) + self.first
            for kind in np.unique(weekday):
                own = days[days % _WEEK == kind] if same_weekday else days
                places = np.flatnonzero((wanted.hour == hour) & (weekday == kind))
                total = np.concatenate(([0.0], np.cumsum(self.wh[own - self.first, hour])))
                end = np.searchsorted(own, wanted.limit[places], side="right")
                begin = np.maximum(end - count, 0)
                with np.errstate(invalid="ignore"):
                    found[places] = (total[end] - total[begin]) / (end - begin)
        return found


def naive_forecasts(
    series: Series, calendar: Calendar, wanted: Asked, target: Target, horizon: Horizon, site: Site | None
) -> dict[str, Floats]:
    """Return what each naive method says of the asked hours [Wh], shape (m,) each, by its name.

    Where a method knows nothing it says what the mean of 28 days does, and that says 0 where nothing was ever known.

    Args:
        series: what was measured, before and during the asked hours; only what was known at each issue is used.
        calendar: the place's clock.
        wanted: the hours.
        target: what is forecast.
        horizon: how far ahead.
        site: where the home is; without it there is no persistence of a clear sky.
    """
    clock = Clock.of(series, calendar)
    mean_28 = np.nan_to_num(clock.mean(wanted, 28))
    mean_7 = clock.mean(wanted, 7)
    found = {
        "last_day": clock.mean(wanted, 1),
        LAST_WEEK: clock.mean(wanted, 1, same_weekday=True),
        "same_weekdays_4": clock.mean(wanted, 4, same_weekday=True),
        MEAN_7: mean_7,
        "mean_28_days": mean_28,
    }
    if target is Target.GENERATION:
        found["mean_30_days"] = clock.mean(wanted, 30)
    if horizon is Horizon.HOUR_AHEAD:
        last = _last_hours(series, wanted)
        found |= {LAST_HOUR: last, "half_last_hour_half_7_days": (last + mean_7) / 2}
        if target is Target.GENERATION and site is not None:
            found["clear_sky_persistence"] = _clear_sky_persistence(last, wanted, site, mean_7)
    return {name: np.where(np.isfinite(wh), wh, mean_28) for name, wh in found.items()}


def _last_hours(series: Series, wanted: Asked) -> Floats:
    """Return the hour before each issue [Wh], nan where it is not known."""
    place = (wanted.issued_at - series.first) // HOUR_S - 1
    inside = (place >= 0) & (place < series.wh.size)
    return np.where(inside, series.wh[np.clip(place, 0, series.wh.size - 1)], np.nan)


def _clear_sky_persistence(last: Floats, wanted: Asked, site: Site, otherwise: Floats) -> Floats:
    """Return last hour's share of a clear sky, kept for the next; another forecast where the sun was too low to tell.

    Args:
        last: energy of the hour before each of the consecutive asked ones [Wh], shape (m,).
        wanted: the hours, each asked for at its own start.
        site: where the sun is looked at from.
        otherwise: the other forecast [Wh], shape (m,).
    """
    clear = hours_of_sun(site, int(wanted.start[0]) - HOUR_S, last.size + 1).clear_w_m2
    before, now = clear[:-1], clear[1:]
    told = before > _LOW_SUN_W_M2
    share = np.divide(last, before, out=np.zeros(last.size), where=told)
    kept: Floats = np.where(now > 0, np.where(told, share * now, otherwise), 0.0)
    return kept
