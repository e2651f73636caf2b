"""A tariff as people write it: checked before it can trouble a whole community, and never changing what has passed."""

from datetime import date, timedelta

from sqlalchemy import Connection

from ..common.periods import HOUR_S, day_periods, local_day
from ..ledger import members
from ..market.tariffs import PPM, Schedule, Tariff, carried_on, tariff_day
from .refusals import TariffWrong
from .tariffs import load_tariffs, store_tariff

MOST_MICRO_KWH = 100_000_000
"""The highest price that the wire carries, above or below zero."""
MOST_PARTS = 4
MOST_NAME_CHARACTERS = 64


def check_tariff(tariff: Tariff, today: date, zone: str) -> None:
    """Look whether members could be billed by a tariff today.

    Raises:
        TariffWrong: they could not; its detail says why.
    """
    name = tariff.name
    if not name.strip() or not name.isprintable() or len(name) > MOST_NAME_CHARACTERS:
        raise TariffWrong("its name is empty, or no line of at most 64 characters")
    if not all(0 <= part.avoided_ppm <= PPM for part in tariff.parts):
        raise TariffWrong(f"avoided_ppm of a part is not from 0 to {PPM}")
    schedules: list[Schedule] = [*(part.schedule for part in tariff.parts), *tariff.feed_in]
    if any(abs(price) * MOST_PARTS > MOST_MICRO_KWH for schedule in schedules for _, price in schedule.bands):
        raise TariffWrong(f"a price is over {MOST_MICRO_KWH // MOST_PARTS} micro-units per kWh")
    if not tariff.parts:
        raise TariffWrong("it has no parts")
    try:
        tariff_day(tariff, day_periods(today, zone, HOUR_S // 4), zone)
    except ValueError as error:
        raise TariffWrong(str(error)) from error


def enter_tariff(conn: Connection, tariff: Tariff, now: int, zone: str) -> None:
    """Check and store a tariff, or its new version from `now` [Unix s] on; one that is known word by word stays.

    Raises:
        TariffWrong: nobody could be billed by it, or it changes a price of a day that a member has already had by it.
    """
    today = local_day(now, zone)
    check_tariff(tariff, today, zone)
    known = load_tariffs(conn).tariffs.get(tariff.name)
    if known is None:
        store_tariff(conn, tariff, 0)
    elif known != tariff:
        _refuse_another_past(conn, known, tariff, today, zone)
        store_tariff(conn, tariff, now)


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
            raise TariffWrong(
                f"the tariff {tariff.name} is known with other prices on {day}, which has passed: leave those in it "
                "with their valid_until, and add the new ones with the day from which they are valid"
            )
        day += timedelta(days=1)
