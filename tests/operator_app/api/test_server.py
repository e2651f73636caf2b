"""The live operator in this process: real sockets and TLS around the same parts, from its start to its stop."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from caravels_operator.api import server
from caravels_operator.app import live
from caravels_operator.app.live import Started, serve
from caravels_operator.app.tls import Certificates
from caravels_operator.app.wall_clock import WallClock
from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.protocol import (
    Acknowledge,
    ErrorCode,
    Event,
    Hello,
    Problem,
    Snapshot,
    StreamOpen,
    decode,
    encode,
)
from caravels_operator.common.protocol.errors import NotFound, ReadOnly, Unauthorised
from caravels_operator.common.protocol.paths import HELLO, STREAM, book_path, result_path
from caravels_operator.community.runner import Runner
from caravels_operator.ledger import outbox
from caravels_operator.ledger.errors import LedgerBroken, LedgerReadOnly
from caravels_operator.options import options_from
from tests.operator_app.community.town import DAY, enrol, token_of

PATIENCE_S = 60
NEVER = date(2090, 1, 1)
"""A first delivery day that no step of a test reaches."""


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[Started]:
    """Serve in a task until the end of the block, and stop as a Supervisor would."""
    started: asyncio.Future[Started] = asyncio.get_running_loop().create_future()
    chosen = options_from({"member_host": "127.0.0.1", "member_port": 0, "panel_port": 0} | options)
    task = asyncio.create_task(serve(chosen, folder, started.set_result))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield started.result()
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            await task


@asynccontextmanager
async def way_to(operator: Started) -> AsyncIterator[HttpTransport]:
    async with aiohttp.ClientSession() as session:
        yield HttpTransport(session, [f"127.0.0.1:{operator.member_port}"], operator.fingerprint)


async def enrol_homes(operator: Started, *names: str) -> None:
    """Put members with tokens into its ledger."""
    context = operator.operator.context
    now = context.clock.now()
    await context.ledger.run(lambda conn: enrol(conn, names, context.settings, NEVER, now, tokens=True))


async def eventually(look: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not look():  # noqa: ASYNC110  # what is looked at does not tell
            await asyncio.sleep(0.01)


async def test_an_operator_answers_streams_shows_and_stops(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as operator, way_to(operator) as way:
        await enrol_homes(operator, "ana", "bruno")
        context = operator.operator.context
        assert decode(await way.request("GET", HELLO, b"", None), Hello).next_fingerprint is None
        with pytest.raises(Unauthorised):
            await way.request("GET", result_path(DAY), b"", "x" * 43)
        with pytest.raises(NotFound):
            await way.request("GET", "/elsewhere", b"", None)
        stream = await way.open_stream(token_of("ana"))
        frames = stream.frames()
        hello = decode(await anext(frames), Hello)
        await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0)))
        assert decode(await anext(frames), Snapshot).as_of == 0
        assert operator.operator.hub.online == {"ana"}
        body = encode(Problem(code=ErrorCode.UNKNOWN, sentence="x"))
        await context.ledger.run(lambda conn: outbox.append(conn, "ana", body, context.clock.now()))
        context.outbox_grew.fire()
        event = decode(await anext(frames), Event)
        assert (event.seq, bytes(event.body)) == (1, body)
        await stream.send(encode(Acknowledge(seq=1)))
        await eventually_acked(operator, "ana", 1)
        async with aiohttp.ClientSession() as session:
            assert operator.panel_address == f"https://127.0.0.1:{operator.panel_port}/"
            async with session.get(f"{operator.panel_address}api/session", ssl=False) as page:
                assert (page.status, (await page.json())["known"]) == (200, False)
            pin = aiohttp.Fingerprint(bytes.fromhex(operator.fingerprint))
            url = f"https://127.0.0.1:{operator.member_port}{book_path(DAY)}"
            async with session.put(url, data=b" " * 70_000, ssl=pin) as answer:
                assert answer.status == 413
    assert [frame async for frame in frames] == [], "the stop ended the stream"


async def eventually_acked(operator: Started, member: str, seq: int) -> None:
    ledger = operator.operator.context.ledger
    async with asyncio.timeout(PATIENCE_S):
        while await ledger.read(lambda conn: outbox.acked(conn, member)) != seq:  # noqa: ASYNC110  # it does not tell
            await asyncio.sleep(0.01)


async def test_frames_in_binary_are_frames_and_too_long_ones_end_their_stream(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as operator, aiohttp.ClientSession() as session:
        await enrol_homes(operator, "ana")
        pin = aiohttp.Fingerprint(bytes.fromhex(operator.fingerprint))
        headers = {"Authorization": f"bearer  {token_of('ana')} "}
        url = f"wss://127.0.0.1:{operator.member_port}{STREAM}"
        async with session.ws_connect(url, ssl=pin, headers=headers, max_msg_size=2**22) as socket:
            epoch = decode((await socket.receive()).data.encode(), Hello).epoch
            await socket.send_bytes(encode(StreamOpen(protocol_version=1, epoch=epoch, seq=0)))
            assert '"type":"snapshot"' in (await socket.receive()).data
            await socket.send_str(" " * (server.MAX_FRAME_BYTES + 1))
            assert decode((await socket.receive()).data.encode(), Problem).code is ErrorCode.TOO_LARGE
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await eventually(lambda: not operator.operator.hub.online)
        async with session.ws_connect(url, ssl=pin, headers=headers) as socket:
            await socket.receive()
            await socket.send_str(" " * (server.MAX_READ_BYTES + 1))
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_who_does_not_read_is_cut_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SEND_TIMEOUT_S", 0.2)
    monkeypatch.setattr(server, "CLOSE_S", 0.2)
    async with running(tmp_path / "data") as operator:
        await enrol_homes(operator, "ana")
        context, hub = operator.operator.context, operator.operator.hub
        body = encode(Problem(code=ErrorCode.UNKNOWN, sentence="x" * 200_000))
        await context.ledger.run(lambda conn: outbox.append_many(conn, [("ana", body)] * 60, 0))
        pin = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        pin.check_hostname, pin.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", operator.member_port, ssl=pin, limit=1_024)
        writer.write(
            f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {token_of('ana')}\r\n\r\n".encode()
        )
        answer = await reader.readuntil(b'"epoch":"')
        epoch = (await reader.readuntil(b'"'))[:-1].decode()
        assert b"101 Switching Protocols" in answer
        opening = encode(StreamOpen(protocol_version=1, epoch=epoch, seq=0))
        writer.write(bytes([0x81, 0x80 | len(opening)]) + bytes(4) + opening)  # a mask of zeros masks nothing
        await eventually(lambda: "ana" in hub.online)
        await eventually(lambda: not hub.online)
        writer.transport.abort()


async def test_a_full_disk_is_said_on_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path / "data") as operator, way_to(operator) as way:
        await enrol_homes(operator, "ana")
        stream = await way.open_stream(token_of("ana"))
        frames = stream.frames()
        hello = decode(await anext(frames), Hello)

        def full(*_: object) -> None:
            raise LedgerReadOnly("Nothing can be stored.")

        monkeypatch.setattr(outbox, "acknowledge", full)
        await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0)))
        await anext(frames)
        await stream.send(encode(Acknowledge(seq=0)))
        assert decode(await anext(frames), Problem).code is ReadOnly.code


async def test_a_fault_of_a_streams_own_is_said_and_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path / "data") as operator, way_to(operator) as way:
        await enrol_homes(operator, "ana")

        def broken(*_: object) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr("caravels_operator.api.stream.snapshot_for", broken)
        stream = await way.open_stream(token_of("ana"))
        frames = stream.frames()
        hello = decode(await anext(frames), Hello)
        await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0)))
        problem = decode(await anext(frames), Problem)
        assert (problem.code, problem.detail) == (ErrorCode.INTERNAL, "")
        assert operator.operator.hub.online == frozenset()


async def test_a_runner_that_fails_for_good_ends_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A community without steps is dead: the Supervisor starts it again and sees why."""

    async def broken(_self: Runner) -> None:
        raise LedgerBroken("A write did not reach the disk.")

    monkeypatch.setattr(Runner, "run_for_ever", broken)
    with pytest.raises(LedgerBroken):
        async with running(tmp_path / "data"):
            await asyncio.sleep(0)


