"""A tariff as people write it: checked before it can trouble a whole community, and never changing what has passed."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from ..common.periods import HOUR_S, day_periods, local_day
from ..community.tariffs import load_tariffs, store_tariff
from ..ledger import members
from ..market.tariffs import PPM, Schedule, Tariff, carried_on, tariff_day

MOST_MICRO_KWH = 100_000_000
"""The highest price that the wire carries, above or below zero."""
MOST_PARTS = 4


def read_tariff(path: Path, today: date, zone: str) -> Tariff:
    """Return the tariff in a JSON file.

    Raises:
        ValueError: it cannot be read, or no member could be billed by it today; the text names the file.
    """
    try:
        tariff = msgspec.json.decode(path.read_bytes(), type=Tariff)
        _check(tariff, today, zone)
    except (OSError, ValueError) as error:
        raise ValueError(f"The tariff file {path} cannot be used: {error}. See docs/operator.md, Tariffs.") from error
    return tariff


def enter_tariff(conn: Connection, tariff: Tariff, now: int, zone: str) -> None:
    """Store a tariff, or its new version from `now` [Unix s] on; one that is known word by word is left alone.

    Raises:
        ValueError: it changes a price of a day that a member has already had by it.
    """
    known = load_tariffs(conn).tariffs.get(tariff.name)
    if known is None:
        store_tariff(conn, tariff, 0)
    elif known != tariff:
        _refuse_another_past(conn, known, tariff, local_day(now, zone), zone)
        store_tariff(conn, tariff, now)


def _check(tariff: Tariff, today: date, zone: str) -> None:
    if not tariff.name.strip() or not tariff.name.isprintable():
        raise ValueError("its name is empty")
    if not all(0 <= part.avoided_ppm <= PPM for part in tariff.parts):
        raise ValueError(f"avoided_ppm of a part is not from 0 to {PPM}")
    schedules: list[Schedule] = [*(part.schedule for part in tariff.parts), *tariff.feed_in]
    if any(abs(price) * MOST_PARTS > MOST_MICRO_KWH for schedule in schedules for _, price in schedule.bands):
        raise ValueError(f"a price is over {MOST_MICRO_KWH // MOST_PARTS} micro-units per kWh")
    if not tariff.parts:
        raise ValueError("it has no parts")
    tariff_day(tariff, day_periods(today, zone, HOUR_S // 4), zone)


def _refuse_another_past(conn: Connection, known: Tariff, tariff: Tariff, today: date, zone: str) -> None:
    joined = [member.joined_at for member in members.all(conn) if member.tariff == tariff.name]
    if not joined:
        return
    day = local_day(min(joined), zone)
    before, after = carried_on(known), carried_on(tariff)
    while day < today:
        starts = day_periods(day, zone, HOUR_S // 4)
        old, new = tariff_day(before, starts, zone), tariff_day(after, starts, zone)
        if any(
            (getattr(old, column) != getattr(new, column)).any()
            for column in ("retail_micro_kwh", "avoidable_micro_kwh", "vat_ppm", "feed_in_micro_kwh")
        ):
            raise ValueError(
                f"The tariff {tariff.name} is known with other prices on {day}, which has passed. Leave those in the "
                "file with their valid_until, and add the new ones with the day from which they are valid."
            )
        day += timedelta(days=1)
