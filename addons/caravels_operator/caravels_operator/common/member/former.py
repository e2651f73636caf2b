"""What a home had with an operator that is not its own now, kept until it comes back to it.

Commands that were never answered, books, what was received and how far: none of it is sent to, or mixed with, another
membership; all of it is there again when the home is paired with the former one once more.
"""

from typing import Final

import msgspec

from .journal_tables import Table

_SOURCES: Final = (
    *((table, "") for table in ("documents", "books", "queue", "events", "forecasts", "gates", "offers", "models")),
    ("state", "WHERE key IN ('progress', 'hello', 'wishes', 'offering', 'model_key')"),
)
"""Tables and which of their rows are of the membership."""


class Former(Table):
    """Rows of other tables, by membership."""

    def set_aside(self, whose: str, now: int) -> None:
        """Take everything of the present membership out of its tables, as of `now` [Unix s]."""
        for table, where in _SOURCES:
            cursor = self._connection.execute(f"SELECT * FROM {table} {where}")
            names = [column[0] for column in cursor.description]
            rows = [(whose, now, table, msgspec.msgpack.encode(dict(zip(names, row, strict=True)))) for row in cursor]
            self._connection.executemany("INSERT INTO former VALUES (?, ?, ?, ?)", rows)
            self._do(f"DELETE FROM {table} {where}")

    def bring_back(self, whose: str) -> None:
        """Put what was set aside of a membership back into its tables, which hold nothing of another one."""
        for table, body in self._all("SELECT source, body FROM former WHERE whose = ? ORDER BY rowid", whose):
            row = msgspec.msgpack.decode(body)
            places = ", ".join("?" * len(row))
            self._do(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())
        self._do("DELETE FROM former WHERE whose = ?", whose)
