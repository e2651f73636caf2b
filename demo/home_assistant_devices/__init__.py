"""Gives the office's flexible devices to its forecasts, in a Home Assistant of the demo.

In Home Assistant people cannot declare flexible devices yet; here their declarations are in the configuration.
"""

from typing import Any

import msgspec
import probatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from custom_components.caravels.common.forecasting.devices import FlexibleDevice
from custom_components.caravels.outlook import DATA_DEVICES

DOMAIN = "caravels_demo"
CONFIG_SCHEMA = probatio.Schema({DOMAIN: probatio.Schema({str: list})}, extra=probatio.ALLOW_EXTRA)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Read the declarations: id of a member -> its devices."""
    declared: dict[str, Any] = config[DOMAIN]
    devices = {member: msgspec.convert(some, tuple[FlexibleDevice, ...]) for member, some in declared.items()}
    hass.data[DATA_DEVICES] = devices
    return True
