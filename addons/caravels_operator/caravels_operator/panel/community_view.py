"""What the page Community shows: the last day's meters, today's and tomorrow's auction, and what could not be done."""

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import Connection

from ..common.periods import HOUR_S, local_day
from ..community.context import Context
from ..ledger import members, readings, steps
from .market_view import auction_day
from .messages import Community, FailedStep, MeteredHour

HOURS = 24
LOOK_BACK_S = 3 * HOURS * HOUR_S
"""How far back hours with readings are looked for: a community whose meters are silent for longer has none to show."""


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
        failed=[
            FailedStep(
                kind=step.kind, key=step.key, attempts=step.attempts, again_at=step.due_at, why=step.last_error or ""
            )
            for step in steps.failing(conn)
        ],
    )


def _hours(conn: Connection, now: int) -> list[MeteredHour]:
    """Return the last hours of which anything is known, whoever sent it."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    senders: dict[int, set[str]] = defaultdict(set)
    everyone = [member.id for member in members.all(conn)]
    for reading in readings.between(conn, everyone, now - LOOK_BACK_S, now):
        hour = reading.start - reading.start % HOUR_S
        sums[hour][0] += reading.import_wh
        sums[hour][1] += reading.export_wh
        senders[hour].add(reading.member)
    return [
        MeteredHour(start=hour, import_wh=sums[hour][0], export_wh=sums[hour][1], members=len(senders[hour]))
        for hour in sorted(sums)[-HOURS:]
    ]
