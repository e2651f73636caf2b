"""When things happen in the demo: a market that is open whenever somebody looks, in days that are already there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from caravels_operator.common.periods import local_day, local_instant
from caravels_operator.community.settings import DayTimes

REPLAYED_DAYS: Final = 3
"""Delivery days before today that are replayed."""
GATE_AHEAD_S: Final = 6 * 60
"""How far the settings put the gate after the present: longer than the demo takes to start."""
PRICES_AHEAD_S: Final = 30 * 60
"""How long before its gate an auction opens: books are sent within ten minutes, and all are there at the present."""
SETTLEMENT_MINUTE: Final = 15
"""A day is settled this long after its midnight: the last readings are there within ten minutes."""
EARLIEST_GATE_MINUTE: Final = 5


@dataclass(frozen=True, slots=True)
class DemoTimes:
    """The demo's calendar.

    Attributes:
        first: first replayed delivery day.
        traded: the delivery day whose gate comes next.
        day: when the steps of every day are due.
        begin: when the replay begins [Unix s], before the prices of the first day.
        gate_at: when the gate of the traded day closes by the settings [Unix s].
    """

    first: date
    traded: date
    day: DayTimes
    begin: int
    gate_at: int


def demo_times(now: int, zone: str) -> DemoTimes:
    """Return the calendar of a demo that starts at `now` [Unix s] in a community's time zone.

    The gate is a time of day, so it cannot be after midnight for the day that then begins: late in the evening it is
    that of the day after, and its auction opens at midnight.
    """
    eve, minute = _gate(now + GATE_AHEAD_S, zone)
    first = local_day(now, zone) - timedelta(days=REPLAYED_DAYS)
    eves = [first + timedelta(days=n - 1) for n in range((eve - first).days + 2)]
    prices = _prices_minute(eves, minute, zone)
    return DemoTimes(
        first=first,
        traded=eve + timedelta(days=1),
        day=DayTimes(prices=prices, gate=minute, settlement=SETTLEMENT_MINUTE),
        begin=local_instant(eves[0], prices, zone) - PRICES_AHEAD_S,
        gate_at=local_instant(eve, minute, zone),
    )


def _gate(earliest: int, zone: str) -> tuple[date, int]:
    """Return the local day and the first minute of it that is not before an instant [Unix s]."""
    local = datetime.fromtimestamp(earliest, ZoneInfo(zone))
    day = local.date()
    minute = max(EARLIEST_GATE_MINUTE, local.hour * 60 + local.minute)
    while local_instant(day, minute, zone) < earliest:  # rounded down, or inside an hour that the clocks do twice
        minute += 1
    return (day, minute) if minute < 24 * 60 else (day + timedelta(days=1), EARLIEST_GATE_MINUTE)


def _prices_minute(eves: list[date], gate: int, zone: str) -> int:
    """Return the last minute of the day that is well before the gate on all days, also where clocks change; or 0."""
    return max(
        (
            minute
            for minute in range(gate)
            if all(local_instant(eve, minute, zone) <= local_instant(eve, gate, zone) - PRICES_AHEAD_S for eve in eves)
        ),
        default=0,
    )
