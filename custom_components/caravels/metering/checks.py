"""The test of chosen meters before they are used, for the config flow and for repairs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers.recorder import get_instance

from .findings import FindingCode, MeterFinding
from .sources import WHOLE_PERMILLE, Kind, Meters, MeterSource
from .states import is_compiled, state_finding
from .statistics import recorder_answers, statistic_kinds

__all__ = ["FindingCode", "MeterFinding", "check_meters"]

_NOTHING_TAKEN: Final[Mapping[str, int]] = {}


async def check_meters(
    hass: HomeAssistant, meters: Meters, taken: Mapping[str, int] = _NOTHING_TAKEN
) -> tuple[MeterFinding, ...]:
    """Return what is to be said of chosen meters, at most one finding of a kind for each.

    Args:
        hass: where they are.
        meters: what was chosen.
        taken: the permille of each id that other entries have (`shares_of` of their data, added up).
    """
    kinds: Mapping[str, Kind | None] | None = None
    if recorder_answers(hass):
        kinds = await get_instance(hass).async_add_executor_job(statistic_kinds, hass, meters.ids())
    times = Counter(source.id for _, sources in meters.registers() for source in sources)
    findings = []
    for register, sources in meters.registers():
        for source in sources:
            codes = [*_found(hass, source, kinds), *_shared(source, times, taken)]
            findings += [MeterFinding(source.id, register, code) for code in codes]
    return tuple(findings)


def _found(hass: HomeAssistant, source: MeterSource, kinds: Mapping[str, Kind | None] | None) -> Iterator[FindingCode]:
    state = hass.states.get(source.id) if valid_entity_id(source.id) else None
    if state is not None:
        code = state_finding(state)
        if code is not None:
            yield code
        elif kinds is not None and not is_compiled(hass, state) and not kinds.get(source.id):
            yield FindingCode.NO_STATISTICS
    elif kinds is None or source.id not in kinds:
        yield FindingCode.MISSING
    elif kinds[source.id] is None:
        yield FindingCode.NOT_ENERGY_NOR_POWER
    else:
        yield FindingCode.STATISTIC_ONLY


def _shared(source: MeterSource, times: Mapping[str, int], taken: Mapping[str, int]) -> Iterator[FindingCode]:
    if times[source.id] > 1:
        yield FindingCode.DUPLICATE
    if source.share_permille + taken.get(source.id, 0) > WHOLE_PERMILLE:
        yield FindingCode.SHARE_OVER_WHOLE
