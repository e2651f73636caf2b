"""The steps of a delivery day and when each is due (architecture, section 6)."""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from ..common.member.history import period_floor
from ..common.periods import HOUR_S, iso, local_instant
from ..ledger import meta, steps
from .settings import CommunitySettings

RESTATE_DELAY_S = HOUR_S
"""Late readings come in batches: the day is restated once, an hour after the first of them."""
PRICES_AGAIN_S = 600
"""How often prices that could not be fetched are asked for again."""
PRICES_UNTIL_S = 900
"""How long before the gate they are asked for last: homes need the rest to bid anew."""
GATHER_S = 600
"""How long homes have, after a restore, to offer again what the ledger no longer holds of an auction."""
FORECASTS_AFTER_PRICES = 15
"""Minutes after the prices at which the community is forecast: homes bid then, and say what they expect."""
HOUR_AHEAD_S = 600
"""How long after a full hour the next hours are forecast: the meters' last readings are in by then."""
PRUNE_MINUTE = 3 * 60
"""Housekeeping is done at 03:00 of the delivery day, when no other step is due unless an option says so."""


class StepKind(StrEnum):
    """What can be due. Kinds due at one instant run in the order of the alphabet; none depends on another of it."""

    PRICES = "prices"
    PRICES_AGAIN = "prices_again"
    FORECASTS = "forecasts"
    HOUR_AHEAD = "hour_ahead"
    GATE = "gate"
    SETTLE = "settle"
    RESTATE = "restate"
    MONTH = "month"
    PRUNE = "prune"


def forecasts_at(day: date, settings: CommunitySettings) -> int:
    """Return when a delivery day is forecast [Unix s]: soon after its prices, and not after its gate."""
    minute = min(settings.times.prices + FORECASTS_AFTER_PRICES, settings.times.gate)
    return local_instant(day - timedelta(days=1), minute, settings.time_zone)


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
    steps.put(conn, StepKind.FORECASTS, key, forecasts_at(day, settings))
    steps.put(conn, StepKind.GATE, key, gate_at(day, settings))
    steps.put(conn, StepKind.SETTLE, key, settle_at(day, settings))
    steps.put(conn, StepKind.PRUNE, key, local_instant(day, PRUNE_MINUTE, settings.time_zone))
    if (day + timedelta(days=1)).month != day.month:
        steps.put(conn, StepKind.MONTH, month_key(day), settle_at(day, settings) + HOUR_S)


def put_hour(conn: Connection, settings: CommunitySettings, now: int) -> None:
    """Put the next forecast of the hours ahead, unless it is there."""
    due_at = period_floor(now - HOUR_AHEAD_S, settings.market_zone, HOUR_S) + HOUR_S + HOUR_AHEAD_S
    steps.put(conn, StepKind.HOUR_AHEAD, iso(due_at), due_at)


def opening_gate_at(conn: Connection, day: date, settings: CommunitySettings, now: int) -> int:
    """Return when an auction that opens now closes [Unix s].

    That is its regular gate, but for one that had passed before a restored ledger came back: homes were told that
    day's trades, and their contracts are lost unless they can offer again.
    """
    regular, restored_at = gate_at(day, settings), meta.restored_at(conn)
    if restored_at is None or regular >= restored_at + GATHER_S:
        return regular
    return max(regular, now + GATHER_S)


def move_gate(conn: Connection, day: date, at: int) -> None:
    """Let an auction be cleared at another time [Unix s], and its day not be settled before."""
    key = day.isoformat()
    steps.move(conn, StepKind.GATE, key, at)
    settling = steps.get(conn, StepKind.SETTLE, key)
    if settling is not None and settling.due_at < at:
        steps.move(conn, StepKind.SETTLE, key, at)


def put_prices_again(conn: Connection, day: date, gate_at: int, now: int) -> None:
    """Put the next time at which the prices of a day are asked for again, if its gate [Unix s] leaves any."""
    due_at = now + PRICES_AGAIN_S
    if due_at <= gate_at - PRICES_UNTIL_S:
        steps.put(conn, StepKind.PRICES_AGAIN, f"{day.isoformat()}@{due_at}", due_at)


def put_restatement(conn: Connection, day: date, now: int) -> None:
    """Put a restatement of a settled day, unless one is already due."""
    steps.put(conn, StepKind.RESTATE, f"{day.isoformat()}@{now // RESTATE_DELAY_S}", now + RESTATE_DELAY_S)


def month_key(day: date) -> str:
    """Return the month of a day as `YYYY-MM`."""
    return f"{day:%Y-%m}"
