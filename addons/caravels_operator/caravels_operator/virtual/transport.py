"""The in-memory way from a virtual member to its operator: the same encoded bytes, no sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ..common.member.ports import OperatorAway, Stream
from ..common.protocol import Problem, ProtocolError, decode

type Answer = Callable[[str, str, str | None, bytes], Awaitable[tuple[int, bytes]]]
"""(method, path, token, body) -> (status, body): the operator's member port."""
type Serve = Callable[[str, Stream], Coroutine[Any, Any, None]]
"""(token, wire): the operator's side of a stream, until it ends."""


@dataclass(slots=True)
class Lane:
    """One direction of a stream."""

    waiting: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    ended: bool = False

    def end(self) -> None:
        """Let the reader come to the end."""
        if not self.ended:
            self.ended = True
            self.waiting.put_nowait(None)


@dataclass(frozen=True, slots=True)
class Pipe:
    """One end of a stream between two tasks of one loop."""

    outward: Lane
    inward: Lane

    async def send(self, frame: bytes) -> None:
        """See `Stream`."""
        if self.outward.ended:
            raise OperatorAway("the stream has ended")
        self.outward.waiting.put_nowait(frame)

    async def frames(self) -> AsyncIterator[bytes]:
        """See `Stream`."""
        while (frame := await self.inward.waiting.get()) is not None:
            yield frame

    async def close(self) -> None:
        """See `Stream`."""
        self.outward.end()
        self.inward.end()


def pipe() -> tuple[Pipe, Pipe]:
    """Return both ends of a new stream."""
    there, back = Lane(), Lane()
    return Pipe(there, back), Pipe(back, there)


class MemoryTransport:
    """A virtual member's transport: calls the operator's handlers in the same process.

    Attributes:
        reachable: false cuts the link, as a tunnel that is down would.
    """

    def __init__(self, answer: Answer, serve: Serve) -> None:
        self._answer = answer
        self._serve = serve
        self._tasks: set[asyncio.Task[None]] = set()
        self.reachable = True

    def announce(self, fingerprint: str) -> None:
        """See `Transport`; there is no certificate here."""

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        """See `Transport`."""
        if not self.reachable:
            raise OperatorAway("the link is cut")
        status, answer = await self._answer(method, path, token, body)
        if status == 200:
            return answer
        problem = decode(answer, Problem)
        raise ProtocolError.of(problem.code, problem.detail)

    async def open_stream(self, token: str) -> Stream:
        """See `Transport`."""
        if not self.reachable:
            raise OperatorAway("the link is cut")
        ours, theirs = pipe()
        task = asyncio.create_task(self._serve(token, theirs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return ours
