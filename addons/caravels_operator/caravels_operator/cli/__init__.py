"""The command line of the operator: one file a subject, and here the table of commands."""

import argparse
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

from ..ledger.errors import LedgerError
from ..options import OptionsWrong
from . import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code; what people did wrong is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="caravels", description="Operator of a CARAVELS energy community.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    given = sys.argv[1:] if arguments is None else arguments
    for command in _commands(given):
        command.add(subparsers)
    chosen = parser.parse_args(given)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        code: int = chosen.run(chosen)
    except (LedgerError, OptionsWrong, LookupError, ValueError, OSError) as error:
        print(f"caravels: {error}", file=sys.stderr)
        return 1
    return code


def _commands(given: Sequence[str]) -> tuple[ModuleType, ...]:
    """Return the modules of commands; each has `add(subparsers)`, which sets `run` to what its command does.

    `serve`, which must start fast and stay small, is loaded without the others, and `virtual-members` without those
    that write reports.
    """
    if given[:1] == ["serve"]:
        return (serve,)
    from . import virtual_members  # noqa: PLC0415

    if given[:1] == ["virtual-members"]:
        return (virtual_members,)
    from . import evaluate, export, ledger, login, members, models, train, virtual  # noqa: PLC0415

    return (serve, virtual, virtual_members, members, export, login, ledger, models, train, evaluate)
