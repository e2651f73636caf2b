"""The meters that a person told Home Assistant's Energy dashboard about already."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .metering import Meters, MeterSource

ENERGY_DOMAIN: Final = "energy"
_REGISTERS: Final = {
    # (type of the dashboard's source, its key) -> our register. What flows "to" a source leaves the home, or charges.
    ("grid", "stat_energy_from"): "grid_import",
    ("grid", "stat_energy_to"): "grid_export",
    ("solar", "stat_energy_from"): "generation",
    ("battery", "stat_energy_from"): "battery_discharge",
    ("battery", "stat_energy_to"): "battery_charge",
    ("home", "stat_energy_to"): "consumption",  # since Home Assistant 2026.11
}


async def suggested_meters(hass: HomeAssistant) -> Meters:
    """Return the meters of the Energy dashboard, empty where there is none or nothing was set up there."""
    if ENERGY_DOMAIN not in hass.config.components:
        return Meters()
    from homeassistant.components.energy.data import async_get_manager  # noqa: PLC0415 # only where it is loaded

    manager = await async_get_manager(hass)
    return meters_of_sources(manager.data["energy_sources"] if manager.data else ())


def meters_of_sources(sources: Iterable[Mapping[str, Any]]) -> Meters:
    """Return the meters that the dashboard's sources name, each id once a register, in their order.

    Grids may be one connection a source, or lists of flows as Home Assistant kept them before.
    """
    found: dict[str, dict[str, MeterSource]] = {}
    for register, statistic_id in _named(sources):
        found.setdefault(register, {})[statistic_id] = MeterSource(statistic_id)
    return Meters(**{register: tuple(chosen.values()) for register, chosen in found.items()})


def _named(sources: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for source in sources:
        for part in (source, *source.get("flow_from", ()), *source.get("flow_to", ())):
            for (kind, key), register in _REGISTERS.items():
                if source.get("type") == kind and part.get(key):
                    yield register, part[key]
