"""Messages that open a session: what the operator is, pairing, and the token."""

from .base import Message
from .errors import ErrorCode
from .units import Currency, Fingerprint, Instant, MemberId, PairingCode, Seconds, Sequence, ShortText, Token


class Hello(Message):
    """What the operator says first, on every connection and to anyone."""

    protocol_version: int
    oldest_supported: int
    epoch: ShortText
    """Changes when an operator was restored from a backup: sequence numbers start anew."""
    community: ShortText
    currency: Currency
    time_zone: ShortText
    market_zone: ShortText
    market_period_s: Seconds
    settlement_period_s: Seconds
    reading_interval_s: Seconds
    now: Instant
    next_fingerprint: Fingerprint | None = None
    """Announced before the certificate changes, so that a pinned member follows."""


class PairRequest(Message):
    """A member exchanges the one-time code of its pairing link for a token. May be repeated with the same token."""

    code: PairingCode
    protocol_version: int
    token: Token
    """Made by the member, so that a lost answer is repeated without a second exchange."""


class Paired(Message):
    """The code was exchanged: this is who you are."""

    member_id: MemberId
    hello: Hello


class RotateToken(Message):
    """A member replaces its token; the old one stays valid for the overlap."""

    token: Token


class TokenRotated(Message):
    """The new token is in force."""

    old_valid_until: Instant


class Problem(Message):
    """Every refusal: a code, the sentence for people, and the detail for logs."""

    code: ErrorCode
    sentence: str
    detail: str = ""


class Acknowledge(Message):
    """The member has journalled everything up to this number."""

    seq: Sequence
