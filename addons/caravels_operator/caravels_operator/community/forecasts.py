"""The operator's forecasts of the community, each day-ahead and hour-ahead (paper II.B).

The mean is the sum of what the homes say (`words`), and of what the operator expects of homes that say nothing
(`silent_homes`). Its bias and its band are learnt from how the sum came out lately (`lessons`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import batched
from math import isfinite, nan
from typing import Final

from sqlalchemy import Connection

from ..common.forecasting.forecast import Basis, Forecast, Horizon, Method, Skill, Target
from ..common.forecasting.series import Calendar, Floats
from ..common.member.history import period_floor
from ..common.periods import DAY_S, HOUR_S, day_end, local_day
from ..ledger import community_forecasts, member_forecasts
from ..ledger.community_forecasts import CommunityBasis, CommunityForecast
from ..models.community_sum import HomesTogether, together, with_band
from . import schedule
from .context import Context
from .estimates import ALWAYS_ANEW
from .settings import CommunitySettings
from .words import FRESH_S, Asked, Said, said

HOURS_AHEAD: Final = 2
OVERDUE_S: Final = HOUR_S
_HOMES_A_LOOK: Final = 8
"""Silent homes that are forecast in one look at the ledger: other readers wait for it."""


def latest(conn: Connection, target: Target, horizon: Horizon, now: int) -> Forecast | None:
    """Return the last forecast of the community that was issued up to an instant [Unix s], None before the first."""
    kept = community_forecasts.latest(conn, target.value, horizon.value, now)
    if kept is None:
        return None
    basis = Basis(Method.SUM_OF_HOMES, days=kept.basis.days, skill=_skill(kept.basis))
    return Forecast(
        target, horizon, kept.issued_at, kept.first, kept.mean_wh, kept.p10_wh, kept.p50_wh, kept.p90_wh, basis
    )


async def forecast_day(context: Context, key: str) -> Sequence[CommunityForecast]:
    """Forecast the rest of today, and tomorrow; nothing if that is long overdue: the next full hour makes up for it."""
    now = context.clock.now()
    if now - schedule.forecasts_at(date.fromisoformat(key), context.settings) >= OVERDUE_S:
        return ()
    return await _forecast(context, asked(context.settings, Horizon.DAY_AHEAD, now), anew=True)


async def forecast_hours(context: Context, key: str) -> Sequence[CommunityForecast]:
    """Forecast this hour and the next; and the day again, if homes have said more of it or nobody forecast it in time.

    After a stop there is much to do that people wait for: hours that nobody forecast in time are left out.
    """
    now = context.clock.now()
    if now - int(datetime.fromisoformat(key).timestamp()) >= OVERDUE_S:
        return ()
    found = await _forecast(context, asked(context.settings, Horizon.HOUR_AHEAD, now))
    if await context.ledger.read(partial(_day_is_lacking, now=now)):
        found += await _forecast(context, asked(context.settings, Horizon.DAY_AHEAD, now))
    return found


def keep_forecasts(
    conn: Connection, _context: Context, _key: str, forecasts: Sequence[CommunityForecast], _now: int
) -> None:
    """Keep forecasts by their issue."""
    for forecast in forecasts:
        community_forecasts.put(conn, forecast)


def keep_hours_ahead(
    conn: Connection, context: Context, key: str, forecasts: Sequence[CommunityForecast], now: int
) -> None:
    """Keep forecasts by their issue, and put the step of the next hour."""
    keep_forecasts(conn, context, key, forecasts, now)
    schedule.put_hour(conn, context.settings, now)


def asked(settings: CommunitySettings, horizon: Horizon, now: int) -> Asked:
    """Return what is forecast now: this hour and the next, or all hours from the next one to the end of tomorrow."""
    zone = settings.market_zone
    this_hour = period_floor(now, zone, HOUR_S)
    if horizon is Horizon.HOUR_AHEAD:
        return Asked(horizon, now, this_hour, HOURS_AHEAD)
    return _to_the_end_of_tomorrow(settings, now, this_hour + HOUR_S)


def _to_the_end_of_tomorrow(settings: CommunitySettings, now: int, first: int) -> Asked:
    end = day_end(local_day(now, settings.market_zone) + timedelta(days=1), settings.market_zone)
    return Asked(Horizon.DAY_AHEAD, now, first, -(-(end - first) // HOUR_S))


async def _forecast(context: Context, what: Asked, *, anew: bool = False) -> list[CommunityForecast]:
    heard = await context.ledger.read(partial(said, context=context, what=what))
    estimates = await _estimates(context, what, heard.silent, anew=anew)
    return await context.ledger.read(partial(_issued, context=context, what=what, heard=heard, estimates=estimates))


async def _estimates(
    context: Context, what: Asked, silent: Sequence[str], *, anew: bool
) -> Mapping[Target, Mapping[str, Floats]]:
    """Return what silent homes will use and make [Wh]: of many, what was said before of these hours, unless `anew`."""
    wanted, missing = what, list(silent)
    estimates: dict[Target, dict[str, Floats]] = {}
    if len(silent) > ALWAYS_ANEW:
        wanted = _to_the_end_of_tomorrow(context.settings, what.issued_at, what.first)
        estimates = {} if anew else context.estimates.of(what, silent)
        missing = [home for home in silent if home not in estimates.get(Target.CONSUMPTION, {})]
    for homes in batched(missing, _HOMES_A_LOOK, strict=False):
        from .silent_homes import estimate  # noqa: PLC0415  # onnxruntime, and only where a home is silent

        found = await context.ledger.read(partial(estimate, context=context, what=wanted, homes=homes))
        context.estimates.keep(wanted, found)
        for target, of_home in found.items():
            estimates.setdefault(target, {}).update({home: wh[: what.hours] for home, wh in of_home.items()})
    return estimates


def _issued(
    conn: Connection,
    context: Context,
    what: Asked,
    heard: Said,
    estimates: Mapping[Target, Mapping[str, Floats]],
) -> list[CommunityForecast]:
    zone = context.settings.market_zone
    hour = Calendar(zone).hours(what.first, what.hours).hour
    today = local_day(what.issued_at, zone)
    found = []
    for target in Target:
        homes = together(heard.homes, what.hours, heard.words[target], estimates.get(target, {}))
        judge = context.lessons.judge(conn, context, target, what.horizon, today)
        basis = _basis(homes, judge.skill())
        key = (target.value, what.horizon.value, what.issued_at, what.first)
        found.append(CommunityForecast(*key, homes.wh, *with_band(judge, target, hour, homes.wh), basis))
    return found


def _day_is_lacking(conn: Connection, now: int) -> bool:
    """Return whether the day ahead was not forecast for a day, or a home reported it since it was."""
    far = Horizon.DAY_AHEAD
    last = community_forecasts.latest(conn, Target.CONSUMPTION.value, far.value, now)
    if last is None or last.issued_at < now - DAY_S:
        return True
    reports = member_forecasts.latest(conn, far.value, now - FRESH_S[far])
    return any(report.received_at > last.issued_at for report in reports)


def _basis(homes: HomesTogether, skill: Skill | None) -> CommunityBasis:
    counted = (len(homes.reported), homes.estimated, homes.unknown)
    if skill is None:
        return CommunityBasis(*counted, days=0)
    numbers = (skill.mae_wh, skill.mean_wh, skill.over_last_week, skill.over_mean_7_days, skill.coverage)
    return CommunityBasis(*counted, skill.days, *(number if isfinite(number) else None for number in numbers))


def _skill(basis: CommunityBasis) -> Skill | None:
    if not basis.days:
        return None
    mae, mean, week, mean_7, coverage = (
        nan if number is None else number
        for number in (basis.mae_wh, basis.mean_wh, basis.over_last_week, basis.over_mean_7_days, basis.coverage)
    )
    return Skill(mae, mean, week, mean_7, coverage, basis.days)
