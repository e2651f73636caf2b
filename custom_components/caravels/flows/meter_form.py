"""The form of the meters: entities and statistics by register, and back."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    StatisticSelector,
    StatisticSelectorConfig,
)

from ..metering.sources import REGISTERS

REQUIRED: Final = ("grid_import", "grid_export")
FURTHER: Final = tuple(register for register in REGISTERS if register not in REQUIRED)
SECTION_FURTHER: Final = "further"
SECTION_STATISTICS: Final = "statistics"
FIELD_DIVIDE: Final = "divide"

_SENSORS: Final = EntitySelector(
    EntitySelectorConfig(
        multiple=True,
        filter=[
            EntityWithDeviceFilterSelectorConfig(domain=Platform.SENSOR, device_class=device_class)
            for device_class in (SensorDeviceClass.ENERGY, SensorDeviceClass.POWER)
        ],
    )
)
_STATISTICS: Final = StatisticSelector(StatisticSelectorConfig(multiple=True))

type Chosen = dict[str, tuple[str, ...]]
"""Register -> ids, each once."""


def meter_schema(*, may_divide: bool) -> probatio.Schema:
    """Return the form; `may_divide` asks besides whether other communities have a part of these meters."""
    fields: dict[probatio.Marker, Any] = {probatio.Optional(register): _SENSORS for register in REQUIRED}
    fields[probatio.Optional(SECTION_FURTHER)] = section(
        probatio.Schema({probatio.Optional(register): _SENSORS for register in FURTHER}), {"collapsed": True}
    )
    fields[probatio.Optional(SECTION_STATISTICS)] = section(
        probatio.Schema({probatio.Optional(register): _STATISTICS for register in REGISTERS}), {"collapsed": True}
    )
    if may_divide:
        fields[probatio.Optional(FIELD_DIVIDE, default=False)] = BooleanSelector()
    return probatio.Schema(fields)


def chosen_in(form: Mapping[str, Any]) -> Chosen:
    """Return what was chosen in a form."""
    entities = {**form, **form.get(SECTION_FURTHER, {})}
    statistics = form.get(SECTION_STATISTICS, {})
    return {
        register: tuple(dict.fromkeys([*entities.get(register, ()), *statistics.get(register, ())]))
        for register in REGISTERS
    }


def form_of(chosen: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Return the form in which these ids are chosen: ids with a colon belong to statistics without an entity."""
    entities = {register: [one for one in ids if ":" not in one] for register, ids in chosen.items()}
    statistics = {register: [one for one in ids if ":" in one] for register, ids in chosen.items()}
    form: dict[str, Any] = {register: entities[register] for register in REQUIRED if entities.get(register)}
    form[SECTION_FURTHER] = {register: entities[register] for register in FURTHER if entities.get(register)}
    form[SECTION_STATISTICS] = {register: ids for register, ids in statistics.items() if ids}
    return form


def missing(chosen: Chosen) -> list[str]:
    """Return the required registers without a meter."""
    return [register for register in REQUIRED if not chosen[register]]
