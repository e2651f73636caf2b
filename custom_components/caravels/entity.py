"""What all entities of an entry have in common."""

from enum import Enum, auto
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .common.quantities import MICRO
from .const import DOMAIN
from .coordinator import Coordinators, TopicCoordinator

HOME_NAME: Final = "Home"
"""Name of the device of a home without a community."""


class Source(Enum):
    """Where a value comes from, and so what it is worth while the operator is away."""

    LOCAL = auto()
    """This home's own, or journalled: it stays true."""
    OPERATOR = auto()
    """It may have changed at the operator meanwhile."""


class CaravelsEntity[T](CoordinatorEntity[TopicCoordinator[T]]):
    """An entity that shows a part of one topic."""

    _attr_has_entity_name = True
    source: Source = Source.LOCAL

    def __init__(self, coordinators: Coordinators, topic: TopicCoordinator[T], description: EntityDescription) -> None:
        """Belong to the entry's one device."""
        super().__init__(topic)
        self.coordinators = coordinators
        self.entity_description = description
        entry = topic.config_entry
        self._attr_translation_key = description.key
        self._attr_unique_id = unique_id(entry, description.key)
        self._attr_device_info = DeviceInfo(
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            name=coordinators.link.data.community or HOME_NAME,
        )

    @property
    @override
    def available(self) -> bool:
        """Whether the value can be relied on: what is the operator's only while it is heard."""
        return self.source is Source.LOCAL or self.coordinators.connected


def unique_id(entry: ConfigEntry[Any], key: str) -> str:
    """Return by what Home Assistant knows a row of an entry."""
    return f"{entry.entry_id}_{key}"


def per_kwh(price_micro_kwh: int) -> float:
    """Return a price [micro-units per kWh] as people read it [currency per kWh]."""
    return price_micro_kwh / MICRO
