"""The steps of a delivery day and when each is due (architecture, section 6)."""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from ..common.periods import HOUR_S, local_instant
from ..ledger import steps
from .settings import CommunitySettings

RESTATE_DELAY_S = HOUR_S
"""Late readings come in batches: the day is restated once, an hour after the first of them."""
PRUNE_MINUTE = 3 * 60
"""Housekeeping is done at 03:00 of the delivery day, when no other step is due unless an option says so."""


class StepKind(StrEnum):
    """What can be due. Kinds due at one instant run in the order of the alphabet; none depends on another of it."""

    PRICES = "prices"
    GATE = "gate"
    SETTLE = "settle"
    RESTATE = "restate"
    MONTH = "month"
    PRUNE = "prune"


def gate_at(day: date, settings: CommunitySettings) -> int:
    """Return when the auction of a delivery day closes [Unix s]."""
    return local_instant(day - timedelta(days=1), settings.times.gate, settings.time_zone)


def settle_at(day: date, settings: CommunitySettings) -> int:
    """Return when a delivery day is first settled [Unix s]."""
    return local_instant(day + timedelta(days=1), settings.times.settlement, settings.time_zone)


def put_day(conn: Connection, day: date, settings: CommunitySettings) -> None:
    """Put the steps of a delivery day; again is no change."""
    eve = day - timedelta(days=1)
    key = day.isoformat()
    steps.put(conn, StepKind.PRICES, key, local_instant(eve, settings.times.prices, settings.time_zone))
    steps.put(conn, StepKind.GATE, key, gate_at(day, settings))
    steps.put(conn, StepKind.SETTLE, key, settle_at(day, settings))
    steps.put(conn, StepKind.PRUNE, key, local_instant(day, PRUNE_MINUTE, settings.time_zone))
    if (day + timedelta(days=1)).month != day.month:
        steps.put(conn, StepKind.MONTH, month_key(day), settle_at(day, settings) + HOUR_S)


def put_restatement(conn: Connection, day: date, now: int) -> None:
    """Put a restatement of a settled day, unless one is already due."""
    steps.put(conn, StepKind.RESTATE, f"{day.isoformat()}@{now // RESTATE_DELAY_S}", now + RESTATE_DELAY_S)


def month_key(day: date) -> str:
    """Return the month of a day as `YYYY-MM`."""
    return f"{day:%Y-%m}"
