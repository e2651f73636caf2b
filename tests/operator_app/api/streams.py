"""The member's end of a stream in memory, for tests."""

import asyncio
from contextlib import suppress
from typing import Any

from caravels_operator.common.member.ports import OperatorAway
from caravels_operator.common.protocol import (
    MAX_PUSH_BYTES,
    Acknowledge,
    Event,
    Hello,
    Message,
    OperatorFrame,
    Problem,
    ProtocolError,
    Push,
    Snapshot,
    StreamOpen,
    decode,
    decode_push,
    encode,
)
from tests.operator_app.community.town import Town

_FRAME: Any = OperatorFrame


class Ended(Exception):
    """The operator ended the stream, with a problem or without a word."""

    def __init__(self, problem: Problem | None) -> None:
        super().__init__(problem)
        self.problem = problem

    @property
    def status(self) -> int:
        """The status that an HTTP answer would have."""
        return 0 if self.problem is None else ProtocolError.of(self.problem.code, "").status


class Wire:
    """The operator's end: what it sends is kept; `stuck` makes it wait for ever, as a peer that does not read."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.stuck = asyncio.Event()
        self.stuck.set()
        self.closed = False

    async def send(self, frame: bytes) -> None:
        await self.stuck.wait()
        if self.closed:
            raise OperatorAway("closed")
        self.sent.put_nowait(frame)

    async def frames(self) -> Any:
        while (frame := await self.inbox.get()) is not None:
            yield frame

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.sent.put_nowait(None)
            self.inbox.put_nowait(None)


class MemberStream:
    """What a member sees of its stream."""

    def __init__(self, town: Town, token: str | None, source: str) -> None:
        self.wire = Wire()
        self.task = asyncio.create_task(town.operator.hub.serve(token, source, self.wire))

    async def frame(self) -> Hello | Snapshot | Event | Problem:
        """Return the next frame.

        Raises:
            Ended: there is none; with the problem if one was said.
        """
        data = await self.wire.sent.get()
        if data is None:
            raise Ended(None)
        frame: Hello | Snapshot | Event | Problem = decode(data, _FRAME, max_bytes=MAX_PUSH_BYTES)
        if isinstance(frame, Problem):
            raise Ended(frame)
        return frame

    async def hello_and_snapshot(self, epoch: str | None = None, seq: int = 0) -> Snapshot:
        """Open the stream as a member that has seen all up to `seq` of an epoch, by default the operator's own."""
        hello = await self.frame()
        assert isinstance(hello, Hello)
        self.say(StreamOpen(protocol_version=1, epoch=hello.epoch if epoch is None else epoch, seq=seq))
        snapshot = await self.frame()
        assert isinstance(snapshot, Snapshot)
        return snapshot

    async def event(self) -> tuple[int, Push]:
        """Return the next push and its number."""
        frame = await self.frame()
        assert isinstance(frame, Event)
        push = decode_push(frame.body)
        assert push is not None
        return frame.seq, push

    def waiting(self) -> int:
        """Return how many frames are there to be read."""
        return self.wire.sent.qsize()

    def say(self, message: Message) -> None:
        """Send a frame."""
        self.wire.inbox.put_nowait(encode(message))

    def say_bytes(self, data: bytes) -> None:
        """Send any bytes."""
        self.wire.inbox.put_nowait(data)

    def acknowledge(self, seq: int) -> None:
        """Say that everything up to a number is journalled."""
        self.say(Acknowledge(seq=seq))

    async def leave(self) -> None:
        """Go away, and wait until the operator has noticed."""
        await self.wire.close()
        self.wire.stuck.set()
        with suppress(asyncio.CancelledError):
            await self.task


def open_stream(town: Town, token: str | None, source: str = "test") -> MemberStream:
    """Return a stream that was just connected."""
    return MemberStream(town, token, source)


async def settled(passes: int = 50) -> None:
    """Let every task that can go on do so."""
    for _ in range(passes):
        await asyncio.sleep(0)
