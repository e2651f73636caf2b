"""The dialogue in which a home says how it trades, with what its percentages give now, and what it forecasts from."""

from collections.abc import Sequence
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.util import dt as dt_util

from ..common.member.bidding import PreviewRow
from ..const import CONF_SOLAR
from ..outlook import chosen_weather, preferred_services, solar_services
from ..runtime import CaravelsRuntime
from ..settings import bidding_settings
from .services import services_form, services_in, services_schema
from .wishes import OPTIONS_SCHEMA, form_of, options_in


class CaravelsOptionsFlow(OptionsFlow):
    """Wishes; the entry's listener hands them to the agent, which makes forecasts and the books of open days anew."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(step_id="init", menu_options=["trading", "forecasting"])

    async def async_step_trading(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to trade, with the prices of the next open market day if there is one."""
        prices = await self._prices()
        return self._show("prices", prices) if prices else self._show("wishes", {})

    async def async_step_prices(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Keep what was entered beside the prices; a dialogue that is only opened again is shown again."""
        return await self.async_step_trading() if user_input is None else self._keep(options_in(user_input))

    async def async_step_wishes(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Keep what was entered while no market day is open."""
        return await self.async_step_trading() if user_input is None else self._keep(options_in(user_input))

    async def async_step_forecasting(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whose forecasts of weather and generation are taken."""
        services = await solar_services(self.hass)
        if user_input is not None:
            return self._keep(services_in(user_input, services))
        chosen: list[str] | None = self.config_entry.options.get(CONF_SOLAR)
        present = services_form(
            chosen_weather(self.hass, self.config_entry),
            await preferred_services(self.hass) if chosen is None else chosen,
            services,
        )
        return self.async_show_form(
            step_id="forecasting",
            data_schema=self.add_suggested_values_to_schema(services_schema(services), present),
            last_step=True,
        )

    def _show(self, step_id: str, placeholders: dict[str, str]) -> ConfigFlowResult:
        present = form_of(bidding_settings(self.config_entry.options))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, present),
            description_placeholders=placeholders,
            last_step=True,
        )

    def _keep(self, options: dict[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(data={**self.config_entry.options, **options})

    async def _prices(self) -> dict[str, str] | None:
        """Return what the present percentages mean on the next day that can still be bid for, or None."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return None
        runtime: CaravelsRuntime = self.config_entry.runtime_data
        state, now = runtime.agent.state, dt_util.utcnow().timestamp()
        market = min((one for one in state.market_days if now < one.gate_at), key=lambda one: one.day, default=None)
        if market is None or state.hello is None:
            return None
        rows = await runtime.agent.preview(market.day)
        if not rows:
            return None
        return {
            "day": market.day.isoformat(),
            "currency": state.hello.currency,
            "market": _between(rows, "market_price_micro_kwh"),
            "buy": _between(rows, "buy_price_micro_kwh"),
            "sell": _between(rows, "sell_price_micro_kwh"),
        }


def _between(rows: Sequence[PreviewRow], price: str) -> str:
    """Return the lowest and the highest of a day's prices, in whole units of money per kWh."""
    lowest, highest = (f"{some(getattr(row, price) for row in rows) / 1_000_000:.4f}" for some in (min, max))
    return lowest if lowest == highest else f"{lowest} – {highest}"
