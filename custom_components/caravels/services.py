"""The actions: what automations ask of a home, and what they change. Answers carry kWh and money for people, Wh and
micro-units for machines.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import probatio
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import service
from homeassistant.helpers.selector import ConfigEntrySelector
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .common.member.bidding import LARGEST_PERCENT, PreviewRow
from .common.member.state import AgentState, LinkState
from .common.periods import local_day
from .common.protocol import AuctionResult, MarketDay, Side, Trade
from .const import CONF_BUY_PERCENT, CONF_PARTICIPATE, CONF_SELL_PERCENT, DOMAIN
from .curves import DEFAULT_HOURS, MOST_HOURS, energy, iso, span, told_forecast
from .runtime import CaravelsConfigEntry
from .settings import bidding_settings

CONFIG_ENTRY: Final = "config_entry"
DAY: Final = "day"
HOURS: Final = "hours"


def _whole(value: object) -> int:
    """Return a whole number as people and selectors write it: 12, "12" or 12.0, and not 12.7."""
    number: float = probatio.Coerce(float)(value)
    if not number.is_integer():
        raise probatio.Invalid("expected a whole number")
    return int(number)


_ENTRY: Final = {probatio.Optional(CONFIG_ENTRY): ConfigEntrySelector({"integration": DOMAIN})}
_GET_TRADES: Final = probatio.Schema({**_ENTRY, probatio.Optional(DAY): cv.date})
_GET_FORECAST: Final = probatio.Schema({**_ENTRY, probatio.Optional(HOURS, default=DEFAULT_HOURS): _whole})
_SET_BID: Final = probatio.Schema(
    {
        **_ENTRY,
        probatio.Optional(CONF_BUY_PERCENT): _whole,
        probatio.Optional(CONF_SELL_PERCENT): _whole,
        probatio.Optional(CONF_PARTICIPATE): cv.boolean,
    }
)


@callback
def register_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all entries."""
    hass.services.async_register(
        DOMAIN, "get_trades", _get_trades, schema=_GET_TRADES, supports_response=SupportsResponse.ONLY
    )
    hass.services.async_register(
        DOMAIN, "get_forecast", _get_forecast, schema=_GET_FORECAST, supports_response=SupportsResponse.ONLY
    )
    hass.services.async_register(
        DOMAIN, "set_bid", _set_bid, schema=_SET_BID, supports_response=SupportsResponse.OPTIONAL
    )


async def _get_trades(call: ServiceCall) -> ServiceResponse:
    entry = _entry(call)
    state = _paired(entry)
    zone = state.hello.market_zone if state.hello else call.hass.config.time_zone
    results = {result.day: result for result in state.results}
    asked: date | None = call.data.get(DAY)
    if asked is None:
        today = local_day(_now(), zone)
        days = [today, today + timedelta(days=1)]
    elif asked in results or any(market.day == asked for market in state.market_days):
        days = [asked]
    else:
        raise _refusal("unknown_day", day=asked.isoformat(), home=entry.title)
    return {**_about(entry, state), "days": [_trades_of(day, results.get(day)) for day in days]}


async def _get_forecast(call: ServiceCall) -> ServiceResponse:
    entry = _entry(call)
    hours: int = _in_range(call, HOURS, 1, MOST_HOURS)
    return await told_forecast(entry, hours)


async def _set_bid(call: ServiceCall) -> ServiceResponse:
    entry = _entry(call)
    state = _paired(entry)
    for name in (CONF_BUY_PERCENT, CONF_SELL_PERCENT):
        _in_range(call, name, -LARGEST_PERCENT, LARGEST_PERCENT)
    wished = {name: value for name, value in call.data.items() if name != CONFIG_ENTRY}
    options = {**entry.options, **wished}
    call.hass.config_entries.async_update_entry(entry, options=options)
    settings = bidding_settings(options)
    agent = entry.runtime_data.agent
    days: list[Any] = [
        {
            "day": market.day.isoformat(),
            "gate": iso(market.gate_at),
            "rows": [_preview_row(row, market) for row in await agent.preview(market.day, settings)],
        }
        for market in state.market_days
        if market.gate_at > _now()
    ]
    return {
        **_about(entry, state),
        CONF_PARTICIPATE: settings.participate,
        CONF_BUY_PERCENT: settings.buy_percent,
        CONF_SELL_PERCENT: settings.sell_percent,
        "days": days,
    }


# --- what was asked ---------------------------------------------------------------------------------------------------


def _entry(call: ServiceCall) -> CaravelsConfigEntry:
    """Return the loaded entry that is meant; without a name, the only one.

    Raises:
        ServiceValidationError: not found, not loaded, or several and none named.
    """
    return service.async_get_config_entry(call.hass, DOMAIN, call.data.get(CONFIG_ENTRY))


def _paired(entry: CaravelsConfigEntry) -> AgentState:
    state = entry.runtime_data.agent.state
    if state.link is LinkState.UNPAIRED:
        raise _refusal("not_paired", home=entry.title)
    return state


def _in_range(call: ServiceCall, name: str, least: int, most: int) -> int:
    value: int = call.data.get(name, least)
    if not least <= value <= most:
        raise _refusal("out_of_range", field=name, value=str(value), least=str(least), most=str(most))
    return value


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def _now() -> int:
    return int(dt_util.utcnow().timestamp())


# --- what is answered -------------------------------------------------------------------------------------------------


def _about(entry: CaravelsConfigEntry, state: AgentState) -> dict[str, Any]:
    return {"home": entry.title, "member": state.member_id, "currency": state.hello.currency if state.hello else None}


def _trades_of(day: date, result: AuctionResult | None) -> JsonObjectType:
    trades = [] if result is None else result.trades
    period_s = 0 if result is None else result.period_s
    return {
        "day": day.isoformat(),
        "cleared": result is not None,
        "bought": _total(trade for trade in trades if trade.side is Side.BUY),
        "sold": _total(trade for trade in trades if trade.side is Side.SELL),
        "trades": [_trade(trade, period_s) for trade in sorted(trades, key=lambda trade: (trade.start, trade.id))],
    }


def _trade(trade: Trade, period_s: int) -> JsonObjectType:
    return {
        "id": trade.id,
        **span(trade.start, period_s),
        "side": trade.side.value,
        "counterparty": trade.counterparty,
        **energy("", trade.wh),
        **_price("price", trade.price_micro_kwh),
        **_money(trade.micro),
    }


def _total(trades: Iterable[Trade]) -> JsonObjectType:
    found = list(trades)
    return {**energy("", sum(trade.wh for trade in found)), **_money(sum(trade.micro for trade in found))}


def _preview_row(row: PreviewRow, market: MarketDay) -> JsonObjectType:
    return {
        **span(row.start, market.period_s),
        "side": row.side.value if row.side else None,
        **energy("", row.wh),
        **_price("price", row.price_micro_kwh),
        **_price("market_price", row.market_price_micro_kwh),
        **_price("buy_price", row.buy_price_micro_kwh),
        **_price("sell_price", row.sell_price_micro_kwh),
        "floor_blocks": row.floor_blocks,
    }


def _price(name: str, micro_kwh: int | None) -> JsonObjectType:
    return {name: None if micro_kwh is None else micro_kwh / 1_000_000, f"{name}_micro_kwh": micro_kwh}


def _money(micro: int) -> JsonObjectType:
    return {"money": micro / 1_000_000, "micro": micro}
