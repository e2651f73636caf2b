"""The agent's timers are Home Assistant's: due once, at their instant, and cancelled as often as one likes."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.caravels.clock import HomeAssistantClock


async def _pass(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: int) -> None:
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_now_is_the_time_in_whole_seconds(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to("2026-11-22T10:00:00.900+00:00")
    assert HomeAssistantClock(hass).now() == int(dt_util.utcnow().timestamp()) == 1_795_341_600


async def test_a_call_is_made_once_at_its_instant(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    clock = HomeAssistantClock(hass)
    calls: list[int] = []
    clock.call_at(clock.now() + 60, lambda: calls.append(clock.now()))
    await _pass(hass, freezer, 58)
    assert calls == []
    await _pass(hass, freezer, 3)
    assert len(calls) == 1
    await _pass(hass, freezer, 600)
    assert len(calls) == 1


async def test_a_cancelled_call_is_never_made(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    clock = HomeAssistantClock(hass)
    calls: list[int] = []
    timer = clock.call_at(clock.now() + 60, lambda: calls.append(1))
    timer.cancel()
    timer.cancel()
    await _pass(hass, freezer, 120)
    assert calls == []


async def test_what_is_past_is_due_at_once(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    clock = HomeAssistantClock(hass)
    calls: list[int] = []
    clock.call_at(clock.now() - 60, lambda: calls.append(1))
    await _pass(hass, freezer, 1)
    assert calls == [1]