async def test_the_certificate_is_looked_at_every_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "DAY_S", 0.01)
    looks: list[int] = []
    real = Certificates.refresh

    def refresh(certificates: Any, now: Any) -> Any:
        looks.append(1)
        return real(certificates, now)

    monkeypatch.setattr(Certificates, "refresh", refresh)
    async with running(tmp_path / "data") as operator, way_to(operator) as way:
        await eventually(lambda: len(looks) > 3)
        assert await way.request("GET", HELLO, b"", None)


# --- the clock ----------------------------------------------------------------------------------------------------


async def test_the_wall_clock_calls_when_it_is_time_and_looks_again_after_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instant = [1_000.0]
    monkeypatch.setattr("caravels_operator.app.wall_clock.time.time", lambda: instant[0])
    monkeypatch.setattr("caravels_operator.app.wall_clock._WallTimer.LONGEST_WAIT_S", 0.01)
    clock = WallClock()
    assert clock.now() == 1_000
    called: list[str] = []
    clock.call_at(999, lambda: called.append("past"))
    clock.call_at(5_000, lambda: called.append("later"))
    dropped = clock.call_at(5_000, lambda: called.append("dropped"))
    await eventually(lambda: called == ["past"])
    await asyncio.sleep(0.03)
    assert called == ["past"], "looked at and waited for again"
    dropped.cancel()
    instant[0] = 5_000.0
    await eventually(lambda: called == ["past", "later"])
