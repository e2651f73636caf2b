"""Accepting readings; a day that was settled on worse data is restated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ..common.member.history import period_floor
from ..common.periods import HOUR_S, local_day
from ..common.protocol import Quality, ReadingBatch, ReadingsAccepted
from ..common.protocol.errors import AboveLimit, WrongPeriod
from ..ledger import members, readings, settlements
from . import schedule
from .context import Context

TOLERATED_SKEW_S = 15 * 60
"""A meter's clock may run ahead by this much."""
BELIEVED_TIMES_CONNECTION = 3
"""A breaker carries more than its rating for hours, and panels behind it may make more than it lets out: what was
measured is believed up to this multiple of it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a batch: its answer, the delivery days of which more is known, and whether one is restated."""

    answer: ReadingsAccepted
    days: tuple[date, ...]
    restates: bool


def accept(conn: Connection, context: Context, member: str, batch: ReadingBatch, now: int) -> Accepted:
    """Store readings at settlement resolution; a worse quality never replaces a better one.

    Raises:
        WrongPeriod: another resolution, off its grid, in the future, or a quality that a member cannot vouch for.
        AboveLimit: more energy than can have passed the connection, or been made or stored behind it.
    """
    _check(conn, context, member, batch, now)
    rows = [
        readings.Reading(
            reading.start,
            reading.import_wh,
            reading.export_wh,
            reading.quality.value,
            reading.generation_wh,
            reading.charge_wh,
            reading.discharge_wh,
        )
        for reading in batch.readings
    ]
    stored = readings.put_many(conn, member, batch.period_s, rows, now)
    members.touch(conn, member, now)
    answer = ReadingsAccepted(stored=stored.changed)
    if not stored.changed:
        return Accepted(answer, (), restates=False)
    zone = context.settings.market_zone
    days = tuple(sorted({local_day(row.start, zone) for row in rows}))
    return Accepted(answer, days, restates=_restate(conn, days, now))


def _check(conn: Connection, context: Context, member: str, batch: ReadingBatch, now: int) -> None:
    period_s = context.settings.settlement_period_s
    if batch.period_s != period_s:
        raise WrongPeriod(f"readings are of {batch.period_s} s, the settlement's periods are of {period_s} s")
    who = members.get(conn, member)
    limit = BELIEVED_TIMES_CONNECTION * (who.connection_w if who else 0) * period_s // HOUR_S
    for reading in batch.readings:
        future = reading.start + period_s > now + TOLERATED_SKEW_S
        if future or reading.start != period_floor(reading.start, context.settings.market_zone, period_s):
            raise WrongPeriod(f"the period {reading.start} is off the grid or not over")
        if reading.quality not in (Quality.MEASURED, Quality.ESTIMATED):
            raise WrongPeriod(f"a member cannot send {reading.quality.value} readings")
        inside = (reading.generation_wh or 0, reading.charge_wh or 0, reading.discharge_wh or 0)
        if max(reading.import_wh, reading.export_wh, *inside) > limit:
            raise AboveLimit(
                f"{reading.import_wh} Wh in, {reading.export_wh} Wh out, {inside} Wh made, charged, discharged; "
                f"at most {limit} Wh are believed"
            )


def _restate(conn: Connection, days: Sequence[date], now: int) -> bool:
    settled = [day for day in days if settlements.latest_version(conn, day)]
    for day in settled:
        schedule.put_restatement(conn, day, now)
    return bool(settled)
