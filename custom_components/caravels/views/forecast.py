"""What this home is expected to use and generate, and what its meters showed today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..common.member.history import period_floor
from ..common.member.home import ForecastRow
from ..common.member.records import HomeReading
from ..common.member.state import AgentState
from ..common.periods import HOUR_S, day_end, day_start, local_day


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
        rows: the forecast from the present period on, ascending.
        next_hour: the next whole hour of the local clock.
        rest_of_today: from the present period to the end of the day.
        tomorrow: the next delivery day.
        metered_today: what was read of today so far, in whole hours, or None before the first.
    """

    rows: tuple[ForecastRow, ...] = ()
    next_hour: Sums | None = None
    rest_of_today: Sums | None = None
    tomorrow: Sums | None = None
    metered_today: Metered | None = None


def forecast_view(rows: Sequence[ForecastRow], readings: Sequence[HomeReading], zone: str, now: int) -> ForecastView:
    """Return what to show of a forecast.

    Args:
        rows: the forecast, ascending, from the present period or an earlier one on.
        readings: what was read, ascending.
        zone: the time zone of the days.
        now: the present [Unix s].
    """
    today = local_day(now, zone)
    hour = period_floor(now, zone, HOUR_S) + HOUR_S
    morning, midnight = day_start(today, zone), day_end(today, zone)
    ahead = tuple(row for row in rows if row.start + row.period_s > now)
    return ForecastView(
        rows=ahead,
        next_hour=_sums(ahead, hour, hour + HOUR_S),
        rest_of_today=_sums(ahead, ahead[0].start if ahead else now, midnight),
        tomorrow=_sums(ahead, midnight, day_end(today + timedelta(days=1), zone)),
        metered_today=_metered([reading for reading in readings if morning <= reading.start < midnight]),
    )


def read_hour(state: AgentState) -> int | None:
    """Return the end of the last whole hour of the local clock that was read [Unix s], or None before the first.

    What was read after it is not shown yet: quarters of an hour would write each sum four times as often.
    """
    return None if state.read_until is None else period_floor(state.read_until, state.rhythm.zone, HOUR_S)


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
