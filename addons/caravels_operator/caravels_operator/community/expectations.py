"""Accepting what homes expect: every forecast is kept by its issue, and the latest of a horizon counts."""

from typing import Final

from sqlalchemy import Connection

from ..common.member.history import period_floor
from ..common.periods import DAY_S, HOUR_S
from ..common.protocol import ForecastAccepted, ForecastHorizon, ForecastReport
from ..common.protocol.errors import AboveLimit, WrongPeriod
from ..ledger import member_forecasts, members
from .context import Context
from .metering import BELIEVED_TIMES_CONNECTION, TOLERATED_SKEW_S

MOST_AHEAD_S: Final = 8 * DAY_S
"""A forecast begins within a week of its issue."""
OLDEST_S: Final = 60 * DAY_S
"""A report may wait so long in its home's offline queue; then its forecast is forgotten here as well."""


def accept(conn: Connection, context: Context, member: str, report: ForecastReport, now: int) -> ForecastAccepted:
    """Keep a home's forecast; one that was issued before another of its horizon is kept too, and does not count.

    Of several that were issued in one hour the last is kept.

    Raises:
        WrongPeriod: of no known horizon, off the grid of hours, issued in the future or too long ago, or far from its
            hours.
        AboveLimit: more energy than can pass the connection in an hour.
    """
    _check(conn, context, member, report, now)
    energies = (report.consumption_wh, report.generation_wh, report.reduction_wh, report.shifting_wh)
    latest = member_forecasts.put(
        conn, member, report.horizon.value, report.issued_at, report.first, energies, received_at=now
    )
    members.touch(conn, member, now)
    return ForecastAccepted(latest=latest)


def _check(conn: Connection, context: Context, member: str, report: ForecastReport, now: int) -> None:
    if report.horizon is ForecastHorizon.UNKNOWN:
        raise WrongPeriod("a horizon that this operator does not know")
    if report.issued_at > now + TOLERATED_SKEW_S:
        raise WrongPeriod(f"issued at {report.issued_at}, {report.issued_at - now} s from now")
    if report.issued_at < now - OLDEST_S:
        raise WrongPeriod(f"issued at {report.issued_at}, {now - report.issued_at} s ago")
    if report.first != period_floor(report.first, context.settings.market_zone, HOUR_S):
        raise WrongPeriod(f"the hour {report.first} is off the grid")
    if not -DAY_S <= report.first - report.issued_at <= MOST_AHEAD_S:
        raise WrongPeriod(f"the first hour is {report.first - report.issued_at} s after the issue")
    who = members.get(conn, member)
    limit = BELIEVED_TIMES_CONNECTION * (who.connection_w if who else 0)
    energies = (report.consumption_wh, report.generation_wh, report.reduction_wh, report.shifting_wh)
    if (most := max(max(wh) for wh in energies if wh is not None)) > limit:
        raise AboveLimit(f"{most} Wh in an hour, at most {limit} Wh are believed")
