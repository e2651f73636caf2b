"""What flows through a home's meters now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flows:
    """The power of each register [W]: what its sensors show, or a counter's mean of the last five to ten minutes.

    None: the home has no such meter, or one of its sources does not say it now.
    """

    grid_import: int | None = None
    grid_export: int | None = None
    generation: int | None = None
    battery_charge: int | None = None
    battery_discharge: int | None = None
    consumption: int | None = None
