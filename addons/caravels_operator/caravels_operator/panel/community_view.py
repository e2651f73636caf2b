"""What the page Community shows: the last day's meters, today's and tomorrow's auction, and what could not be done."""

from datetime import timedelta

from sqlalchemy import Connection

from ..common.periods import HOUR_S, local_day
from ..community.context import Context
from ..ledger import members, readings, steps
from .expected_view import expected_of
from .market_view import auction_day
from .messages import Community, FailedStep, MeteredHour

HOURS = 24


def community_of(conn: Connection, context: Context, online: frozenset[str]) -> Community:
    """Return the community now."""
    now = context.clock.now()
    settings = context.settings
    present = [member.id for member in members.all(conn) if member.state != "revoked"]
    today = local_day(now, settings.market_zone)
    return Community(
        name=settings.name,
        currency=settings.currency,
        now=now,
        members_online=len(online.intersection(present)),
        members_total=len(present),
        hours=_hours(conn, now),
        today=auction_day(conn, settings, today),
        tomorrow=auction_day(conn, settings, today + timedelta(days=1)),
        expected=expected_of(conn, context),
        failed=[
            FailedStep(
                kind=step.kind, key=step.key, attempts=step.attempts, again_at=step.due_at, why=step.last_error or ""
            )
            for step in steps.failing(conn)
        ],
    )


def _hours(conn: Connection, now: int) -> list[MeteredHour]:
    """Return the last hours of which anything is known, whoever sent it."""
    everyone = [member.id for member in members.all(conn)]
    first = now - now % HOUR_S - HOURS * HOUR_S
    return [
        MeteredHour(start=hour.start, import_wh=hour.import_wh, export_wh=hour.export_wh, members=hour.members)
        for hour in readings.hourly(conn, everyone, first, now)
    ]
