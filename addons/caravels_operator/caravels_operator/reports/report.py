"""The whole report of some days, and the export of what a settlement office needs."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from .csv import write_table
from .market_tables import day_trades, write_market
from .settled import ReportSettings, SettledDay, days_between, settled_day
from .settlement_tables import write_settlement
from .summary import Meters, Summary, summarise, summary_rows


@dataclass(frozen=True, slots=True)
class Report:
    """A written report: its numbers, and its files."""

    summary: Summary
    files: tuple[Path, ...]


def export(conn: Connection, folder: Path, first: date, last: date, settings: ReportSettings) -> list[Path]:
    """Write every table about the days from `first` to `last`, both included, and return the files.

    Days that are not cleared or not settled yet are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _export(conn, folder, _settled(conn, first, last, settings), first, last, settings)


def write_report(
    conn: Connection, folder: Path, first: date, last: date, settings: ReportSettings, meters: Meters
) -> Report:
    """Write every table, the summary and the pictures of the days from `first` to `last`, both included.

    Args:
        meters: what the members used and made on those days.
    """
    from .png import write_pictures  # noqa: PLC0415  # matplotlib takes a second to load and an export needs none

    folder.mkdir(parents=True, exist_ok=True)
    days = _settled(conn, first, last, settings)
    trades = day_trades(conn, first, last)
    summary = summarise(conn, trades, first, last, settings.currency, int(meters.consumption_wh.sum()))
    files = (
        *_export(conn, folder, days, first, last, settings),
        write_table(folder / "summary.csv", ("what", "how_much"), summary_rows(summary)),
        *write_pictures(conn, folder, trades, days, summary, meters, settings),
    )
    return Report(summary, files)


def _settled(conn: Connection, first: date, last: date, settings: ReportSettings) -> list[SettledDay]:
    days = (settled_day(conn, settings, day) for day in days_between(first, last))
    return [day for day in days if day is not None]


def _export(
    conn: Connection, folder: Path, days: list[SettledDay], first: date, last: date, settings: ReportSettings
) -> list[Path]:
    return [
        *write_market(conn, folder, first, last, settings),
        *write_settlement(conn, folder, days, first, last, settings),
    ]
