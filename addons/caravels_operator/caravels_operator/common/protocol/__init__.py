"""The contract between member and operator, as frozen messages (docs/protocol.md is generated from them)."""

from .base import MAX_COMMAND_BYTES, MAX_PUSH_BYTES, Message, decode, encode
from .errors import ErrorCode, ProtocolError
from .forecasting import (
    ForecastAccepted,
    ForecastHorizon,
    ForecastReport,
    ModelFile,
    ModelOffer,
    ModelReport,
    ModelReportAccepted,
)
from .market import (
    AuctionResult,
    Bid,
    Book,
    BookAccepted,
    ClearedPeriod,
    MarketDay,
    MarketPeriod,
    Trade,
    TradeAnswer,
    Wishes,
    WishesAccepted,
)
from .metering import Reading, ReadingBatch, ReadingsAccepted
from .pairing import PairingLink, parse_pairing_link
from .session import Acknowledge, Hello, Leave, Left, Paired, PairRequest, Problem, RotateToken, TokenRotated
from .settlement import MonthStatement, Statement
from .stream import Event, MemberFrame, OperatorFrame, Push, Snapshot, StreamOpen, decode_push
from .units import PriceOrigin, Quality, Side
from .version import OLDEST_SUPPORTED, PROTOCOL_VERSION

__all__ = [
    "MAX_COMMAND_BYTES",
    "MAX_PUSH_BYTES",
    "OLDEST_SUPPORTED",
    "PROTOCOL_VERSION",
    "Acknowledge",
    "AuctionResult",
    "Bid",
    "Book",
    "BookAccepted",
    "ClearedPeriod",
    "ErrorCode",
    "Event",
    "ForecastAccepted",
    "ForecastHorizon",
    "ForecastReport",
    "Hello",
    "Leave",
    "Left",
    "MarketDay",
    "MarketPeriod",
    "MemberFrame",
    "Message",
    "ModelFile",
    "ModelOffer",
    "ModelReport",
    "ModelReportAccepted",
    "MonthStatement",
    "OperatorFrame",
    "PairRequest",
    "Paired",
    "PairingLink",
    "PriceOrigin",
    "Problem",
    "ProtocolError",
    "Push",
    "Quality",
    "Reading",
    "ReadingBatch",
    "ReadingsAccepted",
    "RotateToken",
    "Side",
    "Snapshot",
    "Statement",
    "StreamOpen",
    "TokenRotated",
    "Trade",
    "TradeAnswer",
    "Wishes",
    "WishesAccepted",
    "decode",
    "decode_push",
    "encode",
    "parse_pairing_link",
]
