"""A home names its meters: filled in, checked, told what they lack, and shared with other communities."""

from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.caravels.const import DOMAIN
from custom_components.caravels.metering import Meters, MeterSource

from .flow_steps import CHOSEN, ENERGY, EXPORT, IMPORT, SOLAR, WISHES, add_meters, answer, begin, suggested, whole
from .operator_in_memory import InMemoryOperator

CREATED = FlowResultType.CREATE_ENTRY


@pytest.fixture(autouse=True)
def _no_setup(hass: HomeAssistant) -> Any:
    """These tests end where the entry begins."""
    add_meters(hass)
    with patch("custom_components.caravels.async_setup_entry", return_value=True):
        yield


async def test_what_the_energy_dashboard_knows_is_filled_in(hass: HomeAssistant) -> None:
    meters = Meters(
        grid_import=(MeterSource("sensor.tariff_1"), MeterSource("sensor.tariff_2")),
        grid_export=(MeterSource("edp:feed_in"),),
        generation=(MeterSource(SOLAR),),
        battery_charge=(MeterSource("sensor.charge"),),
        battery_discharge=(MeterSource("sensor.discharge"),),
    )
    with patch("custom_components.caravels.flows.meter_steps.suggested_meters", return_value=meters):
        form = await begin(hass, "alone")
    assert suggested(form) == {
        "grid_import": ["sensor.tariff_1", "sensor.tariff_2"],
        "further": {
            "generation": [SOLAR],
            "battery_charge": ["sensor.charge"],
            "battery_discharge": ["sensor.discharge"],
        },
        "statistics": {"grid_export": ["edp:feed_in"]},
    }


async def test_nothing_is_filled_in_without_the_dashboard_and_nobody_is_asked_to_divide(hass: HomeAssistant) -> None:
    form = await begin(hass, "alone")
    assert suggested(form) == {"further": {}, "statistics": {}}
    schema = form["data_schema"]
    assert schema is not None
    assert "divide" not in schema.schema


