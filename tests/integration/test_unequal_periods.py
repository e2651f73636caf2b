"""A community whose market and settlement periods differ: what a home shows and answers is right in both."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.common.protocol import Side
from caravels_operator.community.settings import CommunitySettings
from custom_components.caravels.common.member.records import HomeReading
from custom_components.caravels.const import DOMAIN

from .conftest import SetupHome, SteadyMeter
from .operator_in_memory import DAY, InMemoryOperator

EXPORT_WH = 500
"""What the home sends out in each settlement period."""


@pytest.fixture(params=[(900, 3_600), (3_600, 900), (1_800, 900), (900, 900)], ids=str)
def community_settings(request: pytest.FixtureRequest) -> CommunitySettings:
    market_period_s, settlement_period_s = request.param
    return CommunitySettings(
        name="Vizinhos do Bairro", market_period_s=market_period_s, settlement_period_s=settlement_period_s
    )


@pytest.fixture(autouse=True)
def _meter() -> Iterator[None]:
    class Meter(SteadyMeter):
        reading = staticmethod(lambda at: HomeReading(start=at, import_wh=0, export_wh=EXPORT_WH))

    with patch("custom_components.caravels.runtime.HomeAssistantMeter", Meter):
        yield


def shown(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    (entity_id,) = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.translation_key == key
    ]
    state = hass.states.get(entity_id)
    assert state
    return state.state


async def test_a_day_of_trading(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, community_settings: CommunitySettings
) -> None:
    market_s, settlement_s = community_settings.market_period_s, community_settings.settlement_period_s
    wh_an_hour = EXPORT_WH * 3_600 // settlement_s
    entry = await setup_home()
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=wh_an_hour * market_s // 3_600)
    await operator.close_gate()

    assert float(shown(hass, entry, "net_next_hour")) == -wh_an_hour / 1_000
    assert float(shown(hass, entry, "net_tomorrow")) == -24 * wh_an_hour / 1_000
    assert float(shown(hass, entry, "export_today")) == 14 * wh_an_hour / 1_000
    assert float(shown(hass, entry, "sold_tomorrow")) == 24 * wh_an_hour / 1_000
    call: Any = {"blocking": True, "return_response": True}
    forecast: Any = await hass.services.async_call(DOMAIN, "get_forecast", {"hours": 3}, **call)
    assert [row["net_wh"] for row in forecast["rows"]] == [-EXPORT_WH] * (3 * 3_600 // settlement_s)
    trades: Any = await hass.services.async_call(DOMAIN, "get_trades", {}, **call)
    tomorrow = trades["days"][1]
    assert tomorrow["sold"]["wh"] == 24 * wh_an_hour
    assert len({trade["start"] for trade in tomorrow["trades"]}) == 24 * 3_600 // market_s

    await operator.at(DAY, 10 * 60 + 20)
    next_start = 10 * 60 + (60 if market_s == 3_600 else 30)
    assert shown(hass, entry, "next_trade") == f"2026-07-07T{next_start // 60 - 1:02}:{next_start % 60:02}:00+00:00"
    assert float(shown(hass, entry, "sold_today")) == 24 * wh_an_hour / 1_000
