"""What a member can ask its operator at any time. Each may raise OperatorAway or a ProtocolError."""

from datetime import date

from ..protocol import MAX_PUSH_BYTES, AuctionResult, Statement, Trade, TradeAnswer, decode
from ..protocol.paths import result_path, statement_path, trade_path
from .ports import Transport


async def ask_result(transport: Transport, token: str, day: date) -> AuctionResult:
    """Return how a day was cleared, with this home's own trades."""
    return decode(await transport.request("GET", result_path(day), b"", token), AuctionResult, max_bytes=MAX_PUSH_BYTES)


async def ask_statement(transport: Transport, token: str, day: date) -> Statement:
    """Return a settled day."""
    return decode(await transport.request("GET", statement_path(day), b"", token), Statement)


async def ask_trade(transport: Transport, token: str, trade_id: str) -> Trade:
    """Return one of this home's own trades."""
    return decode(await transport.request("GET", trade_path(trade_id), b"", token), TradeAnswer).trade
