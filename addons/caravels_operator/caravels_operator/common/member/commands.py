"""Commands to the operator as they wait in the journal's queue."""

from hashlib import sha256
from typing import Final

import msgspec

from ..protocol import Book, ForecastReport, ModelReport, ReadingBatch, Wishes, decode, encode
from ..protocol.paths import FORECASTS, MODEL_REPORTS, READINGS, WISHES, book_path
from .journal import Journal
from .records import Command

NO_ID: Final = "0" * 32
"""Stands where a command's id will be, until it is in the queue."""


type Queued = Book | ReadingBatch | Wishes | ForecastReport | ModelReport
"""The commands that wait in the queue."""


def enqueue[C: (Book, ReadingBatch, Wishes, ForecastReport, ModelReport)](
    journal: Journal, member_id: str, command: C, now: int, due_at: int
) -> C:
    """Append a command (made with `NO_ID`) to the queue and return it with its id.

    The id is a digest of the place in the queue and the payload: new for each command, yet the same again where a
    home that lost its journal makes the same command in the same place.
    """
    number = journal.queue.next_number()
    digest = sha256(f"{member_id}/{number}/".encode() + encode(command)).hexdigest()
    named = msgspec.structs.replace(command, id=digest[: len(NO_ID)])
    put_command(journal, named, now, due_at, number)
    return named


def put_command(journal: Journal, command: Queued, now: int, due_at: int, number: int) -> None:
    """Append a command that has its id to the queue."""
    match command:
        case Book():
            method, path = "PUT", book_path(command.day)
        case ReadingBatch():
            method, path = "POST", READINGS
        case Wishes():
            method, path = "PUT", WISHES
        case ForecastReport():
            method, path = "POST", FORECASTS
        case ModelReport():
            method, path = "POST", MODEL_REPORTS
    journal.queue.put(Command(number, command.id, method, path, encode(command), now, due_at))


def enqueue_forecast(journal: Journal, member_id: str, report: ForecastReport, now: int, due_at: int) -> None:
    """Append a forecast (made with `NO_ID`) to the queue in place of what still waits of its horizon.

    The latest counts. One that was sent and not answered yet goes too: the operator has it, or will have the later one.
    """
    for waiting in journal.queue.of_path(FORECASTS):
        if decode(waiting.body, ForecastReport).horizon is report.horizon:
            journal.queue.drop(waiting.id)
    enqueue(journal, member_id, report, now, due_at)


def halves_of(command: Command) -> list[ReadingBatch]:
    """Return a refused batch in two, so that one reading which cannot be believed does not take the others with it."""
    if command.path != READINGS:
        return []
    batch = decode(command.body, ReadingBatch)
    middle = len(batch.readings) // 2
    parts = [batch.readings[:middle], batch.readings[middle:]] if middle else []
    return [msgspec.structs.replace(batch, id=NO_ID, readings=part) for part in parts]
