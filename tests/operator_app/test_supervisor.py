"""Home Assistant's administrators, asked of a Core that answers as the real one does, or does not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from caravels_operator import supervisor
from caravels_operator.supervisor import CoreUsers

TOKEN = "of-the-supervisor"  # of a Core that lives for a test


def user(name: str, **more: Any) -> dict[str, Any]:
    """Return a user as `config/auth/list` describes one."""
    plain = {
        "id": f"id-{name}",
        "username": name,
        "name": name.title(),
        "is_owner": False,
        "is_active": True,
        "local_only": False,
        "system_generated": False,
        "group_ids": ["system-users"],
        "credentials": [{"type": "homeassistant"}],
    }
    return plain | more


class Core:
    """The Core's WebSocket behind the Supervisor."""

    def __init__(self) -> None:
        self.users: list[dict[str, Any]] = []
        self.asked = 0
        self.away = False
        self.hangs_up = False

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        if self.away:
            raise web.HTTPBadGateway
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_required", "ha_version": "2026.11.0"})
        said = await socket.receive_json()
        if self.hangs_up:
            return socket
        if said != {"type": "auth", "access_token": TOKEN}:
            await socket.send_json({"type": "auth_invalid", "message": "Invalid access"})
            return socket
        await socket.send_json({"type": "auth_ok", "ha_version": "2026.11.0"})
        command = await socket.receive_json()
        assert command["type"] == "config/auth/list"
        self.asked += 1
        await socket.send_json({"id": command["id"], "type": "result", "success": True, "result": self.users})
        return socket


@pytest.fixture
def core() -> Core:
    return Core()


@asynccontextmanager
async def asking(core: Core, token: str = TOKEN) -> AsyncIterator[CoreUsers]:
    app = web.Application()
    app.router.add_get("/core/websocket", core.websocket)
    async with TestServer(app) as server:
        yield CoreUsers(token, f"ws://{server.host}:{server.port}/core/websocket")


async def test_administrators_are_the_owner_and_those_in_its_group(core: Core) -> None:
    core.users = [
        user("maria", is_owner=True, group_ids=["system-admin"]),
        user("rui", group_ids=["system-admin"]) | {"name": None},
        user("child"),
        user("former", group_ids=["system-admin"], is_active=False),
        user("supervisor", group_ids=["system-admin"], system_generated=True),
    ]
    async with asking(core) as users:
        assert await users.administrators() == {"id-maria": "Maria", "id-rui": "id-rui"}
        await users.administrators()
    assert core.asked == 1, "known for a while"


async def test_who_is_made_an_administrator_is_known_soon(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FRESH_S", 0)
    core.users = [user("maria", is_owner=True)]
    async with asking(core) as users:
        assert await users.administrators() == {"id-maria": "Maria"}
        core.users = [user("rui", is_owner=True)]
        assert await users.administrators() == {"id-rui": "Rui"}


async def test_a_core_that_is_away_holds_by_its_last_answer_for_a_while(
    core: Core, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "FRESH_S", 0)
    core.users = [user("maria", is_owner=True)]
    async with asking(core) as users:
        await users.administrators()
        core.away = True
        for _ in range(3):
            assert await users.administrators() == {"id-maria": "Maria"}
        assert len(caplog.records) == 1, "asked once, then left alone for a moment"
        monkeypatch.setattr(supervisor, "KEPT_S", 0)
        with pytest.raises(ConnectionError):
            await users.administrators()


async def test_the_supervisor_hangs_up_for_a_core_that_is_away_and_the_last_answer_holds(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FRESH_S", 0)
    core.hangs_up = True
    async with asking(core) as users:
        with pytest.raises(ConnectionError):
            await users.administrators()
    core.hangs_up = False
    core.users = [user("maria", is_owner=True)]
    async with asking(core) as users:
        await users.administrators()
        core.hangs_up = True
        assert await users.administrators() == {"id-maria": "Maria"}


@pytest.mark.parametrize("said", ["[1]", '"auth_required"', "no JSON", '{"type": 1}'])
async def test_what_is_no_message_lets_nobody_in(said: str) -> None:
    async def websocket(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(said)
        return socket

    app = web.Application()
    app.router.add_get("/", websocket)
    async with TestServer(app) as server:
        with pytest.raises(ConnectionError):
            await CoreUsers(TOKEN, f"ws://{server.host}:{server.port}/").administrators()


async def test_a_core_that_comes_back_is_asked_again(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "AGAIN_S", 0)
    core.away = True
    core.users = [user("maria", is_owner=True)]
    async with asking(core) as users:
        with pytest.raises(ConnectionError):
            await users.administrators()
        core.away = False
        assert await users.administrators() == {"id-maria": "Maria"}


@pytest.mark.parametrize("users", [None, [{"name": "no id"}], [user("maria", is_owner="yes")]])
async def test_an_answer_that_is_none_lets_nobody_in(core: Core, users: Any) -> None:
    core.users = users
    async with asking(core) as known:
        with pytest.raises(ConnectionError):
            await known.administrators()


async def test_a_token_that_the_core_refuses_lets_nobody_in(core: Core) -> None:
    core.users = [user("maria", is_owner=True)]
    async with asking(core, "another") as users:
        with pytest.raises(ConnectionError):
            await users.administrators()
    assert core.asked == 0
