"""The meters of the office, member m01: what the simulated building serves and what Home Assistant calls it."""

from dataclasses import dataclass
from typing import Final

OFFICE: Final = "m01"


@dataclass(frozen=True, slots=True)
class Register:
    """A counter of energy.

    Attributes:
        key: of the counter [kWh] in what the building serves.
        name: of the sensor in Home Assistant.
    """

    key: str
    name: str

    @property
    def entity_id(self) -> str:
        """The entity that Home Assistant makes of it."""
        return f"sensor.{self.name.lower().replace(' ', '_')}"


GRID_IMPORT: Final = Register("grid_import", "Office grid import")
GRID_EXPORT: Final = Register("grid_export", "Office grid export")
GENERATION: Final = Register("generation", "Office PV generation")
BATTERY_CHARGE: Final = Register("battery_charge", "Office battery charge")
BATTERY_DISCHARGE: Final = Register("battery_discharge", "Office battery discharge")
REGISTERS: Final = (GRID_IMPORT, GRID_EXPORT, GENERATION, BATTERY_CHARGE, BATTERY_DISCHARGE)
