"""The steps in which an entry is changed: other meters, the operator elsewhere, or a community at last."""

from typing import Any, Final

import probatio
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig

from ..common.member import pairing
from ..common.member.ports import JournalUnusable
from ..const import CONF_COMMUNITY, CONF_MEMBER_ID, CONF_METERS, DOMAIN
from ..metering.sources import shares_of
from .base import MeterData
from .join_steps import JoinSteps
from .memberships import known_operator, move, restarted, unique_id_of
from .operators import REFUSALS, KnownOperator, OtherOperator, error_key, greet, read_addresses

FIELD_ADDRESS: Final = "address"
ADDRESS_SCHEMA: Final = probatio.Schema(
    {probatio.Required(FIELD_ADDRESS): TextSelector(TextSelectorConfig(multiline=True))}
)


class ReconfigureSteps(JoinSteps):
    """Changes of an entry. What is journalled stays in all of them."""

    _known: KnownOperator

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be changed."""
        try:
            known = await known_operator(self.hass, self._get_reconfigure_entry())
        except JournalUnusable:
            return self.async_abort(reason="journal_unusable")
        if known is None:
            return self.async_show_menu(step_id="reconfigure", menu_options=["meters", "join"])
        self._known = known
        return self.async_show_menu(step_id="reconfigure", menu_options=["meters", "address"])

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the operator is now; token and queue are kept."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        text = ", ".join(self._known.membership.addresses)
        if user_input is not None:
            text = user_input[FIELD_ADDRESS]
            try:
                await self._follow_operator(text)
            except REFUSALS as error:
                errors = {FIELD_ADDRESS: error_key(error)}
            else:
                return self.async_abort(reason="address_changed")
        return self.async_show_form(
            step_id="address",
            data_schema=self.add_suggested_values_to_schema(ADDRESS_SCHEMA, {FIELD_ADDRESS: text}),
            errors=errors,
            description_placeholders={"community": entry.title},
            last_step=True,
        )

    async def join_with_entry(self) -> ConfigFlowResult:
        """Exchange the code for the membership of an entry that had none, or raise one of the `REFUSALS`."""
        entry = self._get_reconfigure_entry()
        paired = await self.exchange_code()
        already = await self.entry_already_joined(paired)
        if already is not None and already.entry_id != entry.entry_id:
            return self.async_abort(reason="already_configured")
        async with restarted(self.hass, entry) as journal:
            await pairing.join(journal, self.link, self.token, paired)
            return self.async_update_and_abort(
                entry,
                unique_id=unique_id_of(self.link, paired.member_id),
                title=paired.hello.community,
                data_updates={CONF_COMMUNITY: paired.hello.community, CONF_MEMBER_ID: paired.member_id},
                options={**entry.options, **self.options},
                reason="joined",
            )

    def change_meters(self, meters: MeterData) -> ConfigFlowResult:
        """Keep other meters: the entry's listener starts it anew, and so do other communities' whose parts move."""
        entry = self._get_reconfigure_entry()
        before, after = shares_of(entry.data[CONF_METERS]), shares_of(meters)
        moved = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
        result = self.async_update_and_abort(entry, data_updates={CONF_METERS: meters}, reason="meters_changed")
        for other in self.hass.config_entries.async_loaded_entries(DOMAIN):
            if other.entry_id != entry.entry_id and moved & shares_of(other.data[CONF_METERS]).keys():
                self.hass.config_entries.async_schedule_reload(other.entry_id)
        return result

    async def _follow_operator(self, text: str) -> None:
        link = read_addresses(text, self._known.membership.fingerprint)
        hello = await greet(self.hass, link)
        if not self._known.is_at(link, hello):
            raise OtherOperator
        await move(self.hass, self._get_reconfigure_entry(), link)
