"""The operator as its people run it: a process, TLS, a panel, files with options and members that meet it for real."""

import asyncio
import gzip
import json
import signal
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.member.pairing import new_token, pair
from caravels_operator.common.member.ports import OperatorAway, WrongFingerprint
from caravels_operator.common.protocol import (
    MAX_COMMAND_BYTES,
    PROTOCOL_VERSION,
    Hello,
    PairingLink,
    Problem,
    RotateToken,
    Snapshot,
    StreamOpen,
    TokenRotated,
    decode,
    encode,
    parse_pairing_link,
)
from caravels_operator.common.protocol.errors import (
    ErrorCode,
    NotFound,
    PairingUsed,
    PairingWrong,
    Unauthorised,
)
from caravels_operator.common.protocol.paths import HELLO, READINGS, STREAM, TOKEN, book_path, result_path
from caravels_operator.ledger import members, outbox
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify
from tests.e2e.processes import Served, caravels, served, write_options
from tests.operator_app.community.town import NAMES, make_town

DAY = datetime.now(ZoneInfo("Europe/Lisbon")).date() + timedelta(days=1)
"""Tomorrow: an operator that starts does at once whatever has become due since its ledger was left."""
EVIL = '<img src=x onerror="alert(1)">'


def url_of(data: Path) -> str:
    return f"sqlite:///{data / LEDGER_FILE}"


async def lived_in(data: Path) -> dict[str, str]:
    """Make a ledger in which DAY was traded, with a member of an evil name; return the members' tokens."""
    town = await make_town(ledger=Ledger.open(url_of(data), inline=True, create=True), first=DAY)
    evil = members.Member(EVIL, "galp", "flat", 6_900, "active", town.clock.now())
    await town.ledger.run(lambda conn: members.add(conn, evil))
    await town.trade_a_day(DAY)
    await town.operator.runner.run_due()
    await town.ledger.close()
    return town.tokens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


@pytest.fixture(scope="module")
def tokens(folder: Path) -> dict[str, str]:
    return asyncio.run(lived_in(folder / "data"))


@pytest.fixture(scope="module")
def links(folder: Path, tokens: dict[str, str]) -> dict[str, PairingLink]:
    """Pairing links as the command line prints them: for a member that is there, and for a new one."""
    options = write_options(folder)
    (folder / "tariff.json").write_text(
        json.dumps(
            {
                "name": "night",
                "parts": [
                    {
                        "kind": "energy",
                        "schedule": {"bands": [[0, 150_000], [480, 250_000]], "valid_from": "2025-01-01"},
                        "avoided_ppm": 900_000,
                    }
                ],
                "feed_in": [{"bands": [[0, 40_000]], "valid_from": "2025-01-01"}],
            }
        )
    )
    place = ("--options", options, "--data", folder / "data")
    links = {}
    for member, more in (("ana", ()), ("eva", ("--retailer", "edp", "--tariff", folder / "tariff.json"))):
        printed = caravels("invite", member, *more, *place)
        assert printed.returncode == 0, printed.stderr
        links[member] = parse_pairing_link(printed.stdout)
    return links


@pytest.fixture(scope="module")
def operator(folder: Path, links: dict[str, PairingLink]) -> Iterator[Served]:
    options = write_options(folder, community=f"Aldeia {EVIL}")
    with served(options, folder / "data") as operator:
        yield operator


@asynccontextmanager
async def transport_to(operator: Served, fingerprint: str | None = None) -> AsyncIterator[HttpTransport]:
    async with aiohttp.ClientSession() as session:
        yield HttpTransport(session, [operator.address], fingerprint or operator.fingerprint)


# --- members ------------------------------------------------------------------------------------------------------


