"""The market price of each period, with how it was found."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, select, text

from .digests import checksum
from .schema import prices


@dataclass(frozen=True, slots=True)
class Price:
    """The price [micro-units per kWh] of the period from `start` on; `origin` as in the protocol's PriceOrigin."""

    start: int
    micro_kwh: int
    origin: str


_COLUMNS = (prices.c.start, prices.c.micro_kwh, prices.c.origin)
_PUT = text(
    "INSERT INTO prices (start, micro_kwh, origin, checksum) VALUES (:start, :micro_kwh, :origin, :checksum) "
    "ON CONFLICT (start) DO UPDATE "
    "SET micro_kwh = excluded.micro_kwh, origin = excluded.origin, checksum = excluded.checksum "
    "WHERE excluded.origin = 'published' OR prices.origin <> 'published'"
)
_BETWEEN = (
    select(*_COLUMNS)
    .where(prices.c.start >= bindparam("first"), prices.c.start < bindparam("end"))
    .order_by(prices.c.start)
)


def put(conn: Connection, rows: Iterable[Price]) -> None:
    """Store prices in place of what was there, but never a filled-in one in place of a published one."""
    values = [asdict(row) for row in rows]
    if values:
        conn.execute(_PUT, [row | {"checksum": checksum(*row.values())} for row in values])


def between(conn: Connection, start: int, end: int) -> list[Price]:
    """Return the prices of the periods that start in [start, end), ascending."""
    return [Price(*row) for row in conn.execute(_BETWEEN, {"first": start, "end": end}).all()]
