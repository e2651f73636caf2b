"""Meters that several communities share: who has which part, and the form that asks for this one's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import probatio
from homeassistant.const import UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode

from ..const import CONF_METERS, DOMAIN
from ..metering.sources import WHOLE_PERMILLE, shares_of

PAGE: Final = 6
"""Meters that one form asks for: its fields are `share_1` to `share_6`, so that each has a translated name."""

_PERCENT: Final = NumberSelector(
    NumberSelectorConfig(
        min=0.1, max=100, step=0.1, unit_of_measurement=UnitOfRatio.PERCENTAGE, mode=NumberSelectorMode.BOX
    )
)

type Elsewhere = dict[str, dict[str, int]]
"""Meter's id -> title of another entry -> the part it has [permille]."""


def shares_elsewhere(hass: HomeAssistant, entry_id: str | None) -> Elsewhere:
    """Return which parts of meters the entries have, but for one of them."""
    found: Elsewhere = {}
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        if entry.entry_id == entry_id:
            continue
        for meter, share in shares_of(entry.data[CONF_METERS]).items():
            found.setdefault(meter, {})[entry.title] = found.get(meter, {}).get(entry.title, 0) + share
    return found


def share_schema(count: int) -> probatio.Schema:
    """Return the form for so many meters."""
    return probatio.Schema({probatio.Required(field_of(place)): _PERCENT for place in range(count)})


def field_of(place: int) -> str:
    """Return the field of a meter by its place on the page."""
    return f"share_{place + 1}"


def share_placeholders(hass: HomeAssistant, meters: Sequence[str], elsewhere: Elsewhere) -> dict[str, str]:
    """Return what the form tells: the meters' names, and what other communities have of them."""
    told: dict[str, str] = {}
    for place, meter in enumerate(meters):
        others = elsewhere.get(meter, {})
        told[f"meter_{place + 1}"] = name_of(hass, meter)
        told[f"others_{place + 1}"] = ", ".join(f"{title} {share / 10:g} %" for title, share in others.items()) or "0 %"
    return told


def suggested_shares(meters: Sequence[str], elsewhere: Elsewhere, own: Mapping[str, int]) -> dict[str, float]:
    """Return what the form proposes [%]: this entry's present parts, else what the others leave."""
    free = {meter: own.get(meter, WHOLE_PERMILLE - taken(meter, elsewhere)) for meter in meters}
    return {field_of(place): free[meter] / 10 for place, meter in enumerate(meters) if free[meter] > 0}


def shares_in(form: Mapping[str, Any], meters: Sequence[str]) -> dict[str, int]:
    """Return the parts [permille] by meter that were entered [%]."""
    return {meter: round(form[field_of(place)] * 10) for place, meter in enumerate(meters)}


def above_whole(shares: Mapping[str, int], elsewhere: Elsewhere) -> list[str]:
    """Return the meters of which more than the whole would be taken."""
    return [meter for meter, share in shares.items() if share + taken(meter, elsewhere) > WHOLE_PERMILLE]


def taken(meter: str, elsewhere: Elsewhere) -> int:
    """Return the part of a meter that other entries have [permille]."""
    return sum(elsewhere.get(meter, {}).values())


def name_of(hass: HomeAssistant, meter: str) -> str:
    """Return what people call a meter."""
    state = hass.states.get(meter)
    return f"{state.name} ({meter})" if state else meter
