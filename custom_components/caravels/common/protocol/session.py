"""Messages that open a session: what the operator is, pairing, and the token."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from ..periods import is_zone
from .base import Message
from .errors import ErrorCode
from .forecasting import PublicKey
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
    model_key: PublicKey | None = None
    """Whose signature on models counts; kept when pairing (version 3)."""

    def __post_init__(self) -> None:
        """Refuse zones that cannot be reckoned with here, before anybody keeps them.

        Raises:
            ValueError: one is unknown.
        """
        for zone in (self.time_zone, self.market_zone):
            if not is_zone(zone):
                raise ValueError("unknown time zone")


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


class Leave(Message):
    """A member leaves the community for good (version 2). Its token ends with the answer."""


class Left(Message):
    """The member has left: nothing is traded for it any more; what was cleared before is kept (version 2)."""

    left_at: Instant
    bound_days: list[date]
    """Days on which it still owes or is owed what was cleared, until they are settled with its last readings."""
    bound_trades: Annotated[int, Meta(ge=0)]
    """Its trades on those days."""


class Problem(Message):
    """Every refusal: a code, the sentence for people, and the detail for logs."""

    code: ErrorCode
    sentence: str
    detail: str = ""


class Acknowledge(Message):
    """The member has journalled everything up to this number."""

    seq: Sequence
