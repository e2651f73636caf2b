"""What the auction means for this home: the price now, its own contracts, and what it would bid.

Days are delivery days of the market zone. What is not known yet, because a day is not cleared or no market was told,
is None and never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from ..common.member.bidding import BiddingSettings, PreviewRow, preview
from ..common.member.history import period_floor
from ..common.member.records import BookState, OwnBook
from ..common.member.state import AgentState, LinkState
from ..common.periods import HOUR_S, day_start, local_day
from ..common.protocol import AuctionResult, ClearedPeriod, ErrorCode, MarketDay, MarketPeriod, Side, Trade
from ..common.quantities import WH_PER_KWH


class PriceBasis(StrEnum):
    """What a price is."""

    CLEARED = "cleared"
    """What the auction of the community came to."""
    REFERENCE = "reference"
    """The market price that percentages refer to: nothing was traded in the community in this period."""


@dataclass(frozen=True, slots=True)
class PriceNow:
    """The community's price in the present period [micro-units per kWh]."""

    micro_kwh: int
    basis: PriceBasis


@dataclass(frozen=True, slots=True)
class NextTrade:
    """The next period in which this home trades; trades with several others are one.

    Attributes:
        start: start of the period [Unix s].
        side: whether the home buys or sells.
        wh: energy [Wh].
        micro: what the buyer pays the seller [micro-units].
    """

    start: int
    side: Side
    wh: int
    micro: int

    @property
    def price_micro_kwh(self) -> int:
        """The mean price [micro-units per kWh], rounded half up."""
        return (2 * self.micro * WH_PER_KWH + self.wh) // (2 * self.wh)


@dataclass(frozen=True, slots=True)
class DayTrades:
    """The contracts of a cleared delivery day.

    Attributes:
        start: start of the day [Unix s].
        bought_wh, sold_wh: energy [Wh].
        bought_micro, sold_micro: what the home pays for either [micro-units]: what it receives is negative.
    """

    start: int
    bought_wh: int
    sold_wh: int
    bought_micro: int
    sold_micro: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit prices that a home's percentages come to, over some periods [micro-units per kWh]; means rounded."""

    lowest: int
    mean: int
    highest: int


@dataclass(frozen=True, slots=True)
class OwnBids:
    """What became of this home's bids for the newest market day.

    Attributes:
        day: the delivery day.
        state: what became of the book, or None if none was made.
        code: why it was refused.
    """

    day: date
    state: BookState | None
    code: ErrorCode | None


@dataclass(frozen=True, slots=True)
class MarketView:
    """What is shown of the market.

    Attributes:
        connected: whether the operator is heard now.
        currency: ISO code, "" before it is known.
        settings: what the people of the home decided.
        price: the community's price now.
        next_trade: the next period in which this home trades; one that runs now is not ahead.
        today, tomorrow: its contracts, or None while the day is not cleared.
        balance_micro: what the home owes (positive) or is owed [micro-units].
        gate_at: when the next auction closes [Unix s], or None while none is open.
        bids: what became of the bids for the newest market day that is not past.
        buy_now, sell_now: limit prices by the present settings in the present period [micro-units per kWh].
        buy, sell: the same over the newest market day that is not past.
    """

    connected: bool
    currency: str
    settings: BiddingSettings
    price: PriceNow | None
    next_trade: NextTrade | None
    today: DayTrades | None
    tomorrow: DayTrades | None
    balance_micro: int
    gate_at: int | None
    bids: OwnBids | None
    buy_now: int | None
    sell_now: int | None
    buy: Limits | None
    sell: Limits | None


