"""The forms in which a home says how it wants to trade."""

from collections.abc import Mapping
from typing import Any, Final

import probatio
from homeassistant.const import UnitOfEnergy, UnitOfRatio
from homeassistant.helpers.selector import BooleanSelector, NumberSelector, NumberSelectorConfig, NumberSelectorMode

from ..common.member.bidding import LARGEST_PERCENT, BiddingSettings
from ..common.member.records import LARGEST_WH
from ..const import CONF_BUY_PERCENT, CONF_PARTICIPATE, CONF_SELL_PERCENT, CONF_SMALLEST_TRADE, CONF_TRADEABLE_SHARE

_PERCENT_OF_PRICE: Final = NumberSelector(
    NumberSelectorConfig(
        min=-LARGEST_PERCENT,
        max=LARGEST_PERCENT,
        step=1,
        unit_of_measurement=UnitOfRatio.PERCENTAGE,
        mode=NumberSelectorMode.SLIDER,
    )
)
_SHARE: Final = NumberSelector(
    NumberSelectorConfig(
        min=0, max=100, step=0.1, unit_of_measurement=UnitOfRatio.PERCENTAGE, mode=NumberSelectorMode.BOX
    )
)
_SMALLEST: Final = NumberSelector(
    NumberSelectorConfig(
        min=1, max=LARGEST_WH, step=1, unit_of_measurement=UnitOfEnergy.WATT_HOUR, mode=NumberSelectorMode.BOX
    )
)
FIELD_SHARE: Final = "tradeable_share"
"""In percent, as people enter it; kept in permille."""

BIDDING_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_PARTICIPATE): BooleanSelector(),
        probatio.Required(CONF_BUY_PERCENT): _PERCENT_OF_PRICE,
        probatio.Required(CONF_SELL_PERCENT): _PERCENT_OF_PRICE,
    }
)
OPTIONS_SCHEMA: Final = BIDDING_SCHEMA.extend(
    {probatio.Required(FIELD_SHARE): _SHARE, probatio.Required(CONF_SMALLEST_TRADE): _SMALLEST}
)


def form_of(settings: BiddingSettings) -> dict[str, Any]:
    """Return the form that says what is set."""
    return {
        CONF_PARTICIPATE: settings.participate,
        CONF_BUY_PERCENT: settings.buy_percent,
        CONF_SELL_PERCENT: settings.sell_percent,
        FIELD_SHARE: settings.tradeable_share_permille / 10,
        CONF_SMALLEST_TRADE: settings.smallest_trade_wh,
    }


def options_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a form says, whole numbers as an entry keeps them; fields it does not ask stay out."""
    options = {CONF_PARTICIPATE: form[CONF_PARTICIPATE]}
    for field in (CONF_BUY_PERCENT, CONF_SELL_PERCENT, CONF_SMALLEST_TRADE):
        if field in form:
            options[field] = round(form[field])
    if FIELD_SHARE in form:
        options[CONF_TRADEABLE_SHARE] = round(form[FIELD_SHARE] * 10)
    return options
