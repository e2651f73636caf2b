"""Every message of the contract, in the order of a conversation: what golden messages and generated texts go by."""

from typing import Final

import msgspec

from .base import MAX_PUSH_BYTES, Message, decode
from .errors import MalformedMessage, MessageTooLarge
from .forecasting import (
    ForecastAccepted,
    ForecastReport,
    ModelFile,
    ModelOffer,
    ModelReport,
    ModelReportAccepted,
)
from .market import AuctionResult, Book, BookAccepted, MarketDay, TradeAnswer, Wishes, WishesAccepted
from .metering import ReadingBatch, ReadingsAccepted
from .session import Acknowledge, Hello, Leave, Left, Paired, PairRequest, Problem, RotateToken, TokenRotated
from .settlement import MonthStatement, Statement
from .stream import Event, Snapshot, StreamOpen

MESSAGES: Final[tuple[type[Message], ...]] = (
    Hello,
    PairRequest,
    Paired,
    RotateToken,
    TokenRotated,
    Leave,
    Left,
    Problem,
    StreamOpen,
    Snapshot,
    Event,
    Acknowledge,
    MarketDay,
    Book,
    BookAccepted,
    Wishes,
    WishesAccepted,
    AuctionResult,
    TradeAnswer,
    ReadingBatch,
    ReadingsAccepted,
    ForecastReport,
    ForecastAccepted,
    ModelOffer,
    ModelFile,
    ModelReport,
    ModelReportAccepted,
    Statement,
    MonthStatement,
)


def tag_of(kind: type[Message]) -> str:
    """Return the `type` by which a message class is known on the wire."""
    return str(kind.__struct_config__.tag)


_BY_TAG: Final = {tag_of(kind): kind for kind in MESSAGES}


class _Tagged(msgspec.Struct):
    type: str


def decode_any(data: bytes) -> Message:
    """Return a message of whatever type its tag names.

    Raises:
        MessageTooLarge: more than the largest frame.
        MalformedMessage: no such type, or not valid for it.
    """
    if len(data) > MAX_PUSH_BYTES:
        raise MessageTooLarge(f"{len(data)} bytes, at most {MAX_PUSH_BYTES} are read")
    try:
        kind = _BY_TAG[msgspec.json.decode(data, type=_Tagged).type]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise MalformedMessage(f"no message of a known type: {error}") from error
    return decode(data, kind, max_bytes=MAX_PUSH_BYTES)
