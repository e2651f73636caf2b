"""A house with known power for every minute, played through Home Assistant's states and its recorder."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import DATA_INSTANCE
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

MINUTE_S: Final = 60
SLOT_S: Final = 300
NOON: Final = 1_793_620_800
"""2026-11-02 12:00 UTC."""

type Watts = Callable[[int], int]
"""(start of a minute [Unix s]) -> power over it [W], a multiple of 60: a whole number of Wh."""

COUNTER: Final = {"device_class": "energy", "state_class": "total_increasing"}
POWER: Final = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"}


def wh_between(watts: Watts, start: int, end: int) -> int:
    """Return the exact energy of a power curve [Wh]: what the meter must say."""
    return sum(watts(minute) for minute in range(start, end, MINUTE_S)) // 60


def uneven(minute: int) -> int:
    """A power that differs from minute to minute, from 0 to 5.4 kW."""
    return (minute // MINUTE_S * 7_919 % 91) * 60


def steady(_minute: int) -> int:
    """1.2 kW: 100 Wh in five minutes."""
    return 1_200


class PlayedHouse:
    """Sets states every minute and has the recorder compile every five, as it does by itself.

    A counter tells what it reached a second before the minute is over, a power sensor when the minute begins.

    Attributes:
        now: up to when the house was played [Unix s].
    """

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, start: int = NOON - 2 * SLOT_S) -> None:
        self._hass = hass
        self._freezer = freezer
        self._sensors: dict[str, Callable[[int], str]] = {}
        self._attributes: dict[str, Mapping[str, Any]] = {}
        self.pass_time(start)

    def counter(self, entity_id: str, watts: Watts, *, unit: str = "kWh", from_wh: int = 0, **more: Any) -> None:
        """Add a counter that shows `from_wh` now."""
        zero, per_unit = self.now, {"kWh": 1_000, "Wh": 1, "MWh": 1_000_000}[unit]
        self.sensor(
            entity_id,
            lambda at: repr((from_wh + wh_between(watts, zero, at)) / per_unit),
            **COUNTER | {"unit_of_measurement": unit} | more,
        )

    def power(self, entity_id: str, watts: Callable[[int], float], **more: Any) -> None:
        """Add a power sensor."""
        self.sensor(entity_id, lambda at: str(watts(at)), **POWER | more)

    def sensor(self, entity_id: str, shows: Callable[[int], str], **attributes: Any) -> None:
        """Add a sensor, or replace one, that shows something from each minute on; it shows it now."""
        self._sensors[entity_id], self._attributes[entity_id] = shows, attributes
        self._show(entity_id)

    def replace(self, entity_id: str, shows: Callable[[int], str]) -> Callable[[int], str]:
        """Have a sensor show something else from now on; return what it showed before."""
        before, self._sensors[entity_id] = self._sensors[entity_id], shows
        self._show(entity_id)
        return before

    def _show(self, entity_id: str) -> None:
        self._hass.states.async_set(entity_id, self._sensors[entity_id](self.now), self._attributes[entity_id])

    def _show_all(self, device_class: str) -> None:
        for entity_id, attributes in self._attributes.items():
            if attributes["device_class"] == device_class:
                self._show(entity_id)

    async def play(self, until: int, *, compiled: bool = True) -> None:
        """Let time pass up to `until` [Unix s]."""
        while self.now < until:
            self.pass_time(self.now + MINUTE_S)
            self._freezer.move_to(datetime.fromtimestamp(self.now - 1, UTC))
            self._show_all("energy")
            self._freezer.move_to(datetime.fromtimestamp(self.now, UTC))
            if self.now % SLOT_S == 0 and compiled:
                await self.compile(self.now - SLOT_S)
            self._show_all("power")
        await self.settle()

    async def compile(self, start: int) -> None:
        """Have the recorder compile the five minutes from `start` [Unix s] on, from what it wrote."""
        if DATA_INSTANCE in self._hass.data:
            await async_wait_recording_done(self._hass)
            do_adhoc_statistics(self._hass, start=datetime.fromtimestamp(start, UTC))
            await async_wait_recording_done(self._hass)

    async def settle(self) -> None:
        """Wait until states are in the database."""
        if DATA_INSTANCE in self._hass.data:
            await async_wait_recording_done(self._hass)
        else:
            await self._hass.async_block_till_done()

    def pass_time(self, until: int) -> None:
        """Let time pass with nothing shown and nothing recorded."""
        self.now = until
        self._freezer.move_to(datetime.fromtimestamp(until, UTC))
