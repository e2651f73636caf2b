"""Forecasts made by hand: energies that can be added up in the head, on bases that say what a test needs."""

import numpy as np

from custom_components.caravels.common.forecasting.forecast import (
    Basis,
    Forecast,
    Horizon,
    Method,
    Reason,
    Skill,
    Target,
)
from custom_components.caravels.common.member.forecasts import ForecastRow

HOUR_S = 3_600
GOOD = Skill(mae_wh=312.4, mean_wh=1_000, over_last_week=0.1846, over_mean_7_days=-0.0312, coverage=0.8013, days=28)
GOOD_BASIS = Basis(Method.MODEL, "2026.11", 93, (), GOOD)


def made(
    first: int,
    hours: int,
    target: Target = Target.CONSUMPTION,
    horizon: Horizon = Horizon.DAY_AHEAD,
    basis: Basis = GOOD_BASIS,
    begin_wh: int = 1,
) -> Forecast:
    """Return a forecast of 1, 2, 3 ... Wh with a band of 10 Wh below and 20 above."""
    mean = np.arange(begin_wh, begin_wh + hours, dtype=np.float64)
    return Forecast(target, horizon, first - 60, first, mean, np.maximum(mean - 10, 0), mean - 0.4, mean + 20, basis)


def little(*reasons: Reason, days: int = 3) -> Basis:
    """Return a basis that is less than it could be."""
    return Basis(Method.MEAN_SO_FAR, "", days, reasons)


def six(first: int, hours: int) -> tuple[Forecast, ...]:
    """Return the six forecasts of the paper, flexibility as its two parts."""
    nothing = Basis(Method.DEVICES, reasons=(Reason.NO_DEVICES,))
    return tuple(
        made(first, 2 if horizon is Horizon.HOUR_AHEAD else hours, target, horizon, basis)
        for target, basis in (
            (Target.CONSUMPTION, GOOD_BASIS),
            (Target.GENERATION, GOOD_BASIS),
            (Target.REDUCTION, nothing),
            (Target.SHIFTING, nothing),
        )
        for horizon in Horizon
    )


def rows_from(first: int, hours: int, period_s: int = HOUR_S, generation_wh: int | None = 100) -> list[ForecastRow]:
    """Return what is expected of periods: they use 1, 2, 3 ... Wh."""
    starts = range(first, first + hours * HOUR_S, period_s)
    return [
        ForecastRow(start, period_s, net_wh=number - 100, consumption_wh=number, generation_wh=generation_wh)
        for number, start in enumerate(starts, 1)
    ]
