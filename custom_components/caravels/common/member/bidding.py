"""From a forecast to a book of bids (engines A.1 and A.2; paper, section II.C).

Limit price = market price moved by the home's percentage: market + percent * |market| / 100, rounded half up, so that
a positive percentage is always the dearer price, also below zero; at a market price of 0 it is 0. A buyer is then
capped from above only, a seller floored from below only. Quantity = the mean of the forecast net, one side a period.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..protocol import Bid, MarketPeriod, Side
from .records import LARGEST_WH

LARGEST_PERCENT: Final = 100
"""Percentages lie in [-100, 100]: no home bids more than market + |market|."""
WHOLE_PERMILLE: Final = 1_000
LARGEST_PRICE_MICRO_KWH: Final = 100_000_000
"""The wire's largest price, either way [micro-units per kWh]."""


@dataclass(frozen=True, slots=True)
class BiddingSettings:
    """What the people of a home decide about trading.

    Attributes:
        participate: whether the home trades at all.
        buy_percent: percentage by which the market price is moved for buying, -100 to 100.
        sell_percent: percentage by which it is moved for selling, -100 to 100.
        tradeable_share_permille: share of the forecast net that is offered [1/1000].
        smallest_trade_wh: bids below this are not made [Wh]; fills may be smaller.

    Raises:
        ValueError: a value out of its range.
    """

    participate: bool
    buy_percent: int
    sell_percent: int
    tradeable_share_permille: int = WHOLE_PERMILLE
    smallest_trade_wh: int = 1

    def __post_init__(self) -> None:
        if not all(abs(percent) <= LARGEST_PERCENT for percent in (self.buy_percent, self.sell_percent)):
            raise ValueError("percentages lie between -100 and 100")
        if not 0 <= self.tradeable_share_permille <= WHOLE_PERMILLE:
            raise ValueError("the tradeable share lies between 0 and 1000 permille")
        if not 1 <= self.smallest_trade_wh <= LARGEST_WH:
            raise ValueError("the smallest trade is at least 1 Wh")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What would be bid in one period, for people to see before it is sent.

    Attributes:
        start: start of the period [Unix s].
        market_price_micro_kwh: the price that percentages refer to [micro-units per kWh].
        buy_price_micro_kwh: limit price if the home buys, capped [micro-units per kWh].
        sell_price_micro_kwh: limit price if the home sells, floored [micro-units per kWh].
        side: the side that the forecast calls for, or None where nothing is bid.
        wh: energy of the bid [Wh], 0 where nothing is bid.
        floor_blocks: the floor lets nothing trade: it lifts the ask above every bid that can be made. No home bids
            more than market + |market| (its percentage is at most 100), and none with this home's tariff more than
            this home's own cap; of other homes' tariffs it knows nothing.
    """

    start: int
    market_price_micro_kwh: int
    buy_price_micro_kwh: int
    sell_price_micro_kwh: int
    side: Side | None
    wh: int
    floor_blocks: bool

    @property
    def price_micro_kwh(self) -> int | None:
        """Limit price of the bid [micro-units per kWh], or None where nothing is bid."""
        if self.side is None:
            return None
        return self.buy_price_micro_kwh if self.side is Side.BUY else self.sell_price_micro_kwh


def limit_price_micro_kwh(market_price_micro_kwh: int, percent: int) -> int:
    """Return the market price moved by a percentage [micro-units per kWh], rounded half up."""
    moved = market_price_micro_kwh + (percent * abs(market_price_micro_kwh) + 50) // 100
    return max(-LARGEST_PRICE_MICRO_KWH, min(LARGEST_PRICE_MICRO_KWH, moved))


def preview(
    periods: Sequence[MarketPeriod], net_wh: NDArray[np.int64], settings: BiddingSettings
) -> tuple[PreviewRow, ...]:
    """Return what would be bid in each period.

    Args:
        periods: the market's periods, m of them.
        net_wh: expected consumption less generation of each [Wh], shape (m,); positive buys.
        settings: the home's settings; without participation no row has a side.

    Raises:
        ValueError: the forecast has another length than the day.
    """
    return tuple(_row(period, net, settings) for period, net in zip(periods, net_wh.tolist(), strict=True))


def bids(rows: Sequence[PreviewRow]) -> list[Bid]:
    """Return the bids of a preview."""
    return [
        Bid(start=row.start, side=row.side, wh=row.wh, price_micro_kwh=row.price_micro_kwh)
        for row in rows
        if row.side is not None and row.price_micro_kwh is not None
    ]


def _row(period: MarketPeriod, net_wh: int, settings: BiddingSettings) -> PreviewRow:
    market = period.price_micro_kwh
    unfloored = limit_price_micro_kwh(market, settings.sell_percent)
    ask = max(unfloored, period.sell_floor_micro_kwh)
    highest_bid = min(market + abs(market), period.buy_cap_micro_kwh)
    wh = min(abs(net_wh) * settings.tradeable_share_permille // WHOLE_PERMILLE, LARGEST_WH)
    bidding = settings.participate and wh >= settings.smallest_trade_wh
    return PreviewRow(
        start=period.start,
        market_price_micro_kwh=market,
        buy_price_micro_kwh=min(limit_price_micro_kwh(market, settings.buy_percent), period.buy_cap_micro_kwh),
        sell_price_micro_kwh=ask,
        side=(Side.BUY if net_wh > 0 else Side.SELL) if bidding else None,
        wh=wh if bidding else 0,
        floor_blocks=ask > unfloored and ask > highest_bid,
    )
