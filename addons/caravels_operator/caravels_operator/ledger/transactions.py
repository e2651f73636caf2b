"""What was traded between whom. A member's views are exactly its rows; the operator's matrix is the sum of all."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, or_, select

from .schema import transactions as table


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction: energy [Wh] of one period from seller to buyer, and its money [micro-units], rounded once."""

    id: str
    start: int
    seller: str
    buyer: str
    wh: int
    price_micro_kwh: int
    micro: int


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What one member sold another in all: energy [Wh] and money [micro-units]."""

    seller: str
    buyer: str
    wh: int
    micro: int


_COLUMNS = (
    table.c.id,
    table.c.start,
    table.c.seller,
    table.c.buyer,
    table.c.wh,
    table.c.price_micro_kwh,
    table.c.micro,
)
_IS_PARTY = or_(table.c.seller == bindparam("of"), table.c.buyer == bindparam("of"))
_OF_DAY = select(*_COLUMNS).where(table.c.day == bindparam("on")).order_by(table.c.n)
_TRADES_OF = select(*_COLUMNS).where(table.c.day == bindparam("on"), _IS_PARTY).order_by(table.c.n)
_BY_ID = select(*_COLUMNS).where(table.c.id == bindparam("nr"), _IS_PARTY)
_MATRIX = (
    select(table.c.seller, table.c.buyer, func.sum(table.c.wh), func.sum(table.c.micro))
    .where(table.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(table.c.seller, table.c.buyer)
    .order_by(table.c.seller, table.c.buyer)
)


def of_day(conn: Connection, day: date) -> list[Transaction]:
    """Return all transactions of a delivery day, in the order of the clearing."""
    return [Transaction(*row) for row in conn.execute(_OF_DAY, {"on": day.isoformat()}).all()]


def trades_of(conn: Connection, member: str, day: date) -> list[Transaction]:
    """Return the transactions of a delivery day to which a member is a party."""
    return [Transaction(*row) for row in conn.execute(_TRADES_OF, {"of": member, "on": day.isoformat()}).all()]


def trade_by_id(conn: Connection, member: str, transaction_id: str) -> Transaction | None:
    """Return a transaction, or None: there is none, or the member is not a party to it (it cannot tell which)."""
    row = conn.execute(_BY_ID, {"of": member, "nr": transaction_id}).one_or_none()
    return None if row is None else Transaction(*row)


def matrix(conn: Connection, first: date, last: date) -> list[MatrixCell]:
    """Return who sold how much to whom from `first` to `last`, both included, by seller and buyer."""
    days = {"first": first.isoformat(), "last": last.isoformat()}
    return [
        MatrixCell(seller, buyer, int(wh), int(micro)) for seller, buyer, wh, micro in conn.execute(_MATRIX, days).all()
    ]
