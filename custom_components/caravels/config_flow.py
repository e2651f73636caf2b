"""The dialogues through which a home is set up, changed and paired again; their steps are in `flows`."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import UnknownFlow

from .const import CONF_COMMUNITY, CONF_JOURNAL, CONF_MEMBER_ID, CONF_METERS, DOMAIN
from .flows.base import MeterData
from .flows.memberships import new_journal_name, unique_id_of, write_membership
from .flows.meter_steps import MeterSteps
from .flows.options import CaravelsOptionsFlow
from .flows.reauth_steps import ReauthSteps
from .flows.reconfigure_steps import ReconfigureSteps
from .store import journal_path, remove_journal

ALONE = "alone"
"""Unique id of the home without a community: there is one at most."""
ALONE_TITLE = "Home"


class CaravelsConfigFlow(MeterSteps, ReauthSteps, ReconfigureSteps, domain=DOMAIN):
    """Link, meters, wishes, entry; or meters, entry, for a home without a community."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin without a journal."""
        super().__init__()
        self._journal: str | None = None
        self._removed = False

    @staticmethod
    @callback
    def async_get_options_flow(_config_entry: ConfigEntry) -> CaravelsOptionsFlow:
        """Return the dialogue of the home's wishes."""
        return CaravelsOptionsFlow()

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether there is a community."""
        return self.async_show_menu(step_id="user", menu_options=["join", "alone"])

    async def async_step_alone(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Set up a home without a community, once."""
        await self.async_set_unique_id(ALONE, raise_on_progress=False)
        self._abort_if_unique_id_configured(error="already_alone")
        return await self.async_step_meters()

    async def go_on_with_operator(self) -> ConfigFlowResult:
        """See `CaravelsFlow`: meters that were accepted before are not asked for again."""
        if self.reconfiguring or self.meters is not None:
            return await self.async_step_bidding()
        return await self.async_step_meters()

    async def go_on_with_meters(self, meters: MeterData) -> ConfigFlowResult:
        """See `CaravelsFlow`."""
        if self.reconfiguring:
            return self.change_meters(meters)
        self.meters = meters
        if self.operator_found:
            return await self.async_step_bidding()
        self._abort_if_unique_id_configured(error="already_alone")
        data = {CONF_JOURNAL: new_journal_name(), CONF_METERS: meters}
        return self.async_create_entry(title=ALONE_TITLE, data=data)

    async def join_community(self) -> ConfigFlowResult:
        """See `CaravelsFlow`: journal the membership, then create the entry."""
        if self.reconfiguring:
            return await self.join_with_entry()
        paired = await self.exchange_code()
        if await self.entry_already_joined(paired):
            return self.async_abort(reason="already_configured")
        if self.meters_were_taken:
            return await self.divide_meters()  # the exchange is repeated with the same token afterwards
        await self.async_set_unique_id(unique_id_of(self.link, paired.member_id), raise_on_progress=False)
        self._journal = self._journal or new_journal_name()
        await write_membership(self.hass, self._journal, self.link, self.token, paired)
        if self._removed:  # the dialogue was closed meanwhile
            self._forget_journal()
            raise UnknownFlow
        return self.async_create_entry(
            title=paired.hello.community,
            data={
                CONF_JOURNAL: self._journal,
                CONF_METERS: self.meters,
                CONF_COMMUNITY: paired.hello.community,
                CONF_MEMBER_ID: paired.member_id,
            },
            options=self.options,
        )

    def entry_title(self) -> str:
        """See `CaravelsFlow`."""
        return self._get_reconfigure_entry().title if self.reconfiguring else ALONE_TITLE

    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Take note that the journal has an entry."""
        self._journal = None
        return result

    @callback
    def async_remove(self) -> None:
        """Leave no journal behind that no entry names."""
        self._removed = True
        self._forget_journal()

    def _forget_journal(self) -> None:
        if self._journal is not None:
            self.hass.async_add_executor_job(remove_journal, journal_path(self.hass, self._journal))
            self._journal = None
