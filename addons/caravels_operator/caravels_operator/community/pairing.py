"""How a member comes in, is known, and is sent away: invitation, one-time code, token.

Codes and tokens are stored as SHA-256 only. The member makes its token itself, so that a lost answer can be asked for
again with the same code and token (architecture, section 5).
"""

import base64
import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection

from ..common.protocol import OLDEST_SUPPORTED, PairingLink, PairRequest
from ..common.protocol.errors import ClientTooOld, Forbidden, PairingExpired, PairingUsed, PairingWrong, Unauthorised
from ..ledger import audit, members, tokens
from ..ledger import pairing as codes
from ..ledger.pairing import Outcome
from .context import Context

CODE_LIFETIME_S = 15 * 60
CODE_BYTES = 16


def digest(secret: str) -> bytes:
    """Return what is stored of a code or token: they are random enough for a plain hash."""
    return hashlib.sha256(secret.encode()).digest()


def invite(
    conn: Connection,
    context: Context,
    member: str,
    addresses: Sequence[str],
    fingerprint: str | None,
    now: int,
    who: str = "operator",
) -> PairingLink:
    """Return a new pairing link for a member; an unused one that it had is void.

    Raises:
        LookupError: there is no such member.
    """
    if members.get(conn, member) is None:
        raise LookupError(f"no member is called {member}")
    code = base64.b32encode(context.random_bytes(CODE_BYTES)).decode().rstrip("=")
    codes.create(conn, member, digest(code), now + CODE_LIFETIME_S)
    audit.append(conn, who, "invite", now, member)
    return PairingLink(tuple(addresses), code, fingerprint)


def exchange(conn: Connection, request: PairRequest, now: int) -> str:
    """Exchange a code for the token in the request; return the member's id.

    Raises:
        ClientTooOld, PairingWrong, PairingUsed, PairingExpired.
    """
    if request.protocol_version < OLDEST_SUPPORTED:
        raise ClientTooOld(f"it speaks version {request.protocol_version}, {OLDEST_SUPPORTED} is needed")
    exchange = codes.exchange(conn, digest(request.code), digest(request.token), now)
    if exchange.outcome is Outcome.USED:
        raise PairingUsed
    if exchange.outcome is Outcome.EXPIRED:
        raise PairingExpired
    if exchange.member is None:
        raise PairingWrong
    audit.append(conn, exchange.member, "pair", now)
    return exchange.member


def authenticate(conn: Connection, token: str | None, now: int) -> str:
    """Return the member whose token this is.

    Raises:
        Unauthorised: unknown, expired, revoked, or none.
    """
    member = tokens.find(conn, digest(token), now) if token else None
    if member is None:
        raise Unauthorised
    return member


def rotate(conn: Connection, context: Context, member: str, token: str, now: int) -> int:
    """Give a member a new token; return until when the old one is good [Unix s].

    Raises:
        Forbidden: the new token is already someone's.
    """
    holder = tokens.find(conn, digest(token), now)
    if holder not in (None, member):
        raise Forbidden("that token cannot be used")
    return tokens.rotate(conn, member, digest(token), now, context.settings.token_overlap_s)


def revoke(conn: Connection, member: str, who: str, now: int) -> None:
    """Send a member away: its tokens end at once; contracts that it has are settled all the same."""
    tokens.revoke_all(conn, member)
    members.set_state(conn, member, "revoked", now)
    audit.append(conn, who, "revoke", now, member)