async def test_a_link_is_exchanged_once_by_whoever_holds_it(operator: Served, links: dict[str, PairingLink]) -> None:
    link, token = links["eva"], new_token()
    assert link.fingerprint == operator.fingerprint
    async with aiohttp.ClientSession() as session:

        def transport(_addresses: tuple[str, ...], fingerprint: str | None) -> HttpTransport:
            return HttpTransport(session, [operator.address], fingerprint)

        paired = await pair(transport, link, token)
        assert (paired.member_id, paired.hello.currency) == ("eva", "EUR")
        assert (await pair(transport, link, token)).member_id == "eva", "the answer was lost"
        with pytest.raises(PairingUsed):
            await pair(transport, link, new_token())
        with pytest.raises(PairingWrong):
            await pair(transport, PairingLink(link.addresses, "NOTACODE", link.fingerprint), new_token())
        with pytest.raises(NotFound):
            await transport((), link.fingerprint).request("GET", result_path(date(2020, 1, 1)), b"", token)


async def test_another_certificate_than_the_links_is_refused_before_anything_is_said(
    operator: Served, links: dict[str, PairingLink]
) -> None:
    async with transport_to(operator, "ab" * 32) as transport:
        with pytest.raises(WrongFingerprint) as refusal:
            await pair(lambda _addresses, _fingerprint: transport, links["ana"], new_token())
    assert "pair again with a new link" in str(refusal.value)


async def test_a_self_signed_certificate_is_not_one_of_the_systems(operator: Served) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(OperatorAway):
            await HttpTransport(session, [operator.address], None).request("GET", HELLO, b"", None)


async def test_a_links_addresses_are_tried_in_order(operator: Served) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{closed.getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            transport = HttpTransport(session, [dead, operator.address], operator.fingerprint)
            assert decode(await transport.request("GET", HELLO, b"", None), Hello).protocol_version == PROTOCOL_VERSION
            with pytest.raises(OperatorAway):
                await HttpTransport(session, [dead], operator.fingerprint).request("GET", HELLO, b"", None)


async def test_a_stream_over_tls_opens_with_the_state_of_its_member(operator: Served, tokens: dict[str, str]) -> None:
    async with transport_to(operator) as transport:
        stream = await transport.open_stream(tokens["bruno"])
        frames = stream.frames()
        hello = decode(await anext(frames), Hello)
        await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0)))
        snapshot = decode(await anext(frames), Snapshot, max_bytes=2**22)
        assert snapshot.as_of == 2
        await stream.close()


@pytest.mark.parametrize("token", [None, "x" * 43])
async def test_a_stream_without_a_good_token_says_why_and_ends(operator: Served, token: str | None) -> None:
    async with transport_to(operator) as transport:
        stream = await transport.open_stream(token or "")
        frames = [decode(frame, Problem) async for frame in stream.frames()]
        assert [problem.code for problem in frames] == [ErrorCode.UNAUTHORISED]


async def test_a_frame_over_the_limit_ends_the_stream_and_nothing_else(
    operator: Served, tokens: dict[str, str]
) -> None:
    async with transport_to(operator) as transport:
        big = await transport.open_stream(tokens["clara"])
        other = await transport.open_stream(tokens["dinis"])
        await big.send(b" " * 20_000)
        _, told = [frame async for frame in big.frames()]
        assert decode(told, Problem).code is ErrorCode.TOO_LARGE
        assert decode(await anext(other.frames()), Hello).protocol_version == PROTOCOL_VERSION
        await other.close()


async def test_a_token_is_rotated_over_the_wire(operator: Served, tokens: dict[str, str]) -> None:
    async with transport_to(operator) as transport:
        fresh = new_token()
        answer = await transport.request("POST", TOKEN, encode(RotateToken(token=fresh)), tokens["dinis"])
        assert decode(answer, TokenRotated).old_valid_until > time.time()
        for token in (fresh, tokens["dinis"]):
            await transport.request("GET", result_path(DAY), b"", token)


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/api/v2/hello", "/.git/config", "/api/v1/../../etc/passwd"])
async def test_what_is_not_there_is_a_problem_in_json(operator: Served, path: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"https://{operator.address}{path}", ssl=aiohttp.Fingerprint(bytes.fromhex(operator.fingerprint))
        ) as response,
    ):
        assert (response.status, response.content_type) == (404, "application/json")
        assert decode(await response.read(), Problem).code is ErrorCode.NOT_FOUND


