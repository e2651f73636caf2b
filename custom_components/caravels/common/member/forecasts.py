"""What a home expects of itself, as values: hours with a band for the forecasters, periods in whole Wh for the rest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..forecasting.forecast import Forecast
from ..forecasting.series import HOURS_A_DAY, Calendar, Floats, Integers
from ..periods import HOUR_S
from .history import Periods
from .records import LARGEST_WH

SHARE_DAYS: Final = 14
"""How many days tell how an hour's energy falls on its parts."""
FLOW_DAYS: Final = 7
"""Over how many days the flow of batteries, and the net of a home that hides its generation, are averaged."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected at one horizon, of the same hours.

    Attributes:
        consumption, reduction, shifting: the forecasts.
        generation: its forecast, or None where the home has no meter of it.
        net_wh: consumption less generation, with the flow of batteries that keep themselves [Wh], shape (m,): what
            bids are made of. Where a home feeds in what no meter of its own shows, the mean of its last days' net.
    """

    consumption: Forecast
    generation: Forecast | None
    reduction: Forecast
    shifting: Forecast
    net_wh: Floats

    def __iter__(self) -> Iterator[Forecast]:
        """Yield the forecasts that there are."""
        yield self.consumption
        if self.generation is not None:
            yield self.generation
        yield self.reduction
        yield self.shifting

    @property
    def first(self) -> int:
        """Start of the first hour [Unix s]."""
        return self.consumption.first

    @property
    def end(self) -> int:
        """End of the last hour [Unix s]."""
        return self.consumption.end


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The six forecasts of a home: consumption, generation and flexibility (in two parts), at both horizons.

    Attributes:
        issued_at: what was measured until then was known [Unix s].
        day_ahead: from the present hour on.
        hour_ahead: of the present hour and the next.
    """

    issued_at: int
    day_ahead: Expected
    hour_ahead: Expected

    def __iter__(self) -> Iterator[Forecast]:
        """Yield the forecasts that there are, day-ahead first."""
        yield from self.day_ahead
        yield from self.hour_ahead


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What is expected of one period.

    Attributes:
        start: start of the period [Unix s].
        period_s: its length [s].
        net_wh: import less export [Wh].
        consumption_wh: what the home will use, the mean [Wh].
        generation_wh: what it will generate, the mean [Wh], or None where that is not metered.
        consumption_p10_wh, consumption_p90_wh: what use will lie between in eight cases of ten [Wh]; bands of several
            periods do not add up.
        generation_p10_wh, generation_p90_wh: the same of generation, or None.
        reduction_wh: what could be used less [Wh].
        shifting_wh: what could be used at another time instead [Wh].
    """

    start: int
    period_s: int
    net_wh: int
    consumption_wh: int
    generation_wh: int | None
    consumption_p10_wh: int = 0
    consumption_p90_wh: int = 0
    generation_p10_wh: int | None = None
    generation_p90_wh: int | None = None
    reduction_wh: int = 0
    shifting_wh: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """How an hour's energy falls on its periods, by the hours of the clock, as the last days showed it.

    Attributes:
        zone: of the clock.
        period_s: length of a period [s].
        consumption, generation: energy of each part of each hour [Wh], shape (24, parts).
        even: the same for what no meter shows, equal parts.
    """

    zone: str
    period_s: int
    consumption: Integers
    generation: Integers
    even: Integers

    def split(self, first: int, hour_wh: Floats, weights: Integers) -> Integers:
        """Return hours in periods [Wh], shape (m * parts,): each hour is rounded once, its parts sum to it exactly."""
        whole = np.rint(np.clip(hour_wh, -LARGEST_WH, LARGEST_WH)).astype(np.int64)
        if weights.shape[1] == 1:
            return whole
        edges = np.cumsum(weights, axis=1)[Calendar(self.zone).hours(first, whole.size).hour]
        cumulated = np.pad(edges * whole[:, None] // edges[:, -1:], ((0, 0), (1, 0)))
        return np.diff(cumulated, axis=1).ravel()

    def net(self, expected: Expected) -> Integers:
        """Return the net of consecutive periods [Wh], shape (m * parts,): the parts of what it is made of."""
        consumption = self.split(expected.first, expected.consumption.mean_wh, self.consumption)
        generation = np.zeros(consumption.size, np.int64)
        if expected.generation is not None:
            generation = self.split(expected.first, expected.generation.mean_wh, self.generation)
        parts = self.even.shape[1]
        rest = expected.net_wh - (consumption - generation).reshape(-1, parts).sum(axis=1)
        return consumption - generation + self.split(expected.first, rest, self.even)


def parts_of(periods: Periods, zone: str, period_s: int) -> Parts:
    """Return how hours fall on periods of a length [s] by what was measured in the last 14 days."""
    count = HOUR_S // period_s
    even = np.ones((HOURS_A_DAY, count), np.int64)
    if count == 1 or periods.period_s > period_s:
        return Parts(zone, period_s, even, even, even)
    finer = periods.in_periods(period_s)
    shares = [_shares(finer, zone, wh) for wh in (finer.consumption, finer.generation)]
    return Parts(zone, period_s, shares[0], shares[1], even)


def _shares(periods: Periods, zone: str, wh: Floats) -> Integers:
    count = HOUR_S // periods.period_s
    by_hour = wh.reshape(-1, count)[-SHARE_DAYS * HOURS_A_DAY :]
    first = periods.first + HOUR_S * (wh.size // count - by_hour.shape[0])
    known = np.isfinite(by_hour).all(axis=1)
    total = np.zeros((HOURS_A_DAY, count))
    np.add.at(total, Calendar(zone).hours(first, by_hour.shape[0]).hour[known], by_hour[known])
    shares = np.rint(total).astype(np.int64)
    shares[shares.sum(axis=1) == 0] = 1
    return shares


def mean_by_clock(first: int, wh: Floats, calendar: Calendar, asked_first: int, asked: int) -> Floats:
    """Return the mean of the last seven known values of each clock hour [Wh], shape (asked,).

    The mean of everything where an hour has no value; 0 where there is none at all.

    Args:
        first: start of the first measured hour [Unix s].
        wh: measured hours [Wh], shape (n,); nan where they are not known.
        calendar: whose clock it is.
        asked_first: start of the first hour that is asked for [Unix s].
        asked: how many.
    """
    known = np.isfinite(wh)
    if not known.any():
        return np.zeros(asked)
    hour = calendar.hours(first, wh.size).hour[known][::-1]
    recent = wh[known][::-1]
    order = np.argsort(hour, kind="stable")
    by_hour = hour[order]
    rank = np.arange(by_hour.size) - np.searchsorted(by_hour, by_hour)
    last = rank < FLOW_DAYS
    total = np.bincount(by_hour[last], weights=recent[order][last], minlength=HOURS_A_DAY)
    count = np.bincount(by_hour[last], minlength=HOURS_A_DAY)
    mean = np.full(HOURS_A_DAY, recent.mean())
    np.divide(total, count, out=mean, where=count > 0)
    return mean[calendar.hours(asked_first, asked).hour]


def rows_of(forecasts: Forecasts, parts: Parts, start: int) -> tuple[ForecastRow, ...]:
    """Return the periods from `start` [Unix s] on: of the hours that it covers, what the hour-ahead forecast says."""
    expected = _overlaid(forecasts.day_ahead, forecasts.hour_ahead)
    first, period_s = expected.first, parts.period_s
    net = parts.net(expected).tolist()
    use = [parts.split(first, wh, parts.consumption).tolist() for wh in _band(expected.consumption)]
    made: list[list[int] | list[None]] = [[None] * len(net)] * 3
    if expected.generation is not None:
        made = [parts.split(first, wh, parts.generation).tolist() for wh in _band(expected.generation)]
    flexible = [parts.split(first, one.mean_wh, parts.even).tolist() for one in (expected.reduction, expected.shifting)]
    starts = range(first, expected.end, period_s)
    return tuple(
        ForecastRow(at, period_s, net[i], use[0][i], made[0][i], use[1][i], use[2][i], made[1][i], made[2][i], *less)
        for i, (at, less) in enumerate(zip(starts, zip(*flexible, strict=True), strict=True))
        if at >= start
    )


def _band(forecast: Forecast) -> tuple[Floats, Floats, Floats]:
    return forecast.mean_wh, forecast.p10_wh, forecast.p90_wh


def _overlaid(later: Expected, sooner: Expected) -> Expected:
    """Return a forecast with its first hours replaced by those of another that begins with it."""

    def over(late: Forecast, soon: Forecast) -> Forecast:
        return replace(
            late,
            mean_wh=_put(late.mean_wh, soon.mean_wh),
            p10_wh=_put(late.p10_wh, soon.p10_wh),
            p50_wh=_put(late.p50_wh, soon.p50_wh),
            p90_wh=_put(late.p90_wh, soon.p90_wh),
        )

    generation = later.generation
    if generation is not None and sooner.generation is not None:
        generation = over(generation, sooner.generation)
    return Expected(
        over(later.consumption, sooner.consumption),
        generation,
        over(later.reduction, sooner.reduction),
        over(later.shifting, sooner.shifting),
        _put(later.net_wh, sooner.net_wh),
    )


def _put(late: Floats, soon: Floats) -> Floats:
    return np.concatenate((soon[: late.size], late[soon.size :]))
