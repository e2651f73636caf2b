"""The steps in which a home joins a community: the link, and how it wants to trade."""

from typing import Any, Final

import probatio
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType

from ..common.member.pairing import new_token
from ..common.protocol import Paired
from ..common.protocol.errors import PairingExpired, PairingUsed, PairingWrong
from ..settings import bidding_settings
from .base import CaravelsFlow
from .memberships import entry_of, has_entry_of, renew
from .operators import REFUSALS, error_key, exchange, greet, read_link
from .wishes import BIDDING_SCHEMA, form_of, options_in

FIELD_LINK: Final = "link"
LINK_SCHEMA: Final = probatio.Schema(
    {probatio.Required(FIELD_LINK): TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT, autocomplete="off"))}
)
_NEW_LINK_NEEDED: Final = (PairingWrong, PairingUsed, PairingExpired)


class JoinSteps(CaravelsFlow):
    """Link and wishes; the code is exchanged with the last submit, so that whoever gives up has used nothing."""

    def __init__(self) -> None:
        """Begin without a link."""
        super().__init__()
        self.link_text = ""

    async def async_step_join(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the pairing link, and find its operator."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self.link_text = user_input[FIELD_LINK]
            try:
                await self.find_operator()
                already = await self._already_joined()
            except REFUSALS as error:
                errors = {FIELD_LINK: error_key(error)}
            else:
                if already:
                    return self.async_abort(reason="already_configured")
                return await self.go_on_with_operator()
        return self._show_link(errors)

    async def async_step_bidding(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to trade, and exchange the code."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self.options |= options_in(user_input)
            try:
                return await self.join_community()
            except _NEW_LINK_NEEDED as error:
                return self._show_link({FIELD_LINK: error_key(error)})
            except REFUSALS as error:
                errors = {"base": error_key(error)}
        suggested = form_of(bidding_settings(self.options))
        return self.async_show_form(
            step_id="bidding",
            data_schema=self.add_suggested_values_to_schema(BIDDING_SCHEMA, suggested),
            errors=errors,
            description_placeholders={"community": self.hello.community, "currency": self.hello.currency},
            last_step=True,
        )

    async def find_operator(self) -> None:
        """Find the operator of the link that was entered, or raise one of the `REFUSALS`."""
        link = read_link(self.link_text)
        hello = await greet(self.hass, link)
        if not self.operator_found or link != self.link:
            self.link, self.token = link, new_token()
        self.hello = hello
        self.operator_found = True

    async def exchange_code(self) -> Paired:
        """Exchange the link's code, or raise one of the `REFUSALS`."""
        return await exchange(self.hass, self.link, self.token)

    async def entry_already_joined(self, paired: Paired) -> ConfigEntry | None:
        """Return the entry that is this member already; it gets the new token, as the exchange ended its old one."""
        entry = await entry_of(self.hass, self.link, paired.hello, paired.member_id)
        if entry is not None:
            await renew(self.hass, entry, self.link, self.token, paired)
        return entry

    async def _already_joined(self) -> bool:
        """Return whether the link's member is here already, before its meters are said to be taken.

        Only the exchange tells who the member is. Where no entry has this operator it waits for the last step.
        """
        if not await has_entry_of(self.hass, self.link, self.hello):
            return False
        return await self.entry_already_joined(await self.exchange_code()) is not None

    def _show_link(self, errors: dict[str, str]) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="join",
            data_schema=self.add_suggested_values_to_schema(LINK_SCHEMA, {FIELD_LINK: self.link_text}),
            errors=errors,
            last_step=False,
        )
