"""The one table of what can be exchanged: a name in the settings, and the class behind it."""

from collections.abc import Mapping
from typing import Final

from .common.forecasting.predictor import Predictor, ProfileMean

PREDICTORS: Final[Mapping[str, type[Predictor]]] = {"profile_mean": ProfileMean}
"""Forecasters of a member's net energy."""

PRICE_RULES: Final = ("uniform", "pair")
"""How the auction sets prices: both are in `market.pricing`, chosen by `AuctionRules`."""

PRICE_FILLS: Final = ("previous_day", "previous_period")
"""How a market price that nobody published is filled in: `prices.source.fill_gaps`."""
