"""Frames of the member's stream: snapshot, then numbered events, acknowledged when journalled (architecture 5)."""

import msgspec

from .base import MAX_PUSH_BYTES, Message, decode
from .errors import MalformedMessage
from .forecasting import ModelOffer
from .market import AuctionResult, MarketDay
from .session import Acknowledge, Hello, Problem
from .settlement import MonthStatement, Statement
from .units import Instant, Micro, Sequence, ShortText

Push = MarketDay | AuctionResult | Statement | MonthStatement | ModelOffer


class StreamOpen(Message):
    """The member's first frame: its version, and what it has applied of which epoch."""

    protocol_version: int
    epoch: ShortText
    seq: Sequence


class Snapshot(Message):
    """The operator's second frame: the member's whole state. It replaces what the member held."""

    as_of: Sequence
    """Events up to this number are contained in it and follow, if unseen, as notifications only."""
    hello: Hello
    market_days: list[MarketDay]
    results: list[AuctionResult]
    statements: list[Statement]
    months: list[MonthStatement]
    balance_micro: Micro
    """What the member owes (positive) or is owed (negative) by the ledger's last entry."""
    models: list[ModelOffer] = msgspec.field(default_factory=list)
    """The models in force, by name (version 3)."""


class Event(Message):
    """A numbered push."""

    seq: Sequence
    at: Instant
    body: msgspec.Raw


OperatorFrame = Hello | Snapshot | Event | Problem
MemberFrame = StreamOpen | Acknowledge


def decode_push(body: msgspec.Raw | bytes) -> Push | None:
    """Return the push inside an event, or None for a kind that only newer versions know."""
    data = bytes(body)
    try:
        return decode(data, Push, max_bytes=MAX_PUSH_BYTES)  # type: ignore[arg-type]  # a union is a type form, not a class
    except MalformedMessage:
        if _is_of_unknown_kind(data):
            return None
        raise


def _is_of_unknown_kind(data: bytes) -> bool:
    try:
        return msgspec.json.decode(data, type=_Tagged).type not in KNOWN_PUSHES
    except msgspec.DecodeError, UnicodeDecodeError, RecursionError:
        return False


class _Tagged(msgspec.Struct):
    type: str


KNOWN_PUSHES = frozenset({"market_day", "auction_result", "statement", "month_statement", "model_offer"})
