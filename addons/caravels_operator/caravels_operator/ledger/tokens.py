"""What lets a member in: 256-bit tokens, known here by their SHA-256 alone, several at a time while one is rotated."""

from sqlalchemy import Connection, bindparam, delete, select, text

from .schema import members, tokens

_FIND = (
    select(tokens.c.member)
    .join(members, members.c.id == tokens.c.member)
    .where(
        tokens.c.hash == bindparam("of"),
        members.c.state != "revoked",
        tokens.c.valid_until.is_(None) | (tokens.c.valid_until > bindparam("now")),
    )
)
_OWNER = select(tokens.c.member).where(tokens.c.hash == bindparam("of"))
_HOLDERS = (
    select(tokens.c.member).where(tokens.c.valid_until.is_(None) | (tokens.c.valid_until > bindparam("now"))).distinct()
)
_EXPIRE = text("UPDATE tokens SET valid_until = :until WHERE member = :of AND hash <> :keep AND valid_until IS NULL")
_UNTIL = text("SELECT MAX(valid_until) FROM tokens WHERE member = :of AND hash <> :keep")
_DROP_EXPIRED = text("DELETE FROM tokens WHERE member = :of AND valid_until <= :now")
_REVOKE = delete(tokens).where(tokens.c.member == bindparam("of"))


def issue(conn: Connection, member: str, token_hash: bytes, at: int) -> None:
    """Let a member in by a token, besides those it has.

    Raises:
        IntegrityError: the token is in use, by whomever.
    """
    conn.execute(tokens.insert(), {"hash": token_hash, "member": member, "issued_at": at, "valid_until": None})


def find(conn: Connection, token_hash: bytes, now: int) -> str | None:
    """Return the member that a token lets in now, or None: unknown, replaced and past its overlap, or revoked."""
    return conn.execute(_FIND, {"of": token_hash, "now": now}).scalar_one_or_none()


def holders(conn: Connection, now: int) -> frozenset[str]:
    """Return the members that have a token which is good now."""
    return frozenset(conn.execute(_HOLDERS, {"now": now}).scalars())


def rotate(conn: Connection, member: str, new_hash: bytes, now: int, overlap_s: int) -> int:
    """Replace a member's tokens by a new one and return until when [Unix s] the old ones still hold.

    Said again with the same token (the answer was lost), it changes nothing and returns the same.

    Raises:
        IntegrityError: the new token is another member's.
    """
    conn.execute(_DROP_EXPIRED, {"of": member, "now": now})
    if conn.execute(_OWNER, {"of": new_hash}).scalar_one_or_none() != member:
        issue(conn, member, new_hash, now)
        conn.execute(_EXPIRE, {"of": member, "keep": new_hash, "until": now + overlap_s})
    until = conn.execute(_UNTIL, {"of": member, "keep": new_hash}).scalar_one()
    return now if until is None else int(until)


def revoke_all(conn: Connection, member: str) -> int:
    """Let a member in no more; return how many tokens it had."""
    return conn.execute(_REVOKE, {"of": member}).rowcount