async def test_a_body_over_the_limit_is_refused_also_when_it_comes_in_pieces(
    operator: Served, tokens: dict[str, str]
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b" " * 1_024

    pin = aiohttp.Fingerprint(bytes.fromhex(operator.fingerprint))
    headers = {"Authorization": f"Bearer {tokens['ana']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body in (b" " * (MAX_COMMAND_BYTES + 1), pieces()):
            async with session.put(f"https://{operator.address}{book_path(DAY)}", data=body, ssl=pin) as response:
                assert response.status == 413
                assert decode(await response.read(), Problem).code is ErrorCode.TOO_LARGE


async def test_a_compressed_bomb_is_refused(operator: Served, tokens: dict[str, str]) -> None:
    pin = aiohttp.Fingerprint(bytes.fromhex(operator.fingerprint))
    headers = {"Authorization": f"Bearer {tokens['ana']}", "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < MAX_COMMAND_BYTES
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"https://{operator.address}{READINGS}", data=bomb, headers=headers, ssl=pin) as response,
    ):
        assert response.status == 413


def test_no_old_tls(operator: Served) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    with (
        socket.create_connection(("127.0.0.1", operator.member_port)) as plain,
        context.wrap_socket(plain) as connection,
    ):
        assert connection.version() == "TLSv1.3"


async def test_a_member_that_never_reads_keeps_no_other_waiting(tmp_path: Path) -> None:
    """Pushes of megabytes to a home whose socket nobody empties, and of a line to the others: theirs arrive."""
    data = tmp_path / "data"
    town_tokens = await lived_in(data)
    ledger = Ledger.open(url_of(data), inline=True)
    filler = encode(Problem(code=ErrorCode.UNKNOWN, sentence="x" * 100_000))
    await ledger.run(lambda conn: outbox.append_many(conn, [("ana", filler)] * 200, 0))
    await ledger.close()
    with served(write_options(tmp_path), data) as operator:
        async with transport_to(operator) as transport:
            deaf = await asyncio.to_thread(connect_and_never_read, operator, town_tokens["ana"])
            try:
                for name in NAMES[1:]:
                    stream = await transport.open_stream(town_tokens[name])
                    frames = stream.frames()
                    hello = decode(await anext(frames), Hello)
                    await stream.send(encode(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0)))
                    decode(await anext(frames), Snapshot, max_bytes=2**22)
                    assert json.loads(await anext(frames))["seq"] == 1
                    await stream.close()
                await transport.request("GET", result_path(DAY), b"", town_tokens["ana"])
            finally:
                deaf.close()
        operator.process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(operator.process.wait) == 0


