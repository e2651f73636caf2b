"""`serve`: the live operator."""

import argparse
import asyncio
from typing import Any

from ..app.live import Started, serve
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
        print(f"The panel is at http://{options.panel_host}:{reached.panel_port}/ .", flush=True)

    asyncio.run(serve(options, folder, started))
    return 0
