"""Many rows at once, as plain tuples in the order of the table's columns: a year's postings go in by the million."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table


@cache
def _insert(table: Table, dialect: str) -> str:
    mark = "?" if dialect == "sqlite" else "%s"
    columns = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join([mark] * len(table.columns))})"


def insert_rows(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns; nothing to insert is fine."""
    if rows:
        conn.exec_driver_sql(_insert(table, conn.dialect.name), list(rows))
