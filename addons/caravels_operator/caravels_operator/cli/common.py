"""Arguments that several commands share."""

import argparse
from pathlib import Path

from ..app.live import database_url
from ..ledger.store import Ledger
from ..options import Options, load_options

DEFAULT_FOLDER = Path("data")
APP_OPTIONS = Path("/data/options.json")
"""Where the Supervisor writes an app's options; its data folder is beside it."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where an operator's options and data are."""
    as_app = APP_OPTIONS.exists()
    parser.add_argument(
        "--options",
        type=Path,
        default=APP_OPTIONS if as_app else None,
        metavar="FILE",
        help="JSON file with the operator's options (default: the app's own, else none)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=APP_OPTIONS.parent if as_app else DEFAULT_FOLDER,
        metavar="DIR",
        help="folder with ledger and certificate (default: %(default)s)",
    )


def place_of(chosen: argparse.Namespace) -> tuple[Options, Path]:
    """Return the checked options and the data folder.

    Raises:
        OptionsWrong: an option is wrong; all of them are named.
    """
    return load_options(chosen.options), chosen.data


def address_of(chosen: argparse.Namespace) -> str:
    """Return the address of the ledger."""
    return database_url(*place_of(chosen))


def open_ledger(chosen: argparse.Namespace, *, create: bool = False) -> Ledger:
    """Open the ledger for a command of this process alone.

    Raises:
        LedgerError: it is missing, damaged, of another version or in use.
    """
    return Ledger.open(address_of(chosen), inline=True, create=create)
