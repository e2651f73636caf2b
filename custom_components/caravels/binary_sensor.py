"""Whether the meters of the home can be read."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import CaravelsEntity
from .runtime import CaravelsConfigEntry
from .views import LinkView

PARALLEL_UPDATES = 0

METER_PROBLEM = BinarySensorEntityDescription(
    key="meter_problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CaravelsConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the row."""
    coordinators = entry.runtime_data.coordinators
    async_add_entities([MeterProblem(coordinators, coordinators.link, METER_PROBLEM)])


class MeterProblem(CaravelsEntity[LinkView], BinarySensorEntity):
    """On while the meters cannot be read."""

    _unrecorded_attributes = frozenset({"problem"})

    @property
    @override
    def is_on(self) -> bool:
        """Whether something is wrong with the meters."""
        return self.coordinator.data.meter_problem is not None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        """What is wrong."""
        return {"problem": self.coordinator.data.meter_problem}
