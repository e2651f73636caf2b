"""`export`: the tables that a settlement office, a grid operator or a spreadsheet needs, as CSV."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from ..app.live import database_url
from ..ledger.engine import parse, reading
from ..ledger.errors import LedgerMissing
from ..ledger.migrations import exists
from ..reports.report import export
from ..reports.settled import ReportSettings
from .common import add_place, place_of


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("export", help="write transactions, matrices, coefficients and statements as CSV")
    add_place(parser)
    parser.add_argument("first", type=date.fromisoformat, help="first delivery day, such as 2026-11-01")
    parser.add_argument("last", type=date.fromisoformat, help="last delivery day")
    parser.add_argument("--out", type=Path, default=Path("export"), metavar="DIR", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the tables of the days that are settled."""
    options, folder = place_of(chosen)
    settings = options.settings
    url = parse(database_url(options, folder))
    if chosen.last < chosen.first:
        raise ValueError("The last day is before the first.")
    if not exists(url):
        raise LedgerMissing(f"There is no ledger in {folder}.")
    report_settings = ReportSettings(
        settings.name, settings.currency, settings.market_zone, settings.settlement_period_s
    )
    with reading(url).connect() as conn:
        files = export(conn, chosen.out, chosen.first, chosen.last, report_settings)
    print(f"{len(files)} tables are in {chosen.out}.")
    return 0
