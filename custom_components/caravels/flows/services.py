"""The form in which a home says whose weather and solar forecasts are taken."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import probatio
from homeassistant.components.weather.const import DOMAIN as WEATHER
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..const import CONF_SOLAR, CONF_WEATHER

_WEATHER: Final = EntitySelector(
    EntitySelectorConfig(
        filter=[
            EntityWithDeviceFilterSelectorConfig(
                domain=WEATHER, supported_features=["weather.WeatherEntityFeature.FORECAST_HOURLY"]
            )
        ]
    )
)


def services_schema(services: Mapping[str, str]) -> probatio.Schema:
    """Return the form; it asks for solar forecasts where there are some.

    Args:
        services: id of each solar forecast service -> what people call it.
    """
    fields: dict[probatio.Marker, Any] = {probatio.Optional(CONF_WEATHER): _WEATHER}
    if services:
        options = [SelectOptionDict(value=service, label=name) for service, name in services.items()]
        fields[probatio.Optional(CONF_SOLAR)] = SelectSelector(
            SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST)
        )
    return probatio.Schema(fields)


def services_form(weather: str | None, chosen: Sequence[str], services: Mapping[str, str]) -> dict[str, Any]:
    """Return the form in which these are chosen; a service that is gone cannot be."""
    form: dict[str, Any] = {CONF_SOLAR: [service for service in chosen if service in services]}
    return form if weather is None else form | {CONF_WEATHER: weather}


def services_in(form: Mapping[str, Any], services: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that a form says: an empty field is none, and not the choice that is made by itself."""
    chosen = {CONF_WEATHER: form.get(CONF_WEATHER)}
    return chosen | {CONF_SOLAR: list(form.get(CONF_SOLAR, ()))} if services else chosen
