"""Months of the past are read a few weeks at a time, and it makes no difference but in memory."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.caravels.common.protocol import Quality
from custom_components.caravels.metering import HomeAssistantMeter, Meters, MeterSource
from custom_components.caravels.metering import meter as meter_module

HOUR_S, DAY_S = 3_600, 86_400
DAYS = 40
END = 1_793_620_800
"""2026-11-02 12:00 UTC."""
START = END - DAYS * DAY_S
EDGE = START + meter_module.CHUNK_S
SILENT = range(EDGE - 18 * HOUR_S, EDGE + 12 * HOUR_S, HOUR_S)
"""Thirty hours around the first edge, of which the counter told nothing."""
METERS = Meters(grid_import=(MeterSource("meter:import"),), grid_export=(MeterSource("meter:export"),))


def used_wh(start: int) -> int:
    return 100 + start // HOUR_S * 7_919 % 900


async def add(hass: HomeAssistant, statistic_id: str, silent: range) -> None:
    meta: StatisticMetaData = {
        "mean_type": StatisticMeanType.NONE,
        "has_sum": True,
        "name": None,
        "source": "meter",
        "statistic_id": statistic_id,
        "unit_class": "energy",
        "unit_of_measurement": "Wh",
    }
    total, rows = 0, []
    for start in range(START - HOUR_S, END, HOUR_S):
        total += used_wh(start)
        if start not in silent:
            rows.append(StatisticData(start=datetime.fromtimestamp(start, UTC), sum=total))
    async_add_external_statistics(hass, meta, rows)
    await async_wait_recording_done(hass)


@pytest.mark.parametrize("chunk_s", [meter_module.CHUNK_S, 3 * DAY_S, 100 * DAY_S])
async def test_no_hour_is_lost_or_doubled_at_an_edge(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory, chunk_s: int
) -> None:
    freezer.move_to(datetime.fromtimestamp(END + 600, UTC))
    await add(hass, "meter:import", SILENT)
    await add(hass, "meter:export", range(0))
    with patch.object(meter_module, "CHUNK_S", chunk_s):
        readings = await HomeAssistantMeter(hass, METERS).readings(START, END, HOUR_S)
    assert [reading.start for reading in readings] == list(range(START, END, HOUR_S))
    assert [reading.export_wh for reading in readings] == [used_wh(reading.start) for reading in readings]
    lost = SILENT.start, SILENT.stop + HOUR_S  # the first hour told after it holds all of it
    inside = [reading for reading in readings if lost[0] <= reading.start < lost[1]]
    assert sum(reading.import_wh for reading in inside) == sum(used_wh(start) for start in range(*lost, HOUR_S))
    assert {reading.quality for reading in inside} == {Quality.ESTIMATED}
    outside = [reading for reading in readings if not lost[0] <= reading.start < lost[1]]
    assert [reading.import_wh for reading in outside] == [used_wh(reading.start) for reading in outside]
    assert {reading.quality for reading in outside} == {Quality.MEASURED}
