"""The offline queue: commands are journalled first, then sent in order until the operator answers.

The same bytes with the same id are sent every time, so that an answer that was lost is only repeated.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from ..protocol import (
    Book,
    BookAccepted,
    ErrorCode,
    ForecastAccepted,
    Message,
    ModelReportAccepted,
    ProtocolError,
    ReadingBatch,
    ReadingsAccepted,
    WishesAccepted,
    decode,
)
from ..protocol.errors import RETRY_LATER, MalformedMessage
from ..protocol.paths import FORECASTS, MODEL_REPORTS, READINGS, WISHES
from .backoff import Backoff
from .commands import enqueue, halves_of
from .journal import Journal
from .ports import Clock, JournalPort, JournalUnusable, OperatorAway, Timer, Transport
from .records import BookState, Command, Membership, OwnBook
from .timing import wait_at_most

LONGEST_WAIT_S: Final = 3_600
"""No command waits longer for its moment: one that seems to was made before this home's clock was set back."""
AHEAD_S: Final = 600
"""Readings that end later than this by the operator's clock wait for it: it believes none of the future."""
_KEPT: Final = RETRY_LATER | {ErrorCode.UNAUTHORISED}
"""After these the command stays in the queue; after every other code it is final."""
_ANSWERS: Final[dict[str, type[Message]]] = {
    READINGS: ReadingsAccepted,
    WISHES: WishesAccepted,
    FORECASTS: ForecastAccepted,
    MODEL_REPORTS: ModelReportAccepted,
}
"""By the path of a command; every other path takes a book."""


class Outgoing:
    """Drains the queue while there is a way to the operator.

    Args:
        operators_time: from this home's time to the operator's [Unix s].
        book_of: the book that a command carries, by the command's id, or None.
        answered: called when a book's fate is journalled.
    """

    def __init__(
        self,
        clock: Clock,
        journal: JournalPort,
        transport: Transport,
        membership: Callable[[], Membership],
        backoff: Backoff,
        operators_time: Callable[[int], int],
        book_of: Callable[[str], Book | None],
        answered: Callable[[OwnBook], None],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._transport = transport
        self._membership = membership
        self._backoff = backoff
        self._operators_time = operators_time
        self._book_of = book_of
        self._answered = answered
        self._wake = asyncio.Event()
        self._reopened = asyncio.Event()
        self._open = False
        self._stale = True
        self._queue: list[Command] = []
        self._attempted: set[str] = set()
        self._withdrawn: set[str] = set()
        self._timer: Timer | None = None

    async def start(self) -> None:
        """Learn what an earlier run left: it may have been sent."""
        self._attempted = {command.id for command in await self._journal.run(lambda journal: journal.queue.all())}

    def set_open(self, is_open: bool) -> None:
        """Say whether there is a way to the operator."""
        self._open = is_open
        if is_open:
            self._backoff.reset()
            self._reopened.set()
            self._wake.set()

    def wake(self) -> None:
        """Look at the queue: something was appended or dropped."""
        self._stale = True
        self._wake.set()

    def withdraw(self, command_id: str) -> bool:
        """Return whether a command was surely never sent; if so it will not be, and may be dropped."""
        if command_id in self._attempted:
            return False
        self._withdrawn.add(command_id)
        return True

    def is_withdrawn(self, command_id: str) -> bool:
        """Return whether a command is kept from being sent."""
        return command_id in self._withdrawn

    def sent_before(self, command_id: str) -> None:
        """Take note that a command which is queued again was sent in an earlier life of the operator."""
        self._attempted.add(command_id)

    def restore(self, command_id: str) -> None:
        """Take back a withdrawal."""
        self._withdrawn.discard(command_id)
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, in order, for ever."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                try:
                    while self._open and (command := await self._next_due()):
                        await self._send(command)
                except JournalUnusable:
                    await self._wait()
                    self._wake.set()
        finally:
            if self._timer:
                self._timer.cancel()

    async def _next_due(self) -> Command | None:
        if self._stale:
            self._stale = False
            self._queue = await self._load()
        now = self._clock.now()
        waiting = [command for command in self._queue if command.id not in self._withdrawn]
        for command in waiting:
            if self._due_at(command, now) <= now:
                self._attempted.add(command.id)
                return command
        if self._timer:
            self._timer.cancel()
        due_at = min((self._due_at(command, now) for command in waiting), default=None)
        self._timer = None if due_at is None else self._clock.call_at(due_at, self._wake.set)
        return None

    def _due_at(self, command: Command, now: int) -> int:
        if command.path == READINGS:
            return command.due_at - AHEAD_S + now - self._operators_time(now)
        return command.due_at if command.due_at <= now + LONGEST_WAIT_S else now

    async def _load(self) -> list[Command]:
        try:
            return await self._journal.run(lambda journal: journal.queue.all())
        except JournalUnusable:
            self._stale = True
            raise

    async def _send(self, command: Command) -> None:
        state, code = BookState.ACCEPTED, None
        try:
            answer = await self._transport.request(command.method, command.path, command.body, self._membership().token)
            _check_answer(command, answer)
        except OperatorAway:
            await self._wait()
            return
        except ProtocolError as error:
            if error.code in _KEPT:
                await self._wait()
                return
            state, code = BookState.REFUSED, error.code
        self._backoff.reset()
        book = self._book_of(command.id)
        halves = halves_of(command) if code is ErrorCode.ABOVE_LIMIT else []
        own = await self._journal.run(lambda journal: self._settle(journal, command, halves, book, state, code))
        self._attempted.discard(command.id)
        self._queue = [waiting for waiting in self._queue if waiting.id != command.id]
        self._stale = self._stale or bool(halves)
        if own is not None:
            self._answered(own)

    def _settle(
        self,
        journal: Journal,
        command: Command,
        halves: Sequence[ReadingBatch],
        book: Book | None,
        state: BookState,
        code: ErrorCode | None,
    ) -> OwnBook | None:
        journal.queue.drop(command.id)
        for half in halves:
            enqueue(journal, self._membership().member_id, half, command.created_at, command.due_at)
        if book is None:
            return None
        own = OwnBook(book, state, code, journal.state.progress().epoch)
        journal.books.set_state(own)
        return own

    async def _wait(self) -> None:
        self._reopened.clear()
        await wait_at_most(self._clock, self._backoff.next_s(), self._reopened)


def _check_answer(command: Command, answer: bytes) -> None:
    """Raise OperatorAway if the answer makes no sense: then nobody knows what became of the command."""
    try:
        decode(answer, _ANSWERS.get(command.path, BookAccepted))
    except MalformedMessage as error:
        raise OperatorAway(f"an answer that makes no sense: {error}") from error
