"""The rows of the sensors: a key, a value, and what kind of quantity it is.

What looks ahead has no state class: its statistics would be those of guesses. What was metered today has none either:
the meters' own statistics are there, and a second count of the same energy would be one too many on the Energy
dashboard. A row writes few states: what follows every period of a market of quarter-hours is off by default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfTime
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .common.member.records import BookState
from .common.member.state import LinkState
from .common.quantities import MICRO, WH_PER_KWH
from .entity import Source, per_kwh
from .views import ForecastView, Limits, LinkView, MarketView

NO_BIDS: Final = "none"
GENERATION: Final = "generation"
"""The list of meters of the home's own generation, in the entry's data."""


@dataclass(frozen=True, kw_only=True)
class CaravelsSensorDescription[T](SensorEntityDescription):
    """A row.

    Attributes:
        value_fn: the value that a view holds, None while it is not known.
        source: whether the value is the operator's.
        unit_fn: the unit, where it is the community's.
        day_start_fn: when the day began whose sum the value is [Unix s].
        attributes_fn: what else is shown.
        meter: list of meters without which the value is never known.
    """

    value_fn: Callable[[T], StateType | datetime]
    source: Source = Source.LOCAL
    unit_fn: Callable[[T], str | None] | None = None
    day_start_fn: Callable[[T], int | None] | None = None
    attributes_fn: Callable[[T], Mapping[str, Any]] | None = None
    meter: str | None = None


type _Row[T] = CaravelsSensorDescription[T]

# --- kinds of rows ----------------------------------------------------------------------------------------------------


def _energy[T](key: str, wh_fn: Callable[[T], int | None], **more: Any) -> _Row[T]:
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda view: None if (wh := wh_fn(view)) is None else wh / WH_PER_KWH,
        **more,
    )


def _money(key: str, micro_fn: Callable[[MarketView], int | None], **more: Any) -> _Row[MarketView]:
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        unit_fn=lambda view: view.currency or None,
        value_fn=lambda view: None if (micro := micro_fn(view)) is None else micro / MICRO,
        **more,
    )


def _price(key: str, micro_kwh_fn: Callable[[MarketView], int | None], **more: Any) -> _Row[MarketView]:
    return CaravelsSensorDescription(
        key=key,
        suggested_display_precision=4,
        unit_fn=lambda view: f"{view.currency}/kWh" if view.currency else None,
        value_fn=lambda view: None if (micro_kwh := micro_kwh_fn(view)) is None else per_kwh(micro_kwh),
        **more,
    )


def _limits(key: str, limits_fn: Callable[[MarketView], Limits | None]) -> _Row[MarketView]:
    def spread(view: MarketView) -> dict[str, float | None]:
        limits = limits_fn(view)
        return {
            "lowest_price": per_kwh(limits.lowest) if limits else None,
            "highest_price": per_kwh(limits.highest) if limits else None,
        }

    return _price(key, lambda view: limits.mean if (limits := limits_fn(view)) else None, attributes_fn=spread)


def _instant[T](key: str, at_fn: Callable[[T], int | None], **more: Any) -> _Row[T]:
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda view: None if (at := at_fn(view)) is None else dt_util.utc_from_timestamp(at),
        **more,
    )


# --- the link and the meters ------------------------------------------------------------------------------------------

LINK_ROWS: Final[tuple[_Row[LinkView], ...]] = (
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
METER_ROWS: Final[tuple[_Row[LinkView], ...]] = (
    _instant(
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


MARKET_ROWS: Final[tuple[_Row[MarketView], ...]] = (
    _price(
        "community_price",
        lambda view: view.price.micro_kwh if view.price else None,
        state_class=SensorStateClass.MEASUREMENT,
        source=Source.OPERATOR,
        attributes_fn=lambda view: {"basis": view.price.basis.value if view.price else None},
    ),
    _instant(
        "next_trade",
        lambda view: view.next_trade.start if view.next_trade else None,
        attributes_fn=_trade_attributes,
    ),
    _energy("bought_today", lambda view: view.today.bought_wh if view.today else None, **_DAY_SUM),
    _energy("sold_today", lambda view: view.today.sold_wh if view.today else None, **_DAY_SUM),
    _money("paid_today", lambda view: view.today.bought_micro if view.today else None, **_DAY_SUM),
    _money("received_today", lambda view: -view.today.sold_micro if view.today else None, **_DAY_SUM),
    _energy("bought_tomorrow", lambda view: view.tomorrow.bought_wh if view.tomorrow else None),
    _energy("sold_tomorrow", lambda view: view.tomorrow.sold_wh if view.tomorrow else None),
    _money("paid_tomorrow", lambda view: view.tomorrow.bought_micro if view.tomorrow else None),
    _money("received_tomorrow", lambda view: -view.tomorrow.sold_micro if view.tomorrow else None),
    _money(
        "balance",
        lambda view: view.balance_micro,
        state_class=SensorStateClass.TOTAL,
        source=Source.OPERATOR,
    ),
    _instant("gate", lambda view: view.gate_at, source=Source.OPERATOR),
    CaravelsSensorDescription(
        key="bids",
        device_class=SensorDeviceClass.ENUM,
        options=[NO_BIDS, *(state.value for state in BookState if state is not BookState.REPLACED)],
        value_fn=lambda view: (view.bids.state.value if view.bids.state else NO_BIDS) if view.bids else None,
        attributes_fn=_bids_attributes,
    ),
    _limits("buy_price", lambda view: view.buy),
    _limits("sell_price", lambda view: view.sell),
    _price("buy_price_now", lambda view: view.buy_now, entity_registry_enabled_default=False),
    _price("sell_price_now", lambda view: view.sell_now, entity_registry_enabled_default=False),
)

# --- the forecast, and what was metered -------------------------------------------------------------------------------

FORECAST_ROWS: Final[tuple[_Row[ForecastView], ...]] = (
    _energy("consumption_next_hour", lambda view: view.next_hour.consumption_wh if view.next_hour else None),
    _energy(
        "generation_next_hour",
        lambda view: view.next_hour.generation_wh if view.next_hour else None,
        meter=GENERATION,
    ),
    _energy("net_next_hour", lambda view: view.next_hour.net_wh if view.next_hour else None),
    _energy(
        "consumption_rest_of_today",
        lambda view: view.rest_of_today.consumption_wh if view.rest_of_today else None,
        entity_registry_enabled_default=False,
    ),
    _energy(
        "generation_rest_of_today",
        lambda view: view.rest_of_today.generation_wh if view.rest_of_today else None,
        entity_registry_enabled_default=False,
        meter=GENERATION,
    ),
    _energy(
        "net_rest_of_today",
        lambda view: view.rest_of_today.net_wh if view.rest_of_today else None,
        entity_registry_enabled_default=False,
    ),
    _energy("consumption_tomorrow", lambda view: view.tomorrow.consumption_wh if view.tomorrow else None),
    _energy(
        "generation_tomorrow",
        lambda view: view.tomorrow.generation_wh if view.tomorrow else None,
        meter=GENERATION,
    ),
    _energy("net_tomorrow", lambda view: view.tomorrow.net_wh if view.tomorrow else None),
    _energy("import_today", lambda view: view.metered_today.import_wh if view.metered_today else None),
    _energy("export_today", lambda view: view.metered_today.export_wh if view.metered_today else None),
    _energy("consumption_today", lambda view: view.metered_today.consumption_wh if view.metered_today else None),
    _energy(
        "generation_today",
        lambda view: view.metered_today.generation_wh if view.metered_today else None,
        meter=GENERATION,
    ),
)
