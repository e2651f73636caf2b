"""Everything that can be checked about a ledger, at rest or at work: structure, chain, sums, numbering, digests.

Members, wishes, tokens, codes, tariffs, steps, an auction's settings and what is said of models carry no digest: they
change in place, and what reads them notices (a token that lets nobody in) or people do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Row, Table, func, select, text

from . import chain, engine, meta, migrations, persons, schema
from .auctions import result_digest
from .digests import digest_of, row_checksum
from .errors import LedgerMissing
from .health import UNREADABLE

_ROWS_AT_A_TIME = 10_000
_COUNTED = (schema.members, schema.entries, schema.postings)
_CHECKED = (
    schema.commands,
    schema.outbox,
    schema.prices,
    schema.books,
    schema.readings,
    schema.member_forecasts,
    schema.community_forecasts,
    schema.models,
)
"""Tables whose rows have a checksum of their other values."""
_INTEGRITY = text("PRAGMA integrity_check(20)")
_FOREIGN_KEYS = text("PRAGMA foreign_key_check")
_GUARDS = {
    "sqlite": text("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"),
}
_NUMBERING = text(
    "SELECT h.member, h.last_seq, h.acked, MIN(o.seq), MAX(o.seq), COUNT(o.seq) FROM outbox_heads h "
    "LEFT JOIN outbox o ON o.member = h.member GROUP BY h.member, h.last_seq, h.acked ORDER BY h.member"
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a ledger holds, and what is wrong with it, a sentence a fault."""

    faults: tuple[str, ...]
    epoch: str = ""
    members: int = 0
    entries: int = 0
    postings: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(address: str) -> Report:
    """Check everything about a ledger, also while an operator works with it.

    Raises:
        LedgerMissing: there is none.
    """
    url = engine.parse(address)
    if not migrations.exists(url):
        raise LedgerMissing(f"There is no ledger at {engine.described(url)}.")
    try:
        with engine.reading(url).connect() as conn:
            return _report(conn)
    except UNREADABLE as error:
        return Report((f"the database cannot be read: {str(getattr(error, 'orig', error)).strip()}",))


def _report(conn: Connection) -> Report:
    if faults := tuple(_structure(conn)):
        return Report(faults)
    found = migrations.version(conn)
    if found != schema.SCHEMA_VERSION:
        remedy = "update this operator" if (found or "") > schema.SCHEMA_VERSION else "migrate it first"
        return Report((f"it is of version {found}, not {schema.SCHEMA_VERSION}: {remedy}",))
    checks = (
        chain.verify_chain,
        chain.verify_conservation,
        _guards,
        _numbering,
        _checksums,
        _persons,
        _auctions,
        _settlements,
    )
    faults = tuple(fault for check in checks for fault in check(conn))
    counts = [conn.execute(select(func.count()).select_from(t)).scalar_one() for t in _COUNTED]
    return Report(faults, meta.epoch(conn), *counts)


def _structure(conn: Connection) -> Iterator[str]:
    if conn.dialect.name != "sqlite":
        return
    yield from (line for line in conn.execute(_INTEGRITY).scalars() if line != "ok")
    yield from (
        f"a row of {row[0]} points to a row of {row[2]} that is not there" for row in conn.execute(_FOREIGN_KEYS)
    )


def _guards(conn: Connection) -> Iterator[str]:
    guarded = set(conn.execute(_GUARDS[conn.dialect.name]).scalars())
    yield from (f"{table} is no longer guarded against changes" for table in schema.APPEND_ONLY if table not in guarded)


def _numbering(conn: Connection) -> Iterator[str]:
    for member, last, acked, first_kept, last_kept, kept in conn.execute(_NUMBERING).tuples():
        gapless = kept == 0 or (last_kept == last and kept == last_kept - first_kept + 1)
        unacknowledged_kept = last == acked or (kept > 0 and first_kept <= acked + 1)
        if not (gapless and unacknowledged_kept and 0 <= acked <= last):
            yield f"the outbox of {member} has a gap"


def _checksums(conn: Connection) -> Iterator[str]:
    for table in _CHECKED:
        for row in _rows(conn, table):
            values = [value for column, value in zip(table.c, row, strict=True) if column is not table.c.checksum]
            if row_checksum(*values) != row.checksum:
                key = ", ".join(str(value) for column, value in zip(table.c, row, strict=True) if column.primary_key)
                yield f"the row {key} of {table.name} is not what was written"


def _persons(conn: Connection) -> Iterator[str]:
    for (member,) in conn.execute(select(schema.persons.c.member)).all():
        try:
            persons.get(conn, member)
        except InvalidTag:
            yield f"the personal data of {member} is not what was sealed"


def _auctions(conn: Connection) -> Iterator[str]:
    trades = _by_key(conn, schema.transactions, 1, 2)
    periods = _by_key(conn, schema.cleared, 1, 1)
    for day, expected in conn.execute(select(schema.auctions.c.day, schema.auctions.c.result_digest)).tuples():
        own = trades.get((day,), []), periods.get((day,), [])
        if (expected is None and own != ([], [])) or (expected is not None and result_digest(*own) != expected):
            yield f"the result of the auction of {day} is not what was cleared"


def _settlements(conn: Connection) -> Iterator[str]:
    for versions, lines in (
        (schema.settlement_days, schema.settlement_lines),
        (schema.settlement_months, schema.month_lines),
    ):
        rows = _by_key(conn, lines, 2, 2)
        for name, version, settled_at, expected in _rows(conn, versions):
            if digest_of(settled_at, rows.get((name, version), [])) != expected:
                yield f"version {version} of the settlement of {name} is not what was settled"


def _rows(conn: Connection, table: Table) -> Iterator[Row[Any]]:
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS_AT_A_TIME)
    yield from conn.execute(query)


def _by_key(conn: Connection, table: Table, key: int, skip: int) -> dict[tuple[object, ...], list[tuple[object, ...]]]:
    """Return a table's rows without their first `skip` columns, by their first `key` columns."""
    rows = groupby(map(tuple, _rows(conn, table)), key=itemgetter(slice(key)))
    return {of: [row[skip:] for row in group] for of, group in rows}
