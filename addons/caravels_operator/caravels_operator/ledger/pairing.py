"""One-time codes of pairing links, known here by their hash, exchanged once for the token that the member made."""

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import Connection, Row, bindparam, select, text

from . import tokens
from .schema import members, pairing_codes


class Outcome(StrEnum):
    """What came of an exchange."""

    PAIRED = "paired"
    WRONG = "wrong"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An outcome, and the member if it was paired."""

    outcome: Outcome
    member: str | None = None


_FIND = (
    select(pairing_codes, members.c.state)
    .join(members, members.c.id == pairing_codes.c.member)
    .where(pairing_codes.c.hash == bindparam("of"))
)
_DROP_UNUSED = text("DELETE FROM pairing_codes WHERE member = :of AND used_at IS NULL")
_OPEN = select(pairing_codes.c.member, pairing_codes.c.expires_at).where(
    pairing_codes.c.used_at.is_(None), pairing_codes.c.expires_at > bindparam("now")
)
_USE = text("UPDATE pairing_codes SET used_at = :now, token_hash = :token WHERE hash = :of")
_PRUNE = text("DELETE FROM pairing_codes WHERE expires_at < :before")


def create(conn: Connection, member: str, code_hash: bytes, expires_at: int) -> None:
    """Make a code for a member; an unused one that it had is void from now on."""
    conn.execute(_DROP_UNUSED, {"of": member})
    row = {"hash": code_hash, "member": member, "expires_at": expires_at, "token_hash": None, "used_at": None}
    conn.execute(pairing_codes.insert(), row)


def exchange(conn: Connection, code_hash: bytes, token_hash: bytes, now: int) -> Exchange:
    """Exchange a code for a token, which lets the member in from now on in place of any it had.

    Repeated with the same token it is paired again (the answer was lost); with another one the code is used.
    An unknown, used and expired code cost the same two look-ups.
    """
    row = conn.execute(_FIND, {"of": code_hash}).one_or_none()
    holder = tokens.find(conn, token_hash, now)
    outcome = _judged(row, token_hash, holder, now)
    if outcome is not Outcome.PAIRED or row is None:
        return Exchange(outcome)
    if row.used_at is None:
        tokens.revoke_all(conn, row.member)
        tokens.issue(conn, row.member, token_hash, now)
        conn.execute(_USE, {"of": code_hash, "token": token_hash, "now": now})
    return Exchange(outcome, row.member)


def open_until(conn: Connection, now: int) -> dict[str, int]:
    """Return until when [Unix s] the unused code of each member that has one is good."""
    return dict(conn.execute(_OPEN, {"now": now}).tuples().all())


def prune(conn: Connection, before: int) -> int:
    """Forget codes that expired before an instant [Unix s]; return how many."""
    return conn.execute(_PRUNE, {"before": before}).rowcount


def _judged(row: Row[tuple[object, ...]] | None, token_hash: bytes, holder: str | None, now: int) -> Outcome:
    if row is None or row.state == "revoked":
        return Outcome.WRONG
    if row.used_at is not None:
        again = compare_digest(row.token_hash, token_hash) and holder == row.member
        return Outcome.PAIRED if again else Outcome.USED
    if row.expires_at <= now:
        return Outcome.EXPIRED
    return Outcome.PAIRED if holder is None else Outcome.WRONG
