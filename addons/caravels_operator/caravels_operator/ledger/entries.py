"""The money, double entry and append only: a posting names who pays and who is paid, an entry seals the one before.

hash = SHA-256 of prev_hash and the canonical JSON of [id, kind, reference, at, postings]; the first prev_hash is 32
zeros (engines, section B). Accounts are pseudonyms: `member:ID`, `retailer:ID`, `community`, `storage`, `fees`, `tax`,
`dr_payer`, `rounding`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from .bulk import insert_rows
from .digests import canonical
from .errors import LedgerError
from .schema import account_totals, entries, postings

GENESIS: Final = bytes(32)


class ReferenceUsed(LedgerError):
    """An entry with this reference is booked already."""


class Posting(NamedTuple):
    """`payer` owes `payee` money [micro-units, >= 0] for energy [Wh] of the period that starts at `start`."""

    kind: str
    start: int
    payer: str
    payee: str
    micro: int
    wh: int


type PostingRow = tuple[str, int, str, str, int, int]
"""A posting as a plain tuple in the order of `Posting`, for bulk."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an entry is about; `reference` is unique, e.g. `settlement:2026-11-22:v1`."""

    kind: str
    reference: str
    at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked entry."""

    id: int
    kind: str
    reference: str
    at: int
    prev_hash: bytes
    hash: bytes


_HEAD = select(entries.c.id, entries.c.hash).order_by(entries.c.id.desc()).limit(1)
_FIND = select(entries).where(entries.c.reference == bindparam("ref"))
_POSTINGS = (
    select(postings.c.kind, postings.c.start, postings.c.payer, postings.c.payee, postings.c.micro, postings.c.wh)
    .where(postings.c.entry == bindparam("nr"))
    .order_by(postings.c.n)
)
_ADD_TOTAL = text(
    "INSERT INTO account_totals (account, paid_micro, received_micro) VALUES (:account, :paid, :received) "
    "ON CONFLICT (account) DO UPDATE SET paid_micro = account_totals.paid_micro + excluded.paid_micro, "
    "received_micro = account_totals.received_micro + excluded.received_micro"
)
_TOTALS = select(account_totals).order_by(account_totals.c.account)
_TOTAL = select(account_totals.c.paid_micro, account_totals.c.received_micro).where(
    account_totals.c.account == bindparam("of")
)


def post(conn: Connection, header: Header, rows: Sequence[PostingRow]) -> Entry:
    """Book an entry and return it.

    Raises:
        ReferenceUsed: the reference is booked already.
        IntegrityError: money below 0, or an account that pays itself.
    """
    if find(conn, header.reference) is not None:
        raise ReferenceUsed(f"{header.reference} is booked already.")
    head = conn.execute(_HEAD).one_or_none()
    number, prev_hash = (1, GENESIS) if head is None else (head.id + 1, head.hash)
    sealed = entry_hash(prev_hash, number, header, rows)
    entry = Entry(number, header.kind, header.reference, header.at, prev_hash, sealed)
    insert_rows(conn, entries, [(number, header.kind, header.reference, header.at, prev_hash, sealed)])
    insert_rows(conn, postings, [(number, n, *row) for n, row in enumerate(rows)])
    _add_to_totals(conn, rows)
    return entry


def reverse(conn: Connection, reference: str, new_reference: str, at: int) -> Entry:
    """Book the opposite of an entry: the same postings with payer and payee exchanged.

    Raises:
        LedgerError: there is no such entry.
        ReferenceUsed: it is reversed already.
    """
    entry = find(conn, reference)
    if entry is None:
        raise LedgerError(f"There is no entry {reference} to reverse.")
    swapped = [(p.kind, p.start, p.payee, p.payer, p.micro, p.wh) for p in postings_of(conn, entry.id)]
    return post(conn, Header("reversal", new_reference, at), swapped)


def find(conn: Connection, reference: str) -> Entry | None:
    """Return an entry by its reference, or None."""
    row = conn.execute(_FIND, {"ref": reference}).one_or_none()
    return None if row is None else Entry(*row)


def postings_of(conn: Connection, entry_id: int) -> list[Posting]:
    """Return an entry's postings in their order."""
    return [Posting(*row) for row in conn.execute(_POSTINGS, {"nr": entry_id}).tuples().all()]


def last(conn: Connection) -> int:
    """Return the number of the last entry, 0 before the first."""
    head = conn.execute(_HEAD).one_or_none()
    return 0 if head is None else int(head.id)


def balances(conn: Connection) -> dict[str, int]:
    """Return what each account has to pay [micro-units, negative: is to receive] by all entries; their sum is 0."""
    return {account: paid - received for account, paid, received in conn.execute(_TOTALS).tuples().all()}


def balance(conn: Connection, account: str) -> int:
    """Return what an account has to pay [micro-units, negative: is to receive] by all entries."""
    row = conn.execute(_TOTAL, {"of": account}).one_or_none()
    return 0 if row is None else int(row.paid_micro - row.received_micro)


def entry_hash(prev_hash: bytes, number: int, header: Header, rows: Sequence[PostingRow]) -> bytes:
    """Return the hash that seals an entry and, through `prev_hash`, everything before it."""
    return sha256(prev_hash + canonical(number, header.kind, header.reference, header.at, rows)).digest()


def _add_to_totals(conn: Connection, rows: Sequence[PostingRow]) -> None:
    paid: defaultdict[str, int] = defaultdict(int)
    received: defaultdict[str, int] = defaultdict(int)
    for _, _, payer, payee, micro, _ in rows:
        paid[payer] += micro
        received[payee] += micro
    accounts = sorted(paid.keys() | received.keys())
    if accounts:
        conn.execute(_ADD_TOTAL, [{"account": a, "paid": paid[a], "received": received[a]} for a in accounts])
