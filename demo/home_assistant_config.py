"""A fresh configuration folder of Home Assistant that listens on loopback alone and has the office's meters."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice

from .office import REGISTERS

METERS_EVERY_S: Final = 10
DEVICES: Final = Path(__file__).with_name("home_assistant_devices")
DEVICES_DOMAIN: Final = "caravels_demo"
DEVICES_FILE: Final = "devices.json"

_CONFIGURATION: Final = """\
# made by script/demo
config:
energy:
frontend:
history:
logbook:
mobile_app:
my:
recorder:
system_health:
"""


def write_config(
    folder: Path,
    integration: Path,
    port: int,
    meters_url: str | None,
    devices: Mapping[str, Sequence[FlexibleDevice]] | None = None,
) -> None:
    """Make a configuration folder.

    Args:
        folder: to be made.
        integration: the integration's folder, which is linked in.
        port: on loopback, where Home Assistant is to listen.
        meters_url: where the office's counters are served; None leaves them out.
        devices: id of a member -> its flexible devices, for its forecasts.
    """
    custom = folder / "custom_components"
    custom.mkdir(parents=True)
    (custom / integration.name).symlink_to(integration.resolve(), target_is_directory=True)
    content = _CONFIGURATION + ("" if meters_url is None else _rest(meters_url))
    if devices:
        (custom / DEVICES_DOMAIN).symlink_to(DEVICES.resolve(), target_is_directory=True)
        (folder / DEVICES_FILE).write_bytes(msgspec.json.encode(devices))
        content += f"{DEVICES_DOMAIN}:\n"
    (folder / "configuration.yaml").write_text(content, encoding="utf-8")
    write_http(folder, port)
    _store(folder, "core.network", 1, {"configured_adapters": ["lo"]})
    _store(folder, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})


def write_http(folder: Path, port: int) -> None:
    """Put the address where it listens into the store, in its first form: migrated, it stands without confirmation.

    Before each start, because the store is rewritten by Home Assistant, which then asks for confirmation.
    """
    _store(folder, "http", 1, {"server_host": ["127.0.0.1"], "server_port": port})


def _store(folder: Path, key: str, version: int, data: dict[str, Any]) -> None:
    place = folder / ".storage"
    place.mkdir(exist_ok=True)
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (place / key).write_text(json.dumps(content), encoding="utf-8")


def _rest(url: str) -> str:
    # JSON is YAML: nothing of it needs quoting by hand.
    sensors = [
        {
            "name": register.name,
            "unique_id": f"office_{register.key}",
            "value_template": f"{{{{ value_json.{register.key} }}}}",
            "unit_of_measurement": "kWh",
            "device_class": "energy",
            "state_class": "total_increasing",
        }
        for register in REGISTERS
    ]
    return f"rest: {json.dumps([{'resource': url, 'scan_interval': METERS_EVERY_S, 'sensor': sensors}])}\n"