def connect_and_never_read(operator: Served, token: str) -> ssl.SSLSocket:
    """Open a stream by hand, ask for everything, and leave it in the pipe."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", operator.member_port))
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection = context.wrap_socket(plain)
    connection.sendall(
        f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    received = b""
    while b'"type":"hello"' not in received:
        received += connection.recv(4_096)
    epoch = json.loads(received[received.index(b'{"type":"hello"') :])["epoch"]
    payload = encode(StreamOpen(protocol_version=1, epoch=epoch, seq=0))
    connection.sendall(bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload)  # a mask of zeros masks nothing
    return connection


# --- the panel ----------------------------------------------------------------------------------------------------


def page(url: str, headers: dict[str, str] | None = None, data: bytes | None = None) -> tuple[int, str, dict[str, str]]:
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30, context=anyone) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_the_panel_shows_members_and_auction_to_who_knows_the_password_that_serve_said(operator: Served) -> None:
    said = operator.process.said
    password = said.partition("as operator with the password ")[2].split()[0]
    assert said.count(password) == 1
    status, _, headers = page(operator.panel)
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert page(f"{operator.panel}api/members")[0] == 401
    own = {"Origin": operator.panel.rstrip("/"), "X-Caravels-Panel": "1"}
    login = json.dumps({"name": "operator", "password": password}).encode()
    assert page(f"{operator.panel}api/login", data=login)[0] == 403, "from no page of its own"
    status, _, headers = page(f"{operator.panel}api/login", own, login)
    assert status == 200
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    status, text, headers = page(f"{operator.panel}api/members", cookie)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert {member["id"] for member in json.loads(text)["members"]} >= {*NAMES, EVIL}
    _, text, _ = page(f"{operator.panel}api/market", cookie)
    assert DAY.isoformat() in json.loads(text)["cleared_days"]


def test_the_panel_has_no_other_page_and_takes_nothing(operator: Served) -> None:
    assert page(f"{operator.panel}api/v1/hello")[0] == 404
    assert page(operator.panel, data=b"x")[0] == 405


# --- starting and stopping ------------------------------------------------------------------------------------------


def test_the_panel_is_closed_to_every_other_peer_and_a_stop_is_clean(tmp_path: Path) -> None:
    options = write_options(tmp_path, panel_peers=["172.30.32.2"])
    for number in (signal.SIGTERM, signal.SIGINT):
        with served(options, tmp_path / "data") as operator:
            status, text, _ = page(operator.panel)
            assert (status, json.loads(text)["code"]) == (403, "wrong_peer")
            first = operator.fingerprint
            operator.process.signal(number)
            assert operator.process.wait() == 0, operator.process.said
            assert "Traceback" not in operator.process.said
    assert verify(url_of(tmp_path / "data")).sound
    with served(options, tmp_path / "data") as operator:
        assert operator.fingerprint == first, "the certificate outlives the process"


def test_a_second_operator_on_the_same_ledger_is_refused(operator: Served, folder: Path) -> None:
    second = caravels("serve", "--options", folder / "operator.json", "--data", folder / "data")
    assert second.returncode == 1
    assert "Another operator works with" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_revoked_member_is_a_stranger_after_the_next_start(tmp_path: Path) -> None:
    town_tokens = asyncio.run(lived_in(tmp_path / "data"))
    options = write_options(tmp_path)
    said = caravels("revoke", "ana", "--options", options, "--data", tmp_path / "data")
    assert (said.returncode, said.stdout.startswith("ana is revoked")) == (0, True)
    unknown = caravels("revoke", "zoe", "--options", options, "--data", tmp_path / "data")
    assert (unknown.returncode, "No member has this pseudonym. (zoe)" in unknown.stderr) == (1, True)

    async def ask(operator: Served, name: str) -> bytes:
        async with transport_to(operator) as transport:
            return await transport.request("GET", result_path(DAY), b"", town_tokens[name])

    with served(options, tmp_path / "data") as operator:
        with pytest.raises(Unauthorised) as refusal:
            asyncio.run(ask(operator, "ana"))
        assert "Pair again" in refusal.value.sentence
        assert asyncio.run(ask(operator, "bruno"))


def test_wrong_options_are_all_named_in_one_message(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {
        "member_port": 70_000,
        "panel_port": True,
        "time_zone": "Lisbon",
        "currency": "euro",
        "market_period_minutes": 45,
        "gate_at": "25:00",
        "hourly_prices": [0.1] * 23,
        "member_addresses": ["operator.example"],
        "panel_peers": ["everyone"],
        "colour": "blue",
    }
    said = caravels("serve", "--options", write_options(tmp_path, **wrong), "--data", tmp_path / "data")
    assert said.returncode == 1
    for key in wrong:
        assert key in said.stderr, key
    assert said.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists(), "nothing was begun"


@pytest.mark.parametrize("text", [None, "", "[]", "{", "null", "\x00"])
def test_an_options_file_that_is_none_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "operator.json"
    if text is not None:
        path.write_text(text)
    said = caravels("serve", "--options", path, "--data", tmp_path / "data")
    assert said.returncode == 1
    assert said.stderr.startswith("caravels: The options file ")
    assert "Traceback" not in said.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = write_options(tmp_path, member_port=taken.getsockname()[1])
        said = caravels("serve", "--options", options, "--data", tmp_path / "data")
    assert said.returncode == 1
    assert "address already in use" in said.stderr.lower()
    assert "Traceback" not in said.stderr
