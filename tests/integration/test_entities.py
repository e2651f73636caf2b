"""What people see of a home: every row's value, what goes away with the operator, and what their wishes do."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import PropertyMock, patch

import pytest
from homeassistant.components.number.const import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.components.number.const import DOMAIN as NUMBER
from homeassistant.components.switch.const import DOMAIN as SWITCH
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import (
    ATTR_ENTITY_ID,
    EVENT_STATE_CHANGED,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.common.protocol import Side
from caravels_operator.community.settings import CommunitySettings
from custom_components.caravels.common.forecasting.forecast import Horizon, Method, Reason, Target
from custom_components.caravels.common.member.bidding import BiddingSettings
from custom_components.caravels.common.member.ports import MeterAway
from custom_components.caravels.common.member.records import BookState, HomeReading
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.common.protocol import ErrorCode
from custom_components.caravels.common.protocol import Side as MemberSide
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.views import (
    BasisView,
    DayTrades,
    ForecastView,
    HourView,
    Limits,
    LinkView,
    MarketView,
    Metered,
    NetView,
    NextTrade,
    OwnBids,
    PriceBasis,
    PriceNow,
    SkillView,
    TargetView,
)

from .agent_states import at
from .conftest import METERS, SetupHome, SteadyMeter, sunny_home
from .operator_in_memory import DAY, HOUR_S, InMemoryOperator

WITH_GENERATION = {**METERS, "generation": [{"id": "sensor.roof", "share": 1_000}]}
OF_OPERATOR = {"community_price", "balance", "gate"}
WHEN = ("next_hour", "rest_of_today", "tomorrow")
QUALITY = ("model", "skill_last_week", "skill_mean_7_days")
OF_FORECAST = {
    target: {
        *(f"{target}_{when}" for when in WHEN),
        *(f"{target}_{what}{ending}" for what in QUALITY for ending in ("", "_hour_ahead")),
    }
    for target in Target
}
OF_METERS = {
    "meter_problem", "read_until", "import_today", "export_today", "consumption_today",
    *(f"net_{when}" for when in WHEN),
    *OF_FORECAST[Target.CONSUMPTION], *OF_FORECAST[Target.REDUCTION], *OF_FORECAST[Target.SHIFTING],
}  # fmt: skip
OF_GENERATION = {"generation_today", *OF_FORECAST[Target.GENERATION]}

LINK = LinkView(
    state=LinkState.CONNECTED,
    problem=None,
    community="Vizinhos do Bairro",
    member_id="ana",
    clock_skew_s=-3,
    meter_problem=None,
    read_until=at(9),
    fault=None,
)
MARKET = MarketView(
    connected=True,
    currency="EUR",
    settings=BiddingSettings(participate=True, buy_percent=10, sell_percent=-5),
    price=PriceNow(123_456, PriceBasis.CLEARED),
    next_trade=NextTrade(at(10), MemberSide.BUY, wh=500, micro=54_000),
    today=DayTrades(at(0), bought_wh=500, sold_wh=1_000, bought_micro=54_000, sold_micro=-80_000),
    tomorrow=DayTrades(at(24), bought_wh=0, sold_wh=250, bought_micro=0, sold_micro=10_000),
    balance_micro=-1_230_000,
    gate_at=at(15),
    bids=OwnBids(date(2026, 7, 8), BookState.REFUSED, ErrorCode.GATE_CLOSED),
    buy_now=110_000,
    sell_now=95_000,
    buy=Limits(88_000, 110_750, 150_000),
    sell=Limits(90_000, 98_750, 190_000),
)
NO_DEVICES = BasisView(Method.DEVICES, "", 0, (Reason.NO_DEVICES,), None)
FORECAST = ForecastView(
    rows=(),
    targets={
        Target.CONSUMPTION: TargetView(
            HourView(1_001, 640, 1_502),
            2_002,
            3_003,
            {
                Horizon.DAY_AHEAD: BasisView(Method.MODEL, "2026.11", 93, (), SkillView(18.5, 3.4, 312, 80.1, 28)),
                Horizon.HOUR_AHEAD: BasisView(Method.MEAN_7_DAYS, "", 93, (), SkillView(9.1, None, 250, 79.0, 28)),
            },
        ),
        Target.GENERATION: TargetView(
            HourView(200, 0, 410),
            300,
            4_000,
            {
                Horizon.DAY_AHEAD: BasisView(
                    Method.WEATHER_SERVICE,
                    "solcast_solar",
                    12,
                    (Reason.FEW_DAYS,),
                    SkillView(-4.2, -11.0, 90, 76.5, 11),
                ),
                Horizon.HOUR_AHEAD: BasisView(Method.SITE_MODEL, "", 12, (), None),
            },
        ),
        **{
            target: TargetView(
                HourView(0, 0, 0),
                0,
                0,
                dict.fromkeys(Horizon, BasisView(Method.DEVICES, "", 0, (Reason.NO_DEVICES,), None)),
            )
            for target in (Target.REDUCTION, Target.SHIFTING)
        },
    },
    net=NetView(801, 1_702, -997),
    metered_today=Metered(510, 20, 690, 200),
)
ENERGY = ("energy", "kWh", None)
ENERGY_OF_DAY = ("energy", "kWh", "total")
MONEY = ("monetary", "EUR", None)
MONEY_OF_DAY = ("monetary", "EUR", "total")
PRICE = (None, "EUR/kWh", None)
ENUM = ("enum", None, None)
PERCENT = (None, "%", None)
ROWS: dict[str, tuple[str, tuple[str | None, str | None, str | None]]] = {
    "meter_problem": ("off", ("problem", None, None)),
    "read_until": ("2026-07-07T08:00:00+00:00", ("timestamp", None, None)),
    "link": ("connected", ("enum", None, None)),
    "clock_skew": ("-3", ("duration", "s", None)),
    "community_price": ("0.123456", (None, "EUR/kWh", "measurement")),
    "next_trade": ("2026-07-07T09:00:00+00:00", ("timestamp", None, None)),
    "bought_today": ("0.5", ENERGY_OF_DAY),
    "sold_today": ("1.0", ENERGY_OF_DAY),
    "paid_today": ("0.054", MONEY_OF_DAY),
    "received_today": ("0.08", MONEY_OF_DAY),
    "bought_tomorrow": ("0.0", ENERGY),
    "sold_tomorrow": ("0.25", ENERGY),
    "paid_tomorrow": ("0.0", MONEY),
    "received_tomorrow": ("-0.01", MONEY),
    "balance": ("-1.23", MONEY_OF_DAY),
    "gate": ("2026-07-07T14:00:00+00:00", ("timestamp", None, None)),
    "bids": ("refused", ("enum", None, None)),
    "buy_price": ("0.11075", PRICE),
    "sell_price": ("0.09875", PRICE),
    "buy_price_now": ("0.11", PRICE),
    "sell_price_now": ("0.095", PRICE),
    "consumption_next_hour": ("1.001", ENERGY),
    "generation_next_hour": ("0.2", ENERGY),
    "net_next_hour": ("0.801", ENERGY),
    "consumption_rest_of_today": ("2.002", ENERGY),
    "generation_rest_of_today": ("0.3", ENERGY),
    "net_rest_of_today": ("1.702", ENERGY),
    "consumption_tomorrow": ("3.003", ENERGY),
    "generation_tomorrow": ("4.0", ENERGY),
    "net_tomorrow": ("-0.997", ENERGY),
    **{f"{target}_{when}": ("0.0", ENERGY) for target in ("reduction", "shifting") for when in WHEN},
    "consumption_model": ("model", ENUM),
    "consumption_model_hour_ahead": ("mean_7_days", ENUM),
    "consumption_skill_last_week": ("18.5", PERCENT),
    "consumption_skill_mean_7_days": ("3.4", PERCENT),
    "consumption_skill_last_week_hour_ahead": ("9.1", PERCENT),
    "consumption_skill_mean_7_days_hour_ahead": (STATE_UNKNOWN, PERCENT),
    "generation_model": ("weather_service", ENUM),
    "generation_model_hour_ahead": ("site_model", ENUM),
    "generation_skill_last_week": ("-4.2", PERCENT),
    "generation_skill_mean_7_days": ("-11.0", PERCENT),
    "generation_skill_last_week_hour_ahead": (STATE_UNKNOWN, PERCENT),
    "generation_skill_mean_7_days_hour_ahead": (STATE_UNKNOWN, PERCENT),
    **{
        f"{target}_{what}{ending}": ("devices", ENUM) if what == "model" else (STATE_UNKNOWN, PERCENT)
        for target in ("reduction", "shifting")
        for what in QUALITY
        for ending in ("", "_hour_ahead")
    },
    "import_today": ("0.51", ENERGY),
    "export_today": ("0.02", ENERGY),
    "consumption_today": ("0.69", ENERGY),
    "generation_today": ("0.2", ENERGY),
    "buy_percent": ("10", (None, "%", None)),
    "sell_percent": ("-5", (None, "%", None)),
    "participate": ("on", (None, None, None)),
}

pytestmark = pytest.mark.usefixtures("steady_meter")


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, er.RegistryEntry]:
    """Return an entry's rows by key."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {row.unique_id.removeprefix(f"{entry.entry_id}_"): row for row in rows}


