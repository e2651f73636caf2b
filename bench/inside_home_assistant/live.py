"""A Home Assistant in wall time whose config entries are all members of one community.

Run in the environment of Home Assistant, on a configuration folder whose journals are prepared. Reads the task from the
file that BENCH_TASK names, writes what was measured to the file that BENCH_RESULT names. The first entry is
set up alone, to see what it takes and weighs; then come the others; then the gate closes, and each entry's state is
waited for.
"""

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import zeroconf._core
from homeassistant import bootstrap
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry
from homeassistant.runner import RuntimeConfig

from bench.inside_home_assistant.watch import StepWatch, rss_mb

DOMAIN: Final = "caravels"
CLEARED_KEY: Final = "bought_tomorrow"
"""The sensor that has a value once the operator said what came of the auction."""
COUNTER: Final = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
LOOK_S: Final = 0.05
QUIET_S: Final = 3.0
CONNECT_WITHIN_S: Final = 60
AFTER_GATE_S: Final = 30


def no_sockets(*_arguments: object, **_options: object) -> tuple[None, list[object]]:
    """Stand for `zeroconf.create_sockets`: nothing outside this machine is listened to."""
    return None, []


class Pushes:
    """When each member's sensor first had a value."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._members: dict[str, str] = {}
        self.seen_at: dict[str, float] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    def follow(self, entry: ConfigEntry[Any]) -> None:
        """Wait for a member's sensor."""
        registry = entity_registry.async_get(self._hass)
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{entry.entry_id}_{CLEARED_KEY}")
        assert entity_id
        self._members[entity_id] = entry.data["member_id"]

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        member, state = self._members.get(event.data["entity_id"]), event.data["new_state"]
        if member and state and state.state not in {"unknown", "unavailable"}:
            self.seen_at.setdefault(member, time.time())


async def main(task: Mapping[str, Any]) -> dict[str, Any]:
    """Start Home Assistant, add the members, wait for the gate; return what was measured."""
    setattr(zeroconf._core, "create_sockets", no_sockets)  # noqa: B010, SLF001  # there is no setting for it
    hass = await bootstrap.async_setup_hass(RuntimeConfig(config_dir=task["config"], skip_pip=True))
    assert hass
    await hass.async_start()
    import numpy  # noqa: PLC0415  # not weighed: it is in every installation of Home Assistant
    import numpy.random  # noqa: F401, PLC0415

    meters = [_meters(hass, place) for place in range(len(task["members"]))]
    await _quiet(hass)
    before_mb = rss_mb()
    entries = [_entry(member, some) for member, some in zip(task["members"], meters, strict=True)]
    setup_ms = [await _set_up(hass, entries[0])]
    await _bidden(entries[:1], task["bids_within_s"])
    await _quiet(hass)
    after_mb = rss_mb()
    pushes = Pushes(hass)
    setup_ms += [await _set_up(hass, entry) for entry in entries[1:]]
    for entry in entries:
        pushes.follow(entry)
    watch = StepWatch(lambda what: "/bench/" not in what)
    with watch.watching():
        await _bidden(entries, task["bids_within_s"])
        gate_at = entries[0].runtime_data.agent.state.market_days[-1].gate_at
        await _until(lambda: len(pushes.seen_at) == len(entries), gate_at + AFTER_GATE_S - time.time())
    return {
        "setup_ms": setup_ms,
        "rss_mb": after_mb - before_mb,
        "push_ms": [(at - gate_at) * 1_000 for at in pushes.seen_at.values()],
        "traded_wh": sum(_traded_wh(entry) for entry in entries),
        "loop": watch.told(),
    }


async def _set_up(hass: HomeAssistant, entry: ConfigEntry[Any]) -> float:
    """Add an entry; return how long its set-up took [ms]."""
    begun = time.perf_counter()
    await hass.config_entries.async_add(entry)
    taken_ms = (time.perf_counter() - begun) * 1_000
    assert entry.state is ConfigEntryState.LOADED
    return taken_ms


def _traded_wh(entry: ConfigEntry[Any]) -> int:
    state = entry.runtime_data.agent.state
    return sum(trade.wh for trade in state.results[-1].trades)


def _meters(hass: HomeAssistant, place: int) -> dict[str, Any]:
    ids = {key: f"sensor.home_{place}_{key}" for key in ("grid_import", "grid_export", "generation")}
    for entity_id in ids.values():
        hass.states.async_set(entity_id, str(1_000 + place), COUNTER)
    return {key: [{"id": entity_id, "share": 1_000}] for key, entity_id in ids.items()}


def _entry(member: Mapping[str, str], meters: Mapping[str, Any]) -> ConfigEntry[Any]:
    return ConfigEntry(
        version=1,
        minor_version=1,
        domain=DOMAIN,
        title=member["id"],
        source=SOURCE_USER,
        unique_id=member["id"],
        data={"journal": member["journal"], "meters": meters, "community": "Bench", "member_id": member["id"]},
        options={"participate": True, "buy_percent": 0, "sell_percent": 0},
        discovery_keys=MappingProxyType({}),
        subentries_data=None,
    )


async def _bidden(entries: Sequence[ConfigEntry[Any]], within_s: float) -> None:
    """Wait until every home's book was accepted."""

    def all_accepted() -> bool:
        states = (entry.runtime_data.agent.state for entry in entries)
        return all(state.books and state.books[-1].state == "accepted" for state in states)

    await _until(all_accepted, within_s)


async def _until(condition: Any, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # what is waited for tells nobody here
            await asyncio.sleep(LOOK_S)


async def _quiet(hass: HomeAssistant) -> None:
    await hass.async_block_till_done()
    await asyncio.sleep(QUIET_S)


if __name__ == "__main__":
    result = asyncio.run(main(json.loads(Path(os.environ["BENCH_TASK"]).read_text(encoding="utf-8"))))
    Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(result), encoding="utf-8")
    os._exit(0)  # the measurement is over: Home Assistant's own end is not waited for
