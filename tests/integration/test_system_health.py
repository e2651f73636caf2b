"""The page of system health says how homes and links are."""

from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.caravels.common.member.ports import JournalUnusable
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.views import forecast_view

from .conftest import SetupHome
from .made_forecasts import little, made
from .operator_in_memory import InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told, with what comes later."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    return {key: await value if isawaitable(value) else value for key, value in info.items()}


async def test_a_connected_and_a_lonely_home(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    paired, alone = await setup_home(), await setup_home(paired=False)
    for home, forecasts in ((paired, [made(0, 50)]), (alone, [made(0, 50, basis=little())])):
        home.runtime_data.coordinators.forecast.publish(forecast_view([], forecasts, [], "Europe/Lisbon", 0))
    told = await health(hass)
    assert told.pop("journal_size").endswith(" MB")
    assert told == {
        "homes": 2,
        "link": "Vizinhos do Bairro: connected, Home: unpaired",
        "operator_reached": "ok",
        "waiting": 0,
        "last_reading": datetime(2026, 7, 6, 11, tzinfo=UTC),
        "forecasts": "Vizinhos do Bairro: consumption model +18.5 %; Home: consumption mean_so_far",
    }


async def test_an_operator_that_is_away(hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome) -> None:
    await setup_home()
    await operator.cut()
    await operator.advance(4_200)
    told = await health(hass)
    assert told["operator_reached"] == {"type": "failed", "error": "unreachable"}
    assert told["waiting"] == 2
    assert told["last_reading"] == datetime(2026, 7, 6, 12, tzinfo=UTC)


async def test_a_journal_that_cannot_be_read_leaves_the_rest_to_be_told(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    with patch.object(entry.runtime_data.journal._journal, "run", side_effect=JournalUnusable("disk full")):
        told = await health(hass)
    assert told["homes"] == 1
    assert told["waiting"] is None
    assert told["operator_reached"] == {"type": "failed", "error": "unreachable"}


async def test_without_any_home(hass: HomeAssistant, setup_home: SetupHome) -> None:
    entry = await setup_home()
    await hass.config_entries.async_unload(entry.entry_id)
    told = await health(hass)
    assert told == {
        "homes": 0,
        "link": None,
        "operator_reached": "ok",
        "journal_size": "0.0 MB",
        "waiting": 0,
        "last_reading": None,
        "forecasts": None,
    }
