"""The Meter port: what this home's meters showed, from Home Assistant's recorder and from states as they come."""

from .checks import FindingCode, MeterFinding, check_meters
from .flows import Flows
from .meter import HomeAssistantMeter
from .sources import Meters, MeterSource, meters_from, meters_of

__all__ = [
    "FindingCode",
    "Flows",
    "HomeAssistantMeter",
    "MeterFinding",
    "MeterSource",
    "Meters",
    "check_meters",
    "meters_from",
    "meters_of",
]
