"""The meters of a delivery day as arrays, complete: what is missing is estimated and flagged (engines B.6)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ..common.forecasting.predictor import PROFILE_DAYS, History, Predictor
from ..ledger import readings
from ..market.arithmetic import Ints
from ..market.quality import ESTIMATED, Qualities, fill_missing

DAY_S = 86_400


def day_meters(
    conn: Connection, members: Sequence[str], starts: Sequence[int], predictor: Predictor
) -> tuple[Ints, Ints, Qualities]:
    """Return import [Wh], export [Wh] and quality of a day, each of shape (M, T).

    Args:
        members: the M members to settle.
        starts: the T settlement periods of the day [Unix s], ascending.
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
    for m in np.flatnonzero(~known.all(axis=1)).tolist():
        forecast[m] = _estimate(conn, members[m], starts, predictor)
    return fill_missing(imported, exported, quality, known, forecast)


def _estimate(conn: Connection, member: str, starts: Sequence[int], predictor: Predictor) -> NDArray[np.int64]:
    """Return the mean net that a member's own last days suggest for the periods of a day [Wh], shape (T,).

    Slots are counted in UTC: a change of the clocks inside the last days moves a habit by an hour, no more.
    """
    rows = readings.between(conn, [member], starts[0] - PROFILE_DAYS * DAY_S, starts[0])
    history = History(
        slot=np.array([row.start % DAY_S for row in rows], dtype=np.int64),
        net_wh=np.array([row.import_wh - row.export_wh for row in rows], dtype=np.int64),
    )
    return predictor.predict(history, np.array(starts, dtype=np.int64) % DAY_S)
