"""What the recorder invents or throws away: Home Assistant was off, old statistics, statistics without an entity."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics, async_import_statistics
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_test_home_assistant
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager
from sqlalchemy.exc import OperationalError

from custom_components.caravels.common.member.ports import MeterAway
from custom_components.caravels.common.member.records import HomeReading
from custom_components.caravels.common.protocol import Quality
from custom_components.caravels.metering import FindingCode, HomeAssistantMeter, Meters, MeterSource

from .metering_house import COUNTER, NOON, POWER, PlayedHouse, steady, uneven, wh_between

HOUR_S = 3_600
QUARTER_S = 900
RUNS = "homeassistant.components.recorder.table_managers.recorder_runs.RecorderRunsManager"
COUNTED = Meters(grid_import=(MeterSource("sensor.counter"),))
MEASURED = Meters(grid_import=(MeterSource("sensor.power"),))
GRID = Meters(grid_import=(MeterSource("sensor.counter"),), grid_export=(MeterSource("sensor.power"),))
UNITS = {"sensor.counter": COUNTER | {"unit_of_measurement": "kWh"}, "sensor.power": POWER}


@asynccontextmanager
async def running(recorder: RecorderInstanceContextManager, *, killed: bool = False) -> AsyncIterator[HomeAssistant]:
    """A Home Assistant whose sensors are restored from its registry as unavailable, as at every start.

    One that is killed leaves its run open in the database.
    """
    async with async_test_home_assistant() as hass:
        for entity_id, attributes in UNITS.items():
            hass.states.async_set(entity_id, "unavailable", {**attributes, "restored": True})
        assert await async_setup_component(hass, "sensor", {})
        async with recorder(hass):
            await async_wait_recording_done(hass)
            yield hass
            with patch(f"{RUNS}.end") if killed else nullcontext():
                await get_instance(hass)._async_shutdown(Event("killed"))
        await hass.async_stop(force=True)


def house_in(hass: HomeAssistant, freezer: FrozenDateTimeFactory, start: int, from_wh: int = 0) -> PlayedHouse:
    house = PlayedHouse(hass, freezer, start)
    house.counter("sensor.counter", steady, from_wh=from_wh)
    house.power("sensor.power", steady)
    return house


def told(readings: Sequence[HomeReading]) -> list[tuple[int, int, Quality]]:
    return [(reading.start - NOON, reading.import_wh, reading.quality) for reading in readings]


@pytest.mark.parametrize("persistent_database", [True])
@pytest.mark.parametrize("enable_missing_statistics", [True])
@pytest.mark.parametrize("killed", [False, True])
async def test_home_assistant_was_off(
    async_test_recorder: RecorderInstanceContextManager, freezer: FrozenDateTimeFactory, killed: bool
) -> None:
    """Off from 13:01 to 16:10; sensors are back at 16:13. The recorder makes counters stand still meanwhile."""
    freezer.move_to(datetime.fromtimestamp(NOON - 600, UTC))
    async with running(async_test_recorder, killed=killed) as hass:
        await house_in(hass, freezer, NOON - 600).play(NOON + HOUR_S + 60)
    freezer.move_to(datetime.fromtimestamp(NOON + 4 * HOUR_S + 600, UTC))
    async with running(async_test_recorder) as hass:
        assert await compiled(hass, NOON + HOUR_S, NOON + 4 * HOUR_S) == 2 * 36, "the trap is there"
        counter, power = HomeAssistantMeter(hass, COUNTED), HomeAssistantMeter(hass, MEASURED)
        await counter.start()
        await power.start()
        freezer.move_to(datetime.fromtimestamp(NOON + 4 * HOUR_S + 780, UTC))
        house = house_in(hass, freezer, NOON + 4 * HOUR_S + 780, wh_between(steady, NOON - 600, NOON + 15_180))
        await house.play(NOON + 6 * HOUR_S)
        spread = await counter.readings(NOON, NOON + 6 * HOUR_S, HOUR_S)
        seen = await power.readings(NOON, NOON + 6 * HOUR_S, HOUR_S)
        await counter.stop()
        await power.stop()
    estimated = [(hour * HOUR_S, 1_200, Quality.ESTIMATED) for hour in (1, 2, 3, 4)]
    assert told(spread) == [(0, 1_200, Quality.MEASURED), *estimated, (5 * HOUR_S, 1_200, Quality.MEASURED)]
    assert told(seen) == [(0, 1_200, Quality.MEASURED), estimated[-1], (5 * HOUR_S, 1_200, Quality.MEASURED)]


async def compiled(hass: HomeAssistant, start: int, end: int) -> int:
    """Return how many statistics of five minutes there are."""

    def count() -> int:
        with session_scope(hass=hass, read_only=True) as session:
            wanted = session.query(StatisticsShortTerm)
            return wanted.filter(StatisticsShortTerm.start_ts >= start, StatisticsShortTerm.start_ts < end).count()

    return await get_instance(hass).async_add_executor_job(count)


async def purge_short_term(hass: HomeAssistant, before: int) -> None:
    """Delete statistics of five minutes as the recorder's nightly cleaning does."""

    def purge() -> None:
        with session_scope(hass=hass) as session:
            session.query(StatisticsShortTerm).filter(StatisticsShortTerm.start_ts < before).delete()

    await get_instance(hass).async_add_executor_job(purge)


