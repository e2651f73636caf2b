"""Which entities and statistics are this home's meters, and what one of their states says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from homeassistant.components.sensor import ATTR_LAST_RESET, ATTR_STATE_CLASS, SensorDeviceClass, SensorStateClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import EnergyConverter, PowerConverter

from ..const import CONF_METERS

WHOLE_PERMILLE: Final = 1_000


class Kind(StrEnum):
    """What a source measures."""

    ENERGY = "energy"
    """A counter [Wh]."""
    POWER = "power"
    """[W]."""


DEVICE_CLASSES: Final = {SensorDeviceClass.ENERGY: Kind.ENERGY, SensorDeviceClass.POWER: Kind.POWER}


@dataclass(frozen=True, slots=True)
class MeterSource:
    """An entity or a statistic, and the part of it that belongs to one community.

    Attributes:
        id: entity id, or statistic id (`domain:object` where there is no entity).
        share_permille: the part of the meter.
        from_permille: where that part begins. The parts of several communities lie beside each other, so that their
            rounded energies add up to the meter's.
    """

    id: str
    share_permille: int = WHOLE_PERMILLE
    from_permille: int = 0

    def part(self, wh: int) -> int:
        """Return this part of a meter's register [Wh], of whole Wh; differences of it add up over time and parts."""
        until = self.from_permille + self.share_permille
        return wh * until // WHOLE_PERMILLE - wh * self.from_permille // WHOLE_PERMILLE


@dataclass(frozen=True, slots=True)
class Meters:
    """The meters of a home by what they measure; an empty register is one that the home does not have."""

    grid_import: tuple[MeterSource, ...] = ()
    grid_export: tuple[MeterSource, ...] = ()
    generation: tuple[MeterSource, ...] = ()
    battery_charge: tuple[MeterSource, ...] = ()
    battery_discharge: tuple[MeterSource, ...] = ()
    consumption: tuple[MeterSource, ...] = ()

    def registers(self) -> Iterator[tuple[str, tuple[MeterSource, ...]]]:
        """Yield the name of every register with its sources."""
        for register in fields(self):
            yield register.name, getattr(self, register.name)

    def ids(self) -> frozenset[str]:
        """Return the ids of all sources."""
        return frozenset(source.id for _, sources in self.registers() for source in sources)


REGISTERS: Final = tuple(register.name for register in fields(Meters))


def meters_from(data: Mapping[str, Sequence[Mapping[str, Any]]], before: Mapping[str, int] | None = None) -> Meters:
    """Return the meters that an entry's data name.

    Args:
        data: register -> `[{"id": ..., "share": permille}]`, as in `entry.data["meters"]`.
        before: the permille of each id that other entries take and that lie before this one's.
    """
    starts = before or {}
    return Meters(
        **{
            register: tuple(
                MeterSource(row["id"], row.get("share", WHOLE_PERMILLE), starts.get(row["id"], 0))
                for row in data.get(register, ())
            )
            for register in REGISTERS
        }
    )


def shares_of(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Return the permille of each id that an entry's data take, once an id."""
    return {source.id: source.share_permille for _, some in meters_from(data).registers() for source in some}


def meters_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Meters:
    """Return the meters of an entry, its parts of shared ones placed after those of the entries made before it."""
    before: dict[str, int] = {}
    every = hass.config_entries.async_entries(entry.domain)
    for other in sorted(every, key=lambda one: (one.created_at, one.entry_id)):
        if other.entry_id == entry.entry_id:
            break
        for source_id, share in shares_of(other.data[CONF_METERS]).items():
            before[source_id] = before.get(source_id, 0) + share
    return meters_from(entry.data[CONF_METERS], before)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a state says: a counter [Wh] or a power [W], and what its falling means.

    Attributes:
        falls: whether the sensor says itself when it starts anew (`last_reset`), so that a fall is a fall.
        last_reset: when it last started anew, as the sensor says it.
    """

    kind: Kind
    value: float
    falls: bool = False
    last_reset: str | None = None


def kind_of(unit: object, device_class: object) -> Kind | None:
    """Return what a sensor with this unit measures, or None where it is neither energy nor power that flows."""
    if device_class is not None and device_class not in DEVICE_CLASSES:
        return None
    if unit in EnergyConverter.VALID_UNITS:
        return Kind.ENERGY
    return Kind.POWER if unit in PowerConverter.VALID_UNITS else None


def sample_of(state: State | None) -> Sample | None:
    """Return what a state says, or None where it says nothing: no number, or no unit of energy or power."""
    if state is None:
        return None
    try:
        value = float(state.state)
    except ValueError:
        return None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    kind = kind_of(unit, state.attributes.get(ATTR_DEVICE_CLASS))
    if kind is None or not isfinite(value):
        return None
    if kind is Kind.POWER:
        return Sample(kind, PowerConverter.convert(value, unit, UnitOfPower.WATT))
    falls = state.attributes.get(ATTR_STATE_CLASS) == SensorStateClass.TOTAL
    if value < 0 and not falls:  # the recorder leaves it out as well
        return None
    last_reset = state.attributes.get(ATTR_LAST_RESET)
    wh = EnergyConverter.convert(value, unit, UnitOfEnergy.WATT_HOUR)
    return Sample(kind, wh, falls, None if last_reset is None else str(last_reset))
