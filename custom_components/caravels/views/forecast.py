"""What this home is expected to use, to generate and to be able to leave, and what its meters showed today.

A day's energy is a sum of means; quantiles do not add up, so that a band is shown of single hours alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import isnan

from ..common.forecasting.forecast import Basis, Forecast, Horizon, Method, Reason, Skill, Target
from ..common.member.forecasts import ForecastRow
from ..common.member.history import period_floor
from ..common.member.records import HomeReading
from ..common.member.state import AgentState
from ..common.periods import HOUR_S, day_end, day_start, local_day


@dataclass(frozen=True, slots=True)
class SkillView:
    """How a forecast did lately; None where it is not known.

    Attributes:
        over_last_week, over_mean_7_days: by how much its error is smaller than theirs [%]; negative is worse.
        mae_wh: its mean absolute error [Wh an hour].
        coverage: share of hours inside the band [%].
        days: days that were judged.
    """

    over_last_week: float | None
    over_mean_7_days: float | None
    mae_wh: int | None
    coverage: float | None
    days: int


@dataclass(frozen=True, slots=True)
class BasisView:
    """What a forecast rests on (`Basis`)."""

    method: Method
    source: str
    days: int
    reasons: tuple[Reason, ...]
    skill: SkillView | None


@dataclass(frozen=True, slots=True)
class HourView:
    """What is expected of one hour, and the band in which eight of ten hours end [Wh]."""

    mean_wh: int
    p10_wh: int
    p90_wh: int


@dataclass(frozen=True, slots=True)
class TargetView:
    """What is shown of one quantity; None where the forecast does not cover it.

    Attributes:
        next_hour: the next whole hour of the local clock, as forecast an hour ahead if it was.
        rest_of_today_wh: from the present hour to the end of the day.
        tomorrow_wh: of the next delivery day.
        bases: what the forecast of each horizon rests on.
    """

    next_hour: HourView | None = None
    rest_of_today_wh: int | None = None
    tomorrow_wh: int | None = None
    bases: Mapping[Horizon, BasisView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NetView:
    """What the home is expected to take from the grid, less what it gives [Wh]; None unless all of it is covered."""

    next_hour_wh: int | None = None
    rest_of_today_wh: int | None = None
    tomorrow_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meters showed [Wh]; the generation is None where it is not metered."""

    import_wh: int
    export_wh: int
    consumption_wh: int
    generation_wh: int | None


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What is shown of the forecasts.

    Attributes:
        rows: the forecast from the present period on, ascending.
        targets: what is forecast of each quantity.
        net: what the home is expected to take from the grid.
        metered_today: what was read of today so far, in whole hours, or None before the first.
    """

    rows: tuple[ForecastRow, ...] = ()
    targets: Mapping[Target, TargetView] = field(default_factory=dict)
    net: NetView = NetView()
    metered_today: Metered | None = None

    def target(self, target: Target) -> TargetView:
        """Return what is forecast of a quantity: nothing where it is not forecast."""
        return self.targets.get(target, TargetView())


def forecast_view(
    rows: Sequence[ForecastRow],
    forecasts: Sequence[Forecast],
    readings: Sequence[HomeReading],
    zone: str,
    now: int,
) -> ForecastView:
    """Return what to show of forecasts.

    Args:
        rows: what is expected of the home's periods, ascending, from the present one or an earlier one on.
        forecasts: of each quantity and horizon, hour by hour.
        readings: what was read, ascending.
        zone: the time zone of the days.
        now: the present [Unix s].
    """
    today = local_day(now, zone)
    hour = period_floor(now, zone, HOUR_S)
    morning, midnight = day_start(today, zone), day_end(today, zone)
    day_after = day_end(today + timedelta(days=1), zone)
    ahead = tuple(row for row in rows if row.start + row.period_s > now)
    by_target: dict[Target, dict[Horizon, Forecast]] = {}
    for one in forecasts:
        by_target.setdefault(one.target, {})[one.horizon] = one
    return ForecastView(
        rows=ahead,
        targets={target: _target(some, hour, midnight, day_after) for target, some in by_target.items()},
        net=NetView(
            next_hour_wh=_net(ahead, hour + HOUR_S, hour + 2 * HOUR_S),
            rest_of_today_wh=_net(ahead, ahead[0].start if ahead else now, midnight),
            tomorrow_wh=_net(ahead, midnight, day_after),
        ),
        metered_today=_metered([reading for reading in readings if morning <= reading.start < midnight]),
    )


def read_hour(state: AgentState) -> int | None:
    """Return the end of the last whole hour of the local clock that was read [Unix s], or None before the first.

    What was read after it is not shown yet: quarters of an hour would write each sum four times as often.
    """
    return None if state.read_until is None else period_floor(state.read_until, state.rhythm.zone, HOUR_S)


def basis_view(basis: Basis) -> BasisView:
    """Return what is shown of a basis: rounded, and equal where it says the same."""
    skill = None if basis.skill is None else _skill(basis.skill)
    return BasisView(basis.method, basis.source, basis.days, basis.reasons, skill)


def _skill(skill: Skill) -> SkillView:
    return SkillView(
        over_last_week=_percent(skill.over_last_week),
        over_mean_7_days=_percent(skill.over_mean_7_days),
        mae_wh=None if isnan(skill.mae_wh) else round(skill.mae_wh),
        coverage=_percent(skill.coverage),
        days=skill.days,
    )


def _percent(part: float) -> float | None:
    return None if isnan(part) else round(part * 100, 1)


def _target(forecasts: Mapping[Horizon, Forecast], hour: int, midnight: int, day_after: int) -> TargetView:
    """Return what is shown of one quantity: no energy before anything was measured, for that would be zeros."""
    said = {horizon: one for horizon, one in forecasts.items() if one.basis.method is not Method.NOTHING}
    days = said.get(Horizon.DAY_AHEAD)
    soon = [said[horizon] for horizon in (Horizon.HOUR_AHEAD, Horizon.DAY_AHEAD) if horizon in said]
    return TargetView(
        next_hour=next((view for one in soon if (view := _hour(one, hour + HOUR_S))), None),
        rest_of_today_wh=_sum(days, _begin(days, hour), midnight) if days else None,
        tomorrow_wh=_sum(days, midnight, day_after) if days else None,
        bases={horizon: basis_view(one.basis) for horizon, one in forecasts.items()},
    )


def _begin(forecast: Forecast, hour: int) -> int:
    """Return where the rest of today begins: in the present hour, or in the next one if the forecast begins there."""
    return hour + HOUR_S if forecast.first == hour + HOUR_S else hour


def _hour(forecast: Forecast, start: int) -> HourView | None:
    place = (start - forecast.first) // HOUR_S
    if not 0 <= place < forecast.mean_wh.size:
        return None
    return HourView(*(round(float(wh[place])) for wh in (forecast.mean_wh, forecast.p10_wh, forecast.p90_wh)))


def _sum(forecast: Forecast, start: int, end: int) -> int | None:
    if not forecast.first <= start < end <= forecast.end:
        return None
    low, high = (start - forecast.first) // HOUR_S, (end - forecast.first) // HOUR_S
    return round(float(forecast.mean_wh[low:high].sum()))


def _net(rows: Sequence[ForecastRow], start: int, end: int) -> int | None:
    inside = [row for row in rows if start <= row.start and row.start + row.period_s <= end]
    if not inside or sum(row.period_s for row in inside) < end - start:
        return None
    return sum(row.net_wh for row in inside)


def _metered(readings: Sequence[HomeReading]) -> Metered | None:
    if not readings:
        return None
    generation = [reading.generation_wh for reading in readings if reading.generation_wh is not None]
    return Metered(
        import_wh=sum(reading.import_wh for reading in readings),
        export_wh=sum(reading.export_wh for reading in readings),
        consumption_wh=sum(reading.consumption() for reading in readings),
        generation_wh=sum(generation) if generation else None,
    )
