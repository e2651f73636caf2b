"""The steps after the operator rejected this home's token: a new link for the same membership."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult

from ..const import CONF_MEMBER_ID
from .join_steps import FIELD_LINK, LINK_SCHEMA, JoinSteps
from .memberships import known_operator, renew
from .operators import REFUSALS, OtherMember, OtherOperator, error_key


class ReauthSteps(JoinSteps):
    """A new link; the queue and all that was journalled stay, and the home works on meanwhile."""

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin: the operator does not accept this home's token any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new link of the same member, and exchange its code."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            self.link_text = user_input[FIELD_LINK]
            try:
                await self._pair_again(entry)
            except REFUSALS as error:
                errors = {FIELD_LINK: error_key(error)}
            else:
                return self.async_abort(reason="paired_again")
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(LINK_SCHEMA, {FIELD_LINK: self.link_text}),
            errors=errors,
            description_placeholders={"member": entry.data.get(CONF_MEMBER_ID, "")},
            last_step=True,
        )

    async def _pair_again(self, entry: ConfigEntry) -> None:
        await self.find_operator()
        known = await known_operator(self.hass, entry)
        if known and not known.is_at(self.link, self.hello):
            raise OtherOperator
        paired = await self.exchange_code()
        if paired.member_id != entry.data.get(CONF_MEMBER_ID):
            await self.entry_already_joined(paired)  # if it is another one of this home's, that one must not lose it
            raise OtherMember
        await renew(self.hass, entry, self.link, self.token, paired)
