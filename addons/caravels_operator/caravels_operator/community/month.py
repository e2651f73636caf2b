"""A month's close: after it nobody has paid more than alone, before fees (engines B.2, `no_loss`)."""

from collections import defaultdict
from dataclasses import asdict

import numpy as np
from sqlalchemy import Connection

from ..common.periods import day_start, days_of_month
from ..common.protocol import MonthStatement, encode
from ..ledger import entries, months, outbox, settlements
from ..ledger.months import MonthLine
from ..ledger.settlements import DayLine
from ..market.accounts import member_account
from ..market.no_loss import no_loss, no_loss_postings
from .context import Context
from .day_rules import settings_of_day


def close_month(conn: Connection, context: Context, key: str, _prepared: object, now: int) -> None:
    """Close a month for the first time; one that is closed stays as it is."""
    if months.latest_version(conn, key) == 0:
        _store(conn, context, key, 1, now)


def restate_month(conn: Connection, context: Context, key: str, now: int) -> None:
    """Close a month again after one of its days was settled late or restated; an open one is left to its own step."""
    version = months.latest_version(conn, key)
    if version:
        entries.reverse(conn, reference(key, version), f"reversal:{reference(key, version)}", now)
        _store(conn, context, key, version + 1, now)


def reference(key: str, version: int) -> str:
    """Return the name under which a version of a month is booked."""
    return f"month:{key}:v{version}"


def _store(conn: Connection, context: Context, key: str, version: int, now: int) -> None:
    first, last = days_of_month(key)
    days: dict[str, list[DayLine]] = defaultdict(list)
    for _, line in settlements.between(conn, first, last):
        days[line.member].append(line)
    names = sorted(days)
    alone = np.array([sum(line.alone_micro for line in days[name]) for name in names], dtype=np.int64)
    fees = np.array([sum(line.fees_micro for line in days[name]) for name in names], dtype=np.int64)
    before = np.array([sum(line.total_micro for line in days[name]) for name in names], dtype=np.int64) - fees
    rules = settings_of_day(conn, context.settings, last)
    payment = no_loss(alone, before) if rules.no_loss else np.zeros_like(alone)
    lines = [
        MonthLine(name, *numbers)
        for name, *numbers in zip(
            names,
            alone.tolist(),
            before.tolist(),
            payment.tolist(),
            fees.tolist(),
            (before + payment + fees).tolist(),
            strict=True,
        )
    ]
    start = day_start(first, rules.market_zone)
    rows = [
        (kind.value, start, payer, payee, micro, wh)
        for kind, _, payer, payee, wh, micro in no_loss_postings(names, payment).rows()
    ]
    entries.post(conn, entries.Header("month", reference(key, version), now), rows)
    months.put(conn, key, version, now, lines)
    due = entries.balances(conn)
    pushes = [
        (line.member, encode(month_statement(key, version, now, line, due.get(member_account(line.member), 0))))
        for line in lines
    ]
    outbox.append_many(conn, pushes, now)


def month_statement(
    key: str, version: int, settled_at: int, line: MonthLine, balance_micro: int | None = None
) -> MonthStatement:
    """Return a member's line of a closed month as a message; in a push with its balance [micro-units]."""
    parts = asdict(line)
    del parts["member"]
    return MonthStatement(month=key, version=version, settled_at=settled_at, balance_micro=balance_micro, **parts)
