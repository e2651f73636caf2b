"""The actions answer with numbers that are the operator's, and refuse with words that help."""

from typing import Any

import probatio
import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.common.protocol import Side
from caravels_operator.ledger import transactions
from custom_components.caravels.common.forecasting.forecast import Horizon, Target
from custom_components.caravels.const import DOMAIN

from .conftest import SetupHome, SteadyMeter, sunny_home
from .operator_in_memory import DAY, EVE, HOME, InMemoryOperator

pytestmark = pytest.mark.usefixtures("steady_meter")
SOLD_WH = 2_000


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    answer = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert isinstance(answer, dict)
    return answer


async def refused(hass: HomeAssistant, action: str, **data: Any) -> str:
    """Return the sentence with which an action refuses."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, action, **data)
    error = caught.value
    assert error.translation_domain
    assert error.translation_key
    texts = await async_get_translations(hass, "en", "exceptions", {error.translation_domain})
    text = texts[f"component.{error.translation_domain}.exceptions.{error.translation_key}.message"]
    return text.format(**(error.translation_placeholders or {}))


async def cleared(operator: InMemoryOperator) -> None:
    """Let the home sell 500 Wh in every hour of the next day to each of its three neighbours."""
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=500, price=150_000)
    await operator.close_gate()


async def test_trades_are_those_of_the_operators_ledger(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await cleared(operator)
    answer = await ask(hass, "get_trades", config_entry=entry.entry_id)
    assert (answer["home"], answer["member"], answer["currency"]) == (operator.settings.name, HOME, "EUR")
    today, tomorrow = answer["days"]
    assert today == {
        "day": EVE.isoformat(),
        "cleared": False,
        "bought": {"kwh": 0, "wh": 0, "money": 0, "micro": 0},
        "sold": {"kwh": 0, "wh": 0, "money": 0, "micro": 0},
        "trades": [],
    }
    assert (tomorrow["day"], tomorrow["cleared"]) == (DAY.isoformat(), True)
    # 500 Wh at the market price of 0.1 EUR/kWh to three neighbours in 24 hours
    assert tomorrow["sold"] == {"kwh": 36.0, "wh": 36_000, "money": 3.6, "micro": 3_600_000}
    assert tomorrow["bought"]["wh"] == 0
    assert tomorrow["trades"][0] == {
        "id": f"{DAY}-0",
        "start": "2026-07-07T00:00:00+01:00",
        "end": "2026-07-07T01:00:00+01:00",
        "side": "sell",
        "counterparty": "bruno",
        "kwh": 0.5,
        "wh": 500,
        "price": 0.1,
        "price_micro_kwh": 100_000,
        "money": 0.05,
        "micro": 50_000,
    }
    booked = await operator.look(lambda conn: transactions.of_day(conn, DAY))
    assert sorted((row.id, row.buyer, row.wh, row.micro) for row in booked) == sorted(
        (row["id"], row["counterparty"], row["wh"], row["micro"]) for row in tomorrow["trades"]
    )


async def test_one_home_need_not_be_named_and_a_day_can_be_asked_for(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    await setup_home()
    await cleared(operator)
    answer = await ask(hass, "get_trades", day=DAY.isoformat())
    assert [(day["day"], day["sold"]["wh"]) for day in answer["days"]] == [(DAY.isoformat(), 36_000)]
    assert await refused(hass, "get_trades", day="2027-01-01") == (
        "Vizinhos do Bairro knows nothing of the market of 2027-01-01. "
        "Ask for a day whose prices are out, of the last five weeks."
    )


async def test_the_forecast_works_with_and_without_a_community(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    steady_meter.reading = staticmethod(sunny_home)
    for paired in (True, False):
        entry = await setup_home(paired=paired)
        answer = await ask(hass, "get_forecast", config_entry=entry.entry_id, hours=3)
        assert answer["home"] == entry.title
        assert [(row["start"], row["consumption_wh"]) for row in answer["rows"]] == [
            (f"2026-07-06T{hour}:00:00+01:00", 500) for hour in (12, 13, 14)
        ]
        generated = [row["generation_wh"] for row in answer["rows"]]
        assert generated == pytest.approx([2_500, 2_500, 2_000], abs=5)
        for row in answer["rows"]:
            assert row["net_wh"] == row["consumption_wh"] - row["generation_wh"]
            assert row["net_kwh"] == row["net_wh"] / 1_000
        curves = {(one["target"], one["horizon"]): one for one in answer["forecasts"]}
        assert curves.keys() == {(target, horizon) for target in Target for horizon in Horizon}
        for (target, horizon), curve in curves.items():
            assert len(curve["hours"]) == (3 if horizon == "day_ahead" else 2)
            assert all(hour["p10_wh"] <= hour["p50_wh"] <= hour["p90_wh"] for hour in curve["hours"])
            if target in ("reduction", "shifting"):
                assert (curve["method"], curve["reasons"], curve["skill"]) == ("devices", ["no_devices"], None)
            else:
                assert curve["days"] >= 88
                assert curve["skill"]["days"] == 28
        assert len((await ask(hass, "get_forecast", config_entry=entry.entry_id))["rows"]) == 48
        week = await ask(hass, "get_forecast", config_entry=entry.entry_id, hours=168)
        assert (len(week["rows"]), len(week["forecasts"][0]["hours"])) == (168, 168)
    assert await refused(hass, "get_forecast", config_entry=entry.entry_id, hours=169) == (
        "hours is 169, but must lie between 1 and 168."
    )


async def test_a_bid_that_is_set_is_what_the_operator_gets(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    answer = await ask(hass, "set_bid", sell_percent=20)
    assert (answer["participate"], answer["buy_percent"], answer["sell_percent"]) == (True, 0, 20)
    (day,) = answer["days"]
    assert (day["day"], day["gate"]) == (DAY.isoformat(), "2026-07-06T15:00:00+01:00")
    assert len(day["rows"]) == 24
    first = day["rows"][0]
    assert (first["side"], first["wh"], first["kwh"]) == ("sell", SOLD_WH, 2.0)
    assert (first["price"], first["price_micro_kwh"], first["market_price"]) == (0.12, 120_000, 0.1)
    assert entry.options["sell_percent"] == 20
    await operator.advance(900)
    book = await operator.book_of()
    assert book
    assert {(bid.side, bid.wh, bid.price_micro_kwh) for bid in book[1]} == {(Side.SELL, SOLD_WH, 120_000)}


async def test_who_takes_no_part_has_an_empty_book(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    await setup_home()
    await operator.open_day()
    answer = await ask(hass, "set_bid", participate=False)
    assert {row["side"] for row in answer["days"][0]["rows"]} == {None}
    await operator.advance(900)
    book = await operator.book_of()
    assert book
    assert book[1] == []


async def test_what_was_set_is_shown_at_once_also_without_an_open_day(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    answer = await ask(hass, "set_bid", buy_percent=-15, sell_percent=35, participate=False)
    assert answer["days"] == []
    await operator.settled()
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    shown = {
        entity.translation_key: state.state
        for entity in entities
        if entity.domain in {"number", "switch"} and (state := hass.states.get(entity.entity_id))
    }
    assert shown == {"buy_percent": "-15", "sell_percent": "35", "participate": "off"}


async def test_percentages_out_of_range_change_nothing(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    before = dict(entry.options)
    assert await refused(hass, "set_bid", sell_percent=10, buy_percent=101) == (
        "buy_percent is 101, but must lie between -100 and 100."
    )
    assert dict(entry.options) == before


@pytest.mark.parametrize(("said", "taken"), [(12.0, 12), ("12", 12), (12.7, None), ("a lot", None)])
async def test_percentages_are_whole(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, said: object, taken: int | None
) -> None:
    entry = await setup_home(buy_percent=5)
    if taken is None:
        with pytest.raises(probatio.Invalid):
            await ask(hass, "set_bid", buy_percent=said)
    else:
        await ask(hass, "set_bid", buy_percent=said)
    assert entry.options["buy_percent"] == (5 if taken is None else taken)


@pytest.mark.parametrize("action", ["get_trades", "set_bid"])
async def test_a_home_without_a_community_has_no_market(
    hass: HomeAssistant, setup_home: SetupHome, action: str
) -> None:
    await setup_home(paired=False)
    assert await refused(hass, action) == (
        "Home is not in an energy community. Pair it with a link from an operator first."
    )


async def test_entries_that_are_not_there_are_named(hass: HomeAssistant, setup_home: SetupHome) -> None:
    entry = await setup_home()
    other = MockConfigEntry(domain="sun")
    other.add_to_hass(hass)
    assert "nowhere" in await refused(hass, "get_forecast", config_entry="nowhere")
    assert other.title in await refused(hass, "get_forecast", config_entry=other.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.title in await refused(hass, "get_forecast", config_entry=entry.entry_id)
