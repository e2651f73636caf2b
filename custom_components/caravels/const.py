"""Names that the files of the integration share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "caravels"
PLATFORMS: Final = [Platform.BINARY_SENSOR, Platform.NUMBER, Platform.SENSOR, Platform.SWITCH]

# Data of a config entry. What is secret or rotates is in the journal instead, because every change of an entry's data
# is told to its listener, and because entries are shown in diagnostics.
CONF_JOURNAL: Final = "journal"
CONF_METERS: Final = "meters"
CONF_COMMUNITY: Final = "community"
CONF_MEMBER_ID: Final = "member_id"

# Options of a config entry: what the people of the home decide.
CONF_PARTICIPATE: Final = "participate"
CONF_BUY_PERCENT: Final = "buy_percent"
CONF_SELL_PERCENT: Final = "sell_percent"
CONF_TRADEABLE_SHARE: Final = "tradeable_share_permille"
CONF_SMALLEST_TRADE: Final = "smallest_trade_wh"
CONF_WEATHER: Final = "weather"
"""The weather entity, None for none; without the option it is chosen by itself, and so it is for the services."""
CONF_SOLAR: Final = "solar_forecasts"
"""The services that forecast the home's generation (`outlook.solar_services`)."""

DEFAULT_PERIOD_S: Final = 3_600
DEFAULT_INTERVAL_S: Final = 600
"""How a home without a community meters."""
