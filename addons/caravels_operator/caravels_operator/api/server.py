"""The member port on TLS: aiohttp carries bytes to and from the dispatcher and the streams, and decides nothing."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import WSCloseCode, WSMsgType, web

from ..common.member.ports import OperatorAway
from ..common.protocol import MAX_COMMAND_BYTES
from ..common.protocol.errors import MalformedMessage, MessageTooLarge, NotFound
from .call import Request
from .dispatch import Dispatcher, problem_response
from .routes import PREFIX, STREAM_PATH
from .stream import StreamHub

SEND_TIMEOUT_S = 10
CLOSE_S = 2
"""Who does not answer the end of its stream within this time is cut without it."""
BODY_S = 30
"""Who takes longer to send a body is refused."""
HEARTBEAT_S = 20
MAX_FRAME_BYTES = 16_384
"""A longer frame ends its stream with a problem."""
MAX_READ_BYTES = 4 * MAX_FRAME_BYTES
"""Of one still longer no more is read: its stream is cut with WebSocket's own code, 1009."""


class WebSocketWire:
    """A WebSocket as a stream. Who does not read within the time-out is cut; nobody else waits for it."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket = socket
        self._transport = transport

    async def send(self, frame: bytes) -> None:
        """See `Stream`."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._socket.send_str(frame.decode())
        except TimeoutError as error:
            self._abort()
            raise OperatorAway("the member does not read") from error
        except (ConnectionError, RuntimeError) as error:
            raise OperatorAway("the member has left") from error

    async def frames(self) -> AsyncIterator[bytes]:
        """See `Stream`."""
        async for message in self._socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                frame: bytes = message.data.encode() if message.type is WSMsgType.TEXT else message.data
                if len(frame) > MAX_FRAME_BYTES:
                    raise MessageTooLarge(f"a frame has at most {MAX_FRAME_BYTES} bytes")
                yield frame

    async def close(self) -> None:
        """See `Stream`."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(code=WSCloseCode.GOING_AWAY)
        except TimeoutError:
            self._abort()

    def _abort(self) -> None:
        """Drop the connection with what is still in it: in good order it would wait for a peer that does not read."""
        if self._transport is not None:
            self._transport.abort()


def build_member_app(dispatcher: Dispatcher, hub: StreamHub) -> web.Application:
    """Return the web application of the member port."""
    app = web.Application(client_max_size=MAX_COMMAND_BYTES)

    async def answer(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            response = problem_response(MessageTooLarge(f"at most {MAX_COMMAND_BYTES} bytes are read"))
        except TimeoutError, web.RequestPayloadError:
            response = problem_response(MalformedMessage("the body did not come whole"))
        else:
            response = await dispatcher(
                Request(request.method, request.path, bearer_of(request), body, request.remote or "")
            )
        return web.Response(status=response.status, body=response.body, content_type="application/json")

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_READ_BYTES, compress=False)
        await socket.prepare(request)
        await hub.serve(bearer_of(request), request.remote or "", WebSocketWire(socket, request.transport))
        return socket

    async def nothing(request: web.Request) -> web.Response:
        response = problem_response(NotFound(request.path))
        return web.Response(status=response.status, body=response.body, content_type="application/json")

    async def close_streams(_app: web.Application) -> None:
        await hub.close()

    app.router.add_get(STREAM_PATH, stream)
    app.router.add_route("*", f"{PREFIX}/{{rest:(?s:.*)}}", answer)
    app.router.add_route("*", "/{rest:(?s:.*)}", nothing)
    app.on_shutdown.append(close_streams)
    return app


def bearer_of(request: web.Request) -> str | None:
    """Return the bearer token of a request, or None; what is not ASCII is nobody's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" and token.isascii() else None
