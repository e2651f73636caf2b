"""What this home and its community show: one class, and the rows of `sensor_rows` and `forecast_rows`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.components.sensor.const import DOMAIN as SENSOR
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .const import CONF_METERS, DOMAIN
from .coordinator import Coordinators, TopicCoordinator
from .entity import CaravelsEntity, unique_id
from .forecast_rows import BAND, FORECAST_ROWS
from .runtime import CaravelsConfigEntry
from .sensor_kinds import CaravelsSensorDescription
from .sensor_rows import LINK_ROWS, MARKET_ROWS, METER_ROWS

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CaravelsConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the rows: without a community, those of the meters and the forecast."""
    coordinators = entry.runtime_data.coordinators
    meters = entry.data[CONF_METERS]
    forecast_rows = [row for row in FORECAST_ROWS if row.meter is None or meters.get(row.meter)]
    _forget(hass, entry, [row for row in FORECAST_ROWS if row not in forecast_rows])
    sensors: list[SensorEntity] = [
        *_sensors(coordinators, coordinators.link, METER_ROWS),
        *_sensors(coordinators, coordinators.forecast, forecast_rows),
    ]
    if coordinators.has_community:
        sensors += _sensors(coordinators, coordinators.link, LINK_ROWS)
        sensors += _sensors(coordinators, coordinators.market, MARKET_ROWS)
    async_add_entities(sensors)


def _sensors[T](
    coordinators: Coordinators, topic: TopicCoordinator[T], rows: Sequence[CaravelsSensorDescription[T]]
) -> list[SensorEntity]:
    return [CaravelsSensor(coordinators, topic, row) for row in rows]


def _forget[T](hass: HomeAssistant, entry: CaravelsConfigEntry, rows: Sequence[CaravelsSensorDescription[T]]) -> None:
    """Take back what an earlier choice of meters had: it would stay behind and never be available again."""
    registry = er.async_get(hass)
    for row in rows:
        if entity_id := registry.async_get_entity_id(SENSOR, DOMAIN, unique_id(entry, row.key)):
            registry.async_remove(entity_id)


class CaravelsSensor[T](CaravelsEntity[T], SensorEntity):
    """A row."""

    entity_description: CaravelsSensorDescription[T]
    _unrecorded_attributes = frozenset({"problem", "reasons", *BAND})

    def __init__(
        self, coordinators: Coordinators, topic: TopicCoordinator[T], description: CaravelsSensorDescription[T]
    ) -> None:
        """Show what a row says."""
        super().__init__(coordinators, topic, description)
        self.source = description.source

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The row's value now, or None while it is not known."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """The row's unit; that of money and prices is the community's."""
        if unit_fn := self.entity_description.unit_fn:
            return unit_fn(self.coordinator.data)
        return self.entity_description.native_unit_of_measurement

    @property
    @override
    def last_reset(self) -> datetime | None:
        """When a day's sum began."""
        begun = fn(self.coordinator.data) if (fn := self.entity_description.day_start_fn) else None
        return None if begun is None else dt_util.utc_from_timestamp(begun)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """What else the row says."""
        return fn(self.coordinator.data) if (fn := self.entity_description.attributes_fn) else None
