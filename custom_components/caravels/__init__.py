"""CARAVELS: this home in an energy community, as far as Home Assistant shows and feeds it.

What is decided is decided in `common/member`; the files here implement its ports and show its state.
"""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .common.member.ports import JournalUnusable
from .const import CONF_JOURNAL, DOMAIN, PLATFORMS
from .leaving import leave_operator
from .metering import meters_of
from .outlook import forget_holidays
from .repairs import watch_meters
from .runtime import CaravelsConfigEntry, start_runtime
from .services import register_services
from .settings import bidding_settings
from .store import journal_path, remove_journal
from .websocket_api import register_commands

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions and commands: they exist, and say what is wrong, also while no entry is loaded."""
    register_services(hass)
    register_commands(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: CaravelsConfigEntry) -> bool:
    """Start a home from what its own disk holds. The operator is reached in the background, today or another day.

    Raises:
        ConfigEntryError: the home's journal cannot be used.
    """
    try:
        runtime = await start_runtime(hass, entry)
    except JournalUnusable as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="journal_unusable", translation_placeholders={"why": str(error)}
        ) from error
    entry.runtime_data = runtime

    async def stop(_event: Event) -> None:
        await runtime.stop()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(watch_meters(hass, entry))
    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await runtime.stop()  # else it would work on unseen, and beside the one that is started next
        raise
    entry.async_on_unload(entry.add_update_listener(_entry_changed))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: CaravelsConfigEntry) -> bool:
    """Stop a home; what it journalled stays."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: CaravelsConfigEntry) -> None:
    """Tell the operator that this home leaves, say what becomes of its contracts, and forget the rest."""
    path = journal_path(hass, entry.data[CONF_JOURNAL])
    await leave_operator(hass, entry, path)
    await hass.async_add_executor_job(remove_journal, path)
    if not hass.config_entries.async_entries(DOMAIN):
        await hass.async_add_executor_job(forget_holidays, hass)
    for other in hass.config_entries.async_loaded_entries(DOMAIN):
        if meters_of(hass, other).ids() & meters_of(hass, entry).ids():
            hass.config_entries.async_schedule_reload(other.entry_id)  # its part of a shared meter lies elsewhere now


async def _entry_changed(hass: HomeAssistant, entry: CaravelsConfigEntry) -> None:
    """Follow a change of the entry: other wishes at once, other meters or another operator by a new start."""
    runtime = entry.runtime_data
    if entry.data != runtime.data:
        hass.config_entries.async_schedule_reload(entry.entry_id)
    else:
        runtime.agent.change_settings(bidding_settings(entry.options))
        runtime.coordinators.settings_changed()
