"""The Meter port in a real Home Assistant with a real recorder, against houses whose every minute is known."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.caravels.common.member.ports import MeterAway
from custom_components.caravels.common.member.records import HomeReading
from custom_components.caravels.common.protocol import Quality
from custom_components.caravels.metering import FindingCode, HomeAssistantMeter, Meters, MeterSource

from .metering_house import NOON, PlayedHouse, steady, uneven, wh_between

HOUR_S = 3_600
QUARTER_S = 900
GRID = Meters(grid_import=(MeterSource("sensor.grid_import"),), grid_export=(MeterSource("sensor.grid_export"),))


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> PlayedHouse:
    assert await async_setup_component(hass, "sensor", {})  # which compiles the statistics of sensors
    await hass.async_block_till_done()
    return PlayedHouse(hass, freezer)


def none(_minute: int) -> int:
    return 0


def imports(readings: Sequence[HomeReading]) -> list[int]:
    return [reading.import_wh for reading in readings]


def starts(readings: Sequence[HomeReading]) -> list[int]:
    return [reading.start for reading in readings]


def qualities(readings: Sequence[HomeReading]) -> list[Quality]:
    return [reading.quality for reading in readings]


@pytest.mark.parametrize("unit", ["Wh", "kWh", "MWh"])
@pytest.mark.parametrize("period_s", [QUARTER_S, HOUR_S])
async def test_counters_are_read_to_the_wh(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse, unit: str, period_s: int
) -> None:
    house.counter("sensor.grid_import", uneven, unit=unit, from_wh=12_345_678)
    house.counter("sensor.grid_export", steady, unit=unit)
    await house.play(NOON + 3 * HOUR_S)
    readings = await HomeAssistantMeter(hass, GRID).readings(NOON + HOUR_S, NOON + 3 * HOUR_S, period_s)
    periods = range(NOON + HOUR_S, NOON + 3 * HOUR_S, period_s)
    assert [(r.start, r.import_wh, r.export_wh, r.quality) for r in readings] == [
        (at, wh_between(uneven, at, at + period_s), 1_200 * period_s // HOUR_S, Quality.MEASURED) for at in periods
    ]


async def test_power_is_integrated(recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse) -> None:
    house.power("sensor.grid_import", uneven)
    house.power("sensor.grid_export", lambda minute: uneven(minute + HOUR_S) / 1_000, unit_of_measurement="kW")
    await house.play(NOON + 2 * HOUR_S)
    readings = await HomeAssistantMeter(hass, GRID).readings(NOON, NOON + 2 * HOUR_S, QUARTER_S)
    assert [(r.import_wh, r.export_wh, r.quality) for r in readings] == [
        (
            wh_between(uneven, at, at + QUARTER_S),
            wh_between(uneven, at + HOUR_S, at + HOUR_S + QUARTER_S),
            Quality.MEASURED,
        )
        for at in range(NOON, NOON + 2 * HOUR_S, QUARTER_S)
    ]


async def test_fractions_of_a_wh_are_carried_on(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.power("sensor.grid_import", lambda _minute: 10)  # 2.5 Wh a quarter
    house.power("sensor.grid_export", none)
    await house.play(NOON + 2 * HOUR_S)
    meter = HomeAssistantMeter(hass, GRID)
    readings = await meter.readings(NOON, NOON + 2 * HOUR_S, QUARTER_S)
    assert sum(imports(readings)) == 20
    assert set(imports(readings)) == {2, 3}
    again = [
        reading
        for at in range(NOON, NOON + 2 * HOUR_S, QUARTER_S)
        for reading in await meter.readings(at, at + QUARTER_S, QUARTER_S)
    ]
    assert again == list(readings), "one by one they are the same"


@pytest.mark.parametrize("kind", ["counter", "power"])
async def test_what_statistics_do_not_have_yet_is_seen_live(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse, kind: str
) -> None:
    getattr(house, kind)("sensor.grid_import", uneven)
    getattr(house, kind)("sensor.grid_export", none)
    await house.play(NOON + QUARTER_S)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + HOUR_S)
    await house.play(NOON + 2 * HOUR_S, compiled=False)
    live = await meter.readings(NOON, NOON + 2 * HOUR_S, QUARTER_S)
    assert imports(live) == [wh_between(uneven, NOON + at, NOON + at + QUARTER_S) for at in range(0, 7_200, QUARTER_S)]
    assert set(qualities(live)) == {Quality.MEASURED}
    for slot in range(NOON + HOUR_S, NOON + 2 * HOUR_S, 300):
        await house.compile(slot)
    assert await meter.readings(NOON, NOON + 2 * HOUR_S, QUARTER_S) == live, "the same once it is compiled"
    await meter.stop()


async def test_live_data_continue_a_counter_that_was_seen_first_after_the_last_statistic(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", uneven)
    house.counter("sensor.grid_export", none)
    await house.play(NOON + HOUR_S - 120)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 2 * HOUR_S, compiled=False)
    readings = await meter.readings(NOON, NOON + 2 * HOUR_S, HOUR_S)
    assert imports(readings) == [wh_between(uneven, NOON + at, NOON + at + HOUR_S) for at in (0, HOUR_S)]
    assert set(qualities(readings)) == {Quality.MEASURED}
    await meter.stop()


@pytest.mark.parametrize("kind", ["counter", "power"])
async def test_without_a_recorder_it_is_read_live(hass: HomeAssistant, house: PlayedHouse, kind: str) -> None:
    getattr(house, kind)("sensor.grid_import", uneven)
    getattr(house, kind)("sensor.grid_export", steady)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 3 * HOUR_S, compiled=False)
    readings = await meter.readings(NOON - HOUR_S, NOON + 3 * HOUR_S, HOUR_S)
    assert [(r.start, r.import_wh, r.export_wh) for r in readings] == [
        (at, wh_between(uneven, at, at + HOUR_S), 1_200) for at in range(NOON, NOON + 3 * HOUR_S, HOUR_S)
    ]
    assert set(qualities(readings)) == {Quality.MEASURED}
    await meter.stop()


async def test_a_counter_that_starts_anew_loses_nothing(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", steady, from_wh=98_700)
    house.counter("sensor.grid_export", none)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 1_380)
    house.counter("sensor.grid_import", steady)  # the display was exchanged: it shows 0 now
    await house.play(NOON + HOUR_S)
    house.counter("sensor.grid_import", steady)
    await house.play(NOON + 2 * HOUR_S, compiled=False)
    assert imports(await meter.readings(NOON, NOON + 2 * HOUR_S, QUARTER_S)) == [300] * 8
    await meter.stop()


async def test_a_unit_that_changes_is_converted(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", steady, from_wh=5_000)
    house.power("sensor.grid_export", steady)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 1_800)
    house.counter("sensor.grid_import", steady, unit="Wh", from_wh=5_800)
    house.sensor(
        "sensor.grid_export",
        lambda _at: "1.2",
        device_class="power",
        state_class="measurement",
        unit_of_measurement="kW",
    )
    await house.play(NOON + HOUR_S)
    await house.play(NOON + HOUR_S + 1_800, compiled=False)
    readings = await meter.readings(NOON, NOON + HOUR_S + 1_800, QUARTER_S)
    assert [(r.import_wh, r.export_wh) for r in readings] == [(300, 300)] * 6
    await meter.stop()


async def test_a_wavering_counter_and_power_below_zero_make_no_energy(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    shown = {0: 50_000, 15: 50_300, 30: 50_290, 45: 50_310, 60: 50_600}
    house.sensor(
        "sensor.grid_import",
        lambda at: str(shown[max(minute for minute in shown if minute <= max(0, at - NOON) // 60)]),
        device_class="energy",
        state_class="total_increasing",
        unit_of_measurement="Wh",
    )
    house.power("sensor.grid_export", lambda minute: -3 if minute % 120 else 0)
    await house.play(NOON + 75 * 60)
    readings = await HomeAssistantMeter(hass, GRID).readings(NOON, NOON + 75 * 60, QUARTER_S)
    assert [(r.import_wh, r.export_wh) for r in readings] == [(300, 0), (0, 0), (10, 0), (290, 0), (0, 0)]


async def test_states_that_are_no_numbers_are_no_zeros(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", uneven, from_wh=7_000)
    house.counter("sensor.grid_export", none)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 600)
    for text in ("nan", "inf", "unknown", "unavailable", "seven"):
        hass.states.async_set(
            "sensor.grid_import", text, {"unit_of_measurement": "kWh", "state_class": "total_increasing"}
        )
        await house.play(house.now + 60)
    await house.play(NOON + HOUR_S)
    assert imports(await meter.readings(NOON, NOON + HOUR_S, HOUR_S)) == [wh_between(uneven, NOON, NOON + HOUR_S)]
    await meter.stop()


async def test_a_sensor_that_was_away_for_hours_is_spread_evenly_and_marked(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", steady)
    house.counter("sensor.grid_export", none)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + HOUR_S)
    shows = house.replace("sensor.grid_import", lambda _at: "unavailable")
    await house.play(NOON + 3 * HOUR_S)
    with pytest.raises(MeterAway, match=r"sensor\.grid_import \(grid import\) shows no number"):
        await meter.readings(NOON + 2 * HOUR_S, NOON + 3 * HOUR_S, HOUR_S)
    assert [(found.id, found.code) for found in meter.findings] == [("sensor.grid_import", FindingCode.UNAVAILABLE)]
    house.replace("sensor.grid_import", shows)
    await house.play(NOON + 4 * HOUR_S)
    readings = await meter.readings(NOON, NOON + 4 * HOUR_S, HOUR_S)
    # the recorder holds the last state to the end of its five minutes: from 13:05 to 15:05 evenly
    assert imports(readings) == [1_200, round(2_500 * 55 / 120), 2_500 // 2, 1_204]
    assert sum(imports(readings)) == 4 * 1_200
    assert qualities(readings) == [Quality.MEASURED, Quality.ESTIMATED, Quality.ESTIMATED, Quality.ESTIMATED]
    assert meter.problem is None
    await meter.stop()


async def test_a_power_sensor_that_was_away_is_estimated_from_more_than_half_or_left_out(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.power("sensor.grid_import", steady)
    house.power("sensor.grid_export", none)
    await house.play(NOON + HOUR_S)
    shows = house.replace("sensor.grid_import", lambda _at: "unavailable")
    await house.play(NOON + HOUR_S + 1_500)  # 25 minutes of the second hour
    house.replace("sensor.grid_import", shows)
    await house.play(NOON + 2 * HOUR_S)
    house.replace("sensor.grid_import", lambda _at: "unknown")
    await house.play(NOON + 2 * HOUR_S + 2_400)  # 40 minutes of the third
    house.replace("sensor.grid_import", shows)
    await house.play(NOON + 4 * HOUR_S)
    readings = await HomeAssistantMeter(hass, GRID).readings(NOON, NOON + 4 * HOUR_S, HOUR_S)
    assert [(r.start - NOON, r.import_wh, r.quality) for r in readings] == [
        (0, 1_200, Quality.MEASURED),
        (HOUR_S, 1_200, Quality.ESTIMATED),
        (3 * HOUR_S, 1_200, Quality.MEASURED),
    ]


async def test_a_jump_by_a_years_energy_is_left_out_and_told(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    house.counter("sensor.grid_import", steady, from_wh=4_000_000)
    house.counter("sensor.grid_export", none)
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    await house.play(NOON + 1_200)
    shows = house.replace("sensor.grid_import", lambda _at: "0")  # it falls to 0 for a minute, and comes back
    await house.play(NOON + 1_260)
    house.replace("sensor.grid_import", shows)
    await house.play(NOON + HOUR_S)
    readings = await meter.readings(NOON, NOON + HOUR_S, QUARTER_S)
    assert [(r.start - NOON, r.import_wh) for r in readings] == [(0, 300), (1_800, 300), (2_700, 300)]
    assert [(found.id, found.code) for found in meter.findings] == [("sensor.grid_import", FindingCode.IMPLAUSIBLE)]
    assert "rose by more than the connection can carry" in (meter.problem or "")
    await meter.stop()


async def test_one_of_several_registers_missing_leaves_the_period_out_and_says_which(
    recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse
) -> None:
    meters = Meters(
        grid_import=(MeterSource("sensor.day"), MeterSource("sensor.night")),
        grid_export=(MeterSource("sensor.grid_export"),),
        generation=(MeterSource("sensor.solar"),),
    )
    house.counter("sensor.day", steady)
    house.counter("sensor.night", steady)
    house.counter("sensor.grid_export", none)
    house.counter("sensor.solar", steady)
    meter = HomeAssistantMeter(hass, meters)
    await meter.start()
    await house.play(NOON + HOUR_S)
    night = house.replace("sensor.night", lambda _at: "unavailable")
    await house.play(NOON + 2 * HOUR_S)
    readings = await meter.readings(NOON, NOON + 2 * HOUR_S, HOUR_S)
    assert [(r.start, r.import_wh, r.generation_wh) for r in readings] == [(NOON, 2_400, 1_200)]
    assert [(found.id, found.register) for found in meter.findings] == [("sensor.night", "grid_import")]
    with pytest.raises(MeterAway, match=r"sensor\.night \(grid import\) shows no number\.$"):
        await meter.readings(NOON, NOON + 2 * HOUR_S, HOUR_S)  # nothing that was not said already
    house.replace("sensor.night", night)
    house.replace("sensor.solar", lambda _at: "unavailable")
    await house.play(NOON + 4 * HOUR_S)
    readings = await meter.readings(NOON + 3 * HOUR_S, NOON + 4 * HOUR_S, HOUR_S)
    assert [(r.import_wh, r.generation_wh, r.charge_wh) for r in readings] == [(2_400, None, None)]
    assert [(found.id, found.register) for found in meter.findings] == [("sensor.solar", "generation")]
    await meter.stop()


async def test_parts_of_a_meter_add_up_to_it(recorder_mock: Recorder, hass: HomeAssistant, house: PlayedHouse) -> None:
    house.counter("sensor.grid_import", uneven, unit="Wh")
    house.power("sensor.grid_export", lambda minute: uneven(minute) + 1)
    await house.play(NOON + 4 * HOUR_S)

    async def read(share: int, begins: int) -> list[tuple[int, int]]:
        meters = Meters(
            grid_import=(MeterSource("sensor.grid_import", share, begins),),
            grid_export=(MeterSource("sensor.grid_export", share, begins),),
        )
        readings = await HomeAssistantMeter(hass, meters).readings(NOON, NOON + 4 * HOUR_S, QUARTER_S)
        return [(r.import_wh, r.export_wh) for r in readings]

    whole = await read(1_000, 0)
    parts = [await read(400, 0), await read(333, 400), await read(267, 733)]
    assert [tuple(map(sum, zip(*some, strict=True))) for some in zip(*parts, strict=True)] == whole
    assert len(whole) == 16
    total = sum(imported for imported, _ in whole)
    assert abs(sum(imported for imported, _ in parts[0]) - 0.4 * total) <= 1


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29"])
async def test_changes_of_the_clock_are_no_changes_of_the_meter(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    house: PlayedHouse,
    day: str,
) -> None:
    await hass.config.async_set_time_zone("Europe/Lisbon")
    begin = int(datetime.fromisoformat(f"{day}T00:00:00Z").timestamp())
    house = PlayedHouse(hass, freezer, begin - 600)
    house.counter("sensor.grid_import", uneven)
    house.power("sensor.grid_export", uneven)
    await house.play(begin + 4 * HOUR_S)
    readings = await HomeAssistantMeter(hass, GRID).readings(begin, begin + 4 * HOUR_S, HOUR_S)
    assert [(r.start, r.import_wh, r.export_wh) for r in readings] == [
        (at, wh_between(uneven, at, at + HOUR_S), wh_between(uneven, at, at + HOUR_S))
        for at in range(begin, begin + 4 * HOUR_S, HOUR_S)
    ]


async def test_an_empty_recorder_and_nothing_seen_is_told(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    meter = HomeAssistantMeter(hass, GRID)
    await meter.start()
    with pytest.raises(MeterAway, match=r"sensor\.grid_import \(grid import\) does not exist; sensor\.grid_export"):
        await meter.readings(NOON, NOON + HOUR_S, HOUR_S)
    await meter.stop()


async def test_what_flows_now(hass: HomeAssistant, house: PlayedHouse) -> None:
    meters = Meters(
        grid_import=(MeterSource("sensor.power_1"), MeterSource("sensor.power_2", 500)),
        grid_export=(MeterSource("sensor.counter"),),
        generation=(MeterSource("sensor.gone"),),
        consumption=(MeterSource("grid:used"),),
    )
    house.power("sensor.power_1", steady)
    house.sensor("sensor.power_2", lambda _at: "0.3", device_class="power", unit_of_measurement="kW")
    house.counter("sensor.counter", steady)
    house.power("sensor.gone", steady)
    meter = HomeAssistantMeter(hass, meters)
    await meter.start()
    await house.play(NOON + 1_020, compiled=False)
    house.replace("sensor.gone", lambda _at: "unavailable")
    flows = meter.flows_now()
    assert (flows.grid_import, flows.grid_export) == (1_350, 1_200)
    assert (flows.generation, flows.consumption, flows.battery_charge) == (None, None, None)
    await meter.stop()
