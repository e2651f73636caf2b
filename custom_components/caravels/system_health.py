"""How the homes and their links are, on Home Assistant's page of system health."""

import asyncio
from typing import Any, Final

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from . import runtime
from .common.forecasting.forecast import Horizon
from .common.member.ports import JournalUnusable, OperatorAway
from .common.protocol import ProtocolError
from .common.protocol.paths import HELLO
from .const import CONF_JOURNAL, DOMAIN
from .diagnostics import journal_size
from .runtime import CaravelsConfigEntry
from .store import journal_path

ANSWER_WITHIN_S: Final = 5


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told, of all loaded homes; whether the operators answer comes later."""
    entries: list[CaravelsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    paths = [journal_path(hass, entry.data[CONF_JOURNAL]) for entry in entries]
    sizes = [await hass.async_add_executor_job(journal_size, path) for path in paths]
    links = [f"{entry.title}: {entry.runtime_data.agent.state.link.value}" for entry in entries]
    waiting = [await _waiting(entry) for entry in entries]
    read = [entry.runtime_data.agent.state.read_until for entry in entries]
    last = max((at for at in read if at is not None), default=None)
    return {
        "homes": len(entries),
        "link": ", ".join(links) or None,
        "operator_reached": _reached(hass, entries),
        "journal_size": f"{sum(sizes) / 1_000_000:.1f} MB",
        "waiting": None if None in waiting else sum(waiting),
        "last_reading": None if last is None else dt_util.utc_from_timestamp(last),
        "forecasts": "; ".join(filter(None, map(_forecasts, entries))) or None,
    }


def _forecasts(entry: CaravelsConfigEntry) -> str:
    """Return what an entry's forecasts of a day ahead are made by, and how much better than last week they did."""
    said = []
    for target, view in entry.runtime_data.coordinators.forecast.data.targets.items():
        if basis := view.bases.get(Horizon.DAY_AHEAD):
            better = basis.skill.over_last_week if basis.skill else None
            said.append(f"{target} {basis.method}" + ("" if better is None else f" {better:+.1f} %"))
    return f"{entry.title}: {', '.join(said)}" if said else ""


async def _waiting(entry: CaravelsConfigEntry) -> int | None:
    """Return how many commands wait for the operator, or None where the journal cannot be read."""
    try:
        return await entry.runtime_data.journal.run(lambda journal: len(journal.queue.all()))
    except JournalUnusable:
        return None


async def _reached(hass: HomeAssistant, entries: list[CaravelsConfigEntry]) -> str | dict[str, str]:
    """Return `ok` if every operator of these homes answers."""
    for entry in entries:
        try:
            membership = await entry.runtime_data.journal.run(lambda journal: journal.state.membership())
            if transport := runtime.transport_to(hass, membership):
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await transport.request("GET", HELLO, b"", None)
        except OperatorAway, ProtocolError, JournalUnusable, TimeoutError:
            return {"type": "failed", "error": "unreachable"}
    return "ok"
