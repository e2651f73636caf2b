"""What was settled, as files: every member and period, statements, months, and the sharing coefficients."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection

from ..common.periods import iso
from ..common.quantities import share_out
from ..ledger import months, settlements
from ..ledger.months import MonthLine
from ..ledger.readings import QUALITIES
from ..ledger.settlements import DayLine
from ..market.coefficients import GRID, Coefficient, sharing_coefficients
from .csv import Cell, write_table
from .settled import ReportSettings, SettledDay, months_between

_SETTLEMENT_COLUMNS = (
    *("import_wh", "export_wh", "bought_wh", "sold_wh", "netted_in_wh", "netted_out_wh"),
    *("residual_import_wh", "residual_export_wh"),
    *("trade_micro", "netting_micro", "retail_micro", "feed_in_micro", "fees_micro"),
)
GRID_NAME = "grid"


def write_settlement(
    conn: Connection, folder: Path, days: Sequence[SettledDay], first: date, last: date, settings: ReportSettings
) -> list[Path]:
    """Write the files about settled days and return their paths.

    Args:
        days: the settled days from `first` to `last`.
    """
    decimals = settings.coefficient_decimals
    coefficients = [sharing_coefficients(day.due, day.netting, day.import_wh, day.export_wh, decimals) for day in days]
    line = [field.name for field in fields(DayLine)]
    month_line = [field.name for field in fields(MonthLine)]
    return [
        write_table(
            folder / "settlement.csv",
            ("start_utc", "duration_s", "member", *_SETTLEMENT_COLUMNS, "quality", "version"),
            _settlement_rows(days, settings.settlement_period_s),
        ),
        write_table(
            folder / "statements.csv",
            ("day", "version", *line, "saving_micro"),
            _statement_rows(conn, first, last),
        ),
        write_table(
            folder / "months.csv", ("month", "version", *month_line), _month_rows(conn, months_between(first, last))
        ),
        write_table(
            folder / "coefficients_pairs.csv",
            ("start_utc", "duration_s", "seller", "buyer", "coefficient"),
            _pair_rows(days, coefficients, settings),
        ),
        write_table(
            folder / "coefficients_members.csv",
            ("start_utc", "duration_s", "member", "coefficient"),
            _member_rows(days, coefficients, settings),
        ),
    ]


def _settlement_rows(days: Iterable[SettledDay], period_s: int) -> Iterator[tuple[Cell, ...]]:
    for day in days:
        columns = [getattr(day, name).tolist() for name in _SETTLEMENT_COLUMNS]
        quality = day.quality.tolist()
        for t, start in enumerate(day.starts.tolist()):
            for m, member in enumerate(day.members):
                numbers = (column[m][t] for column in columns)
                yield (iso(start), period_s, member, *numbers, QUALITIES[quality[m][t]], day.version)


def _statement_rows(conn: Connection, first: date, last: date) -> Iterator[tuple[Cell, ...]]:
    versions = settlements.settled_days(conn, first, last)
    for day, line in settlements.between(conn, first, last):
        yield (day.isoformat(), versions[day], *astuple(line), line.alone_micro - line.total_micro)


def _month_rows(conn: Connection, keys: Iterable[str]) -> Iterator[tuple[Cell, ...]]:
    for key in keys:
        version = months.latest_version(conn, key)
        for line in months.lines(conn, key, version):
            yield (key, version, *astuple(line))


def _pair_rows(
    days: Sequence[SettledDay], coefficients: Sequence[Sequence[Coefficient]], settings: ReportSettings
) -> Iterator[tuple[Cell, ...]]:
    """Yield which part of each seller's injection goes to each buyer; a seller's rows of a period sum to 1."""
    for day, rows in zip(days, coefficients, strict=True):
        for row in rows:
            buyer = GRID_NAME if row.buyer == GRID else day.members[row.buyer]
            start = iso(int(day.starts[row.period]))
            yield (start, settings.settlement_period_s, day.members[row.seller], buyer, _share(row.units, settings))


def _member_rows(
    days: Sequence[SettledDay], coefficients: Sequence[Sequence[Coefficient]], settings: ReportSettings
) -> Iterator[tuple[Cell, ...]]:
    """Yield which part of the community's whole injection goes to each member; the rows of a period sum to 1."""
    for day, rows in zip(days, coefficients, strict=True):
        weights: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            weights[row.period][row.buyer] += row.units * int(day.export_wh[row.seller, row.period])
        for period, of in sorted(weights.items()):
            buyers = sorted(of)
            units = share_out(10**settings.coefficient_decimals, [of[buyer] for buyer in buyers])
            for buyer, part in zip(buyers, units, strict=True):
                if part:
                    name = GRID_NAME if buyer == GRID else day.members[buyer]
                    start = iso(int(day.starts[period]))
                    yield (start, settings.settlement_period_s, name, _share(part, settings))


def _share(part: int, settings: ReportSettings) -> Decimal:
    return Decimal(part).scaleb(-settings.coefficient_decimals)
