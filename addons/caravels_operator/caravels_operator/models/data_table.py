"""A CSV file of a data folder, cell by cell, and stamps on its local clock; what is wrong is named by its line."""

import csv
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

UNKNOWN: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
"""How files write, in whatever case, that a value is not known."""


class DataWrong(ValueError):
    """A folder of measurements cannot be used; the message is a sentence for who gave it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file, stripped.

    Attributes:
        header: names of the columns, unique.
        rows: the cells of each row, as many as the header has.
        lines: the line of each row in the file.
    """

    path: Path
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    def where(self, place: int) -> str:
        """Return the file and the line of a row, for people."""
        return f"{self.path}, line {self.lines[place]}"

    def numbers(self, place: int, first_column: int) -> list[float]:
        """Return the numbers of a row from a column on; nan where a cell says that nothing is known.

        Raises:
            DataWrong: a cell is no finite number.
        """
        return [self.number(place, column) for column in range(first_column, len(self.header))]

    def number(self, place: int, column: int) -> float:
        """Return the number in a cell; nan where it says that nothing is known.

        Raises:
            DataWrong: it is no finite number.
        """
        cell = self.rows[place][column]
        try:
            value = float(cell)
        except ValueError:
            if cell.lower() in UNKNOWN:
                return math.nan
            value = math.inf
        if math.isinf(value):
            raise DataWrong(f"{self.where(place)}: {self.header[column]} is no number ({cell[:40]!r}).")
        return value

    def stamp(self, place: int, column: int) -> datetime:
        """Return the stamp in a cell: local, or with an offset.

        Raises:
            DataWrong: it is none.
        """
        cell = self.rows[place][column]
        try:
            return datetime.fromisoformat(cell)
        except ValueError:
            raise DataWrong(f"{self.where(place)}: {cell[:40]!r} is no stamp (YYYY-MM-DD HH:MM).") from None


def read_table(path: Path) -> Table:
    """Read a comma-separated file with a header.

    Raises:
        DataWrong: it cannot be read, or a row has not as many cells as the header.
    """
    rows, lines = [], []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = tuple(name.strip() for name in next(reader, ()))
            for row in reader:
                if row:
                    rows.append([cell.strip() for cell in row])
                    lines.append(reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataWrong(f"{path} cannot be read: {error}.") from error
    if len(header) < 2:
        raise DataWrong(f"{path} needs a header of a stamp and at least one more column, separated by commas.")
    twice = [name for name, count in Counter(header[1:]).items() if count > 1 or not name]
    if twice:
        raise DataWrong(f"{path}: {twice[0]!r} is not a name of one column.")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise DataWrong(f"{path}, line {line}: {len(row)} cells, but the header has {len(header)}.")
    return Table(path, header, rows, lines)


@dataclass(frozen=True, slots=True)
class LocalStamps:
    """Reads stamps of a zone's clock, and shows instants on it."""

    zone: str

    def starts(self, table: Table, places: Sequence[int], column: int) -> list[int | None]:
        """Return the instants of the stamps in some rows [Unix s], in order; None where no clock of the zone showed it.

        A stamp of a doubled hour that comes twice is the first hour and then the second.

        Raises:
            DataWrong: a cell is no stamp.
        """
        seen: Counter[datetime] = Counter()
        found: list[int | None] = []
        for place in places:
            stamp = table.stamp(place, column)
            if stamp.tzinfo is not None:
                found.append(int(stamp.timestamp()))
                continue
            found.append(_instant(stamp, self.zone, second=seen[stamp] > 0))
            seen[stamp] += 1
        return found

    def moment(self, table: Table, place: int, column: int) -> int:
        """Return the instant of one stamp [Unix s]: the first of two, and as if clocks had not changed where skipped.

        Raises:
            DataWrong: the cell is no stamp.
        """
        stamp = table.stamp(place, column)
        return int((stamp.replace(tzinfo=ZoneInfo(self.zone)) if stamp.tzinfo is None else stamp).timestamp())

    def into_the_hour(self, instant: int) -> int:
        """Return how far into an hour the clock is at an instant [s]."""
        return _into_the_hour(instant, self.zone)

    def shown(self, instant: int) -> str:
        """Return what the clock shows at an instant [Unix s]."""
        return datetime.fromtimestamp(instant, ZoneInfo(self.zone)).isoformat(" ")


# Files of weather say the same stamps over and over, for each place and each issue.
@lru_cache(maxsize=65_536)
def _into_the_hour(instant: int, zone: str) -> int:
    shown = datetime.fromtimestamp(instant, ZoneInfo(zone))
    return shown.minute * 60 + shown.second


@lru_cache(maxsize=65_536)
def _instant(stamp: datetime, zone: str, *, second: bool) -> int | None:
    """Return when a clock showed a stamp [Unix s], the second time where it did so twice; None if never."""
    tz = ZoneInfo(zone)
    instant = stamp.replace(tzinfo=tz, fold=int(second)).astimezone(UTC)
    exists = instant.astimezone(tz).replace(tzinfo=None) == stamp
    return int(instant.timestamp()) if exists else None
