"""A panel on a real server at a port of its own, and a browser without a screen, for tests."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from caravels_operator.panel.access import USER_ID, Access, IngressAccess
from caravels_operator.panel.means import PanelMeans
from caravels_operator.panel.messages import HEADER
from caravels_operator.panel.server import build_panel_app
from tests.operator_app.community.town import Town

ADDRESSES = ("op.example:8443",)
FINGERPRINT = "ab" * 32
MARIA = "0123456789abcdef0123456789abcdef"


async def administrators() -> Mapping[str, str]:
    return {MARIA: "Maria"}


@dataclass
class Browser:
    """What asks a panel: by default Maria, on the panel's own page."""

    client: TestClient[Any, Any]
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.client.get(path, headers=self.headers | headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
        async with self.client.post(path, data=sent, headers=self.writing() | headers) as answer:
            return answer.status, await answer.json()

    def writing(self) -> dict[str, str]:
        return self.headers | {HEADER: "1", "Origin": self.origin}

    @property
    def origin(self) -> str:
        return f"http://{self.client.host}:{self.client.port}"

    async def stream(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self.client.ws_connect("/api/stream", headers=self.headers | {"Origin": self.origin})
        assert (await socket.receive_json())["type"] == "hello"
        return socket


async def changed_topics(socket: aiohttp.ClientWebSocketResponse, *topics: str) -> set[str]:
    """Wait until the stream has named topics; return all that it named meanwhile."""
    named: set[str] = set()
    async with asyncio.timeout(30):
        while not named.issuperset(topics):
            message = await socket.receive_json()
            if message["type"] == "changed":
                named |= set(message["topics"])
    return named


@asynccontextmanager
async def panel_of(
    town: Town,
    access: Access | None = None,
    *,
    peers: tuple[str, ...] = ("127.0.0.1",),
    addresses: tuple[str, ...] = ADDRESSES,
    early_gate: bool = True,
    pages: Path | None = None,
    online: frozenset[str] | None = None,
) -> AsyncIterator[Browser]:
    hub = town.operator.hub
    means = PanelMeans(
        context=town.operator.context,
        access=access or IngressAccess(administrators),
        online=lambda: hub.online if online is None else online,
        cut=hub.cut,
        peers=frozenset(peers),
        addresses=addresses,
        fingerprint=lambda: FINGERPRINT,
        early_gate=early_gate,
    )
    app = build_panel_app(means) if pages is None else build_panel_app(means, pages)
    async with TestClient(TestServer(app)) as client:
        yield Browser(client, {USER_ID: MARIA})
