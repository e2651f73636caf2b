"""Starts Home Assistant without multicast DNS: `home_assistant_launcher.py ARGUMENTS OF homeassistant`.

Run by the interpreter of the environment that has Home Assistant. Whatever its settings, Home Assistant's zeroconf
opens a socket on all addresses; in a demo nothing may listen outside this machine.
"""

import sys

import zeroconf._core
from homeassistant.__main__ import main


def no_sockets(*_arguments: object, **_options: object) -> tuple[None, list[object]]:
    """Stand for `zeroconf.create_sockets`: nothing is listened to, nothing is announced."""
    return None, []


if __name__ == "__main__":
    setattr(zeroconf._core, "create_sockets", no_sockets)  # noqa: B010, SLF001  # no setting for it, and no public name
    sys.exit(main())
