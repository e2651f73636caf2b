"""What Home Assistant is given of the office: what its meters showed in the year before now, and its devices."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice
from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.virtual.counters import HouseCounters
from caravels_operator.virtual.flexibility import devices_of, use_of_devices
from caravels_operator.virtual.houses import House, build_houses
from caravels_operator.virtual.scenario_types import Scenario

from .office import OFFICE, REGISTERS

DAYS: Final = 365
FILE: Final = "past.json"
DEVICE_DAYS: Final = 84
"""Eight weeks to learn from, and four in which the forecast is judged."""


@dataclass(frozen=True, slots=True)
class MeteredPast:
    """The full hours before now.

    Attributes:
        start, end: of all of them [Unix s].
        counters_wh: entity -> what passed since `start`, at the end of each hour [Wh].
        shown_wh: entity -> what its display shows at `end` [Wh].
    """

    start: int
    end: int
    counters_wh: Mapping[str, Sequence[int]]
    shown_wh: Mapping[str, int]

    def write(self, folder: Path) -> None:
        """Put it where `home_assistant_launcher` finds it."""
        content = {key: getattr(self, key) for key in ("start", "end", "counters_wh", "shown_wh")}
        (folder / FILE).write_text(json.dumps(content), encoding="utf-8")


def office_past(scenario: Scenario, now: int, days: int = DAYS) -> MeteredPast:
    """Return what the office's meters showed in the last days before an instant [Unix s]; takes a second a year."""
    house = office_house(scenario)
    end = now // HOUR_S * HOUR_S
    start = end - days * DAY_S
    series = house.meter(start, end, HOUR_S)
    shown = HouseCounters(house, now).at([end])
    flows = (series.import_wh, series.export_wh, series.generation_wh, series.charge_wh, series.discharge_wh)
    return MeteredPast(
        start=start,
        end=end,
        counters_wh={one.entity_id: flow.cumsum().tolist() for one, flow in zip(REGISTERS, flows, strict=True)},
        shown_wh={register.entity_id: shown[register.key][0] for register in REGISTERS},
    )


def office_house(scenario: Scenario) -> House:
    """Return the building of the office: simulated, so that it is the same on every machine."""
    (house,) = [one for one in build_houses(scenario, None) if one.member.id == OFFICE]
    return house


def office_devices(scenario: Scenario, now: int) -> tuple[FlexibleDevice, ...]:
    """Return the flexible devices of the office, as its people would declare them, with what their meters showed."""
    (member,) = [one for one in scenario.members if one.id == OFFICE]
    first = now // HOUR_S * HOUR_S - DEVICE_DAYS * DAY_S
    uses = use_of_devices(scenario, member, first, DEVICE_DAYS * DAY_S // HOUR_S)
    return tuple(
        replace(device, use_wh=tuple(use.tolist()), use_first=first)
        for device, use in zip(devices_of(member, scenario), uses, strict=True)
    )
