"""Messages of the meters: what was measured, at settlement resolution."""

from typing import Annotated

from msgspec import Meta

from .base import Message, Part
from .units import CommandId, EnergyWh, Instant, Quality, Seconds

MAX_READINGS = 400
"""Four days of quarter-hours: a member that was away sends several batches."""


class Reading(Part):
    """What passed the grid connection in one settlement period; import and export are never netted."""

    start: Instant
    import_wh: EnergyWh
    export_wh: EnergyWh
    quality: Quality = Quality.MEASURED
    generation_wh: EnergyWh | None = None
    """What the home generated; None: it does not measure it (version 3)."""
    charge_wh: EnergyWh | None = None
    """What went into its batteries (version 3)."""
    discharge_wh: EnergyWh | None = None
    """What came out of them (version 3)."""


class ReadingBatch(Message):
    """Command: readings of consecutive or single periods, a later one replaces an earlier one of its period."""

    id: CommandId
    period_s: Seconds
    readings: Annotated[list[Reading], Meta(min_length=1, max_length=MAX_READINGS)]


class ReadingsAccepted(Message):
    """The readings are stored."""

    stored: int
