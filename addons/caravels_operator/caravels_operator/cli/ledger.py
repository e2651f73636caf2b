"""`backup`, `restore`, `verify`, `migrate`: the care of the ledger."""

import argparse
from pathlib import Path
from typing import Any

from ..app.live import database_url
from ..community.replay import replay
from ..ledger import backup, migrations
from ..ledger.engine import parse, reading
from ..ledger.verify import verify
from .common import add_place, address_of, place_of


def add(subparsers: Any) -> None:
    """Add the commands."""
    for name, help_text, run in (
        ("backup", "write a consistent copy of the ledger, also while it is served", run_backup),
        ("restore", "put a backup in the ledger's place and begin a new epoch", run_restore),
        (
            "verify",
            "check pages, hash chain, money and outbox; clear and settle every day again",
            run_verify,
        ),
        ("migrate", "make the ledger, or bring it to this version", run_migrate),
    ):
        parser = subparsers.add_parser(name, help=help_text)
        add_place(parser)
        parser.set_defaults(run=run)
        if name in ("backup", "restore"):
            parser.add_argument("file", type=Path, help="the backup")
        if name == "restore":
            parser.add_argument("--overwrite", action="store_true", help="replace the ledger; the old one is kept")


def run_backup(chosen: argparse.Namespace) -> int:
    """Write a backup."""
    backup.backup(address_of(chosen), chosen.file)
    print(f"The ledger is copied to {chosen.file} and the copy was verified.")
    return 0


def run_restore(chosen: argparse.Namespace) -> int:
    """Restore a backup."""
    epoch = backup.restore(chosen.file, address_of(chosen), overwrite=chosen.overwrite)
    print(f"The ledger is restored; its new epoch is {epoch}. Members send again what it does not know.")
    return 0


def run_verify(chosen: argparse.Namespace) -> int:
    """Check the ledger; exit code 1 if anything is wrong."""
    options, folder = place_of(chosen)
    address = database_url(options, folder)
    report = verify(address)
    faults = list(report.faults)
    if report.sound:
        with reading(parse(address)).connect() as conn:
            faults.extend(replay(conn, options.settings))
    for fault in faults:
        print(f"FAULT {fault}")
    print(
        f"{len(faults)} faults in {report.members} members, {report.entries} entries, {report.postings} postings, "
        f"epoch {report.epoch}."
    )
    return 1 if faults else 0


def run_migrate(chosen: argparse.Namespace) -> int:
    """Migrate."""
    migrations.migrate(address_of(chosen))
    print("The ledger is of this version.")
    return 0
