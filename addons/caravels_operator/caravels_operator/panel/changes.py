"""The panel's stream: says which topics are no longer as they were, so that open pages ask again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import WSCloseCode, web

from ..community.context import Context
from ..community.refusals import Refusal
from .marks import Marks, changed, marks_of
from .messages import HEARTBEAT_S, Changed, Heartbeat, Hello

_LOGGER = logging.getLogger(__name__)

GATHER_S = 0.5
"""What changes within this time is told at once: twenty homes that send their readings are one change."""
SEND_TIMEOUT_S = 5
CLOSE_S = 2

type Allowed = Callable[[], Awaitable[object]]
"""Raises a `Refusal` once who listens may no longer."""


class Changes:
    """Tells open pages what changed. Nothing is looked at while no page is open."""

    def __init__(self, context: Context, online: Callable[[], frozenset[str]]) -> None:
        self._context = context
        self._online = online
        self._sockets: set[web.WebSocketResponse] = set()
        self._stirred = asyncio.Event()
        self._marks: Marks = {}
        self._telling: asyncio.Task[None] | None = None
        self._stops = (
            context.ledger.subscribe(self._stirred.set),
            context.streams_changed.subscribe(self._stirred.set),
        )

    async def serve(self, socket: web.WebSocketResponse, allowed: Allowed) -> None:
        """Serve one page until it leaves; whether it still may listen is asked at every heartbeat."""
        if not self._sockets:
            self._marks = await self._look()
        self._sockets.add(socket)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_for_ever())
        beating = asyncio.create_task(self._beat(socket, allowed))
        try:
            await self._send(socket, Hello(now=self._context.clock.now()))
            async for _ in socket:  # a page has nothing to say; reading notices that it left
                pass
        finally:
            self._sockets.discard(socket)
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def close(self) -> None:
        """End all streams."""
        for stop in self._stops:
            stop()
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await asyncio.gather(*(_close(socket) for socket in tuple(self._sockets)))

    async def _tell_for_ever(self) -> None:
        while True:
            await self._stirred.wait()
            await asyncio.sleep(GATHER_S)
            self._stirred.clear()
            try:
                await self._tell()
            except Exception:
                _LOGGER.exception("what changed could not be looked at")

    async def _tell(self) -> None:
        if not self._sockets:
            return
        before, self._marks = self._marks, await self._look()
        if topics := changed(before, self._marks):
            frame = Changed(topics=topics)
            await asyncio.gather(*(self._send(socket, frame) for socket in tuple(self._sockets)))

    async def _beat(self, socket: web.WebSocketResponse, allowed: Allowed) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await allowed()
            except Refusal:
                await _close(socket)
                return
            self._stirred.set()  # midnight, or a link that expires, leaves no trace in the ledger
            await self._send(socket, Heartbeat(now=self._context.clock.now()))

    async def _look(self) -> Marks:
        return await self._context.ledger.read(lambda conn: marks_of(conn, self._context, self._online()))

    async def _send(self, socket: web.WebSocketResponse, frame: Hello | Changed | Heartbeat) -> None:
        """Send a frame; who does not read is cut, and comes back by itself."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(msgspec.json.encode(frame).decode())
        except TimeoutError, ConnectionError, RuntimeError:
            self._sockets.discard(socket)
            await _close(socket)


async def _close(socket: web.WebSocketResponse) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await socket.close(code=WSCloseCode.GOING_AWAY)
    except TimeoutError, ConnectionError, RuntimeError:
        return
