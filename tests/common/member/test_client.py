"""The client against a real TLS server on loopback with a self-signed certificate."""

import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.member.ports import OperatorAway, PinnedTransport, WrongFingerprint
from caravels_operator.common.protocol import MAX_PUSH_BYTES, ErrorCode, Problem, ProtocolError, encode
from caravels_operator.common.protocol.errors import Unauthorised

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "t" * 43


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """Return a server's TLS settings and its certificate's fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


class Server:
    """A web server on a free port, whose handler a test sets; counts its connections."""

    def __init__(self, context: ssl.SSLContext, fingerprint: str) -> None:
        self.context = context
        self.fingerprint = fingerprint
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.connections: set[object] = set()
        self.handler: Handler = self.echo
        self.address = ""

    async def start(self, stack: AsyncExitStack) -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.context)
        await site.start()
        self.address = f"127.0.0.1:{runner.addresses[0][1]}"

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.connections.add(request.transport)
        return await self.handler(request)

    async def echo(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response(body=b"echo " + self.bodies[-1])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[Server, Server, aiohttp.ClientSession]]:
    async with AsyncExitStack() as stack:
        servers = []
        for name in ("one", "two"):
            server = Server(*make_certificate(tmp_path, name))
            await server.start(stack)
            servers.append(server)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield servers[0], servers[1], session


type World = tuple[Server, Server, aiohttp.ClientSession]


def dead_address() -> str:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def test_the_pinned_certificate_replaces_the_cas_and_connections_are_reused(world: World) -> None:
    server, _, session = world
    transport = HttpTransport(session, [server.address], server.fingerprint)
    assert isinstance(transport, PinnedTransport)
    for number in range(5):
        assert await transport.request("PUT", "/api/v1/books/x", b"%d" % number, TOKEN) == b"echo %d" % number
    assert len(server.connections) == 1
    assert {request.headers["Authorization"] for request in server.requests} == {f"Bearer {TOKEN}"}
    assert {(request.method, request.path) for request in server.requests} == {("PUT", "/api/v1/books/x")}


async def test_another_certificate_is_told_in_one_sentence_and_nothing_is_sent(world: World) -> None:
    server, other, session = world
    transport = HttpTransport(session, [server.address], other.fingerprint)
    with pytest.raises(WrongFingerprint, match="Ask your operator whether it was changed; if so, pair again"):
        await transport.request("POST", "/api/v1/pair", b"secret", None)
    with pytest.raises(WrongFingerprint):
        await transport.open_stream(TOKEN)
    assert server.requests == []


async def test_without_a_pin_a_self_signed_certificate_is_not_trusted(world: World) -> None:
    server, _, session = world
    with pytest.raises(OperatorAway) as caught:
        await HttpTransport(session, [server.address], None).request("GET", "/", b"", None)
    assert not isinstance(caught.value, WrongFingerprint)
    assert server.requests == []


async def test_a_dead_first_address_is_passed_over_once(world: World) -> None:
    server, _, session = world
    dead = dead_address()
    transport = HttpTransport(session, [dead, server.address], server.fingerprint)
    assert await transport.request("GET", "/a", b"", None) == b"echo "
    assert transport._addresses == [server.address, dead]
    with pytest.raises(OperatorAway):
        await HttpTransport(session, [dead], server.fingerprint).request("GET", "/a", b"", None)


async def test_an_impostor_at_the_first_address_does_not_hide_the_operator_at_the_second(world: World) -> None:
    server, impostor, session = world
    transport = HttpTransport(session, [impostor.address, server.address], server.fingerprint)
    assert await transport.request("GET", "/a", b"", TOKEN) == b"echo "
    assert impostor.requests == []


async def test_the_announced_certificate_is_accepted_and_then_the_old_one_is_not(world: World) -> None:
    before, after, session = world
    transport = HttpTransport(session, [before.address], before.fingerprint)
    transport.announce(after.fingerprint)
    assert await transport.request("GET", "/a", b"", None) == b"echo "
    assert transport.fingerprint == before.fingerprint
    transport._addresses = [after.address]
    assert await transport.request("GET", "/a", b"", None) == b"echo "
    assert transport.fingerprint == after.fingerprint
    transport._addresses = [before.address]
    with pytest.raises(WrongFingerprint):
        await transport.request("GET", "/a", b"", None)


@pytest.mark.parametrize("kind", ProtocolError.all(), ids=lambda kind: kind.code)
async def test_every_problem_comes_back_as_its_class(world: World, kind: type[ProtocolError]) -> None:
    server, _, session = world

    async def refuse(request: web.Request) -> web.Response:
        problem = Problem(code=kind.code, sentence=kind.sentence, detail="why")
        return web.Response(status=kind.status, body=encode(problem))

    server.handler = refuse
    transport = HttpTransport(session, [server.address], server.fingerprint)
    with pytest.raises(kind) as caught:
        await transport.request("PUT", "/a", b"x", TOKEN)
    assert caught.value.detail == "why"


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>bad gateway</html>"), (302, b""), (404, b"{}"), (500, b'{"type":"problem"}'), (204, b"")],
)
async def test_what_is_not_the_operators_answer_leaves_the_outcome_unknown(
    world: World, status: int, body: bytes
) -> None:
    server, other, session = world

    async def answer(request: web.Request) -> web.Response:
        location = {"Location": f"https://{other.address}/"} if status == 302 else {}
        return web.Response(status=status, body=body, headers=location)

    server.handler = answer
    with pytest.raises(OperatorAway):
        await HttpTransport(session, [server.address], server.fingerprint).request("PUT", "/a", b"x", TOKEN)
    assert other.requests == []


async def test_a_redirect_is_not_followed(world: World) -> None:
    server, _, session = world

    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"https://{server.address}/elsewhere"})

    server.handler = redirect
    with pytest.raises(OperatorAway):
        await HttpTransport(session, [server.address], server.fingerprint).request("GET", "/a", b"", TOKEN)
    assert [request.path for request in server.requests] == ["/a"]


async def test_an_unknown_code_is_an_unknown_refusal(world: World) -> None:
    server, _, session = world

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=418, body=b'{"type":"problem","code":"from_the_future","sentence":"x"}')

    server.handler = refuse
    with pytest.raises(ProtocolError) as caught:
        await HttpTransport(session, [server.address], server.fingerprint).request("PUT", "/a", b"x", TOKEN)
    assert caught.value.code is ErrorCode.UNKNOWN


async def test_an_endless_answer_is_cut(world: World) -> None:
    server, _, session = world

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(2 * MAX_PUSH_BYTES // 65_536):
            await response.write(b"x" * 65_536)
        return response

    server.handler = endless
    with pytest.raises(OperatorAway, match="more than"):
        await HttpTransport(session, [server.address], server.fingerprint).request("GET", "/a", b"", None)


async def test_the_stream_carries_frames_both_ways_and_ends_quietly(world: World) -> None:
    server, _, session = world
    got: list[str] = []

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("snapshot")
        async for message in socket:
            got.append(message.data)
            await socket.send_bytes(b"event")
            await socket.close()
        return socket

    server.handler = talk
    stream = await HttpTransport(session, [dead_address(), server.address], server.fingerprint).open_stream(TOKEN)
    frames = aiter(stream.frames())
    assert await anext(frames) == b"snapshot"
    await stream.send(b"acknowledge")
    assert [frame async for frame in frames] == [b"event"]
    assert got == ["acknowledge"]
    await stream.close()
    await stream.close()
    with pytest.raises(OperatorAway):
        await stream.send(b"late")
    assert server.requests[0].path == "/api/v1/stream"
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


async def test_a_frame_that_is_too_large_ends_the_stream(world: World) -> None:
    server, _, session = world

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await socket.send_str("x" * (MAX_PUSH_BYTES + 1))
        await socket.receive()
        return socket

    server.handler = talk
    stream = await HttpTransport(session, [server.address], server.fingerprint).open_stream(TOKEN)
    assert [frame async for frame in stream.frames()] == []
    await stream.close()


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorised), (503, OperatorAway), (404, OperatorAway)])
async def test_a_refused_stream_says_why(world: World, status: int, kind: type[Exception]) -> None:
    server, _, session = world

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=status)

    server.handler = refuse
    with pytest.raises(kind):
        await HttpTransport(session, [server.address], server.fingerprint).open_stream(TOKEN)


async def test_a_connection_that_breaks_in_the_answer_leaves_the_outcome_unknown(world: World) -> None:
    server, _, session = world

    async def cut(request: web.Request) -> web.StreamResponse:
        await request.read()
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    server.handler = cut
    with pytest.raises(OperatorAway):
        await HttpTransport(session, [server.address], server.fingerprint).request("PUT", "/a", b"x", TOKEN)
    assert len(server.requests) >= 1
