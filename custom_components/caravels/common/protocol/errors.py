"""What can go wrong, as codes that both sides know, with the sentence that tells a person what to do.

The operator raises a `ProtocolError`; it travels as a `Problem` message, and the member raises the same class again.
"""

from enum import StrEnum
from typing import Any, ClassVar, Final, Self


class ErrorCode(StrEnum):
    """Codes of the contract; translations are keyed by them."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    WRONG_MEMBER = "wrong_member"
    PAIRING_WRONG = "pairing_wrong"
    PAIRING_USED = "pairing_used"
    PAIRING_EXPIRED = "pairing_expired"
    CLIENT_TOO_OLD = "client_too_old"
    OPERATOR_TOO_OLD = "operator_too_old"
    GATE_CLOSED = "gate_closed"
    WRONG_DAY = "wrong_day"
    WRONG_PERIOD = "wrong_period"
    ABOVE_LIMIT = "above_limit"
    STALE_REVISION = "stale_revision"
    ID_REUSED = "id_reused"
    TOO_MANY = "too_many"
    READ_ONLY = "read_only"
    INTERNAL = "internal"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")


class ProtocolError(Exception):
    """Base of everything that one side of the contract refuses.

    Args:
        detail: what exactly was wrong, for logs and developers; the sentence for people is the class's own.
    """

    code: ClassVar[ErrorCode] = ErrorCode.UNKNOWN
    status: ClassVar[int] = 500
    sentence: ClassVar[str] = (
        "The operator refused this in a way that this version does not know. Update the integration."
    )

    _by_code: ClassVar[dict[ErrorCode, type[ProtocolError]]] = {}

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.sentence} ({detail})" if detail else self.sentence)
        self.detail = detail

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            ProtocolError._by_code[cls.code] = cls

    @staticmethod
    def of(code: ErrorCode, detail: str) -> ProtocolError:
        """Return the error that the other side raised."""
        return ProtocolError._by_code.get(code, ProtocolError)(detail)

    @staticmethod
    def all() -> list[type[ProtocolError]]:
        """Return every class of error with a code, in order of declaration."""
        return list(ProtocolError._by_code.values())


class MalformedMessage(ProtocolError):
    """Not JSON, not this message, a value out of range, or a repeated key."""

    code = ErrorCode.MALFORMED
    status = 400
    sentence = "The message is not valid. Update the side that sent it."


class MessageTooLarge(ProtocolError):
    """A body over the limit."""

    code = ErrorCode.TOO_LARGE
    status = 413
    sentence = "The message is too large. Send less at once."


class Unauthorised(ProtocolError):
    """No token, or one that is unknown, expired or revoked."""

    code = ErrorCode.UNAUTHORISED
    status = 401
    sentence = "The operator does not accept this home's key any more. Pair again with a new link from your operator."


class Forbidden(ProtocolError):
    """The credential is good, but not for this."""

    code = ErrorCode.FORBIDDEN
    status = 403
    sentence = "This is not open to you. Ask your operator."


class NotFound(ProtocolError):
    """Nothing there, or nothing that this member may know of."""

    code = ErrorCode.NOT_FOUND
    status = 404
    sentence = "There is nothing here by that name."


class WrongMember(ProtocolError):
    """A book in another member's name."""

    code = ErrorCode.WRONG_MEMBER
    status = 403
    sentence = "A home can send bids only in its own name. Pair again if this home was given a new one."


class PairingWrong(ProtocolError):
    """A pairing code that was never given out."""

    code = ErrorCode.PAIRING_WRONG
    status = 403
    sentence = "This pairing link is not known. Copy the whole link again, or ask your operator for a new one."


class PairingUsed(ProtocolError):
    """A pairing code that was exchanged before."""

    code = ErrorCode.PAIRING_USED
    status = 403
    sentence = "This pairing link was used before. Ask your operator for a new one."


class PairingExpired(ProtocolError):
    """A pairing code older than its 15 minutes."""

    code = ErrorCode.PAIRING_EXPIRED
    status = 403
    sentence = "This pairing link has expired. Ask your operator for a new one and use it within 15 minutes."


class ClientTooOld(ProtocolError):
    """The member's contract is older than the operator supports."""

    code = ErrorCode.CLIENT_TOO_OLD
    status = 426
    sentence = "The integration in this home is too old for the operator. Update CARAVELS in Home Assistant."


class OperatorTooOld(ProtocolError):
    """The operator's contract is older than the member supports."""

    code = ErrorCode.OPERATOR_TOO_OLD
    status = 426
    sentence = "The operator is too old for this home's integration. Ask your operator to update its CARAVELS app."


class GateClosed(ProtocolError):
    """A book after the gate."""

    code = ErrorCode.GATE_CLOSED
    status = 409
    sentence = "The auction for this day has closed. Your last accepted bids count."


class WrongDay(ProtocolError):
    """A book for a day that is not open."""

    code = ErrorCode.WRONG_DAY
    status = 422
    sentence = "There is no open auction for this day."


class WrongPeriod(ProtocolError):
    """A bid for a period that the day does not have, or two bids for one period."""

    code = ErrorCode.WRONG_PERIOD
    status = 422
    sentence = "The bids do not fit the periods of this day. Send one bid a period at most."


class AboveLimit(ProtocolError):
    """More energy than the member's connection can carry in a period."""

    code = ErrorCode.ABOVE_LIMIT
    status = 422
    sentence = "This is more energy than the connection of this home can carry. Check the meters, or ask your operator."


class StaleRevision(ProtocolError):
    """A book whose revision is not newer than the stored one."""

    code = ErrorCode.STALE_REVISION
    status = 409
    sentence = "Newer bids for this day were accepted before. Nothing was changed."


class IdReused(ProtocolError):
    """A command id that was used before with another payload."""

    code = ErrorCode.ID_REUSED
    status = 422
    sentence = "This command's number was used before for something else. Restart the integration."


class TooMany(ProtocolError):
    """More commands than a home needs."""

    code = ErrorCode.TOO_MANY
    status = 429
    sentence = "Too many messages in a short time. Wait a minute; nothing is lost."


class ReadOnly(ProtocolError):
    """The operator cannot store anything now."""

    code = ErrorCode.READ_ONLY
    status = 507
    sentence = "The operator cannot store anything at the moment. Your home keeps its messages and sends them later."


class InternalError(ProtocolError):
    """A fault of the operator's own."""

    code = ErrorCode.INTERNAL
    status = 500
    sentence = "Something went wrong at the operator. Your home will try again."


RETRY_LATER: Final = frozenset({ErrorCode.TOO_MANY, ErrorCode.READ_ONLY, ErrorCode.INTERNAL})
"""Codes after which the same command is sent again; after every other one it is final."""
