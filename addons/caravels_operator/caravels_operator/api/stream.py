"""The member's stream: hello, snapshot, then numbered events as the outbox grows; acknowledgements come back.

Free of any web server: live it runs over a WebSocket, in virtual time over a pair of queues.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
from sqlalchemy import Connection

from ..common.member.ports import OperatorAway, Stream
from ..common.protocol import (
    OLDEST_SUPPORTED,
    Event,
    MemberFrame,
    Problem,
    ProtocolError,
    StreamOpen,
    decode,
    encode,
)
from ..common.protocol.errors import ClientTooOld, InternalError, MalformedMessage, ReadOnly
from ..common.protocol.session import Acknowledge
from ..community.context import Context
from ..community.hello import hello_of
from ..community.pairing import authenticate
from ..community.snapshot import snapshot_for
from ..ledger import members, outbox
from ..ledger.errors import LedgerError, LedgerReadOnly
from .limits import RateLimit

_LOGGER = logging.getLogger(__name__)
OPENING_S = 10
"""Who opens a stream and does not say who it is within this time is cut."""
BATCH = 200
"""Events read from the outbox at a time: a member that was long away costs no more memory than one that was not."""


class StreamHub:
    """The open streams, one a member; a new one replaces an old one."""

    def __init__(self, context: Context, limit: RateLimit) -> None:
        self._context = context
        self._limit = limit
        self._sessions: dict[str, _Session] = {}
        context.outbox_grew.subscribe(self._wake)

    @property
    def online(self) -> frozenset[str]:
        """The members whose streams are open."""
        return frozenset(self._sessions)

    async def serve(self, token: str | None, source: str, wire: Stream) -> None:
        """Serve one stream until it ends. A refusal is its last frame.

        Args:
            token: the bearer token; it alone says who the member is.
            source: where it comes from, for limits only.
            wire: the way to the member.
        """
        try:
            self._limit.spend(token, source, self._context.clock.now())
            await self._serve(token, wire)
        except ProtocolError as error:
            await _say_problem(wire, error)
        except OperatorAway:
            pass
        except LedgerReadOnly as error:
            await _say_problem(wire, ReadOnly(str(error)))
        except Exception:
            _LOGGER.exception("a stream failed")
            await _say_problem(wire, InternalError())
        finally:
            await wire.close()

    async def cut(self, member: str) -> None:
        """End a member's stream: it was revoked or replaced."""
        if session := self._sessions.pop(member, None):
            self._context.streams_changed.fire()
            await session.close()

    async def close(self) -> None:
        """End all streams at once: one that does not answer keeps no other waiting."""
        await asyncio.gather(*(self.cut(member) for member in tuple(self._sessions)))

    async def _serve(self, token: str | None, wire: Stream) -> None:
        now = self._context.clock.now()
        member, hello = await self._context.ledger.read(
            lambda conn: (authenticate(conn, token, now), hello_of(conn, self._context))
        )
        await wire.send(encode(hello))
        frames = aiter(wire.frames())
        opening = await _opening(frames)
        while member in self._sessions:  # another may have come while the last one was being closed
            await self.cut(member)
        session = _Session(self._context, member, wire, frames)
        self._sessions[member] = session
        self._context.streams_changed.fire()
        try:
            await session.begin(opening, hello.epoch, token)
            await session.run()
        finally:
            if self._sessions.get(member) is session:
                del self._sessions[member]
                self._context.streams_changed.fire()

    def _wake(self) -> None:
        for session in self._sessions.values():
            session.grown.set()


async def _opening(frames: AsyncIterator[bytes]) -> StreamOpen:
    """Return the member's first frame.

    Raises:
        OperatorAway: it left, or says nothing.
        ClientTooOld, MalformedMessage, MessageTooLarge: it cannot be understood.
    """
    try:
        async with asyncio.timeout(OPENING_S):
            opening = decode(await anext(frames), StreamOpen)
    except (StopAsyncIteration, TimeoutError) as error:
        raise OperatorAway("the member did not say who it is") from error
    if opening.protocol_version < OLDEST_SUPPORTED:
        raise ClientTooOld(f"it speaks version {opening.protocol_version}, {OLDEST_SUPPORTED} is needed")
    return opening


async def _say_problem(wire: Stream, error: ProtocolError) -> None:
    try:
        await wire.send(encode(Problem(code=error.code, sentence=error.sentence, detail=error.detail)))
    except OperatorAway:
        return


class _Session:
    """One open stream."""

    def __init__(self, context: Context, member: str, wire: Stream, frames: AsyncIterator[bytes]) -> None:
        self.member = member
        self.grown = asyncio.Event()
        self._context = context
        self._wire = wire
        self._frames = frames
        self._sent = 0

    async def begin(self, opening: StreamOpen, epoch: str, token: str | None) -> None:
        """Send the snapshot, and set where events go on: unseen ones first, as notifications.

        Raises:
            Unauthorised: the member was sent away while the stream was being opened, when `cut` did not see it yet.
        """
        now = self._context.clock.now()

        def read(conn: Connection) -> bytes:
            authenticate(conn, token, now)
            snapshot = snapshot_for(conn, self._context, self.member, now)
            self._sent = min(opening.seq, snapshot.as_of) if opening.epoch == epoch else snapshot.as_of
            return encode(snapshot)

        await self._wire.send(await self._context.ledger.read(read))
        self.grown.set()
        with suppress(LedgerReadOnly):  # when it was last seen is no reason to keep its state from it
            await self._context.ledger.run(lambda conn: members.touch(conn, self.member, now))

    async def run(self) -> None:
        """Send and receive until the stream ends."""
        sender = asyncio.create_task(self._send_events())
        try:
            async for frame in self._frames:
                await self._receive(frame)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def close(self) -> None:
        """End it from this side."""
        await self._wire.close()

    async def _send_events(self) -> None:
        while True:
            await self.grown.wait()
            self.grown.clear()
            try:
                while await self._send_batch():
                    pass
            except (OperatorAway, LedgerError) as error:
                _LOGGER.info("the stream of %s ends: %s", self.member, error)
                await self._wire.close()
                return

    async def _send_batch(self) -> bool:
        rows = await self._context.ledger.read(lambda conn: outbox.since(conn, self.member, self._sent, BATCH))
        for row in rows:
            await self._wire.send(encode(Event(seq=row.seq, at=row.at, body=msgspec.Raw(row.body))))
            self._sent = row.seq
        return len(rows) == BATCH

    async def _receive(self, frame: bytes) -> None:
        message: MemberFrame = decode(frame, _FRAME)
        if not isinstance(message, Acknowledge):
            raise MalformedMessage("a stream is opened once")
        await self._context.ledger.run(lambda conn: outbox.acknowledge(conn, self.member, message.seq))


_FRAME: Any = MemberFrame
