"""Home Assistant as its users reach it: the first login, and commands over its WebSocket."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

LARGEST_ANSWER_BYTES: Final = 64 * 2**20


class HomeAssistantRefused(RuntimeError):
    """Home Assistant answered a request with an error."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user of Home Assistant."""

    name: str
    password: str


async def create_first_user(session: aiohttp.ClientSession, url: str, login: Login) -> dict[str, Any]:
    """Make the first user, an administrator; return its tokens (`access_token`, `refresh_token`, `expires_in`, ...).

    Raises:
        HomeAssistantRefused: there is a user already, or it cannot be called that.
        aiohttp.ClientError: it cannot be reached.
    """
    client_id = f"{url}/"
    person = {"name": login.name, "username": login.name, "password": login.password, "language": "en"}
    made = await _post(session, f"{url}/api/onboarding/users", json=person | {"client_id": client_id})
    code = {"grant_type": "authorization_code", "code": made["auth_code"], "client_id": client_id}
    return await _post(session, f"{url}/auth/token", data=code)


async def _post(session: aiohttp.ClientSession, url: str, **body: Any) -> dict[str, Any]:
    async with session.post(url, **body) as answer:
        if answer.status != 200:
            raise HomeAssistantRefused(f"{url}: {answer.status} {await answer.text()}")
        found: dict[str, Any] = await answer.json()
        return found


class Commands:
    """An open WebSocket to Home Assistant: one command at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def __call__(self, kind: str, **fields: Any) -> Any:
        """Return the result of a command.

        Raises:
            HomeAssistantRefused: it answered with an error.
            ConnectionError: the connection has ended.
        """
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "type": kind, **fields})
        async for message in self._socket:
            answer = message.json()
            if answer.get("id") == number and answer["type"] == "result":
                if not answer["success"]:
                    raise HomeAssistantRefused(f"{kind}: {answer['error']}")
                return answer["result"]
        raise ConnectionError(f"Home Assistant ended the connection during {kind}")


@asynccontextmanager
async def commands(session: aiohttp.ClientSession, url: str, access_token: str) -> AsyncIterator[Commands]:
    """Open the WebSocket and log in.

    Raises:
        HomeAssistantRefused: the token is not good.
        aiohttp.ClientError: it cannot be reached.
    """
    async with session.ws_connect(f"{url}/api/websocket", max_msg_size=LARGEST_ANSWER_BYTES) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": access_token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            raise HomeAssistantRefused(f"the login failed: {answer}")
        yield Commands(socket)
