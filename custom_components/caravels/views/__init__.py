"""What entities show: values that are equal when there is nothing new to show, pure functions of the agent's state."""

from .forecast import ForecastView, Metered, Sums, forecast_view, read_hour
from .link import TROUBLES, LinkView, link_view
from .market import (
    DayTrades,
    Limits,
    MarketView,
    NextTrade,
    OwnBids,
    PriceBasis,
    PriceNow,
    market_view,
    next_change,
)

__all__ = [
    "TROUBLES",
    "DayTrades",
    "ForecastView",
    "Limits",
    "LinkView",
    "MarketView",
    "Metered",
    "NextTrade",
    "OwnBids",
    "PriceBasis",
    "PriceNow",
    "Sums",
    "forecast_view",
    "link_view",
    "market_view",
    "next_change",
    "read_hour",
]
