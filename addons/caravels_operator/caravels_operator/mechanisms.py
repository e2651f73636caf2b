"""The one table of what can be exchanged: a name in the settings, and the class behind it."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from .common.forecasting.consumption.forecaster import ConsumptionForecaster
from .common.forecasting.generation.forecaster import GenerationForecaster
from .common.member.forecasting import Forecasters

FORECASTERS: Final[Mapping[str, Forecasters]] = {
    "caravels": Forecasters(
        consumption=partial(ConsumptionForecaster, issue_hour=0), generation=partial(GenerationForecaster, issue_hour=0)
    )
}
"""What virtual members forecast with: ours, chosen and corrected by each home's own last weeks. Their meters are read
at midnight, so that what is said of a day is said when the day before it begins.
"""

PRICE_RULES: Final = ("uniform", "pair")
"""How the auction sets prices: both are in `market.pricing`, chosen by `AuctionRules`."""

PRICE_FILLS: Final = ("previous_day", "previous_period")
"""How a market price that nobody published is filled in: `prices.source.fill_gaps`."""
