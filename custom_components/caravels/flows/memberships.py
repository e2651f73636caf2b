"""Memberships in the journals of config entries: made for a new entry, looked up, and replaced in an existing one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from ..common.member import pairing
from ..common.member.ports import JournalPort, JournalUnusable
from ..common.protocol import Hello, Paired, PairingLink
from ..const import CONF_JOURNAL, CONF_MEMBER_ID, DOMAIN
from ..store import ExecutorJournal, journal_path, remove_journal
from .operators import KnownOperator


def unique_id_of(link: PairingLink, member_id: str) -> str:
    """Return what an entry is known by: its operator and its member."""
    return f"{link.fingerprint or link.addresses[0]}:{member_id}"


def new_journal_name() -> str:
    """Return the name of a journal that no other entry has."""
    return uuid4().hex


async def write_membership(hass: HomeAssistant, name: str, link: PairingLink, token: str, paired: Paired) -> None:
    """Make the journal of an entry that is about to be created.

    Raises:
        JournalUnusable: there is no journal.
    """
    path = journal_path(hass, name)
    try:
        journal = await ExecutorJournal.open(path)
        try:
            await pairing.join(journal, link, token, paired)
        finally:
            await journal.close()
    except BaseException:
        await hass.async_add_executor_job(remove_journal, path)
        raise


async def known_operator(hass: HomeAssistant, entry: ConfigEntry) -> KnownOperator | None:
    """Return the operator of an entry, or None where it has none.

    Raises:
        JournalUnusable: the journal cannot be read.
    """
    async with _journal_of(hass, entry) as journal:
        membership, hello = await journal.run(lambda opened: (opened.state.membership(), opened.state.hello()))
    if membership is None:
        return None
    return KnownOperator(membership, hello.epoch, hello.community) if hello else KnownOperator(membership, "", "")


async def entry_of(hass: HomeAssistant, link: PairingLink, hello: Hello, member_id: str) -> ConfigEntry | None:
    """Return the entry that is this member of this operator already.

    Its unique id alone does not tell: an operator's certificate and addresses change.
    """
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if entry.data.get(CONF_MEMBER_ID) == member_id and await _is_at(hass, entry, link, hello):
            return entry
    return None


async def has_entry_of(hass: HomeAssistant, link: PairingLink, hello: Hello) -> bool:
    """Return whether there is an entry of a link's operator, whoever its member is."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return any([await _is_at(hass, entry, link, hello) for entry in entries])


async def _is_at(hass: HomeAssistant, entry: ConfigEntry, link: PairingLink, hello: Hello) -> bool:
    member_id = entry.data.get(CONF_MEMBER_ID)
    if member_id is not None and entry.unique_id == unique_id_of(link, member_id):
        return True
    try:
        known = await known_operator(hass, entry)
    except JournalUnusable:
        return False
    return known is not None and known.is_at(link, hello)


async def renew(hass: HomeAssistant, entry: ConfigEntry, link: PairingLink, token: str, paired: Paired) -> None:
    """Give an entry a new membership; its queue and all else that it journalled stay.

    Raises:
        JournalUnusable, OperationNotAllowed: nothing was changed.
    """
    async with restarted(hass, entry) as journal:
        await pairing.join(journal, link, token, paired)


async def move(hass: HomeAssistant, entry: ConfigEntry, link: PairingLink) -> None:
    """Let an entry reach its operator at other addresses, with the token and the queue that it has.

    Raises:
        NotPaired, JournalUnusable, OperationNotAllowed: nothing was changed.
    """
    async with restarted(hass, entry) as journal:
        await pairing.move(journal, link.addresses, link.fingerprint)


@asynccontextmanager
async def _journal_of(hass: HomeAssistant, entry: ConfigEntry) -> AsyncIterator[JournalPort]:
    """Open an entry's journal: the one that it works with while it is loaded."""
    if entry.state is ConfigEntryState.LOADED:
        yield entry.runtime_data.journal
        return
    journal = await ExecutorJournal.open(journal_path(hass, entry.data[CONF_JOURNAL]))
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def restarted(hass: HomeAssistant, entry: ConfigEntry) -> AsyncIterator[JournalPort]:
    """Open an entry's journal while nobody else writes its membership, and have the entry started again.

    Raises:
        OperationNotAllowed: Home Assistant is starting or stopping the entry just now.
        JournalUnusable: there is no journal.
    """
    was_loaded = entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
    try:
        async with _journal_of(hass, entry) as journal:
            yield journal
    except BaseException:
        if was_loaded:  # not by a reload: that would end the dialogue in which this is tried again
            await hass.config_entries.async_setup(entry.entry_id)
        raise
    hass.config_entries.async_schedule_reload(entry.entry_id)
