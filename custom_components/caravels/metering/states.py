"""What is wrong with a sensor, as its state shows."""

from typing import Final

from homeassistant.components.sensor import ATTR_STATE_CLASS, SensorStateClass
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import get_instance

from .findings import FindingCode
from .sources import DEVICE_CLASSES, Kind, kind_of, sample_of

_COMPILED: Final = {
    Kind.ENERGY: {SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING},
    Kind.POWER: {SensorStateClass.MEASUREMENT},
}


def state_finding(state: State) -> FindingCode | None:
    """Return what is wrong with a sensor, or None."""
    unit, device_class = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), state.attributes.get(ATTR_DEVICE_CLASS)
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN} and unit is None:
        return FindingCode.UNAVAILABLE
    if kind_of(unit, device_class) is None:
        measures = device_class in DEVICE_CLASSES
        return FindingCode.WRONG_UNIT if measures else FindingCode.NOT_ENERGY_NOR_POWER
    return FindingCode.UNAVAILABLE if sample_of(state) is None else None


def is_compiled(hass: HomeAssistant, state: State) -> bool:
    """Return whether the recorder makes statistics of a sensor. There must be a recorder."""
    unit, device_class = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), state.attributes.get(ATTR_DEVICE_CLASS)
    kind = kind_of(unit, device_class)
    wanted = get_instance(hass).entity_filter
    recorded = wanted is None or wanted(state.entity_id)
    return recorded and kind is not None and state.attributes.get(ATTR_STATE_CLASS) in _COMPILED[kind]
