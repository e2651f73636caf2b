"""Delivery days and their periods, in any time zone, through every change of the clocks.

A period is (UTC start, length); a delivery day is a civil day of a zone: 23, 24 or 25 hours, and its local midnight
may be missing or double (architecture, section 4). No local hour is ever stored.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S
"""Of elapsed time; a civil day may have an hour less or more."""
_SCAN_STEP_S = 900


def is_zone(name: str) -> bool:
    """Return whether days of a time zone can be reckoned here: it is in this machine's list of them."""
    try:
        ZoneInfo(name)
    except KeyError, ValueError, OSError:  # unknown, no name at all, a folder of the list
        return False
    return True


@lru_cache(maxsize=4_096)
def day_start(day: date, zone: str) -> int:
    """Return the first instant [Unix s] whose local date in `zone` is `day` (or later, if a zone skipped that date)."""
    tz = ZoneInfo(zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=tz)
    instant = int(noon.timestamp()) // _SCAN_STEP_S * _SCAN_STEP_S
    while datetime.fromtimestamp(instant - _SCAN_STEP_S, tz).date() >= day:
        instant -= _SCAN_STEP_S
    return instant


def day_end(day: date, zone: str) -> int:
    """Return the first instant [Unix s] after the delivery day."""
    return day_start(day + timedelta(days=1), zone)


def days_of_month(key: str) -> tuple[date, date]:
    """Return the first and the last day of a month `YYYY-MM`.

    Raises:
        ValueError: if there is no such month.
    """
    first = date.fromisoformat(f"{key}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@lru_cache(maxsize=4_096)
def day_periods(day: date, zone: str, period_s: int) -> tuple[int, ...]:
    """Return the period starts [Unix s] of a delivery day, ascending; 23, 24 or 25 hours' worth.

    Raises:
        ValueError: if the day is not a whole number of periods.
    """
    start, end = day_start(day, zone), day_end(day, zone)
    if (end - start) % period_s:
        raise ValueError(f"{day} in {zone} is not a whole number of periods of {period_s} s")
    return tuple(range(start, end, period_s))


def local_day(instant: int, zone: str) -> date:
    """Return the civil date of an instant [Unix s] in a zone."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).date()


def local_hour(instant: int, zone: str) -> int:
    """Return the hour (0 to 23) that a clock in the zone shows at an instant [Unix s]."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).hour


def local_instant(day: date, minute: int, zone: str) -> int:
    """Return the instant [Unix s] at which a clock in the zone shows `minute` minutes after midnight on `day`.

    A time that the clocks skip is read with the offset before the change; of a doubled one it is the first.
    """
    # Sums of datetimes are on the local clock, whatever their zone does in between.
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int((midnight + timedelta(minutes=minute)).timestamp())


def iso(instant: int) -> str:
    """Return an instant [Unix s] as ISO 8601 in UTC, for people and files."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
