"""What the operator expected of the community, by the instant at which it was issued."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, select, text

from ..common.forecasting.series import Floats
from .bulk import insert_rows
from .digests import row_checksum
from .energies import packed_floats, unpacked_floats
from .schema import community_forecasts as table


class CommunityBasis(msgspec.Struct, frozen=True):
    """What a forecast of the community rests on, kept as JSON.

    Attributes:
        reported: homes whose own forecast was added.
        estimated: homes that the operator forecast itself, by pseudonym.
        unknown: homes of which nothing is known; they count 0.
        days: days that were judged.
        mae_wh, mean_wh, over_last_week, over_mean_7_days, coverage: as in `Skill`; None where it is not known.
    """

    reported: int
    estimated: tuple[str, ...]
    unknown: tuple[str, ...]
    days: int
    mae_wh: float | None = None
    mean_wh: float | None = None
    over_last_week: float | None = None
    over_mean_7_days: float | None = None
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class CommunityForecast:
    """A forecast of consecutive hours [Wh], shape (m,) each.

    Attributes:
        target, horizon: as in `common.forecasting`.
        sum_wh: the sum over the homes, before its bias was taken off.
    """

    target: str
    horizon: str
    issued_at: int
    first: int
    sum_wh: Floats
    mean_wh: Floats
    p10_wh: Floats
    p50_wh: Floats
    p90_wh: Floats
    basis: CommunityBasis


_COLUMNS = [column for column in table.c if column.name != "checksum"]
_DELETE = delete(table).where(
    table.c.target == bindparam("of"), table.c.horizon == bindparam("far"), table.c.issued_at == bindparam("at")
)
_LATEST = (
    select(*_COLUMNS)
    .where(
        table.c.target == bindparam("of"), table.c.horizon == bindparam("far"), table.c.issued_at <= bindparam("until")
    )
    .order_by(table.c.issued_at.desc())
    .limit(1)
)
_ISSUED = (
    select(*_COLUMNS)
    .where(
        table.c.target == bindparam("of"),
        table.c.horizon == bindparam("far"),
        table.c.issued_at >= bindparam("since"),
        table.c.issued_at < bindparam("until"),
    )
    .order_by(table.c.issued_at)
)
_LAST_ISSUE = select(func.max(table.c.issued_at))
_PRUNE = text("DELETE FROM community_forecasts WHERE issued_at < :before")


def put(conn: Connection, forecast: CommunityForecast) -> None:
    """Keep a forecast in place of one of the same target, horizon and issue."""
    key = (forecast.target, forecast.horizon, forecast.issued_at)
    conn.execute(_DELETE, dict(zip(("of", "far", "at"), key, strict=True)))
    hours = (forecast.sum_wh, forecast.mean_wh, forecast.p10_wh, forecast.p50_wh, forecast.p90_wh)
    values = (*key, forecast.first, *map(packed_floats, hours), msgspec.json.encode(forecast.basis).decode())
    insert_rows(conn, table, [(*values, row_checksum(*values))])


def latest(conn: Connection, target: str, horizon: str, until: int) -> CommunityForecast | None:
    """Return the last forecast that was issued up to an instant [Unix s], or None."""
    row = conn.execute(_LATEST, {"of": target, "far": horizon, "until": until}).one_or_none()
    return None if row is None else _forecast(row)


def issued(conn: Connection, target: str, horizon: str, since: int, until: int) -> list[CommunityForecast]:
    """Return the forecasts that were issued in [since, until) [Unix s], in the order of their issue."""
    rows = conn.execute(_ISSUED, {"of": target, "far": horizon, "since": since, "until": until})
    return [_forecast(row) for row in rows]


def last_issue(conn: Connection) -> int | None:
    """Return when anything was last forecast [Unix s], None if nothing ever was."""
    at: int | None = conn.execute(_LAST_ISSUE).scalar_one()
    return at


def prune(conn: Connection, before: int) -> int:
    """Forget what was issued before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount


def _forecast(row: Row[Any]) -> CommunityForecast:
    return CommunityForecast(
        row.target,
        row.horizon,
        row.issued_at,
        row.first,
        unpacked_floats(row.sum_wh),
        unpacked_floats(row.mean_wh),
        unpacked_floats(row.p10_wh),
        unpacked_floats(row.p50_wh),
        unpacked_floats(row.p90_wh),
        msgspec.json.decode(row.basis, type=CommunityBasis),
    )
