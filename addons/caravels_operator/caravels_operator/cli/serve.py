"""`serve`: the live operator."""

import argparse
import asyncio
from typing import Any

from ..app.live import Started, serve
from ..panel.password import NAME
from .common import add_place, place_of


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="serve members and panel until stopped")
    add_place(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    options, folder = place_of(chosen)

    def started(reached: Started) -> None:
        print(f"Members reach this operator on TLS port {reached.member_port}.")
        print(f"Certificate SHA-256 {reached.fingerprint}.")
        if reached.panel_password is not None:
            print(f"Log in to the panel as {NAME} with the password {reached.panel_password}")
            print("It is not said again. Another one is set by: caravels login")
        print(f"The panel is at {reached.panel_address} .", flush=True)

    asyncio.run(serve(options, folder, started))
    return 0
