"""The home's wishes, with the prices that they give now."""

from unittest.mock import patch

import pytest
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import SetupHome
from .flow_steps import check_texts, suggested
from .operator_in_memory import DAY, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")
DEFAULTS = {
    "participate": True,
    "buy_percent": 0,
    "sell_percent": 0,
    "tradeable_share": 100.0,
    "smallest_trade_wh": 1,
}
FORM = {
    "participate": True,
    "buy_percent": 25.0,
    "sell_percent": -12.0,
    "tradeable_share": 62.5,
    "smallest_trade_wh": 50.0,
}
KEPT = {
    "participate": True,
    "buy_percent": 25,
    "sell_percent": -12,
    "tradeable_share_permille": 625,
    "smallest_trade_wh": 50,
}


async def choose(hass: HomeAssistant, entry: MockConfigEntry, what: str) -> ConfigFlowResult:
    """Open the dialogue, and take one way of its menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "init")
    assert menu["menu_options"] == ["trading", "forecasting"]
    check_texts("options", menu)
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": what})


async def to_trading(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await choose(hass, entry, "trading")


async def test_wishes_without_an_open_day(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = entry.runtime_data
    form = await to_trading(hass, entry)
    assert (form["type"], form["step_id"], form["last_step"]) == (FlowResultType.FORM, "wishes", True)
    assert suggested(form) == DEFAULTS
    check_texts("options", form)
    result = await hass.config_entries.options.async_configure(form["flow_id"], FORM)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == KEPT
    assert all(type(value) in (bool, int) for value in entry.options.values())
    await operator.settled()
    assert entry.runtime_data is before  # followed without a new start
    again = await to_trading(hass, entry)
    assert suggested(again) == FORM


async def test_wishes_beside_what_they_give_now(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(buy_percent=20, sell_percent=-15)
    await operator.open_day()
    form = await to_trading(hass, entry)
    assert form["step_id"] == "prices"
    assert form["description_placeholders"] == {
        "day": DAY.isoformat(),
        "currency": "EUR",
        "market": "0.1000",
        "buy": "0.1200",
        "sell": "0.0850",
    }
    check_texts("options", form)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], FORM | {"buy_percent": 101})
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], FORM | {"smallest_trade_wh": 0})
    await hass.config_entries.options.async_configure(form["flow_id"], FORM)
    assert entry.options == KEPT
    again = await to_trading(hass, entry)
    placeholders = again["description_placeholders"]
    assert placeholders
    assert (placeholders["buy"], placeholders["sell"]) == ("0.1250", "0.0880")


async def test_prices_that_differ_over_the_day_are_a_range(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(buy_percent=20, sell_percent=-15)
    await operator.open_day()
    agent = entry.runtime_data.agent
    rows = await agent.preview(DAY)
    dear = tuple(
        type(row)(row.start, 90_000 + 1_000 * hour, 108_000 + 1_200 * hour, 76_500 + 850 * hour, None, 0, False)
        for hour, row in enumerate(rows)
    )
    with patch.object(type(agent), "preview", return_value=dear):
        form = await to_trading(hass, entry)
    placeholders = form["description_placeholders"]
    assert placeholders
    assert {name: placeholders[name] for name in ("market", "buy", "sell")} == {
        "market": "0.0900 – 0.1130",
        "buy": "0.1080 – 0.1356",
        "sell": "0.0765 – 0.0960",
    }


async def test_after_the_gate_there_is_nothing_to_show(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.close_gate()
    form = await to_trading(hass, entry)
    assert form["step_id"] == "wishes"


async def test_a_home_that_does_not_run_can_be_told_all_the_same(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    await hass.config_entries.async_unload(entry.entry_id)
    form = await to_trading(hass, entry)
    assert form["step_id"] == "wishes"
    await hass.config_entries.options.async_configure(form["flow_id"], FORM)
    assert entry.options == KEPT


async def test_what_other_dialogues_keep_in_the_options_stays(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(something_later=7)
    form = await to_trading(hass, entry)
    await hass.config_entries.options.async_configure(form["flow_id"], FORM)
    assert entry.options == KEPT | {"something_later": 7}


async def test_a_market_day_that_went_meanwhile_shows_no_prices(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    with patch.object(type(entry.runtime_data.agent), "preview", return_value=()):
        form = await to_trading(hass, entry)
    assert form["step_id"] == "wishes"


async def test_a_dialogue_that_is_opened_again_is_shown_again(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(buy_percent=20)
    wishes = await to_trading(hass, entry)
    again = await hass.config_entries.options.async_configure(wishes["flow_id"])
    assert (again["step_id"], suggested(again)["buy_percent"]) == ("wishes", 20)
    await operator.open_day()
    prices = await hass.config_entries.options.async_configure(wishes["flow_id"])
    again = await hass.config_entries.options.async_configure(wishes["flow_id"])
    assert (prices["step_id"], again["step_id"]) == ("prices", "prices")
    assert again["description_placeholders"] == prices["description_placeholders"]


# --- what the forecasts are made of -----------------------------------------------------------------------------------

HOURLY = {"supported_features": 2}
ROOF = {"wh_period": {"2026-07-06T12:00:00+01:00": 640}}


async def test_weather_and_solar_services_are_proposed_and_what_is_chosen_is_kept(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(buy_percent=20)
    before = entry.runtime_data
    hass.states.async_set("weather.coast", "sunny", HOURLY)
    hass.states.async_set("weather.north", "sunny", HOURLY)
    hass.states.async_set("weather.daily", "sunny", {"supported_features": 1})
    hass.states.async_set("sensor.roof", "1", ROOF)
    hass.states.async_set("sensor.shed", "1", ROOF)
    form = await choose(hass, entry, "forecasting")
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "forecasting", None)
    check_texts("options", form)
    assert suggested(form) == {"weather": "weather.coast", "solar_forecasts": ["sensor.roof", "sensor.shed"]}
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], {"solar_forecasts": ["sensor.other"]})
    chosen = {"weather": "weather.north", "solar_forecasts": ["sensor.shed"]}
    result = await hass.config_entries.options.async_configure(form["flow_id"], chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"participate": True, "buy_percent": 20, "sell_percent": 0} | chosen
    await operator.settled()
    assert entry.runtime_data is before  # followed without a new start
    assert suggested(await choose(hass, entry, "forecasting")) == chosen


async def test_empty_fields_are_none_and_a_service_that_is_gone_is_proposed_no_more(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(solar_forecasts=["sensor.roof", "sensor.gone"])
    hass.states.async_set("weather.coast", "sunny", HOURLY)
    hass.states.async_set("sensor.roof", "1", ROOF)
    form = await choose(hass, entry, "forecasting")
    assert suggested(form) == {"weather": "weather.coast", "solar_forecasts": ["sensor.roof"]}
    await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert (entry.options["weather"], entry.options["solar_forecasts"]) == (None, [])
    assert suggested(await choose(hass, entry, "forecasting")) == {"solar_forecasts": []}


async def test_where_there_is_no_solar_service_none_is_asked_for_and_later_ones_count_by_themselves(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False)
    form = await choose(hass, entry, "forecasting")
    assert form["data_schema"]
    assert list(form["data_schema"].schema) == ["weather"]
    await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert "solar_forecasts" not in entry.options
