"""What can be told of a home when something is wrong, without saying whose home it is or how it is reached.

Only what is listed here is told; texts that the program made are searched for what they must not say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.components.sensor.const import DOMAIN as SENSOR
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, valid_entity_id

from .common.forecasting.forecast import Horizon, Target
from .common.member.journal import Journal
from .common.member.ports import JournalUnusable
from .common.member.records import Membership
from .common.member.state import AgentState
from .const import CONF_COMMUNITY, CONF_JOURNAL, CONF_MEMBER_ID, CONF_METERS, CONF_SOLAR, CONF_WEATHER
from .curves import told_basis
from .runtime import CaravelsConfigEntry
from .store import journal_path
from .views import BasisView

_BESIDE: Final = ("", "-wal")
_TEXTS: Final = ("problem", "meter_problem", "fault")


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: CaravelsConfigEntry) -> dict[str, Any]:
    """Return what helps to find a fault."""
    runtime = entry.runtime_data
    state = runtime.agent.state
    path = journal_path(hass, entry.data[CONF_JOURNAL])
    size = await hass.async_add_executor_job(journal_size, path)
    try:
        membership, waiting = await runtime.journal.run(_kept)
    except JournalUnusable:  # the link says so: that is what somebody wants to find
        membership, waiting = None, None
    secrets = _secrets(entry, membership)
    return {
        "options": _options(entry),
        "meters": {
            register: [_meter(hass, source) for source in sources]
            for register, sources in entry.data[CONF_METERS].items()
        },
        "link": {
            "state": state.link.value,
            "clock_skew_s": state.clock_skew_s,
            "read_until": state.read_until,
            "pinned_certificate": bool(membership and membership.fingerprint),
            "next_certificate_announced": bool(membership and membership.next_fingerprint),
            "token_being_replaced": bool(membership and membership.next_token),
            **{name: _without(secrets, getattr(state, name)) for name in _TEXTS},
        },
        "forecasts": [
            _forecast(target, horizon, basis)
            for target, view in runtime.coordinators.forecast.data.targets.items()
            for horizon, basis in view.bases.items()
        ],
        "operator": _operator(state),
        "days": _days(state),
        "journal": {"bytes": size, "waiting": waiting},
    }


def journal_size(path: Path) -> int:
    """Return how much a journal takes on disk [bytes]; blocks."""
    files = [path.with_name(path.name + suffix) for suffix in _BESIDE]
    return sum(file.stat().st_size for file in files if file.exists())


def _options(entry: CaravelsConfigEntry) -> dict[str, Any]:
    """Return what people decided; the names of what they chose may say where it stands."""
    named = {CONF_WEATHER: CONF_WEATHER in entry.options, CONF_SOLAR: CONF_SOLAR in entry.options}
    return {
        **{name: value for name, value in entry.options.items() if name not in named},
        "weather_chosen": named[CONF_WEATHER] and entry.options[CONF_WEATHER] is not None,
        "solar_forecasts_chosen": len(entry.options[CONF_SOLAR]) if named[CONF_SOLAR] else None,
    }


def _forecast(target: Target, horizon: Horizon, basis: BasisView) -> dict[str, Any]:
    named = basis.source.startswith(f"{SENSOR}.")  # a sensor of somebody's own
    return {
        "target": target.value,
        "horizon": horizon.value,
        **told_basis(replace(basis, source=REDACTED) if named else basis),
    }


def _kept(journal: Journal) -> tuple[Membership | None, list[dict[str, Any]]]:
    waiting = [
        {"method": command.method, "path": command.path, "created_at": command.created_at, "due_at": command.due_at}
        for command in journal.queue.all()
    ]
    return journal.state.membership(), waiting


def _secrets(entry: CaravelsConfigEntry, membership: Membership | None) -> list[str]:
    """Return what no text may say, the longest first: one may be part of another."""
    said: list[str | None] = [entry.title, entry.unique_id, entry.entry_id]
    said += [entry.data[CONF_JOURNAL], entry.data.get(CONF_COMMUNITY), entry.data.get(CONF_MEMBER_ID)]
    said += [source["id"] for sources in entry.data[CONF_METERS].values() for source in sources]
    if membership:
        said += [membership.member_id, membership.token, membership.next_token]
        said += [membership.fingerprint, membership.next_fingerprint, *membership.addresses]
        said += [address.rpartition(":")[0] for address in membership.addresses]
    return sorted({text for text in said if text}, key=len, reverse=True)


def _without(secrets: Iterable[str], text: str | None) -> str | None:
    if text is None:
        return None
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return text


def _meter(hass: HomeAssistant, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return what kind of thing a meter is; its name may say where it stands."""
    state = hass.states.get(source["id"]) if valid_entity_id(source["id"]) else None
    attributes = state.attributes if state else {}
    return {
        "entity": valid_entity_id(source["id"]),
        "share": source["share"],
        "exists": state is not None,
        "number": state is not None and _is_number(state.state),
        **{name: attributes.get(name) for name in (ATTR_DEVICE_CLASS, ATTR_STATE_CLASS, ATTR_UNIT_OF_MEASUREMENT)},
    }


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _operator(state: AgentState) -> dict[str, Any] | None:
    hello = state.hello
    if hello is None:
        return None
    return {
        "protocol_version": hello.protocol_version,
        "oldest_supported": hello.oldest_supported,
        "currency": hello.currency,
        "time_zone": hello.time_zone,
        "market_zone": hello.market_zone,
        "market_period_s": hello.market_period_s,
        "settlement_period_s": hello.settlement_period_s,
        "reading_interval_s": hello.reading_interval_s,
    }


def _days(state: AgentState) -> dict[str, Any]:
    return {
        "markets": [
            {"day": market.day.isoformat(), "gate_at": market.gate_at, "periods": len(market.periods)}
            for market in state.market_days
        ],
        "books": [
            {
                "day": own.book.day.isoformat(),
                "revision": own.book.revision,
                "bids": len(own.book.bids),
                "state": own.state.value,
                "code": own.code.value if own.code else None,
            }
            for own in state.books
        ],
        "results": [{"day": result.day.isoformat(), "trades": len(result.trades)} for result in state.results],
        "statements": [
            {"day": statement.day.isoformat(), "version": statement.version} for statement in state.statements
        ],
        "months": [month.month for month in state.months],
    }
