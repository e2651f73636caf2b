"""One row a delivery day: an auction is open, then cleared, once, whatever is killed in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select, text

from .bulk import insert_rows
from .digests import digest_of
from .errors import LedgerError
from .schema import auctions, cleared
from .schema import transactions as transactions_table
from .transactions import Transaction


class AlreadyCleared(LedgerError):
    """The day was cleared before, with another result."""


@dataclass(frozen=True, slots=True)
class Auction:
    """The auction of a delivery day; `rules` is its settings as JSON text, the last five are None while it is open.

    `preferences` is what the members preferred at the gate as JSON text, None where the rules do not ask for it.
    """

    day: date
    state: str
    gate_at: int
    period_s: int
    rules: str
    opened_at: int
    run: str | None
    book_digest: str | None
    result_digest: str | None
    cleared_at: int | None
    preferences: str | None = None


@dataclass(frozen=True, slots=True)
class ClearedPeriod:
    """The public outcome of one period: its price [micro-units per kWh] and volume [Wh]."""

    start: int
    price_micro_kwh: int
    wh: int


_OPEN = text(
    "INSERT INTO auctions (day, state, gate_at, period_s, rules, opened_at) "
    "VALUES (:day, 'open', :gate_at, :period_s, :rules, :at) ON CONFLICT (day) DO NOTHING"
)
_GET = select(auctions).where(auctions.c.day == bindparam("on"))
_OPEN_DAYS = select(auctions.c.day).where(auctions.c.state == "open").order_by(auctions.c.day)
_CLEARED_DAYS = (
    select(auctions.c.day)
    .where(auctions.c.state == "cleared", auctions.c.day.between(bindparam("first"), bindparam("last")))
    .order_by(auctions.c.day)
)
_CLEAR = text(
    "UPDATE auctions SET state = 'cleared', run = :run, book_digest = :books, result_digest = :result, "
    "cleared_at = :at, preferences = :preferences WHERE day = :on AND state = 'open'"
)
_LAST_CLEARED = (
    select(auctions.c.day, auctions.c.cleared_at)
    .where(auctions.c.state == "cleared")
    .order_by(auctions.c.day.desc())
    .limit(1)
)
_MOVE_GATE = text("UPDATE auctions SET gate_at = :at WHERE day = :on AND state = 'open'")
_PERIODS = (
    select(cleared.c.start, cleared.c.price_micro_kwh, cleared.c.wh)
    .where(cleared.c.day == bindparam("on"))
    .order_by(cleared.c.start)
)


def open_day(conn: Connection, day: date, *, gate_at: int, period_s: int, rules: str, at: int) -> bool:
    """Open the auction of a day; return False, changing nothing, if it is there already."""
    row = {"day": day.isoformat(), "gate_at": gate_at, "period_s": period_s, "rules": rules, "at": at}
    return conn.execute(_OPEN, row).rowcount == 1


def get(conn: Connection, day: date) -> Auction | None:
    """Return the auction of a day, or None."""
    row = conn.execute(_GET, {"on": day.isoformat()}).one_or_none()
    return None if row is None else Auction(date.fromisoformat(row.day), *row[1:])


def open_days(conn: Connection) -> list[date]:
    """Return the days whose auctions are open, ascending."""
    return [date.fromisoformat(day) for day in conn.execute(_OPEN_DAYS).scalars().all()]


def cleared_days(conn: Connection, first: date, last: date) -> list[date]:
    """Return the cleared days from `first` to `last`, both included, ascending."""
    return [date.fromisoformat(day) for day in conn.execute(_CLEARED_DAYS, _range(first, last)).scalars().all()]


def last_cleared(conn: Connection) -> tuple[date, int] | None:
    """Return the last cleared day and when [Unix s] it was cleared, or None before the first."""
    row = conn.execute(_LAST_CLEARED).one_or_none()
    return None if row is None else (date.fromisoformat(row.day), int(row.cleared_at))


def clear(
    conn: Connection,
    day: date,
    *,
    run: str,
    book_digest: str,
    transactions: Sequence[Transaction],
    periods: Sequence[ClearedPeriod],
    at: int,
    preferences: str | None = None,
) -> str:
    """Store the result of an open auction and return its digest [hex]. The same result again changes nothing.

    Raises:
        AlreadyCleared: the day has another result, or there is no auction.
    """
    rows = [(t.id, t.start, t.seller, t.buyer, t.wh, t.price_micro_kwh, t.micro) for t in transactions]
    outcome = [(p.start, p.price_micro_kwh, p.wh) for p in periods]
    result = result_digest(rows, outcome)
    key = day.isoformat()
    values = {"on": key, "run": run, "books": book_digest, "result": result, "at": at}
    if conn.execute(_CLEAR, values | {"preferences": preferences}).rowcount == 0:
        auction = get(conn, day)
        if auction is None or auction.result_digest != result:
            raise AlreadyCleared(f"The auction of {day} was cleared before with another result, or never opened.")
        return result
    insert_rows(conn, transactions_table, [(key, n, *row) for n, row in enumerate(rows)])
    insert_rows(conn, cleared, [(key, *row) for row in outcome])
    return result


def move_gate(conn: Connection, day: date, at: int) -> bool:
    """Set when [Unix s] an open auction closes; return False, changing nothing, if there is none or it is cleared."""
    return conn.execute(_MOVE_GATE, {"on": day.isoformat(), "at": at}).rowcount == 1


def cleared_periods(conn: Connection, day: date) -> list[ClearedPeriod]:
    """Return the periods of a day in which something was traded, ascending."""
    return [ClearedPeriod(*row) for row in conn.execute(_PERIODS, {"on": day.isoformat()}).all()]


def result_digest(rows: Sequence[tuple[object, ...]], periods: Sequence[tuple[object, ...]]) -> str:
    """Return the SHA-256 [hex] of a clearing: its transactions from the id on, in their order, and its periods."""
    return digest_of(rows, periods).hex()


def _range(first: date, last: date) -> dict[str, str]:
    return {"first": first.isoformat(), "last": last.isoformat()}
