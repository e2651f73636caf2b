"""Forecasts as actions and the websocket tell them: hour by hour, with what they rest on and how they did lately.

Energy is told in kWh for people and in Wh for machines. The band is of single hours: its edges do not add up.
"""

from collections.abc import Sequence
from typing import Final

from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .common.forecasting.forecast import Forecast
from .common.member.forecasts import ForecastRow
from .common.member.history import period_floor
from .common.periods import HOUR_S
from .runtime import CaravelsConfigEntry
from .views import BasisView, basis_view

DEFAULT_HOURS: Final = 48
MOST_HOURS: Final = 168
_CURVES: Final = ("mean", "p10", "p50", "p90")


async def told_forecast(entry: CaravelsConfigEntry, hours: int) -> JsonObjectType:
    """Return what is told of the forecasts of an entry's home, from the present hour on."""
    agent = entry.runtime_data.agent
    first = period_floor(int(dt_util.utcnow().timestamp()), agent.state.rhythm.zone, HOUR_S)
    rows = await agent.forecast(hours)
    return forecast_document(entry.title, rows, tuple(await agent.forecasts(hours)), first, hours)


def forecast_document(
    home: str, rows: Sequence[ForecastRow], forecasts: Sequence[Forecast], first: int, hours: int
) -> JsonObjectType:
    """Return what is told of a home's forecasts.

    Args:
        home: what people call it.
        rows: what is expected of its periods.
        forecasts: of each quantity and horizon.
        first: start of the first hour that is told [Unix s]; what lies before it is left out.
        hours: how many are told, as far as they are forecast.
    """
    end = first + hours * HOUR_S
    return {
        "home": home,
        "rows": [_row(row) for row in rows],
        "forecasts": [_forecast(one, first, end) for one in forecasts],
    }


def span(start: int, period_s: int) -> JsonObjectType:
    """Return when a period begins and ends."""
    return {"start": iso(start), "end": iso(start + period_s)}


def iso(instant: int) -> str:
    """Return an instant [Unix s] as people here read it."""
    return dt_util.as_local(dt_util.utc_from_timestamp(instant)).isoformat()


def energy(prefix: str, wh: int | None) -> JsonObjectType:
    """Return energy [Wh] for people and for machines."""
    return {f"{prefix}kwh": None if wh is None else wh / 1_000, f"{prefix}wh": wh}


def _row(row: ForecastRow) -> JsonObjectType:
    return {
        **span(row.start, row.period_s),
        **energy("net_", row.net_wh),
        **energy("consumption_", row.consumption_wh),
        **energy("generation_", row.generation_wh),
    }


def _forecast(forecast: Forecast, first: int, end: int) -> JsonObjectType:
    starts = range(max(forecast.first, first), min(forecast.end, end), HOUR_S)
    return {
        "target": forecast.target.value,
        "horizon": forecast.horizon.value,
        "issued_at": iso(forecast.issued_at),
        **told_basis(basis_view(forecast.basis)),
        "hours": [_hour(forecast, start) for start in starts],
    }


def _hour(forecast: Forecast, start: int) -> JsonObjectType:
    place = (start - forecast.first) // HOUR_S
    told = span(start, HOUR_S)
    for name in _CURVES:
        told |= energy(f"{name}_", round(float(getattr(forecast, f"{name}_wh")[place])))
    return told


def told_basis(basis: BasisView) -> JsonObjectType:
    """Return what a forecast rests on, and how it did lately."""
    skill = basis.skill
    return {
        "method": basis.method.value,
        "source": basis.source or None,
        "days": basis.days,
        "reasons": [reason.value for reason in basis.reasons],
        "skill": None
        if skill is None
        else {
            "over_last_week_percent": skill.over_last_week,
            "over_mean_7_days_percent": skill.over_mean_7_days,
            "coverage_percent": skill.coverage,
            **energy("mean_error_", skill.mae_wh),
            "days": skill.days,
        },
    }
