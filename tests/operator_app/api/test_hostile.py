"""What a stranger sends to the member port by hand: an answer, or the end of the connection, and nothing in the log."""

import asyncio
import gzip
import ssl
from pathlib import Path

import pytest

from caravels_operator.api import server
from caravels_operator.app import live
from caravels_operator.app.live import Started
from tests.operator_app.api.test_server import PATIENCE_S, running

WHOLE = b"Host: x\r\nConnection: close\r\n"
STREAM = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + b"A" * 22
    + b"==\r\n"
)


async def told(operator: Started, request: bytes) -> bytes:
    """Return what comes back until the operator ends the connection."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", operator.member_port, ssl=trusting)
        writer.write(request)
        answer = await reader.read()
        writer.close()
    return answer


async def test_what_is_no_request_of_a_member_is_refused_and_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = b"GET /api/v1/days/2026-01-01/result HTTP/1.1\r\n"
    pair = b"POST /api/v1/pair HTTP/1.1\r\n" + WHOLE
    bad_token = b"Authorization: Bearer \xff\xfe\r\n"
    half = gzip.compress(b"{}" * 100)[:20]
    async with running(tmp_path / "data") as operator:
        for request, status, said in (
            (path + WHOLE + bad_token + b"\r\n", 401, b"unauthorised"),
            (b"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n" + STREAM + bad_token + b"\r\n", 101, b"unauthorised"),
            (pair + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde", 400, b"malformed"),
            (pair + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + half, 400, b""),
            (pair + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, b""),
            (pair + b"Content-Length: -5\r\n\r\n", 400, b""),
            (path + b"X: " + b"a" * 100_000 + b"\r\n\r\n", 400, b""),
            (b"GET /api/v1/trades/%0aFAKE HTTP/1.1\r\n" + WHOLE + b"\r\n", 401, b"unauthorised"),
            (b"no http at all\r\n\r\n", 400, b""),
        ):
            answer = await told(operator, request)
            assert answer.split(b" ")[1] == str(status).encode(), (request[:60], answer)
            assert said in answer, (request[:60], answer)
    assert [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")] == []


async def test_who_says_nothing_or_half_of_it_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.2)
    monkeypatch.setattr(server, "BODY_S", 0.2)
    slow_body = b"POST /api/v1/pair HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
    async with running(tmp_path / "data") as operator:
        silent, half_head, half_body = await asyncio.gather(
            told(operator, b""), told(operator, b"GET /api/v1/hello HTTP/1.1\r\nX: "), told(operator, slow_body)
        )
    assert (silent, half_head) == (b"", b"")
    assert b"the body did not come whole" in half_body


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match=rf"^Nothing can listen on 127\.0\.0\.1, port {port} \(.*\)\. Change it"):
            async with running(tmp_path / "data", member_port=port):
                pass
