"""A home leaves: the operator is told, and the person who removed the entry reads what becomes of its contracts."""

import asyncio
from pathlib import Path
from typing import Final

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from . import runtime
from .common.member import pairing
from .common.member.ports import JournalUnusable, OperatorAway
from .common.member.records import Membership
from .common.protocol import Left, ProtocolError
from .common.protocol.errors import Unauthorised
from .const import CONF_MEMBER_ID, DOMAIN
from .store import ExecutorJournal

LEAVE_WITHIN_S: Final = 10
"""How long the removal of an entry waits for the operator: a person looks at it."""


async def leave_operator(hass: HomeAssistant, entry: ConfigEntry, path: Path) -> None:
    """Tell the operator that this home leaves, and its people what that means; a home without a community just goes.

    Args:
        path: of the home's journal, which nobody else has open.
    """
    if CONF_MEMBER_ID not in entry.data:
        return
    key, more = await _leave(hass, path)
    texts = await async_get_translations(hass, hass.config.language, "issues", {DOMAIN})
    text = f"component.{DOMAIN}.issues.{key}"
    placeholders = {"community": entry.title, "member": entry.data[CONF_MEMBER_ID]} | more
    persistent_notification.async_create(
        hass,
        texts[f"{text}.description"].format(**placeholders),
        texts[f"{text}.title"].format(**placeholders),
        f"{DOMAIN}_left_{entry.entry_id}",
    )


async def _leave(hass: HomeAssistant, path: Path) -> tuple[str, dict[str, str]]:
    """Return what came of it: the text that says so, and what that text names besides."""
    try:
        left = await _told(hass, path)
    except Unauthorised:
        return "left_before", {}
    except OperatorAway, ProtocolError, JournalUnusable, TimeoutError:
        return "left_untold", {}
    if not left.bound_trades:
        return "left_free", {}
    days = ", ".join(day.isoformat() for day in left.bound_days)
    return "left_bound", {"days": days, "trades": str(left.bound_trades)}


async def _told(hass: HomeAssistant, path: Path) -> Left:
    membership = await _membership(hass, path)
    transport = runtime.transport_to(hass, membership)
    if membership is None or transport is None:
        raise JournalUnusable("the journal no longer knows the operator")
    async with asyncio.timeout(LEAVE_WITHIN_S):
        return await pairing.leave(transport, membership.token)


async def _membership(hass: HomeAssistant, path: Path) -> Membership | None:
    if not await hass.async_add_executor_job(path.exists):
        return None
    journal = await ExecutorJournal.open(path)
    try:
        return await journal.run(lambda opened: opened.state.membership())
    finally:
        await journal.close()
