"""The meters of a delivery day as arrays, complete: what is missing is estimated and flagged (engines B.6)."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ..common.forecasting.predictor import PROFILE_DAYS, History, Predictor
from ..common.periods import DAY_S
from ..ledger import readings
from ..market.arithmetic import Ints
from ..market.quality import ESTIMATED, Qualities, fill_missing


def day_meters(
    conn: Connection, members: Sequence[str], starts: Sequence[int], zone: str, predictor: Predictor
) -> tuple[Ints, Ints, Qualities]:
    """Return import [Wh], export [Wh] and quality of a day, each of shape (M, T).

    Args:
        members: the M members to settle.
        starts: the T settlement periods of the day [Unix s], ascending.
        zone: the market zone: habits follow its clock.
        predictor: its mean stands in for readings that did not come.
    """
    shape = (len(members), len(starts))
    known = np.zeros(shape, dtype=np.bool_)
    imported, exported = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    quality = np.full(shape, ESTIMATED, np.int8)
    row = {member: m for m, member in enumerate(members)}
    column = {start: t for t, start in enumerate(starts)}
    for reading in readings.between(conn, members, starts[0], starts[-1] + 1):
        if (t := column.get(reading.start)) is not None:
            m = row[reading.member]
            known[m, t] = True
            imported[m, t], exported[m, t], quality[m, t] = reading.import_wh, reading.export_wh, reading.quality
    if known.all():
        return imported, exported, quality
    forecast = np.zeros(shape, np.int64)
    slots = _slots(starts, zone)
    for m in np.flatnonzero(~known.all(axis=1)).tolist():
        forecast[m] = predictor.predict(_history(conn, members[m], starts[0], zone), slots)
    return fill_missing(imported, exported, quality, known, forecast)


def _history(conn: Connection, member: str, until: int, zone: str) -> History:
    """Return a member's own readings of the days before an instant [Unix s]."""
    rows = readings.between(conn, [member], until - PROFILE_DAYS * DAY_S, until)
    return History(
        slot=_slots([row.start for row in rows], zone),
        wh=np.array([row.import_wh - row.export_wh for row in rows], dtype=np.int64),
    )


def _slots(starts: Sequence[int], zone: str) -> NDArray[np.int64]:
    """Return what a clock in the zone shows at each start, in seconds since midnight, shape (n,).

    Use follows the clock: on the days when it changes, a slot is missing or comes twice.
    """
    return np.array([_clock_slot(start, zone) for start in starts], dtype=np.int64)


@lru_cache(maxsize=16_384)
def _clock_slot(start: int, zone: str) -> int:
    local = datetime.fromtimestamp(start, ZoneInfo(zone))
    return local.hour * 3_600 + local.minute * 60 + local.second