async def test_all_registers_are_kept_and_several_meters_of_one(hass: HomeAssistant) -> None:
    further = ["sensor.tariff_2", SOLAR, "sensor.charge", "sensor.discharge", "sensor.used"]
    add_meters(hass, *further)
    form = await begin(hass, "alone")
    created = await answer(
        hass,
        form,
        {
            "grid_import": [IMPORT, "sensor.tariff_2"],
            "grid_export": [EXPORT],
            "further": {
                "generation": [SOLAR],
                "battery_charge": ["sensor.charge"],
                "battery_discharge": ["sensor.discharge"],
                "consumption": ["sensor.used"],
            },
            "statistics": {"grid_import": [IMPORT]},  # the same as the sensor of that name
        },
    )
    assert created["data"]["meters"] == whole(
        grid_import=[IMPORT, "sensor.tariff_2"],
        grid_export=[EXPORT],
        generation=[SOLAR],
        battery_charge=["sensor.charge"],
        battery_discharge=["sensor.discharge"],
        consumption=["sensor.used"],
    )


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({}, {"grid_import": "meter_required", "grid_export": "meter_required"}),
        ({"grid_import": [IMPORT]}, {"grid_export": "meter_required"}),
        ({"grid_export": [EXPORT], "further": {"generation": [SOLAR]}}, {"grid_import": "meter_required"}),
    ],
)
async def test_import_and_export_are_required(
    hass: HomeAssistant, form: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await answer(hass, await begin(hass, "alone"), form)
    assert (result["step_id"], result["errors"]) == ("meters", errors)
    assert suggested(result) == {"further": {}, "statistics": {}} | form
    assert (await answer(hass, result, CHOSEN))["type"] is CREATED


async def _refused(hass: HomeAssistant, form: dict[str, Any]) -> tuple[dict[str, str] | None, str]:
    result = await answer(hass, await begin(hass, "alone"), form)
    assert result["step_id"] == "meters"
    kept = suggested(result)
    assert {name: kept[name] for name in form} == form
    assert (await answer(hass, result, CHOSEN))["type"] is CREATED
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    return result["errors"], placeholders["meters"]


async def test_one_meter_in_two_registers_would_count_twice(hass: HomeAssistant) -> None:
    assert await _refused(hass, {"grid_import": [IMPORT], "grid_export": [EXPORT, IMPORT]}) == (
        {"base": "meter_duplicate"},
        f"Grid Import ({IMPORT})",
    )


async def test_a_meter_that_is_not_there(hass: HomeAssistant) -> None:
    form = {"grid_import": [IMPORT, "sensor.gone"], "grid_export": ["sensor.gone_too"]}
    assert await _refused(hass, form) == ({"base": "meter_missing"}, "sensor.gone, sensor.gone_too")


async def test_a_meter_of_something_else(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.gas", "3", {"device_class": "gas", "unit_of_measurement": "m³"})
    form = {"grid_import": ["sensor.gas"], "grid_export": [EXPORT]}
    assert await _refused(hass, form) == ({"base": "meter_not_energy_nor_power"}, "gas (sensor.gas)")


async def test_a_meter_with_a_unit_that_is_no_energys(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.odd", "3", {"device_class": "energy", "unit_of_measurement": "%"})
    form = {"grid_import": ["sensor.odd"], "grid_export": [EXPORT]}
    assert await _refused(hass, form) == ({"base": "meter_wrong_unit"}, "odd (sensor.odd)")


async def test_what_is_wrong_comes_before_what_is_only_to_be_told(hass: HomeAssistant) -> None:
    hass.states.async_set(EXPORT, "unavailable", ENERGY)
    form = {"grid_import": ["sensor.gone"], "grid_export": [EXPORT]}
    result = await answer(hass, await begin(hass, "alone"), form)
    assert result["errors"] == {"base": "meter_missing"}
    result = await answer(hass, result, CHOSEN)
    assert result["step_id"] == "meters_confirm"


async def test_text_that_is_no_entity_does_not_pass_the_form(hass: HomeAssistant) -> None:
    form = await begin(hass, "alone")
    with pytest.raises(InvalidData):
        await answer(hass, form, {"grid_import": ["not an entity"]})
    assert (await answer(hass, form, CHOSEN))["type"] is CREATED


async def test_an_unavailable_meter_is_told_and_accepted(hass: HomeAssistant) -> None:
    hass.states.async_set(EXPORT, "unavailable", ENERGY | {"friendly_name": "Grid Export"})
    result = await answer(hass, await begin(hass, "alone"), CHOSEN)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "meters_confirm")
    assert result["description_placeholders"] == {
        "statistic_only": "–",
        "unavailable": f"Grid Export ({EXPORT})",
        "no_statistics": "–",
    }
    created = await answer(hass, result, {})
    assert created["data"]["meters"] == whole(grid_import=[IMPORT], grid_export=[EXPORT])


async def test_a_statistic_without_a_sensor_is_accepted_and_what_is_missing_told(
    recorder_mock: object, hass: HomeAssistant
) -> None:
    from homeassistant.components.recorder.models import StatisticMeanType  # noqa: PLC0415 # after the recorder's mock
    from homeassistant.components.recorder.statistics import async_add_external_statistics  # noqa: PLC0415 # the same

    start = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    async_add_external_statistics(
        hass,
        {
            "mean_type": StatisticMeanType.NONE,
            "has_sum": True,
            "name": "Feed-in",
            "source": "edp",
            "statistic_id": "edp:feed_in",
            "unit_class": "energy",
            "unit_of_measurement": "kWh",
        },
        [{"start": start, "state": 1.0, "sum": 1.0}],
    )
    await async_wait_recording_done(hass)
    hass.states.async_set(IMPORT, "5", ENERGY | {"state_class": None})
    form = await begin(hass, "alone")
    result = await answer(hass, form, {"grid_import": [IMPORT], "statistics": {"grid_export": ["edp:feed_in"]}})
    assert (result["step_id"], result["errors"]) == ("meters_confirm", None)
    assert result["description_placeholders"] == {
        "statistic_only": "edp:feed_in",
        "unavailable": "–",
        "no_statistics": f"grid import ({IMPORT})",
    }
    created = await answer(hass, result, {})
    assert created["data"]["meters"] == whole(grid_import=[IMPORT], grid_export=["edp:feed_in"])


def _other(hass: HomeAssistant, title: str, **shares: int) -> MockConfigEntry:
    meters = {
        "grid_import": [{"id": IMPORT, "share": shares.get("grid_import", 1_000)}],
        "grid_export": [{"id": EXPORT, "share": shares.get("grid_export", 1_000)}],
    }
    data = {"journal": f"{len(title):032x}", "meters": meters}
    entry = MockConfigEntry(domain=DOMAIN, title=title, unique_id=title, data=data)
    entry.add_to_hass(hass)
    return entry


async def _to_shares(hass: HomeAssistant, chosen: dict[str, Any] = CHOSEN) -> ConfigFlowResult:
    result = await answer(hass, await begin(hass, "alone"), chosen)
    assert (result["type"], result["step_id"], result["errors"]) == (FlowResultType.FORM, "shares", {})
    return result


async def test_meters_that_other_communities_use_are_shared(hass: HomeAssistant) -> None:
    _other(hass, "Rua Verde", grid_import=400, grid_export=250)
    _other(hass, "Rua Azul", grid_import=150, grid_export=250)
    add_meters(hass, SOLAR)
    result = await _to_shares(hass, CHOSEN | {"further": {"generation": [SOLAR]}})
    assert result["description_placeholders"] == {
        "meter_1": f"Grid Import ({IMPORT})",
        "others_1": "Rua Verde 40 %, Rua Azul 15 %",
        "meter_2": f"Grid Export ({EXPORT})",
        "others_2": "Rua Verde 25 %, Rua Azul 25 %",
    }
    assert suggested(result) == {"share_1": 45.0, "share_2": 50.0}
    created = await answer(hass, result, {"share_1": 45, "share_2": 12.5})
    assert created["data"]["meters"] == whole(generation=[SOLAR]) | {
        "grid_import": [{"id": IMPORT, "share": 450}],
        "grid_export": [{"id": EXPORT, "share": 125}],
    }


async def test_more_than_the_whole_of_a_meter_is_refused(hass: HomeAssistant) -> None:
    _other(hass, "Rua Verde", grid_import=400, grid_export=1_000)
    result = await _to_shares(hass)
    assert suggested(result) == {"share_1": 60.0}  # of the other nothing is left
    result = await answer(hass, result, {"share_1": 60.1, "share_2": 0.1})
    over = "meter_share_over_whole"
    assert (result["step_id"], result["errors"]) == ("shares", {"share_1": over, "share_2": over})
    assert suggested(result) == {"share_1": 60.1, "share_2": 0.1}
    with pytest.raises(InvalidData):
        await answer(hass, result, {"share_1": 0, "share_2": 0.1})


async def test_many_shared_meters_are_asked_for_page_by_page(hass: HomeAssistant) -> None:
    further = [f"sensor.meter_{number}" for number in range(5)]
    add_meters(hass, *further)
    meters = whole(grid_import=[IMPORT, *further], grid_export=[EXPORT])
    for some in meters.values():
        for source in some:
            source["share"] = 500
    data = {"journal": "f" * 32, "meters": meters}
    MockConfigEntry(domain=DOMAIN, title="Rua Verde", data=data).add_to_hass(hass)
    result = await _to_shares(hass, {"grid_import": [IMPORT, *further], "grid_export": [EXPORT]})
    assert list(suggested(result)) == [f"share_{place}" for place in range(1, 7)]
    result = await answer(hass, result, {f"share_{place}": 10 * place / 2 for place in range(1, 7)})
    assert (result["step_id"], suggested(result)) == ("shares", {"share_1": 50.0})
    created = await answer(hass, result, {"share_1": 50})
    assert [source["share"] for source in created["data"]["meters"]["grid_import"]] == [50, 100, 150, 200, 250, 300]
    assert created["data"]["meters"]["grid_export"] == [{"id": EXPORT, "share": 500}]


async def test_joining_asks_for_shares_before_wishes(hass: HomeAssistant, operator: InMemoryOperator) -> None:
    _other(hass, "Rua Verde", grid_import=400, grid_export=400)
    meters = await answer(hass, await begin(hass, "join"), {"link": str(await operator.invite())})
    result = await answer(hass, meters, CHOSEN)
    assert result["step_id"] == "shares"
    result = await answer(hass, result, {"share_1": 60, "share_2": 60})
    assert result["step_id"] == "bidding"


async def test_a_part_that_another_dialogue_took_meanwhile_is_not_taken_twice(
    hass: HomeAssistant, operator: InMemoryOperator
) -> None:
    meters = await answer(hass, await begin(hass, "join"), {"link": str(await operator.invite())})
    wishes = await answer(hass, meters, CHOSEN)
    assert wishes["step_id"] == "bidding"
    _other(hass, "Rua Verde", grid_import=400, grid_export=400)
    shares = await answer(hass, wishes, WISHES)
    assert (shares["step_id"], suggested(shares)) == ("shares", {"share_1": 60.0, "share_2": 60.0})
    _other(hass, "Rua Azul", grid_import=100, grid_export=100)
    over = await answer(hass, shares, {"share_1": 60, "share_2": 50})
    assert over["errors"] == {"share_1": "meter_share_over_whole"}
    wishes = await answer(hass, over, {"share_1": 50, "share_2": 50})
    assert (wishes["step_id"], suggested(wishes)) == ("bidding", WISHES)
    created = await answer(hass, wishes, WISHES)
    assert created["type"] is CREATED
    assert created["data"]["meters"]["grid_import"] == [{"id": IMPORT, "share": 500}]
