"""The tables of a member's journal. Every method is a statement or two inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..protocol import (
    Book,
    ErrorCode,
    Hello,
    Quality,
    Wishes,
    decode,
    encode,
)
from .records import BookState, Command, HomeReading, Membership, Offering, OwnBook, Progress


class Table:
    """A table over a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _all(self, statement: str, *values: Any) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def _do(self, statement: str, *values: Any) -> None:
        self._connection.execute(statement, values)


class State(Table):
    """Single values."""

    def membership(self) -> Membership | None:
        """Return who this home is, or None before it was paired."""
        return self._get("membership", Membership)

    def set_membership(self, membership: Membership) -> None:
        """Keep who this home is."""
        self._set("membership", msgspec.json.encode(membership))

    def progress(self) -> Progress:
        """Return what was received so far."""
        return self._get("progress", Progress) or Progress()

    def set_progress(self, progress: Progress) -> None:
        """Keep what was received so far."""
        self._set("progress", msgspec.json.encode(progress))

    def hello(self) -> Hello | None:
        """Return what the operator last said of itself."""
        return self._get("hello", Hello)

    def set_hello(self, hello: Hello) -> None:
        """Keep what the operator says of itself."""
        self._set("hello", encode(hello))

    def offering(self) -> Offering | None:
        """Return which readings are the operator's, or None before the first were."""
        return self._get("offering", Offering)

    def set_offering(self, offering: Offering) -> None:
        """Keep which readings are the operator's."""
        self._set("offering", msgspec.json.encode(offering))

    def model_key(self) -> str | None:
        """Return whose signature on models counts [Ed25519 public key, hex], or None where nobody's does yet."""
        return self._get("model_key", str)

    def set_model_key(self, key: str) -> None:
        """Keep whose signature on models counts."""
        self._set("model_key", msgspec.json.encode(key))

    def wishes(self) -> Wishes | None:
        """Return whom this home last said that it would rather trade with."""
        return self._get("wishes", Wishes)

    def set_wishes(self, wishes: Wishes) -> None:
        """Keep whom this home would rather trade with."""
        self._set("wishes", encode(wishes))

    def _get[T](self, key: str, kind: type[T]) -> T | None:
        rows = self._all("SELECT value FROM state WHERE key = ?", key)
        return msgspec.json.decode(rows[0][0], type=kind) if rows else None

    def _set(self, key: str, value: bytes) -> None:
        self._do("INSERT OR REPLACE INTO state VALUES (?, ?)", key, value)


_READING = "start, import_wh, export_wh, generation_wh, charge_wh, discharge_wh, consumption_wh, quality"


class Readings(Table):
    """What the meters showed, by the length of its periods."""

    def put(self, period_s: int, readings: Iterable[HomeReading]) -> None:
        """Keep readings; a later one of the same period replaces the earlier one."""
        self._connection.executemany(
            f"INSERT OR REPLACE INTO readings (period_s, {_READING}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(period_s, row.start, row.import_wh, row.export_wh, row.generation_wh),
                    *(row.charge_wh, row.discharge_wh, row.consumption_wh, row.quality.value),
                )
                for row in readings
            ],
        )

    def since(self, period_s: int, start: int) -> list[HomeReading]:
        """Return the readings from `start` [Unix s] on, ascending."""
        return self._of("period_s = ? AND start >= ?", period_s, start)

    def between(self, period_s: int, start: int, end: int) -> list[HomeReading]:
        """Return the readings of the periods that start in [start, end) [Unix s], ascending."""
        return self._of("period_s = ? AND start >= ? AND start < ?", period_s, start, end)

    def _of(self, where: str, *values: int) -> list[HomeReading]:
        rows = self._all(f"SELECT {_READING} FROM readings WHERE {where} ORDER BY start", *values)
        return [HomeReading(*wh, quality=Quality(quality)) for *wh, quality in rows]  # type: ignore[misc]  # seven columns

    def last_start(self, period_s: int) -> int | None:
        """Return the start of the latest reading [Unix s]."""
        ((last,),) = self._all("SELECT max(start) FROM readings WHERE period_s = ?", period_s)
        return None if last is None else int(last)


class Books(Table):
    """The home's own books, every revision."""

    def put(self, book: Book, made_at: int) -> None:
        """Keep a new book, not sent yet."""
        day = book.day.isoformat()
        self._do(
            "INSERT INTO books VALUES (?, ?, ?, ?, ?, NULL, '', ?)",
            *(day, book.revision, book.id, encode(book), BookState.QUEUED.value, made_at),
        )

    def set_state(self, own: OwnBook) -> None:
        """Record what became of a book."""
        self._do(
            "UPDATE books SET state = ?, code = ?, epoch = ? WHERE command_id = ?",
            *(own.state.value, own.code, own.epoch, own.book.id),
        )

    def of_day(self, day: date) -> list[OwnBook]:
        """Return the books of a day by revision."""
        return self._of("day = ?", day.isoformat())

    def since(self, day: date) -> list[OwnBook]:
        """Return the books from a day on, by day and revision."""
        return self._of("day >= ?", day.isoformat())

    def _of(self, where: str, value: str) -> list[OwnBook]:
        rows = self._all(f"SELECT body, state, code, epoch FROM books WHERE {where} ORDER BY day, revision", value)
        return [
            OwnBook(decode(body, Book), BookState(state), code and ErrorCode(code), epoch)
            for body, state, code, epoch in rows
        ]


class Queue(Table):
    """Commands that the operator has not answered, in order."""

    def next_number(self) -> int:
        """Return the number that the next command gets; no number is ever used twice."""
        rows = self._all("SELECT seq FROM sqlite_sequence WHERE name = 'queue'")
        return int(rows[0][0]) + 1 if rows else 1

    def put(self, command: Command) -> None:
        """Append a command."""
        self._do(
            "INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(command.number, command.id, command.method, command.path, command.body),
            *(command.created_at, command.due_at),
        )

    def all(self) -> list[Command]:
        """Return the commands in order."""
        rows = self._all("SELECT * FROM queue ORDER BY number")
        return [Command(*row) for row in rows]

    def of_path(self, path: str) -> list[Command]:
        """Return the commands that go to a path, in order."""
        return [Command(*row) for row in self._all("SELECT * FROM queue WHERE path = ? ORDER BY number", path)]

    def drop(self, command_id: str) -> None:
        """Forget a command that was answered, or that is not worth sending any more."""
        self._do("DELETE FROM queue WHERE command_id = ?", command_id)


class Forecasts(Table):
    """Forecasts by time of issue."""

    def put(self, day: date, issued_at: int, period_s: int, net_wh: NDArray[np.int64]) -> None:
        """Keep the expected net of a day's periods [Wh], shape (m,)."""
        self._do(
            "INSERT OR REPLACE INTO forecasts VALUES (?, ?, ?, ?)",
            *(day.isoformat(), issued_at, period_s, net_wh.astype("<i8").tobytes()),
        )

    def latest(self, day: date) -> NDArray[np.int64] | None:
        """Return the last forecast of a day [Wh], shape (m,), or None."""
        rows = self._all("SELECT net_wh FROM forecasts WHERE day = ? ORDER BY issued_at DESC LIMIT 1", day.isoformat())
        return np.frombuffer(rows[0][0], "<i8").astype(np.int64) if rows else None
