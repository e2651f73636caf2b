"""The percentages by which this home's limit prices lie above or below the market price."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .common.member.bidding import LARGEST_PERCENT
from .const import CONF_BUY_PERCENT, CONF_SELL_PERCENT
from .entity import CaravelsEntity, per_kwh
from .runtime import CaravelsConfigEntry
from .views import Limits, MarketView

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class PercentDescription(NumberEntityDescription):
    """A percentage that is an option of the entry: the option's name is the row's key."""

    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.SLIDER
    native_max_value: float | None = LARGEST_PERCENT
    native_min_value: float | None = -LARGEST_PERCENT
    native_step: float | None = 1
    native_unit_of_measurement: str | None = UnitOfRatio.PERCENTAGE
    value_fn: Callable[[MarketView], int]
    limits_fn: Callable[[MarketView], Limits | None]


PERCENTS = (
    PercentDescription(
        key=CONF_BUY_PERCENT,
        value_fn=lambda view: view.settings.buy_percent,
        limits_fn=lambda view: view.buy,
    ),
    PercentDescription(
        key=CONF_SELL_PERCENT,
        value_fn=lambda view: view.settings.sell_percent,
        limits_fn=lambda view: view.sell,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CaravelsConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the rows: only a community has a price."""
    coordinators = entry.runtime_data.coordinators
    if coordinators.has_community:
        async_add_entities(Percent(coordinators, coordinators.market, row) for row in PERCENTS)


class Percent(CaravelsEntity[MarketView], NumberEntity):
    """A percentage, with the limit prices that it comes to on the newest market day."""

    entity_description: PercentDescription

    @property
    @override
    def native_value(self) -> int:
        """The percentage [%]."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, float | str | None]:
        """What the percentage comes to [currency per kWh]."""
        view = self.coordinator.data
        limits = self.entity_description.limits_fn(view)
        return {
            "lowest_price": per_kwh(limits.lowest) if limits else None,
            "mean_price": per_kwh(limits.mean) if limits else None,
            "highest_price": per_kwh(limits.highest) if limits else None,
            "price_unit": f"{view.currency}/kWh",
        }

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Bid by another percentage from now on."""
        self.coordinators.change_option(self.entity_description.key, round(value))
