"""What entities show: values that are equal when there is nothing new to show, pure functions of the agent's state."""

from .forecast import (
    BasisView,
    ForecastView,
    HourView,
    Metered,
    NetView,
    SkillView,
    TargetView,
    basis_view,
    forecast_view,
    read_hour,
)
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
    "BasisView",
    "DayTrades",
    "ForecastView",
    "HourView",
    "Limits",
    "LinkView",
    "MarketView",
    "Metered",
    "NetView",
    "NextTrade",
    "OwnBids",
    "PriceBasis",
    "PriceNow",
    "SkillView",
    "TargetView",
    "basis_view",
    "forecast_view",
    "link_view",
    "market_view",
    "next_change",
    "read_hour",
]
