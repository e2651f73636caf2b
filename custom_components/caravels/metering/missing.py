"""Why a source says nothing of the last period: what a person can do about it, and nothing that mends itself."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant, valid_entity_id

from .curves import Amounts
from .findings import FindingCode, MeterFinding
from .sources import Meters, MeterSource
from .states import state_finding
from .statistics import Recorded

LATE_S: Final = 2 * 86_400
"""Statistics that are fetched from a grid operator may come this late."""


def why_missing(
    hass: HomeAssistant,
    meters: Meters,
    amounts: Mapping[MeterSource, Amounts],
    recorded: Recorded,
    last: int,
    now: float,
) -> tuple[MeterFinding, ...]:
    """Return what is wrong with the sources of which the period that starts at `last` [Unix s] is not known."""
    findings = []
    for register, sources in meters.registers():
        for source in sources:
            code = _why(hass, source, amounts[source], recorded, last, now)
            if code is not None:
                findings.append(MeterFinding(source.id, register, code))
    return tuple(findings)


def _why(
    hass: HomeAssistant, source: MeterSource, amounts: Amounts, recorded: Recorded, last: int, now: float
) -> FindingCode | None:
    if amounts.implausible:
        return FindingCode.IMPLAUSIBLE
    if last in amounts.known:
        return None
    record = recorded.records.get(source.id)
    state = hass.states.get(source.id) if valid_entity_id(source.id) else None
    if state is not None:
        return state_finding(state)
    if record is None:
        return FindingCode.MISSING
    if record.kind is None:
        return FindingCode.NOT_ENERGY_NOR_POWER
    late = not record.rows or now - record.rows[-1].end > LATE_S
    return FindingCode.NO_STATISTICS if late else None
