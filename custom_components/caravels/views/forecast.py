"""What this home is expected to use and generate, and what its meters showed today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..common.member.history import period_floor
from ..common.member.home import ForecastRow
from ..common.member.records import HomeReading, Rhythm
from ..common.member.state import AgentState
from ..common.periods import HOUR_S, day_end, local_day


@dataclass(frozen=True, slots=True)
class Sums:
    """Expected energy of some time [Wh]; the generation is None where it is not metered."""

    consumption_wh: int
    generation_wh: int | None
    net_wh: int


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meters showed [Wh]; the generation is None where it is not metered."""

    import_wh: int
    export_wh: int
    consumption_wh: int
    generation_wh: int | None


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What is shown of the forecast; a sum is None unless the forecast covers all of it.

    Attributes:
        rows: the forecast, ascending.
        next_hour: the next whole hour of the local clock.
        rest_of_today: from the present period to the end of the day.
        tomorrow: the next delivery day.
        metered_today: what was read of today so far, or None before the first reading.
    """

    rows: tuple[ForecastRow, ...] = ()
    next_hour: Sums | None = None
    rest_of_today: Sums | None = None
    tomorrow: Sums | None = None
    metered_today: Metered | None = None


def forecast_view(rows: Sequence[ForecastRow], readings: Sequence[HomeReading], zone: str, now: int) -> ForecastView:
    """Return what to show of a forecast.

    Args:
        rows: the forecast from the present period on, ascending.
        readings: what was read today.
        zone: the time zone of the days.
        now: the present [Unix s].
    """
    today = local_day(now, zone)
    hour = period_floor(now, zone, HOUR_S) + HOUR_S
    midnight, next_midnight = day_end(today, zone), day_end(today + timedelta(days=1), zone)
    present = max((row.start for row in rows if row.start <= now), default=now)
    return ForecastView(
        rows=tuple(rows),
        next_hour=_sums(rows, hour, hour + HOUR_S),
        rest_of_today=_sums(rows, present, midnight),
        tomorrow=_sums(rows, midnight, next_midnight),
        metered_today=_metered(readings),
    )


def forecast_key(state: AgentState, now: int) -> tuple[Rhythm, int, int | None]:
    """Return what a forecast made at `now` [Unix s] goes by: it is made anew only when this has changed.

    The hour of the present, and the hour up to which was read, in the rhythm of the meters. Shorter periods move no sum
    by much, and would write every sum four times as often.
    """
    rhythm, read = state.rhythm, state.read_until
    read_hour = None if read is None else period_floor(read, rhythm.zone, HOUR_S)
    return rhythm, period_floor(now, rhythm.zone, HOUR_S), read_hour


def _sums(rows: Sequence[ForecastRow], start: int, end: int) -> Sums | None:
    inside = [row for row in rows if start <= row.start and row.start + row.period_s <= end]
    if not inside or sum(row.period_s for row in inside) < end - start:
        return None
    generation = [row.generation_wh for row in inside if row.generation_wh is not None]
    return Sums(
        consumption_wh=sum(row.consumption_wh for row in inside),
        generation_wh=sum(generation) if len(generation) == len(inside) else None,
        net_wh=sum(row.net_wh for row in inside),
    )


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
