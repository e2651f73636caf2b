"""Whether what is booked is what was booked: hashes over the whole chain, and both legs summed by separate SQL."""

from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, bindparam, func, select, text

from .entries import GENESIS, Entry, Header, entry_hash
from .schema import account_totals, entries, postings

_ENTRIES = select(entries).where(entries.c.id > bindparam("after")).order_by(entries.c.id)
_POSTINGS = (
    select(
        postings.c.entry,
        postings.c.n,
        postings.c.kind,
        postings.c.start,
        postings.c.payer,
        postings.c.payee,
        postings.c.micro,
        postings.c.wh,
    )
    .where(postings.c.entry > bindparam("after"))
    .order_by(postings.c.entry, postings.c.n)
    .execution_options(yield_per=10_000)
)
_LAST = select(func.max(entries.c.id))
_BEFORE = select(entries.c.hash).where(entries.c.id == bindparam("nr"))
_PAID = select(postings.c.payer, func.sum(postings.c.micro)).group_by(postings.c.payer)
_RECEIVED = select(postings.c.payee, func.sum(postings.c.micro)).group_by(postings.c.payee)
_TOTALS = select(account_totals)
_ORPHANS = text(
    "SELECT DISTINCT entry FROM postings WHERE NOT EXISTS (SELECT 1 FROM entries WHERE entries.id = postings.entry) "
    "ORDER BY entry"
)


def verify_chain(conn: Connection) -> list[str]:
    """Return what is wrong with the chain from its first entry on, a sentence a fault; none if it is whole."""
    orphans = [f"postings of entry {number}, which is not there" for number in conn.execute(_ORPHANS).scalars()]
    return _verify_after(conn, 0, GENESIS) + orphans


def verify_tail(conn: Connection, count: int) -> list[str]:
    """Return what is wrong with the last `count` entries, each against the hash of the one before."""
    last = conn.execute(_LAST).scalar_one() or 0
    after = max(0, last - count)
    before = GENESIS if after == 0 else conn.execute(_BEFORE, {"nr": after}).scalar_one_or_none()
    if before is None:
        return [f"entry {after} is missing"]
    return _verify_after(conn, after, before)


def verify_conservation(conn: Connection) -> list[str]:
    """Return what is wrong with the sums: what all accounts paid and were paid, and each account's running totals."""
    paid = {account: int(micro) for account, micro in conn.execute(_PAID).tuples()}
    received = {account: int(micro) for account, micro in conn.execute(_RECEIVED).tuples()}
    faults = []
    if (off := sum(paid.values()) - sum(received.values())) != 0:
        faults.append(f"the accounts sum to {off} micro-units, not to 0")
    totals = {account: (p, r) for account, p, r in conn.execute(_TOTALS).tuples()}
    booked = {account: (paid.get(account, 0), received.get(account, 0)) for account in paid.keys() | received.keys()}
    faults += [
        f"the totals of {account} are {totals.get(account)}, its postings sum to {booked.get(account)}"
        for account in sorted(totals.keys() | booked.keys())
        if totals.get(account) != booked.get(account)
    ]
    return faults


def _verify_after(conn: Connection, after: int, before: bytes) -> list[str]:
    faults = []
    groups = groupby(conn.execute(_POSTINGS, {"after": after}).tuples(), key=itemgetter(0))
    rows_of, rows = next(groups, (None, iter(())))
    expected = after
    for entry in (Entry(*row) for row in conn.execute(_ENTRIES, {"after": after}).tuples().all()):
        expected += 1
        if entry.id != expected:
            faults.append(f"entry {expected} is missing")
            expected = entry.id
        while rows_of is not None and rows_of < entry.id:
            rows_of, rows = next(groups, (None, iter(())))
        own = [row[2:] for row in rows] if rows_of == entry.id else []
        if entry.prev_hash != before:
            faults.append(f"entry {entry.id} ({entry.reference}) does not follow the one before it")
        if entry_hash(entry.prev_hash, entry.id, Header(entry.kind, entry.reference, entry.at), own) != entry.hash:
            faults.append(f"entry {entry.id} ({entry.reference}) is not what was booked")
        before = entry.hash
    return faults