@pytest.fixture
async def house(recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> PlayedHouse:
    assert await async_setup_component(hass, "sensor", {})
    house = PlayedHouse(hass, freezer)
    house.counter("sensor.counter", uneven)
    house.power("sensor.power", uneven)
    return house


@pytest.mark.parametrize("cut", [0, 1_500])
async def test_where_only_hours_are_left_they_are_exact_and_quarters_are_estimated(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse, cut: int
) -> None:
    await house.play(NOON + 4 * HOUR_S)
    await purge_short_term(hass, NOON + 2 * HOUR_S + cut)
    meter = HomeAssistantMeter(hass, GRID)
    hours = [wh_between(uneven, at, at + HOUR_S) for at in range(NOON, NOON + 4 * HOUR_S, HOUR_S)]
    readings = await meter.readings(NOON, NOON + 4 * HOUR_S, HOUR_S)
    assert [(r.import_wh, r.export_wh, r.quality) for r in readings] == [(wh, wh, Quality.MEASURED) for wh in hours]
    quarters = await meter.readings(NOON, NOON + 4 * HOUR_S, QUARTER_S)
    assert [sum(r.import_wh for r in quarters[4 * hour : 4 * hour + 4]) for hour in range(4)] == hours
    assert [r.quality for r in quarters[:8]] == [Quality.ESTIMATED] * 8
    exact = quarters[12:]
    assert [(r.import_wh, r.quality) for r in exact] == [
        (wh_between(uneven, r.start, r.start + QUARTER_S), Quality.MEASURED) for r in exact
    ]


def external_metadata(statistic_id: str) -> StatisticMetaData:
    return StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=None,
        source="grid",
        statistic_id=statistic_id,
        unit_class="energy",
        unit_of_measurement="kWh",
    )


def counter_metadata() -> StatisticMetaData:
    return {**external_metadata("sensor.counter"), "source": "recorder"}