def states(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, State]:
    """Return the states of an entry's rows that are enabled, by key."""
    found = {key: hass.states.get(row.entity_id) for key, row in registered(hass, entry).items()}
    return {key: state for key, state in found.items() if state}


async def show(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, State]:
    """Have the entities show the views above, and return their states."""
    coordinators = entry.runtime_data.coordinators
    for topic, view in ((coordinators.link, LINK), (coordinators.market, MARKET), (coordinators.forecast, FORECAST)):
        topic.publish(view)
    await hass.async_block_till_done()
    return states(hass, entry)


# --- the rows ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Have the rows that are off by default too."""
    name = "homeassistant.helpers.entity.Entity.entity_registry_enabled_default"
    with patch(name, PropertyMock(return_value=True)):
        yield


@pytest.mark.usefixtures("all_enabled")
async def test_every_row_shows_its_value_with_its_unit(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await show(hass, await setup_home(meters=WITH_GENERATION))
    told = {
        key: (
            state.state,
            tuple(state.attributes.get(name) for name in ("device_class", "unit_of_measurement", "state_class")),
        )
        for key, state in shown.items()
    }
    assert told == ROWS
    names = [record.name for record in caplog.records if record.levelno >= logging.WARNING]
    assert not [name for name in names if name.startswith("homeassistant.components")], (
        "a unit or class that is refused"
    )


async def test_what_else_the_rows_say(hass: HomeAssistant, setup_home: SetupHome) -> None:
    shown = await show(hass, await setup_home())

    def said(key: str, *names: str) -> list[Any]:
        return [shown[key].attributes[name] for name in names]

    assert said("community_price", "basis") == ["cleared"]
    assert said("next_trade", "side", "energy", "price") == ["buy", 0.5, 0.108]
    assert said("bids", "day", "reason") == ["2026-07-08", "gate_closed"]
    assert said("buy_price", "lowest_price", "highest_price") == [0.088, 0.15]
    assert said("sell_percent", "lowest_price", "mean_price", "highest_price") == [0.09, 0.09875, 0.19]
    assert said("sell_percent", "price_unit", "min", "max", "step") == ["EUR/kWh", -100, 100, 1]
    assert said("consumption_next_hour", "p10", "p90") == [0.64, 1.502]
    assert said("consumption_model", "source", "days", "reasons") == ["2026.11", 93, []]
    assert said("reduction_model", "source", "days", "reasons") == [None, 0, ["no_devices"]]
    assert said("consumption_skill_last_week", "mean_error", "coverage", "judged_days") == [0.312, 80.1, 28]
    assert said("reduction_skill_last_week", "mean_error", "coverage", "judged_days") == [None, None, None]
    for key in ("bought_today", "sold_today", "paid_today", "received_today"):
        assert said(key, "last_reset") == ["2026-07-06T23:00:00+00:00"]
    assert "last_reset" not in shown["bought_tomorrow"].attributes


@pytest.mark.parametrize("language", ["en", "pt"])
async def test_every_state_and_attribute_has_a_word(hass: HomeAssistant, setup_home: SetupHome, language: str) -> None:
    entry = await setup_home()
    shown = await show(hass, entry)
    texts = await async_get_translations(hass, language, "entity", {DOMAIN})
    named = {"device_class", "unit_of_measurement", "state_class", "friendly_name", "icon", "last_reset", "options"}
    named |= {"min", "max", "step", "mode"}
    for key, row in registered(hass, entry).items():
        path = f"component.{DOMAIN}.entity.{row.domain}.{key}"
        assert texts[f"{path}.name"]
        for option in (row.capabilities or {}).get("options", ()):
            assert texts[f"{path}.state.{option}"]
        for attribute in shown[key].attributes.keys() - named if key in shown else ():
            assert texts[f"{path}.state_attributes.{attribute}.name"]
    path = f"component.{DOMAIN}.entity.sensor"
    assert {texts[f"{path}.community_price.state_attributes.basis.state.{basis}"] for basis in PriceBasis}
    assert {texts[f"{path}.next_trade.state_attributes.side.state.{side}"] for side in MemberSide}
    assert {texts[f"{path}.consumption_model.state_attributes.reasons.state.{reason}"] for reason in Reason}


async def test_what_is_not_known_is_unknown_and_not_nothing(hass: HomeAssistant, setup_home: SetupHome) -> None:
    entry = await setup_home()
    coordinators = entry.runtime_data.coordinators
    await show(hass, entry)
    empty = replace(
        MARKET, price=None, next_trade=None, today=None, tomorrow=None, gate_at=None, bids=None, buy=None, sell=None
    )
    coordinators.market.publish(empty)
    coordinators.forecast.publish(ForecastView())
    await hass.async_block_till_done()
    known = {key for key, state in states(hass, entry).items() if state.state != STATE_UNKNOWN}
    assert known == {"link", "meter_problem", "balance", "buy_percent", "sell_percent", "participate"}


async def test_a_home_of_its_own_has_the_rows_of_its_meters(
    hass: HomeAssistant, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    steady_meter.reading = staticmethod(sunny_home)
    entry = await setup_home(paired=False)
    assert set(registered(hass, entry)) == OF_METERS
    shown = states(hass, entry)
    # until noon the home used 0.5 kWh in 12 hours each, 5 kWh were generated from 8:00 on
    assert {key: shown[key].state for key in ("import_today", "export_today", "consumption_today")} == {
        "import_today": "4.0",
        "export_today": "3.0",
        "consumption_today": "6.0",
    }
    assert (shown["consumption_next_hour"].state, shown["consumption_tomorrow"].state) == ("0.5", "12.0")
    assert shown["consumption_next_hour"].attributes["p10"] <= 0.5 <= shown["consumption_next_hour"].attributes["p90"]
    assert float(shown["net_tomorrow"].state) == pytest.approx(12 - 15, abs=0.01)
    assert (shown["reduction_next_hour"].state, shown["shifting_tomorrow"].state) == ("0.0", "0.0")
    assert shown["shifting_model"].attributes["reasons"] == ["no_devices"]
    assert STATE_UNAVAILABLE not in {state.state for state in shown.values()}


async def test_generation_is_shown_where_it_is_metered(
    hass: HomeAssistant, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    steady_meter.reading = staticmethod(sunny_home)
    entry = await setup_home(paired=False, meters=WITH_GENERATION)
    assert set(registered(hass, entry)) == OF_METERS | OF_GENERATION
    shown = states(hass, entry)
    assert float(shown["generation_tomorrow"].state) == pytest.approx(15, abs=0.01)
    assert float(shown["generation_next_hour"].state) == pytest.approx(2.5, abs=0.01)


async def test_rows_of_a_meter_that_was_taken_away_go_with_it(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(paired=False, meters=WITH_GENERATION)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "meters": dict(METERS)})
    await operator.settled()
    assert entry.state is ConfigEntryState.LOADED
    assert set(registered(hass, entry)) == OF_METERS


async def test_all_rows_are_of_one_device_that_is_named_after_the_community(
    hass: HomeAssistant, setup_home: SetupHome
) -> None:
    paired, alone = await setup_home(), await setup_home(paired=False)
    for entry, name in ((paired, "Vizinhos do Bairro"), (alone, "Home")):
        (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        assert (device.name, device.entry_type, device.sw_version) == (name, dr.DeviceEntryType.SERVICE, None)
        assert device.identifiers == {(DOMAIN, entry.entry_id)}
        assert {row.device_id for row in registered(hass, entry).values()} == {device.id}
        for key, row in registered(hass, entry).items():
            assert (row.has_entity_name, row.translation_key) == (True, key)
            assert row.original_name, f"{key} has no name"


# --- with the operator ------------------------------------------------------------------------------------------------


async def cleared(operator: InMemoryOperator) -> None:
    """Let the home sell 500 Wh in every hour of the next day to each of its three neighbours."""
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=500, price=150_000)
    await operator.close_gate()


async def test_what_the_auction_came_to_is_shown(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    shown = states(hass, entry)
    assert (shown["bids"].state, shown["bids"].attributes["day"]) == ("accepted", DAY.isoformat())
    assert shown["gate"].state == "2026-07-06T14:00:00+00:00"
    assert {shown[key].state for key in ("sold_today", "sold_tomorrow", "paid_tomorrow")} == {STATE_UNKNOWN}
    await operator.neighbours_bid(Side.BUY, wh=500, price=150_000)
    await operator.close_gate()
    shown = states(hass, entry)
    assert (shown["sold_tomorrow"].state, shown["received_tomorrow"].state) == ("36.0", "3.6")
    assert (shown["bought_tomorrow"].state, shown["paid_tomorrow"].state) == ("0.0", "0.0")
    assert (shown["sold_today"].state, shown["gate"].state) == (STATE_UNKNOWN, STATE_UNKNOWN)
    assert shown["next_trade"].state == "2026-07-06T23:00:00+00:00"
    assert shown["next_trade"].attributes["energy"] == 1.5
    await operator.at(DAY, 5)
    shown = states(hass, entry)
    assert (shown["sold_today"].state, shown["received_today"].state) == ("36.0", "3.6")
    assert (shown["sold_tomorrow"].state, shown["community_price"].state) == (STATE_UNKNOWN, "0.1")
    assert shown["community_price"].attributes["basis"] == "cleared"


async def test_only_what_may_have_changed_meanwhile_goes_away_with_the_operator(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    await operator.open_day()
    before = states(hass, entry)
    assert STATE_UNAVAILABLE not in {state.state for state in before.values()}
    caplog.clear()
    written: list[tuple[str, str]] = []

    def note(event: Event[Any]) -> None:
        written.append((event.data["entity_id"], event.data["new_state"].state))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    await operator.cut()
    await operator.advance(HOUR_S)
    gone = states(hass, entry)
    assert {key for key, state in gone.items() if state.state == STATE_UNAVAILABLE} == OF_OPERATOR
    assert (gone["link"].state, gone["bids"].state) == ("away", "accepted")
    operator.reachable = True
    await operator.advance(300)
    assert STATE_UNAVAILABLE not in {state.state for state in states(hass, entry).values()}
    link = registered(hass, entry)["link"].entity_id
    assert [state for name, state in written if name == link] == ["away", "connected"]
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in warned if record.name.startswith("custom_components.caravels")] == [
        "Vizinhos do Bairro: The operator cannot be reached. This home keeps its messages and tries again.",
        "Vizinhos do Bairro: the operator is reached again",
    ]


async def test_a_start_without_operator_shows_what_is_this_homes_own(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    await cleared(operator)
    await operator.cut()
    await hass.config_entries.async_unload(entry.entry_id)
    caplog.clear()
    await hass.config_entries.async_setup(entry.entry_id)
    await operator.advance(HOUR_S)
    assert entry.state is ConfigEntryState.LOADED
    shown = states(hass, entry)
    assert {key for key, state in shown.items() if state.state == STATE_UNAVAILABLE} == OF_OPERATOR
    assert (shown["sold_tomorrow"].state, shown["link"].state) == ("36.0", "away")
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len([record for record in warned if record.name.startswith("custom_components.caravels")]) == 1


async def test_a_home_that_was_sent_away_asks_once_and_stays_loaded(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.revoke()
    await operator.advance(2 * HOUR_S)
    flows = hass.config_entries.flow.async_progress()
    assert [(flow["context"]["source"], flow["context"]["entry_id"]) for flow in flows] == [
        (SOURCE_REAUTH, entry.entry_id)
    ]
    assert entry.state is ConfigEntryState.LOADED
    shown = states(hass, entry)
    assert (shown["link"].state, shown["consumption_next_hour"].state) == ("rejected", "0.0")
    assert "Pair again" in shown["link"].attributes["problem"]


async def test_meters_that_cannot_be_read_are_a_problem_that_shows(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    entry = await setup_home(paired=False)
    assert states(hass, entry)["meter_problem"].state == STATE_OFF
    works = steady_meter.reading

    def broken(at: int) -> HomeReading | None:
        raise MeterAway("sensor.grid_import is gone")

    steady_meter.reading = staticmethod(broken)
    await operator.advance(2 * HOUR_S)
    problem = states(hass, entry)["meter_problem"]
    assert (problem.state, problem.attributes["problem"]) == (STATE_ON, "sensor.grid_import is gone")
    steady_meter.reading = staticmethod(works)
    await operator.advance(HOUR_S)
    assert states(hass, entry)["meter_problem"].state == STATE_OFF


# --- what people wish -------------------------------------------------------------------------------------------------


async def test_a_percentage_becomes_an_option_a_setting_and_a_new_book(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    number = registered(hass, entry)["sell_percent"].entity_id
    shown = states(hass, entry)
    assert (shown["sell_percent"].state, shown["sell_price"].state) == ("0", "0.1")
    await hass.services.async_call(NUMBER, SERVICE_SET_VALUE, {ATTR_ENTITY_ID: number, ATTR_VALUE: 20}, blocking=True)
    shown = states(hass, entry)
    assert (shown["sell_percent"].state, shown["sell_price"].state) == ("20", "0.12")
    assert shown["sell_percent"].attributes["mean_price"] == 0.12
    assert entry.options["sell_percent"] == 20
    await operator.advance(900)
    book = await operator.book_of()
    assert book
    assert {(bid.side, bid.price_micro_kwh) for bid in book[1]} == {(Side.SELL, 120_000)}
    assert len(book[1]) == 24


@pytest.mark.parametrize(
    ("buy", "sell", "prices", "ask"), [(100, -100, (0.198, 0.03), 30_000), (-100, 100, (0, 0.2), 200_000)]
)
async def test_percentages_at_their_ends(
    hass: HomeAssistant,
    operator: InMemoryOperator,
    setup_home: SetupHome,
    buy: int,
    sell: int,
    prices: tuple[float, float],
    ask: int,
) -> None:
    entry = await setup_home()
    await operator.open_day()
    for key, value in (("buy_percent", buy), ("sell_percent", sell)):
        number = {ATTR_ENTITY_ID: registered(hass, entry)[key].entity_id}
        await hass.services.async_call(NUMBER, SERVICE_SET_VALUE, {**number, ATTR_VALUE: value}, blocking=True)
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call(NUMBER, SERVICE_SET_VALUE, {**number, ATTR_VALUE: 101}, blocking=True)
    shown = states(hass, entry)
    assert (float(shown["buy_price"].state), float(shown["sell_price"].state)) == prices
    await operator.advance(900)
    book = await operator.book_of()
    assert book
    assert {bid.price_micro_kwh for bid in book[1]} == {ask}


async def test_what_the_options_dialogue_changes_is_shown(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "buy_percent": -10, "participate": False})
    await operator.settled()
    shown = states(hass, entry)
    assert (shown["buy_percent"].state, shown["buy_price"].state) == ("-10", "0.09")
    assert shown["participate"].state == STATE_OFF


async def test_who_takes_no_part_withdraws_its_bids_and_may_come_back(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    switch = {ATTR_ENTITY_ID: registered(hass, entry)["participate"].entity_id}
    for service, state, bids in ((SERVICE_TURN_OFF, STATE_OFF, 0), (SERVICE_TURN_ON, STATE_ON, 24)):
        await hass.services.async_call(SWITCH, service, switch, blocking=True)
        assert states(hass, entry)["participate"].state == state
        assert entry.options["participate"] is (state == STATE_ON)
        await operator.advance(900)
        book = await operator.book_of()
        assert book
        assert len(book[1]) == bids


async def test_a_percentage_changes_no_other_option(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home(smallest_trade_wh=7)
    number = registered(hass, entry)["buy_percent"].entity_id
    await hass.services.async_call(NUMBER, SERVICE_SET_VALUE, {ATTR_ENTITY_ID: number, ATTR_VALUE: -3}, blocking=True)
    assert dict(entry.options) == {"participate": True, "buy_percent": -3, "sell_percent": 0, "smallest_trade_wh": 7}


# --- how much is written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "community_settings",
    [
        pytest.param(CommunitySettings(name="Vizinhos do Bairro"), id="hours"),
        pytest.param(
            CommunitySettings(name="Vizinhos do Bairro", market_period_s=900, settlement_period_s=900),
            id="quarter-hours",
            marks=pytest.mark.long,
        ),
    ],
)
async def test_a_day_writes_few_states(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, steady_meter: type[SteadyMeter]
) -> None:
    # Every period differs from the one before, so that nothing is quiet by chance.
    def reading(start: int) -> HomeReading:
        wave = start // 900 * 7 % 90
        return HomeReading(start, 0, 1_000 + wave, generation_wh=1_500 + 2 * wave)

    steady_meter.reading = staticmethod(reading)
    entry = await setup_home(meters=WITH_GENERATION)
    await cleared(operator)
    await operator.at(DAY, 0)
    written: list[str] = []

    def count(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    for _hour in range(24):
        await operator.advance(HOUR_S)
    own = {row.entity_id for row in registered(hass, entry).values()}
    assert set(written) <= own
    assert len(written) > 200, "the day passed without being shown"
    of_prices = len(operator.periods())  # this market's price stands still; others' may change in every period
    assert len(written) + of_prices <= 500
