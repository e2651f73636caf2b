"""The rows of the sensors of the link and the market; those of the forecasts are in `forecast_rows`.

What was metered today has no state class: the meters' own statistics are there, and a second count of the same energy
would be one too many on the Energy dashboard.
"""

from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfTime

from .common.member.records import BookState
from .common.member.state import LinkState
from .common.quantities import WH_PER_KWH
from .entity import Source, per_kwh
from .sensor_kinds import CaravelsSensorDescription, Row, energy_row, instant_row, limits_row, money_row, price_row
from .views import LinkView, MarketView

NO_BIDS: Final = "none"

# --- the link and the meters ------------------------------------------------------------------------------------------

LINK_ROWS: Final[tuple[Row[LinkView], ...]] = (
    CaravelsSensorDescription(
        key="link",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[state.value for state in LinkState],
        value_fn=lambda view: view.state.value,
        attributes_fn=lambda view: {"problem": view.problem},
    ),
    CaravelsSensorDescription(
        key="clock_skew",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        value_fn=lambda view: view.clock_skew_s,
    ),
)
METER_ROWS: Final[tuple[Row[LinkView], ...]] = (
    instant_row(
        "read_until",
        lambda view: view.read_until,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

# --- the market -------------------------------------------------------------------------------------------------------

_DAY_SUM: Final[dict[str, Any]] = {
    "state_class": SensorStateClass.TOTAL,
    "day_start_fn": lambda view: view.today.start if view.today else None,
}


def _trade_attributes(view: MarketView) -> dict[str, Any]:
    trade = view.next_trade
    return {
        "side": trade.side.value if trade else None,
        "energy": trade.wh / WH_PER_KWH if trade else None,
        "price": per_kwh(trade.price_micro_kwh) if trade else None,
    }


def _bids_attributes(view: MarketView) -> dict[str, str | None]:
    bids = view.bids
    return {
        "day": bids.day.isoformat() if bids else None,
        "reason": bids.code.value if bids and bids.code else None,
    }


MARKET_ROWS: Final[tuple[Row[MarketView], ...]] = (
    price_row(
        "community_price",
        lambda view: view.price.micro_kwh if view.price else None,
        state_class=SensorStateClass.MEASUREMENT,
        source=Source.OPERATOR,
        attributes_fn=lambda view: {"basis": view.price.basis.value if view.price else None},
    ),
    instant_row(
        "next_trade",
        lambda view: view.next_trade.start if view.next_trade else None,
        attributes_fn=_trade_attributes,
    ),
    energy_row("bought_today", lambda view: view.today.bought_wh if view.today else None, **_DAY_SUM),
    energy_row("sold_today", lambda view: view.today.sold_wh if view.today else None, **_DAY_SUM),
    money_row("paid_today", lambda view: view.today.bought_micro if view.today else None, **_DAY_SUM),
    money_row("received_today", lambda view: -view.today.sold_micro if view.today else None, **_DAY_SUM),
    energy_row("bought_tomorrow", lambda view: view.tomorrow.bought_wh if view.tomorrow else None),
    energy_row("sold_tomorrow", lambda view: view.tomorrow.sold_wh if view.tomorrow else None),
    money_row("paid_tomorrow", lambda view: view.tomorrow.bought_micro if view.tomorrow else None),
    money_row("received_tomorrow", lambda view: -view.tomorrow.sold_micro if view.tomorrow else None),
    money_row(
        "balance",
        lambda view: view.balance_micro,
        state_class=SensorStateClass.TOTAL,
        source=Source.OPERATOR,
    ),
    instant_row("gate", lambda view: view.gate_at, source=Source.OPERATOR),
    CaravelsSensorDescription(
        key="bids",
        device_class=SensorDeviceClass.ENUM,
        options=[NO_BIDS, *(state.value for state in BookState if state is not BookState.REPLACED)],
        value_fn=lambda view: (view.bids.state.value if view.bids.state else NO_BIDS) if view.bids else None,
        attributes_fn=_bids_attributes,
    ),
    limits_row("buy_price", lambda view: view.buy),
    limits_row("sell_price", lambda view: view.sell),
    price_row("buy_price_now", lambda view: view.buy_now, entity_registry_enabled_default=False),
    price_row("sell_price_now", lambda view: view.sell_now, entity_registry_enabled_default=False),
)
