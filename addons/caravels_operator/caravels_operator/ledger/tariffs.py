"""Tariff documents by name, each valid from an instant until the next of its name."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from .schema import tariffs


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of a tariff: its JSON text and the instant from which it holds."""

    name: str
    valid_from: int
    document: str


_ALL = select(tariffs).order_by(tariffs.c.name, tariffs.c.valid_from)
_PUT = text(
    "INSERT INTO tariffs (name, valid_from, document) VALUES (:name, :valid_from, :document) "
    "ON CONFLICT (name, valid_from) DO UPDATE SET document = excluded.document"
)


def put(conn: Connection, tariff: Tariff) -> None:
    """Store a version of a tariff, in place of one from the same instant."""
    conn.execute(_PUT, {"name": tariff.name, "valid_from": tariff.valid_from, "document": tariff.document})


def all(conn: Connection) -> list[Tariff]:  # noqa: A001  # read as tariffs.all
    """Return every version of every tariff, by name and validity."""
    return [Tariff(*row) for row in conn.execute(_ALL).all()]
