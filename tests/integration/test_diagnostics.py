"""Diagnostics help and give nobody away: no canary is ever found in them."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.common.protocol import Side
from custom_components.caravels.common.forecasting.forecast import Basis, Horizon, Method, Reason, Target
from custom_components.caravels.common.member.pairing import new_token
from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.diagnostics import async_get_config_entry_diagnostics
from custom_components.caravels.views import forecast_view

from .conftest import SetupHome
from .made_forecasts import little, made
from .operator_in_memory import DAY, FINGERPRINT, HOME, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")

METERS = {
    "grid_import": [{"id": "sensor.canary_kitchen_import", "share": 1_000}],
    "grid_export": [{"id": "canary:grid_export_of_maria", "share": 250}],
    "generation": [],
    "battery_charge": [],
    "battery_discharge": [],
    "consumption": [],
}

NOTHING_CHOSEN = {"weather_chosen": False, "solar_forecasts_chosen": None}


async def told(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return diagnostics as the downloaded file holds them."""
    answer = json.loads(json.dumps(await async_get_config_entry_diagnostics(hass, entry)))
    assert isinstance(answer, dict)
    return answer


async def test_no_secret_and_no_name_is_told(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    operator.addresses = ("canary.vizinhos.example:8443", "192.0.2.77:8443")
    chosen = {"weather": "weather.canary_village", "solar_forecasts": ["sensor.canary_roof", "c0ffee"]}
    entry = await setup_home(meters=METERS, **chosen)
    link = await operator.invite()
    hass.states.async_set(
        "sensor.canary_kitchen_import", "12.5", {"unit_of_measurement": "kWh", "friendly_name": "Maria"}
    )
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY)
    await operator.close_gate()
    agent, journal = entry.runtime_data.agent, entry.runtime_data.journal
    membership = await journal.run(lambda opened: opened.state.membership())
    next_token, next_fingerprint = new_token(), "c0" * 32
    planted = replace(membership, next_token=next_token, next_fingerprint=next_fingerprint)
    await journal.run(lambda opened: opened.state.set_membership(planted))
    told_by_program = f"{membership.token} {HOME} canary.vizinhos.example 192.0.2.77:8443 sensor.canary_kitchen_import"
    agent._held.problem = agent._held.meter_problem = agent._held.fault = told_by_program
    agent._picture = None
    roof = Basis(Method.WEATHER_SERVICE, "sensor.canary_roof", 20)
    forecasts = entry.runtime_data.coordinators.forecast
    forecasts.publish(forecast_view([], [made(0, 50, Target.GENERATION, basis=roof)], [], "Europe/Lisbon", 0))

    text = json.dumps(await told(hass, entry))

    canaries = [
        membership.token,
        next_token,
        link.code,
        "canary",
        "c0ffee",
        "192.0.2.77",
        FINGERPRINT,
        next_fingerprint,
        HOME,
        "maria",
        "bruno",
        "vizinhos",
        entry.entry_id,
        entry.data["journal"],
        str(operator.operator.context.settings.name),
    ]
    assert [canary for canary in canaries if canary.lower() in text.lower()] == []
    assert text.count("**REDACTED**") == 3 * 5 + 1


async def test_what_helps_is_told(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    entry = await setup_home(meters=METERS)
    shape = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
    hass.states.async_set("sensor.canary_kitchen_import", "12.5", shape)
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY)
    await operator.close_gate()
    answer = await told(hass, entry)
    assert answer["options"] == {**entry.options, **NOTHING_CHOSEN}
    assert answer["meters"]["grid_import"] == [
        {
            "entity": True,
            "share": 1_000,
            "exists": True,
            "number": True,
            "device_class": "energy",
            "state_class": "total_increasing",
            "unit_of_measurement": "kWh",
        }
    ]
    assert (
        answer["meters"]["grid_export"][0] | {"entity": False, "share": 250, "exists": False}
        == (answer["meters"]["grid_export"][0])
    )
    link = answer["link"]
    assert (link["state"], link["clock_skew_s"], link["problem"]) == ("connected", 0, None)
    assert (link["pinned_certificate"], link["token_being_replaced"]) == (True, False)
    assert answer["operator"]["market_period_s"] == 3_600
    assert answer["operator"]["market_zone"] == "Europe/Lisbon"
    assert [(book["day"], book["bids"], book["state"]) for book in answer["days"]["books"]] == [
        (DAY.isoformat(), 24, "accepted")
    ]
    assert [(result["day"], result["trades"]) for result in answer["days"]["results"]] == [(DAY.isoformat(), 72)]
    assert answer["journal"]["bytes"] > 4_096
    assert answer["journal"]["waiting"] == []
    hass.states.async_set("sensor.canary_kitchen_import", "unavailable", shape)
    (meter,) = (await told(hass, entry))["meters"]["grid_import"]
    assert (meter["exists"], meter["number"]) == (True, False)


async def test_what_waits_is_told(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    entry = await setup_home()
    await operator.cut()
    await operator.advance(4_200)
    answer = await told(hass, entry)
    assert answer["link"]["state"] in {"away", "connecting"}
    assert [(one["method"], one["path"]) for one in answer["journal"]["waiting"]] == [
        ("POST", "/api/v1/readings"),
        ("POST", "/api/v1/forecasts"),
    ]


async def test_a_journal_that_cannot_be_read_leaves_the_rest_to_be_told(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    with patch.object(entry.runtime_data.journal._journal, "run", side_effect=JournalUnusable("disk full")):
        answer = await told(hass, entry)
    assert answer["journal"]["waiting"] is None
    assert answer["link"]["state"] == "connected"
    assert answer["options"] == {**entry.options, **NOTHING_CHOSEN}


async def test_a_home_without_a_community_has_diagnostics_too(hass: HomeAssistant, setup_home: SetupHome) -> None:
    answer = await told(hass, await setup_home(paired=False))
    assert answer["link"]["state"] == "unpaired"
    assert answer["operator"] is None
    assert answer["link"]["pinned_certificate"] is False


async def test_what_forecasts_rest_on_is_told(hass: HomeAssistant, setup_home: SetupHome) -> None:
    entry = await setup_home(weather=None, solar_forecasts=["c0ffee"])
    forecasts = entry.runtime_data.coordinators.forecast
    gaps = little(Reason.GAPS)
    some = [made(0, 50), made(0, 2, Target.REDUCTION, Horizon.HOUR_AHEAD, gaps)]
    forecasts.publish(forecast_view([], some, [], "Europe/Lisbon", 0))
    answer = await told(hass, entry)
    assert answer["options"] | {"weather_chosen": False, "solar_forecasts_chosen": 1} == answer["options"]
    assert answer["forecasts"] == [
        {
            "target": "consumption",
            "horizon": "day_ahead",
            "method": "model",
            "source": "2026.11",
            "days": 93,
            "reasons": [],
            "skill": {
                "over_last_week_percent": 18.5,
                "over_mean_7_days_percent": -3.1,
                "coverage_percent": 80.1,
                "mean_error_kwh": 0.312,
                "mean_error_wh": 312,
                "days": 28,
            },
        },
        {
            "target": "reduction",
            "horizon": "hour_ahead",
            "method": "mean_so_far",
            "source": None,
            "days": 3,
            "reasons": ["gaps"],
            "skill": None,
        },
    ]
