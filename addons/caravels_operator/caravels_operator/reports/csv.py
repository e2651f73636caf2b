"""Tables as CSV files that a spreadsheet may open: exact numbers, and no text that it would run as a formula."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

type Cell = str | int | Decimal

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def kwh(wh: int) -> Decimal:
    """Return energy in kWh, exactly."""
    return Decimal(wh).scaleb(-3)


def units(micro: int) -> Decimal:
    """Return money in whole units of the currency, exactly."""
    return Decimal(micro).scaleb(-6)


def write_table(path: Path, head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Path:
    """Write a table and return its path; the folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([_text(cell) for cell in row] for row in rows)
    return path


def _text(cell: Cell) -> str:
    match cell:
        case Decimal():
            return format(cell, "f")
        case str() if cell.startswith(_FORMULA_STARTS):
            return f"'{cell}"
        case _:
            return str(cell)
