"""What the people of a home decided about trading, as an entry's options hold it."""

from collections.abc import Mapping
from typing import Any

from .common.member.bidding import WHOLE_PERMILLE, BiddingSettings
from .const import CONF_BUY_PERCENT, CONF_PARTICIPATE, CONF_SELL_PERCENT, CONF_SMALLEST_TRADE, CONF_TRADEABLE_SHARE


def bidding_settings(options: Mapping[str, Any]) -> BiddingSettings:
    """Return what an entry's options say about trading."""
    return BiddingSettings(
        participate=options.get(CONF_PARTICIPATE, True),
        buy_percent=options.get(CONF_BUY_PERCENT, 0),
        sell_percent=options.get(CONF_SELL_PERCENT, 0),
        tradeable_share_permille=options.get(CONF_TRADEABLE_SHARE, WHOLE_PERMILLE),
        smallest_trade_wh=options.get(CONF_SMALLEST_TRADE, 1),
    )
