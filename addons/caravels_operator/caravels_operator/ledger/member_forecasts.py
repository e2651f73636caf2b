"""What each home expects, a row a report, by the instant at which it was issued."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, text

from ..common.forecasting.series import Floats
from ..common.periods import HOUR_S
from .bulk import insert_rows
from .digests import row_checksum
from .energies import packed, unpacked
from .schema import member_forecasts as table


@dataclass(frozen=True, slots=True)
class MemberForecast:
    """A home's means [Wh] of consecutive hours, shape (m,) each; None is what it does not measure or declare.

    Attributes:
        horizon: `day_ahead` or `hour_ahead`.
        issued_at: what was measured until then was known [Unix s].
        first: start of the first hour [Unix s].
        received_at: when it came [Unix s].
    """

    member: str
    horizon: str
    issued_at: int
    first: int
    received_at: int
    consumption_wh: Floats
    generation_wh: Floats | None
    reduction_wh: Floats | None
    shifting_wh: Floats | None


_NEWEST = select(func.max(table.c.issued_at)).where(
    table.c.member == bindparam("of"), table.c.horizon == bindparam("far")
)
_OF_THE_HOUR = (
    table.c.member == bindparam("of"),
    table.c.horizon == bindparam("far"),
    table.c.issued_at >= bindparam("hour"),
    table.c.issued_at < bindparam("hour") + HOUR_S,
)
_NEWEST_OF_THE_HOUR = select(func.max(table.c.issued_at)).where(*_OF_THE_HOUR)
_DELETE = delete(table).where(*_OF_THE_HOUR)
_ENERGIES = (table.c.consumption_wh, table.c.generation_wh, table.c.reduction_wh, table.c.shifting_wh)
_LATEST_AT = (
    select(table.c.member, func.max(table.c.issued_at).label("issued_at"))
    .where(table.c.horizon == bindparam("far"), table.c.issued_at >= bindparam("since"))
    .group_by(table.c.member)
    .subquery()
)
_LATEST = (
    select(table.c.member, table.c.horizon, table.c.issued_at, table.c.first, table.c.received_at, *_ENERGIES)
    .join(_LATEST_AT, (table.c.member == _LATEST_AT.c.member) & (table.c.issued_at == _LATEST_AT.c.issued_at))
    .where(table.c.horizon == bindparam("far"))
    .order_by(table.c.member)
)
_PRUNE = text("DELETE FROM member_forecasts WHERE issued_at < :before")


def put(
    conn: Connection,
    member: str,
    horizon: str,
    issued_at: int,
    first: int,
    energies: Sequence[Sequence[int] | None],
    received_at: int,
) -> bool:
    """Keep a report; return whether none of its horizon was issued later.

    Homes issue on the hour: of several in one hour the last is kept, so that a home cannot fill the disk.

    Args:
        energies: consumption, generation, reduction and shifting of the hours from `first` on [Wh].
        received_at: when it came [Unix s].
    """
    key = {"of": member, "far": horizon}
    newest: int | None = conn.execute(_NEWEST, key).scalar_one()
    hour = issued_at // HOUR_S * HOUR_S
    if newest is not None and newest >= hour:
        of_hour: int | None = conn.execute(_NEWEST_OF_THE_HOUR, key | {"hour": hour}).scalar_one()
        if of_hour is not None and of_hour > issued_at:
            return False
        conn.execute(_DELETE, key | {"hour": hour})
    values = (member, horizon, issued_at, first, received_at)
    blobs = tuple(None if wh is None else packed(wh) for wh in energies)
    insert_rows(conn, table, [(*values, *blobs, row_checksum(*values, *blobs))])
    return newest is None or newest <= issued_at


def latest(conn: Connection, horizon: str, since: int) -> list[MemberForecast]:
    """Return the latest report of each home that issued any of a horizon from `since` [Unix s] on, by member."""
    return [
        MemberForecast(
            row.member,
            row.horizon,
            row.issued_at,
            row.first,
            row.received_at,
            unpacked(row.consumption_wh),
            _if_told(row.generation_wh),
            _if_told(row.reduction_wh),
            _if_told(row.shifting_wh),
        )
        for row in conn.execute(_LATEST, {"far": horizon, "since": since})
    ]


def _if_told(data: bytes | None) -> Floats | None:
    return None if data is None else unpacked(data)


def prune(conn: Connection, before: int) -> int:
    """Forget what was issued before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount
