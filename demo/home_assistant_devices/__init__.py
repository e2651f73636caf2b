"""Gives the office's flexible devices to its forecasts, in a Home Assistant of the demo.

In Home Assistant people cannot declare flexible devices yet; here they are in a file of the configuration folder, with
what their meters showed until the demo began.
"""

from pathlib import Path

import msgspec
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from custom_components.caravels.common.forecasting.flexibility.devices import FlexibleDevice
from custom_components.caravels.outlook import DATA_DEVICES

DOMAIN = "caravels_demo"
FILE = "devices.json"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Read the devices: id of a member -> its own."""
    content = await hass.async_add_executor_job(Path(hass.config.path(FILE)).read_bytes)
    hass.data[DATA_DEVICES] = msgspec.json.decode(content, type=dict[str, tuple[FlexibleDevice, ...]])
    return True
