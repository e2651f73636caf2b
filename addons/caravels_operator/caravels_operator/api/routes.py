"""The one table of the member port: every route, who may call it, what goes in and out, and what it does.

A route that is not here does not exist. OpenAPI and docs/protocol.md are generated from this table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..common.protocol import (
    AuctionResult,
    Book,
    BookAccepted,
    ForecastAccepted,
    ForecastReport,
    Hello,
    Leave,
    Left,
    Message,
    ModelFile,
    ModelReport,
    ModelReportAccepted,
    Paired,
    PairRequest,
    ReadingBatch,
    ReadingsAccepted,
    RotateToken,
    Statement,
    TokenRotated,
    Wishes,
    WishesAccepted,
)
from ..common.protocol.market import TradeAnswer
from . import forecasting, market, metering, session, settlement
from .call import Call, Role

PREFIX = "/api/v1"
STREAM_PATH = f"{PREFIX}/stream"


@dataclass(frozen=True)
class Route:
    """One thing that can be asked of the operator.

    Attributes:
        path: template below the prefix, with named parts in braces.
        takes: the class of the body, or None.
        idempotent: the body carries a command id; repeated, it gets its first answer again.
    """

    method: str
    path: str
    role: Role
    takes: type[Message] | None
    gives: type[Message]
    handler: Callable[[Call], Message]
    summary: str
    idempotent: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole path as a pattern with a group for each named part."""
        return re.compile(PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]{1,100})", self.path))


ROUTES: tuple[Route, ...] = (
    Route("GET", "/hello", Role.ANYONE, None, Hello, session.hello, "What this operator is"),
    Route("POST", "/pair", Role.ANYONE, PairRequest, Paired, session.pair, "Exchange a pairing code for a token"),
    Route("POST", "/token", Role.MEMBER, RotateToken, TokenRotated, session.rotate_token, "Replace the token"),
    Route("POST", "/leave", Role.MEMBER, Leave, Left, session.leave, "Leave the community for good"),
    Route(
        "PUT", "/books/{day}", Role.MEMBER, Book, BookAccepted, market.put_book, "All bids for a day", idempotent=True
    ),
    Route(
        "PUT",
        "/wishes",
        Role.MEMBER,
        Wishes,
        WishesAccepted,
        market.put_wishes,
        "Whom to rather trade with",
        idempotent=True,
    ),
    Route("GET", "/days/{day}/result", Role.MEMBER, None, AuctionResult, market.result, "A day's auction, own trades"),
    Route("GET", "/trades/{trade}", Role.MEMBER, None, TradeAnswer, market.trade, "One of the member's own trades"),
    Route(
        "POST",
        "/readings",
        Role.MEMBER,
        ReadingBatch,
        ReadingsAccepted,
        metering.put_readings,
        "What the meter measured",
        idempotent=True,
    ),
    Route(
        "POST",
        "/forecasts",
        Role.MEMBER,
        ForecastReport,
        ForecastAccepted,
        forecasting.put_forecast,
        "What the home expects",
        idempotent=True,
    ),
    Route("GET", "/models/{sha256}", Role.MEMBER, None, ModelFile, forecasting.model, "The file of an offered model"),
    Route(
        "POST",
        "/model-reports",
        Role.MEMBER,
        ModelReport,
        ModelReportAccepted,
        forecasting.put_model_report,
        "What the home does with a model",
        idempotent=True,
    ),
    Route("GET", "/days/{day}/statement", Role.MEMBER, None, Statement, settlement.statement, "A day's statement"),
)
