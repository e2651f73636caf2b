"""The way to an operator over HTTPS and WebSocket: several addresses, a pinned certificate, bounds on time and size."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Literal

import aiohttp

from ..protocol import MAX_PUSH_BYTES, Problem, ProtocolError, decode
from ..protocol.errors import Forbidden, MalformedMessage, MessageTooLarge, ReadOnly, TooMany, Unauthorised
from ..protocol.paths import STREAM
from .ports import LARGEST_ANSWER_BYTES, OperatorAway, WrongFingerprint

CONNECT_S: Final = 10
ANSWER_S: Final = 30
HEARTBEAT_S: Final = 20
_OK: Final = 200
_REFUSED_HANDSHAKE: Final = {kind.status: kind for kind in (Unauthorised, Forbidden, TooMany, ReadOnly)}
_TIMEOUT: Final = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)


type Pin = aiohttp.Fingerprint | Literal[True]
"""The certificate to insist on, or True for any that the system's CAs vouch for."""


class HttpTransport:
    """A member's transport to a real operator.

    Args:
        session: opened and closed by the caller.
        addresses: `host:port`, tried in order; the one that answered last comes first.
        fingerprint: SHA-256 of the operator's certificate [hex], which then replaces the system's CAs; None: the CAs.
        next_fingerprint: of the certificate that the operator announced to follow.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        addresses: Sequence[str],
        fingerprint: str | None,
        next_fingerprint: str | None = None,
    ) -> None:
        self._session = session
        self._addresses = list(addresses)
        # One object for all requests: aiohttp pools connections by its identity.
        self._pins = [] if fingerprint is None else [aiohttp.Fingerprint(bytes.fromhex(fingerprint))]
        if next_fingerprint:
            self.announce(next_fingerprint)

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate that is pinned [hex]: the announced one once it was met."""
        return self._pins[0].fingerprint.hex() if self._pins else None

    def announce(self, fingerprint: str) -> None:
        """Accept the announced certificate [SHA-256, hex] besides the present one; no effect where CAs are trusted."""
        known = {pin.fingerprint.hex() for pin in self._pins}
        if self._pins and fingerprint not in known:
            self._pins[1:] = [aiohttp.Fingerprint(bytes.fromhex(fingerprint))]

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        """See `Transport`; `WrongFingerprint` where none of the addresses shows the pinned certificate."""
        status, answer = await self._try(lambda address, pin: self._request(address, pin, method, path, body, token))
        return _body_of(status, answer)

    async def open_stream(self, token: str) -> WebSocketStream:
        """See `Transport`; `WrongFingerprint` where none of the addresses shows the pinned certificate."""
        return WebSocketStream(await self._try(lambda address, pin: self._connect(address, pin, token)))

    async def _try[T](self, attempt: Callable[[str, Pin], Awaitable[T]]) -> T:
        failures: list[OperatorAway] = []
        pins: tuple[Pin, ...] = tuple(self._pins) or (True,)
        for address in tuple(self._addresses):
            for pin in pins:
                try:
                    answer = await attempt(address, pin)
                except OperatorAway as error:
                    failures.append(error)
                    if not isinstance(error, WrongFingerprint):
                        break
                else:
                    self._remember(address, pin)
                    return answer
        raise _most_telling(failures)

    def _remember(self, address: str, pin: Pin) -> None:
        if self._addresses[0] != address:
            self._addresses.remove(address)
            self._addresses.insert(0, address)
        if isinstance(pin, aiohttp.Fingerprint) and self._pins[0] is not pin:
            self._pins = [pin]  # the announced certificate is in use: the old one is not trusted any more

    async def _request(
        self,
        address: str,
        pin: Pin,
        method: str,
        path: str,
        body: bytes,
        token: str | None,
    ) -> tuple[int, bytes]:
        try:
            async with self._session.request(
                method,
                f"https://{address}{path}",
                data=body or None,
                headers=_headers(token),
                ssl=pin,
                timeout=_TIMEOUT,
                allow_redirects=False,  # a redirect would carry the token elsewhere
            ) as response:
                return response.status, await _read(response.content)
        except aiohttp.ServerFingerprintMismatch as error:
            raise WrongFingerprint(f"{address} shows {error.got.hex()}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperatorAway(f"{address}: {error!r}") from error

    async def _connect(self, address: str, pin: Pin, token: str) -> aiohttp.ClientWebSocketResponse[bool]:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._session.ws_connect(
                    f"wss://{address}{STREAM}",
                    headers=_headers(token),
                    ssl=pin,
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=MAX_PUSH_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CONNECT_S),
                )
        except aiohttp.ServerFingerprintMismatch as error:
            raise WrongFingerprint(f"{address} shows {error.got.hex()}") from error
        except aiohttp.WSServerHandshakeError as error:
            if refused := _REFUSED_HANDSHAKE.get(error.status):
                raise refused(f"{address}: the stream was refused") from error
            raise OperatorAway(f"{address}: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperatorAway(f"{address}: {error!r}") from error


class WebSocketStream:
    """The member's side of a stream over a WebSocket; silence ends it through its heartbeat."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket

    async def send(self, frame: bytes) -> None:
        """See `Stream`."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._socket.send_str(frame.decode())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperatorAway(f"the stream is broken: {error}") from error

    async def frames(self) -> AsyncIterator[bytes]:
        """See `Stream`; a frame over the largest size breaks it."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data.encode()
            elif message.type is aiohttp.WSMsgType.BINARY:
                yield message.data
            else:
                return

    async def close(self) -> None:
        """See `Stream`."""
        await self._socket.close()


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
    return headers | {"Authorization": f"Bearer {token}"} if token else headers


async def _read(content: aiohttp.StreamReader) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in content.iter_any():
        size += len(part)
        if size > LARGEST_ANSWER_BYTES:
            raise OperatorAway(f"an answer of more than {LARGEST_ANSWER_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _body_of(status: int, body: bytes) -> bytes:
    if status == _OK:
        return body
    try:
        problem = decode(body, Problem)
    except (MalformedMessage, MessageTooLarge) as error:  # a proxy or a captive portal, not the operator
        raise OperatorAway(f"an answer that is not the operator's (status {status})") from error
    raise ProtocolError.of(problem.code, problem.detail)


def _most_telling(failures: Sequence[OperatorAway]) -> OperatorAway:
    wrong = (failure for failure in failures if isinstance(failure, WrongFingerprint))
    return next(wrong, None) or next(iter(failures), OperatorAway("no address is known"))
