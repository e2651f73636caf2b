"""Kinds of sensors: what a row of any of them says, and the quantities that rows show.

What looks ahead has no state class: its statistics would be those of guesses. A row writes few states: what follows
every period of a market of quarter-hours is off by default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription
from homeassistant.const import UnitOfEnergy
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .common.quantities import MICRO, WH_PER_KWH
from .entity import Source, per_kwh
from .views import Limits, MarketView


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


type Row[T] = CaravelsSensorDescription[T]


def energy_row[T](key: str, wh_fn: Callable[[T], int | None], **more: Any) -> Row[T]:
    """Return a row that shows energy [Wh, shown in kWh]."""
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda view: None if (wh := wh_fn(view)) is None else wh / WH_PER_KWH,
        **more,
    )


def money_row(key: str, micro_fn: Callable[[MarketView], int | None], **more: Any) -> Row[MarketView]:
    """Return a row that shows money [micro-units], shown in the community's currency."""
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        unit_fn=lambda view: view.currency or None,
        value_fn=lambda view: None if (micro := micro_fn(view)) is None else micro / MICRO,
        **more,
    )


def price_row(key: str, micro_kwh_fn: Callable[[MarketView], int | None], **more: Any) -> Row[MarketView]:
    """Return a row that shows a price [micro-units per kWh], shown per kWh."""
    return CaravelsSensorDescription(
        key=key,
        suggested_display_precision=4,
        unit_fn=lambda view: f"{view.currency}/kWh" if view.currency else None,
        value_fn=lambda view: None if (micro_kwh := micro_kwh_fn(view)) is None else per_kwh(micro_kwh),
        **more,
    )


def limits_row(key: str, limits_fn: Callable[[MarketView], Limits | None]) -> Row[MarketView]:
    """Return a row that shows the mean of limit prices, with the lowest and the highest."""

    def spread(view: MarketView) -> dict[str, float | None]:
        limits = limits_fn(view)
        return {
            "lowest_price": per_kwh(limits.lowest) if limits else None,
            "highest_price": per_kwh(limits.highest) if limits else None,
        }

    return price_row(key, lambda view: limits.mean if (limits := limits_fn(view)) else None, attributes_fn=spread)


def instant_row[T](key: str, at_fn: Callable[[T], int | None], **more: Any) -> Row[T]:
    """Return a row that shows an instant [Unix s]."""
    return CaravelsSensorDescription(
        key=key,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda view: None if (at := at_fn(view)) is None else dt_util.utc_from_timestamp(at),
        **more,
    )
