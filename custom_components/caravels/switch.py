"""Whether this home takes part in the auctions."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_PARTICIPATE
from .entity import CaravelsEntity
from .runtime import CaravelsConfigEntry
from .views import MarketView

PARALLEL_UPDATES = 0

PARTICIPATION = SwitchEntityDescription(key=CONF_PARTICIPATE)


async def async_setup_entry(
    hass: HomeAssistant, entry: CaravelsConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the row: only a community has auctions."""
    coordinators = entry.runtime_data.coordinators
    if coordinators.has_community:
        async_add_entities([Participation(coordinators, coordinators.market, PARTICIPATION)])


class Participation(CaravelsEntity[MarketView], SwitchEntity):
    """On while the home bids; contracts that were made are kept either way."""

    @property
    @override
    def is_on(self) -> bool:
        """Whether the home bids."""
        return self.coordinator.data.settings.participate

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Bid for the days that are open."""
        self.coordinators.change_option(CONF_PARTICIPATE, value=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Bid no more, and withdraw what stands for the days that are open."""
        self.coordinators.change_option(CONF_PARTICIPATE, value=False)
