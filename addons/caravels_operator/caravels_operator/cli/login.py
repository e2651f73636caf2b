"""`login`: another password for the panel of an operator that stands alone, also while it serves."""

import argparse
import sys
from getpass import getpass
from typing import Any

from ..panel.password import LEAST_CHARACTERS, NAME, Password
from .common import add_place, place_of


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("login", help="set the password of the panel; who is logged in must log in again")
    add_place(parser)
    parser.add_argument("--make", action="store_true", help="make one by chance and print it")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Set the password: asked for twice on a terminal, one line of standard input else, or made."""
    _, folder = place_of(chosen)
    password = Password.in_folder(folder)
    if chosen.make:
        print(f"Log in to the panel as {NAME} with the password {password.make()}")
        return 0
    password.set(_asked())
    print(f"Log in to the panel as {NAME} with the new password.")
    return 0


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass(f"New password, at least {LEAST_CHARACTERS} characters: ")
    if getpass("Once more: ") != first:
        raise ValueError("The two are not the same. Nothing was changed.")
    return first
