"""States of an agent, made by hand: days and prices small enough to be reckoned in the head."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from custom_components.caravels.common.member.records import BookState, OwnBook, Rhythm
from custom_components.caravels.common.member.state import AgentState, LinkState
from custom_components.caravels.common.periods import day_periods, local_instant
from custom_components.caravels.common.protocol import (
    AuctionResult,
    Book,
    ClearedPeriod,
    ErrorCode,
    Hello,
    MarketDay,
    MarketPeriod,
    Side,
    Trade,
)

ZONE: Final = "Europe/Lisbon"
TODAY: Final = date(2026, 7, 7)
TOMORROW: Final = TODAY + timedelta(days=1)
HOUR_S: Final = 3_600

HELLO: Final = Hello(
    protocol_version=1,
    oldest_supported=1,
    epoch="e1",
    community="Vizinhos do Bairro",
    currency="EUR",
    time_zone=ZONE,
    market_zone=ZONE,
    market_period_s=HOUR_S,
    settlement_period_s=HOUR_S,
    reading_interval_s=600,
    now=0,
)
UNPAIRED: Final = AgentState(
    link=LinkState.UNPAIRED,
    problem=None,
    member_id="",
    hello=None,
    market_days=(),
    books=(),
    results=(),
    statements=(),
    months=(),
    balance_micro=0,
    fault=None,
    rhythm=Rhythm(ZONE, HOUR_S, 600),
    clock_skew_s=None,
    meter_problem=None,
    read_until=None,
)
CONNECTED: Final = replace(UNPAIRED, link=LinkState.CONNECTED, member_id="ana", hello=HELLO)


def at(hour: float, day: date = TODAY) -> int:
    """Return the instant of an hour of the local clock [Unix s]."""
    return local_instant(day, round(hour * 60), ZONE)


def market(day: date, *, cap: int = 10_000_000, floor: int = -10_000_000, **prices: int) -> MarketDay:
    """Return a market of 0.10 EUR/kWh, but for the hours of day named: `h10=120_000`; its gate is at 15:00 before."""
    periods = [
        MarketPeriod(
            start=start,
            price_micro_kwh=prices.get(f"h{number}", 100_000),
            buy_cap_micro_kwh=cap,
            sell_floor_micro_kwh=floor,
        )
        for number, start in enumerate(day_periods(day, ZONE, HOUR_S))
    ]
    return MarketDay(day=day, gate_at=at(15, day - timedelta(days=1)), period_s=HOUR_S, periods=periods)


def trade(hour: float, side: Side, wh: int, price: int, micro: int, day: date = TODAY) -> Trade:
    """Return a trade with a neighbour."""
    return Trade(
        id=f"{day}-{hour}-{wh}",
        start=at(hour, day),
        side=side,
        counterparty="bruno",
        wh=wh,
        price_micro_kwh=price,
        micro=micro,
    )


def result(day: date, *trades: Trade) -> AuctionResult:
    """Return what a day came to; in the hours of these trades alone something was traded."""
    prices = {trade.start: trade.price_micro_kwh for trade in trades}
    periods = [ClearedPeriod(start=start, price_micro_kwh=price, wh=9_000) for start, price in prices.items()]
    return AuctionResult(day=day, period_s=HOUR_S, periods=periods, trades=list(trades))


def own_book(day: date, state: BookState, code: ErrorCode | None = None) -> OwnBook:
    """Return a book of this home without bids."""
    return OwnBook(Book(id="0" * 32, member_id="ana", day=day, revision=1, bids=[]), state, code)


def changed(state: AgentState, **fields: Any) -> AgentState:
    """Return a state with other fields."""
    return replace(state, **fields)
