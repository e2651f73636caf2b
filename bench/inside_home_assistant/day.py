"""A day of real readings in a Home Assistant with a recorder and an operator, in frozen time.

Run by pytest in the harness's environment, with the fixtures of the integration's tests:
`pytest bench/inside_home_assistant/day.py`. Reads the task from the file that BENCH_TASK
names, writes what was measured to the file that BENCH_RESULT names.

The sensors say something new every ten seconds, as real ones do. Of the event loop's steps, those of the operator,
which would be elsewhere, and of this file are not counted; what Home Assistant does with a new state of a sensor is.
"""

import asyncio
import gc
import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.db_schema import States, StatesMeta
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from bench.inside_home_assistant.watch import StepWatch
from caravels_operator.common.periods import day_end, day_start
from custom_components.caravels.common.member.journal import Journal
from custom_components.caravels.common.member.records import HomeReading, Membership
from custom_components.caravels.store import journal_path
from tests.integration.operator_in_memory import DAY, ZONE, InMemoryOperator, Way, Wire

HOUR_S: Final = 3_600
COARSE_S: Final = 300
FINE_S: Final = 10
SLOT_S: Final = 300
COUNTED_DAY: Final = DAY + timedelta(days=1)
"""It delivers what was traded the day before, trades for the next, and its own yesterday is settled."""
COUNTER: Final = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
REGISTERS: Final = ("import_wh", "export_wh", "generation_wh")
TASK, RESULT = Path(os.environ["BENCH_TASK"]), Path(os.environ["BENCH_RESULT"])
ELSEWHERE: Final = ("caravels_operator", "/tests/", "/bench/", "/pytest")


class TaskWay(Way):
    """A way whose other end works in tasks of its own, so that a home's steps are its own alone."""

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        """See `Transport`."""
        return await asyncio.create_task(super().request(method, path, body, token))

    async def open_stream(self, token: str) -> Wire:
        """See `Transport`."""
        return await asyncio.create_task(super().open_stream(token))


class Sensors:
    """Counters that follow a home's hours: within an hour its power is constant."""

    def __init__(self, hass: HomeAssistant, hours: Sequence[Mapping[str, int]]) -> None:
        self._hass = hass
        self._starts = [hour["start"] for hour in hours]
        self._shown = {
            register: list(accumulate((hour[register] for hour in hours), initial=1_000_000)) for register in REGISTERS
        }

    @callback
    def feed(self) -> None:
        """Show what the counters have reached."""
        now = int(dt_util.utcnow().timestamp())
        hour, seconds = divmod(now - self._starts[0], HOUR_S)
        for register, shown in self._shown.items():
            wh = shown[hour] + (shown[hour + 1] - shown[hour]) * seconds / HOUR_S
            self._hass.states.async_set(f"sensor.home_{register}", f"{wh / 1_000:.4f}", COUNTER)


@pytest.mark.usefixtures("recorder_mock")
async def test_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    operator: InMemoryOperator,
    home_entry: Any,
) -> None:
    """Let two days pass, the second one closely."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    hass.loop.set_debug(False)  # the harness looks at every call, a real Home Assistant does not
    task = json.loads(TASK.read_text(encoding="utf-8"))  # noqa: ASYNC240  # nobody waits yet
    begin, counted, end = _now(), day_start(COUNTED_DAY, ZONE), day_end(COUNTED_DAY, ZONE)
    hours = [{**hour, "start": hour["start"] + (begin - task["until"])} for hour in task["hours"]]
    past = [hour for hour in hours if hour["start"] < begin]
    assert await async_setup_component(hass, "sensor", {})
    sensors = Sensors(hass, hours)
    sensors.feed()
    watch = StepWatch(lambda what: what.endswith(":Sensors.feed") or not any(part in what for part in ELSEWHERE))
    ids = {"grid_import": "import_wh", "grid_export": "export_wh", "generation": "generation_wh"}
    meters = {key: [{"id": f"sensor.home_{register}", "share": 1_000}] for key, register in ids.items()}
    entry = await home_entry(meters=meters)
    _fill(journal_path(hass, entry.data["journal"]), [HomeReading(**hour) for hour in past])
    with patch("custom_components.caravels.runtime.transport_to", _way_to(operator)):
        await hass.config_entries.async_setup(entry.entry_id)
        await _pass(hass, freezer, operator, sensors, counted, COARSE_S)
        gc.collect()
        gc.freeze()  # the operator's and the harness's objects, which are not in a home: a collection would walk them
        with watch.watching():
            await _pass(hass, freezer, operator, sensors, end, FINE_S)
    await async_wait_recording_done(hass)
    agent = entry.runtime_data.agent
    result = {
        "rows": await _rows(hass, entry, counted, end),
        "loop": watch.told(),
        "readings": len(await agent.readings(counted, end)),
        "settled": len(agent.state.statements),
        "traded_wh": sum(trade.wh for day in agent.state.results for trade in day.trades),
    }
    RESULT.write_text(json.dumps(result), encoding="utf-8")  # noqa: ASYNC240  # nobody waits any more


def _way_to(operator: InMemoryOperator) -> Any:
    def way(_hass: HomeAssistant, membership: Membership | None) -> Way | None:
        return TaskWay(operator, membership.addresses, membership.fingerprint) if membership else None

    return way


def _fill(path: Path, readings: Sequence[HomeReading]) -> None:
    journal = Journal(path)
    journal.run(lambda opened: opened.readings.put(HOUR_S, readings))
    journal.close()


async def _pass(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    operator: InMemoryOperator,
    sensors: Sensors,
    until: int,
    step_s: int,
) -> None:
    """Let time pass as it does: sensors, timers, statistics every five minutes, neighbours who bid and read."""
    loop = asyncio.get_running_loop()
    while (now := _now()) < until:
        moment = dt_util.utc_from_timestamp(now + step_s)
        freezer.move_to(moment)
        loop.call_soon(sensors.feed)
        await asyncio.sleep(0)
        async_fire_time_changed(hass, moment)
        await hass.async_block_till_done()
        if (now + step_s) % SLOT_S == 0:
            await async_wait_recording_done(hass)
            do_adhoc_statistics(hass, start=moment - timedelta(seconds=SLOT_S))
            await operator.settled()
        if (now + step_s) % HOUR_S == 0:
            await _neighbours(operator, now + step_s)


async def _neighbours(operator: InMemoryOperator, now: int) -> None:
    local = dt_util.utc_from_timestamp(now).astimezone(dt_util.get_default_time_zone())
    if local.hour == 14:
        await operator.neighbours_bid(day=local.date() + timedelta(days=1))
    if local.hour == 1:
        await operator.neighbours_read(day=local.date() - timedelta(days=1))


async def _rows(hass: HomeAssistant, entry: MockConfigEntry, start: int, end: int) -> dict[str, int]:
    """Return how many states of each entity the recorder wrote."""
    registry = entity_registry.async_get(hass)
    ours = {one.entity_id for one in entity_registry.async_entries_for_config_entry(registry, entry.entry_id)}

    def count() -> dict[str, int]:
        with session_scope(hass=hass, read_only=True) as session:
            wanted = session.query(StatesMeta.entity_id).join(States, States.metadata_id == StatesMeta.metadata_id)
            rows = wanted.filter(States.last_updated_ts >= start, States.last_updated_ts < end).all()
        found: dict[str, int] = {}
        for (entity_id,) in rows:
            if entity_id in ours:
                found[entity_id] = found.get(entity_id, 0) + 1
        return found

    return await get_instance(hass).async_add_executor_job(count)


def _now() -> int:
    return int(dt_util.utcnow().timestamp())
