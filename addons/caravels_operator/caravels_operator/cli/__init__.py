"""The command line of the operator: one file a subject, and here the table of commands."""

import argparse
import logging
import sys
from collections.abc import Sequence

from ..ledger.errors import LedgerError
from ..options import OptionsWrong
from . import export, ledger, members, serve, virtual

COMMANDS = (serve, virtual, members, export, ledger)
"""Each has `add(subparsers)`, which sets `run` to what its command does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code; what people did wrong is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="caravels", description="Operator of a CARAVELS energy community.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        code: int = chosen.run(chosen)
    except (LedgerError, OptionsWrong, LookupError, ValueError, OSError) as error:
        print(f"caravels: {error}", file=sys.stderr)
        return 1
    return code
