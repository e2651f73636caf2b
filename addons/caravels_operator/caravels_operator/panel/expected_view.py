"""What is expected of the community today and tomorrow, as the page Community shows it."""

from datetime import timedelta

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.series import Floats
from ..common.periods import DAY_S, HOUR_S, day_end, day_start, local_day
from ..community.context import Context
from ..ledger import community_forecasts
from ..ledger.community_forecasts import CommunityBasis, CommunityForecast
from .messages import Expected, ExpectedHour, ForecastSkill

_LOOK_BACK_S = 2 * DAY_S
"""A forecast reaches to the end of the day after its issue."""


def expected_of(conn: Connection, context: Context) -> Expected | None:
    """Return the day-ahead forecasts of the hours of today and tomorrow, None if nothing was forecast of them."""
    now, zone = context.clock.now(), context.settings.market_zone
    today = local_day(now, zone)
    first, end = day_start(today, zone), day_end(today + timedelta(days=1), zone)
    issued = {
        target: community_forecasts.issued(conn, target.value, Horizon.DAY_AHEAD.value, first - _LOOK_BACK_S, now + 1)
        for target in Target
    }
    hours = {target: _by_hour(forecasts, first, end) for target, forecasts in issued.items()}
    known = np.isfinite(np.stack([wh[0] for wh in hours.values()])).all(axis=0)
    if not known.any():
        return None
    consumption, generation = issued[Target.CONSUMPTION][-1], issued[Target.GENERATION][-1]
    return Expected(
        issued_at=consumption.issued_at,
        hours=[_hour(first + HOUR_S * n, hours, n) for n in np.flatnonzero(known).tolist()],
        reported=consumption.basis.reported,
        estimated=len(consumption.basis.estimated),
        unknown=len(consumption.basis.unknown),
        consumption=_skill(consumption.basis),
        generation=_skill(generation.basis),
    )


def _by_hour(forecasts: list[CommunityForecast], first: int, end: int) -> Floats:
    """Return mean, P10 and P90 of the hours in [first, end), shape (3, m), each by the last issue that has it."""
    wh = np.full((3, -(-(end - first) // HOUR_S)), np.nan)
    for one in forecasts:
        place = (one.first - first) // HOUR_S
        values = np.stack((one.mean_wh, one.p10_wh, one.p90_wh))[:, max(-place, 0) :]
        low = max(place, 0)
        count = max(0, min(values.shape[1], wh.shape[1] - low))
        wh[:, low : low + count] = values[:, :count]
    return wh


def _hour(start: int, hours: dict[Target, Floats], n: int) -> ExpectedHour:
    whole = {target: [round(float(value)) for value in wh[:, n]] for target, wh in hours.items()}
    consumption, generation = whole[Target.CONSUMPTION], whole[Target.GENERATION]
    return ExpectedHour(
        start=start,
        consumption_wh=consumption[0],
        consumption_p10_wh=consumption[1],
        consumption_p90_wh=consumption[2],
        generation_wh=generation[0],
        generation_p10_wh=generation[1],
        generation_p90_wh=generation[2],
        reduction_wh=whole[Target.REDUCTION][0],
        shifting_wh=whole[Target.SHIFTING][0],
    )


def _skill(basis: CommunityBasis) -> ForecastSkill:
    return ForecastSkill(
        mae_wh=_whole(basis.mae_wh),
        mean_wh=_whole(basis.mean_wh),
        over_last_week_permille=_whole(basis.over_last_week, 1_000),
        over_mean_7_days_permille=_whole(basis.over_mean_7_days, 1_000),
        coverage_permille=_whole(basis.coverage, 1_000),
        days=basis.days,
    )


def _whole(value: float | None, times: int = 1) -> int | None:
    return None if value is None else round(value * times)
