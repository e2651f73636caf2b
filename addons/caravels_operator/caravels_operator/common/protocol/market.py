"""Messages of the day-ahead auction (engines, section A; paper, section II.C)."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from .base import Message, Part
from .units import (
    CommandId,
    Instant,
    MemberId,
    Micro,
    PriceMicroKwh,
    PriceOrigin,
    Revision,
    Seconds,
    ShortText,
    Side,
    TradedWh,
)

MAX_PERIODS = 200
"""More than the 100 quarter-hours of the longest day."""
MAX_FRIENDS = 50


class MarketPeriod(Part):
    """One period of a delivery day, as the bidder needs it."""

    start: Instant
    price_micro_kwh: PriceMicroKwh
    """The market price that percentages refer to."""
    buy_cap_micro_kwh: PriceMicroKwh
    """Above this, the member's own retailer is cheaper: avoidable retail price less the buyer's fee."""
    sell_floor_micro_kwh: PriceMicroKwh
    """Below this, the member's own feed-in is better: feed-in price plus the seller's fee."""
    origin: PriceOrigin = PriceOrigin.PUBLISHED


class MarketDay(Message):
    """Push: the market of a delivery day is open until its gate."""

    day: date
    gate_at: Instant
    period_s: Seconds
    periods: Annotated[list[MarketPeriod], Meta(max_length=MAX_PERIODS)]
    last_revision: Annotated[int, Meta(ge=0)] = 0
    """Of the reader's own books for the day that were accepted: a home that lost its journal goes on from there."""


class Bid(Part):
    """What a member would buy or sell in one period, and its limit price."""

    start: Instant
    side: Side
    wh: TradedWh
    price_micro_kwh: PriceMicroKwh


class Book(Message):
    """Command: all bids of a member for a day. A later revision replaces an earlier one; no book, no trade."""

    id: CommandId
    member_id: MemberId
    day: date
    revision: Revision
    bids: Annotated[list[Bid], Meta(max_length=MAX_PERIODS)]


class BookAccepted(Message):
    """The book is stored and counts, unless a later revision replaces it before the gate."""

    day: date
    revision: Revision
    accepted_at: Instant


class Wishes(Message):
    """Command: whom a member would rather trade with, from the next gate on; it costs nobody anything (engines A.6)."""

    id: CommandId
    friends: Annotated[list[MemberId], Meta(max_length=MAX_FRIENDS)]
    """Each counts only if it names this member too; an id that is no member's is never told from one that is."""
    wants_green: bool
    """Whether generation from renewable sources is preferred."""


class WishesAccepted(Message):
    """The wishes are stored, in place of earlier ones."""

    stored_at: Instant


class Trade(Part):
    """One transaction of the member that reads it, with one other member."""

    id: ShortText
    start: Instant
    side: Side
    counterparty: MemberId
    wh: TradedWh
    price_micro_kwh: PriceMicroKwh
    micro: Micro
    """What the buyer pays the seller, rounded once."""


class ClearedPeriod(Part):
    """The public outcome of one period: price and volume, nobody's name."""

    start: Instant
    price_micro_kwh: PriceMicroKwh
    wh: Annotated[int, Meta(ge=0)]


class AuctionResult(Message):
    """Push and answer: how a day was cleared, with the reader's own trades alone."""

    day: date
    period_s: Seconds
    periods: Annotated[list[ClearedPeriod], Meta(max_length=MAX_PERIODS)]
    """The periods in which something was traded."""
    trades: list[Trade]


class TradeAnswer(Message):
    """Answer: one trade, to one of its two parties."""

    trade: Trade