async def test_statistics_without_an_entity_are_read_hour_by_hour(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(datetime.fromtimestamp(NOON + 6 * HOUR_S, UTC))
    total, rows = 0.0, list[StatisticData]()
    for hour in range(-2, 4):
        start = datetime.fromtimestamp(NOON, UTC) + timedelta(hours=hour)
        total += (100 + hour) / 1_000
        rows.append(StatisticData(start=start, state=total, sum=total))
    for statistic_id in ("grid:imported", "grid:exported"):
        async_add_external_statistics(
            hass,
            external_metadata(statistic_id),
            rows,
        )
    await async_wait_recording_done(hass)
    meters = Meters(grid_import=(MeterSource("grid:imported"),), grid_export=(MeterSource("grid:exported"),))
    meter = HomeAssistantMeter(hass, meters)
    await meter.start()
    readings = await meter.readings(NOON, NOON + 6 * HOUR_S, HOUR_S)
    assert [(r.start - NOON, r.import_wh, r.export_wh) for r in readings] == [
        (hour * HOUR_S, 100 + hour, 100 + hour) for hour in range(4)
    ]
    assert meter.problem is None, "the grid operator's data come later"
    assert await meter.readings(NOON + 4 * HOUR_S, NOON + 6 * HOUR_S, HOUR_S) == []
    freezer.move_to(datetime.fromtimestamp(NOON + 60 * HOUR_S, UTC))
    with pytest.raises(MeterAway, match=r"grid:imported \(grid import\) has no new statistics; grid:exported"):
        await meter.readings(NOON + 59 * HOUR_S, NOON + 60 * HOUR_S, HOUR_S)
    await meter.stop()


async def test_a_database_that_fails_leaves_what_was_seen_live(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + HOUR_S)
    failing = patch(
        "custom_components.caravels.metering.statistics.get_metadata",
        side_effect=OperationalError("select", {}, Exception("disk I/O error")),
    )
    with failing:
        readings = await meter.readings(NOON, NOON + HOUR_S, HOUR_S)
    assert told(readings) == [(0, wh_between(uneven, NOON, NOON + HOUR_S), Quality.MEASURED)]
    await meter.stop()


async def test_imported_sums_that_do_not_say_what_the_counter_showed_are_not_guessed_on(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    def imported(state: float | None) -> None:
        row = StatisticData(start=datetime.fromtimestamp(NOON - 2 * HOUR_S, UTC), sum=7.0)
        async_import_statistics(hass, counter_metadata(), [row if state is None else StatisticData(**row, state=state)])

    imported(None)
    meter = HomeAssistantMeter(hass, COUNTED)
    await meter.start()
    await house.play(NOON + HOUR_S, compiled=False)
    assert await meter.readings(NOON, NOON + HOUR_S, HOUR_S) == []
    imported(0.0)
    await house.settle()
    readings = await meter.readings(NOON, NOON + HOUR_S, HOUR_S)
    assert told(readings) == [(0, wh_between(uneven, NOON, NOON + HOUR_S), Quality.MEASURED)]
    await meter.stop()


async def test_a_sensor_that_measures_something_else_now_begins_anew(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    meter = HomeAssistantMeter(hass, MEASURED)
    await meter.start()
    await house.play(NOON + HOUR_S)
    house.counter("sensor.power", uneven)
    await house.play(NOON + 3 * HOUR_S)
    readings = await meter.readings(NOON, NOON + 3 * HOUR_S, HOUR_S)
    assert told(readings) == [
        (at, wh_between(uneven, NOON + at, NOON + at + HOUR_S), Quality.MEASURED) for at in (HOUR_S, 2 * HOUR_S)
    ]
    await meter.stop()


async def test_statistics_of_something_else_are_told(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    metadata = {**external_metadata("grid:gas"), "unit_class": "volume", "unit_of_measurement": "m³"}
    async_add_external_statistics(hass, StatisticMetaData(**metadata), [])  # type: ignore[typeddict-item]
    await async_wait_recording_done(hass)
    meter = HomeAssistantMeter(hass, Meters(grid_import=(MeterSource("grid:gas"),)))
    with pytest.raises(MeterAway, match=r"grid:gas \(grid import\) measures neither energy nor power"):
        await meter.readings(NOON, NOON + HOUR_S, HOUR_S)
    assert [found.code for found in meter.findings] == [FindingCode.NOT_ENERGY_NOR_POWER]
