"""A home leaves: the operator is told, and the person who removed the entry reads what becomes of its contracts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from . import runtime
from .common.member import pairing
from .common.member.journal import Journal
from .common.member.ports import JournalUnusable, OperatorAway
from .common.member.records import Membership
from .common.periods import local_day
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
    kept = _Kept()
    try:
        kept = await _kept(hass, path)
        left = await _told(hass, kept.membership)
    except Unauthorised:
        return _text("left_before", kept.bound_days, kept.bound_trades)
    except OperatorAway, ProtocolError, JournalUnusable, TimeoutError:
        return _text("left_untold", kept.bound_days, kept.bound_trades)
    return _text("left", left.bound_days, left.bound_trades)


def _text(key: str, days: Sequence[date], trades: int) -> tuple[str, dict[str, str]]:
    if not trades:
        return f"{key}_free", {}
    return f"{key}_bound", {"days": ", ".join(day.isoformat() for day in days), "trades": str(trades)}


async def _told(hass: HomeAssistant, membership: Membership | None) -> Left:
    transport = runtime.transport_to(hass, membership)
    if membership is None or transport is None:
        raise JournalUnusable("the journal no longer knows the operator")
    async with asyncio.timeout(LEAVE_WITHIN_S):
        return await pairing.leave(transport, membership.token)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the journal still knows: who this home is, and the contracts of days that are not over."""

    membership: Membership | None = None
    bound_days: Sequence[date] = ()
    bound_trades: int = 0


async def _kept(hass: HomeAssistant, path: Path) -> _Kept:
    if not await hass.async_add_executor_job(path.exists):
        return _Kept()
    journal = await ExecutorJournal.open(path)
    try:
        return await journal.run(_read)
    finally:
        await journal.close()


def _read(journal: Journal) -> _Kept:
    hello = journal.state.hello()
    today = local_day(int(dt_util.utcnow().timestamp()), hello.market_zone if hello else "UTC")
    bound = [result for result in journal.documents.results(today) if result.trades]
    days = [result.day for result in bound]
    return _Kept(journal.state.membership(), days, sum(len(result.trades) for result in bound))
