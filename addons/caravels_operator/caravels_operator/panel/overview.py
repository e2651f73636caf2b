"""What the overview page shows: members, the last auction, and who trades how much with whom."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ..community.context import Context
from ..ledger import auctions, entries, members, steps, transactions
from ..market.accounts import member_account


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the operator sees it.

    Attributes:
        balance_micro: what it owes (positive) or is owed (negative).
    """

    id: str
    state: str
    online: bool
    balance_micro: int


@dataclass(frozen=True, slots=True)
class Overview:
    """One look at the community.

    Attributes:
        day: delivery day of the last cleared auction, or None before the first.
        prices: (start, price [micro/kWh], volume [Wh]) of the periods with trade.
        matrix: energy by (seller, buyer) of that day [Wh].
        failing: (what, when it is tried again, why it failed) of the steps that failed.
    """

    name: str
    currency: str
    time_zone: str
    now: int
    members: tuple[MemberRow, ...]
    day: date | None
    prices: tuple[tuple[int, int, int], ...]
    matrix: dict[tuple[str, str], int]
    failing: tuple[tuple[str, int, str], ...] = ()


def overview_of(conn: Connection, context: Context, online: frozenset[str]) -> Overview:
    """Return what there is to see now."""
    balances = entries.balances(conn)
    rows = tuple(
        MemberRow(row.id, row.state, row.id in online, balances.get(member_account(row.id), 0))
        for row in members.all(conn)
    )
    days = auctions.cleared_days(conn, date.min, date.max)
    last = days[-1] if days else None
    matrix: dict[tuple[str, str], int] = {}
    prices: tuple[tuple[int, int, int], ...] = ()
    if last is not None:
        matrix = {(cell.seller, cell.buyer): cell.wh for cell in transactions.matrix(conn, last, last)}
        prices = tuple((row.start, row.price_micro_kwh, row.wh) for row in auctions.cleared_periods(conn, last))
    settings = context.settings
    return Overview(
        name=settings.name,
        currency=settings.currency,
        time_zone=settings.time_zone,
        now=context.clock.now(),
        members=rows,
        day=last,
        prices=prices,
        matrix=matrix,
        failing=tuple((f"{step.kind} {step.key}", step.due_at, step.last_error or "") for step in steps.failing(conn)),
    )