def market_view(state: AgentState, settings: BiddingSettings, now: int) -> MarketView:
    """Return what to show of the market at an instant [Unix s]."""
    zone = state.rhythm.zone
    today = local_day(now, zone)
    markets = {market.day: market for market in state.market_days}
    results = {result.day: result for result in state.results}
    newest = max((day for day in markets if day >= today), default=None)
    rows = _limit_rows(markets[newest], settings) if newest else ()
    rows_today = _limit_rows(markets[today], settings) if today in markets else ()
    row_now = next((row for row in rows_today if row.start <= now < row.start + markets[today].period_s), None)
    return MarketView(
        connected=state.link is LinkState.CONNECTED,
        currency=state.hello.currency if state.hello else "",
        settings=settings,
        price=_price_now(markets.get(today), results.get(today), now),
        next_trade=_next_trade([result for day, result in results.items() if day >= today], now),
        today=_day_trades(results.get(today), zone),
        tomorrow=_day_trades(results.get(today + timedelta(days=1)), zone),
        balance_micro=state.balance_micro,
        gate_at=min((market.gate_at for market in state.market_days if market.gate_at > now), default=None),
        bids=_own_bids(newest, state.books) if newest else None,
        buy_now=row_now.buy_price_micro_kwh if row_now else None,
        sell_now=row_now.sell_price_micro_kwh if row_now else None,
        buy=_limits([row.buy_price_micro_kwh for row in rows]),
        sell=_limits([row.sell_price_micro_kwh for row in rows]),
    )


def next_change(state: AgentState, now: int) -> int:
    """Return when the view changes by the passing of time alone [Unix s]: a period begins, or a gate closes."""
    period_s = state.hello.market_period_s if state.hello else HOUR_S
    period_end = period_floor(now, state.rhythm.zone, period_s) + period_s
    return min([period_end, *(market.gate_at for market in state.market_days if market.gate_at > now)])


def _price_now(market: MarketDay | None, result: AuctionResult | None, now: int) -> PriceNow | None:
    if result and (cleared := _period_of(result.periods, result.period_s, now)):
        return PriceNow(cleared.price_micro_kwh, PriceBasis.CLEARED)
    if market and (reference := _period_of(market.periods, market.period_s, now)):
        return PriceNow(reference.price_micro_kwh, PriceBasis.REFERENCE)
    return None


def _period_of[P: (ClearedPeriod, MarketPeriod)](periods: Sequence[P], period_s: int, now: int) -> P | None:
    return next((period for period in periods if period.start <= now < period.start + period_s), None)


def _next_trade(results: Sequence[AuctionResult], now: int) -> NextTrade | None:
    ahead = [trade for result in results for trade in result.trades if trade.start > now]
    if not ahead:
        return None
    first = min(ahead, key=lambda trade: trade.start)
    trades = [trade for trade in ahead if trade.start == first.start]  # a home has one side a period
    return NextTrade(first.start, first.side, sum(trade.wh for trade in trades), sum(trade.micro for trade in trades))


def _day_trades(result: AuctionResult | None, zone: str) -> DayTrades | None:
    if result is None:
        return None
    bought = [trade for trade in result.trades if trade.side is Side.BUY]
    sold = [trade for trade in result.trades if trade.side is Side.SELL]
    return DayTrades(day_start(result.day, zone), _wh(bought), _wh(sold), _micro(bought), -_micro(sold))


def _wh(trades: Sequence[Trade]) -> int:
    return sum(trade.wh for trade in trades)


def _micro(trades: Sequence[Trade]) -> int:
    return sum(trade.micro for trade in trades)


def _own_bids(day: date, books: Sequence[OwnBook]) -> OwnBids:
    own = next((own for own in books if own.book.day == day), None)
    return OwnBids(day, own.state, own.code) if own else OwnBids(day, None, None)


def _limit_rows(market: MarketDay, settings: BiddingSettings) -> tuple[PreviewRow, ...]:
    """Return the limit prices of a day: they do not depend on what is forecast."""
    return preview(market.periods, np.zeros(len(market.periods), np.int64), settings)


def _limits(prices: Sequence[int]) -> Limits | None:
    if not prices:
        return None
    return Limits(min(prices), (2 * sum(prices) + len(prices)) // (2 * len(prices)), max(prices))
