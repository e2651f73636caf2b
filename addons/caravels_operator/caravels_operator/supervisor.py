"""Home Assistant as the app's host: who its administrators are, asked of its Core through the Supervisor.

Whoever may open an app's page is let through by ingress, administrator or not, and nothing in the request tells them
apart; the list of users does (needs `homeassistant_api` in config.yaml).
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

_LOGGER = logging.getLogger(__name__)

TOKEN_VARIABLE: Final = "SUPERVISOR_TOKEN"  # noqa: S105  # the name of a variable
PEERS: Final = ("172.30.32.2",)
"""From where ingress comes."""
CORE: Final = "ws://supervisor/core/websocket"
FRESH_S: Final = 30
"""A user who is made an administrator, or is one no more, is known as such within this time."""
AGAIN_S: Final = 5
"""A Core that did not answer is left alone for this time."""
KEPT_S: Final = 15 * 60
"""While the Core is away its last answer holds for this time: it restarts, and the community goes on."""
ANSWER_S: Final = 5
_MAX_ANSWER_BYTES: Final = 4 * 2**20


class _User(msgspec.Struct):
    id: str
    name: str | None = None
    is_owner: bool = False
    is_active: bool = False
    system_generated: bool = False
    group_ids: list[str] = msgspec.field(default_factory=list)

    @property
    def administrates(self) -> bool:
        """Whether this is a person who may change everything in Home Assistant."""
        return self.is_active and not self.system_generated and (self.is_owner or "system-admin" in self.group_ids)


class _Said(msgspec.Struct):
    type: str
    success: bool = True
    result: list[_User] = msgspec.field(default_factory=list)


class CoreUsers:
    """The administrators of this Home Assistant, as its Core last said."""

    def __init__(self, token: str, address: str = CORE) -> None:
        self._token = token
        self._address = address
        self._known: Mapping[str, str] | None = None
        self._known_at = 0.0
        self._not_before = 0.0
        self._one_by_one = asyncio.Lock()

    async def administrators(self) -> Mapping[str, str]:
        """Return their names by id.

        Raises:
            ConnectionError: the Core does not answer, and has not for too long.
        """
        async with self._one_by_one:
            now = asyncio.get_running_loop().time()
            if self._known is not None and now - self._known_at < FRESH_S:
                return self._known
            if now >= self._not_before:
                await self._renew(now)
            if self._known is not None and now - self._known_at < KEPT_S:
                return self._known
            raise ConnectionError("the Core did not answer")

    async def _renew(self, now: float) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                self._known = await self._ask()
            self._known_at = now
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            self._not_before = now + AGAIN_S
            _LOGGER.warning("Home Assistant did not say who its administrators are: %r", error)

    async def _ask(self) -> Mapping[str, str]:
        async with (
            ClientSession() as session,
            session.ws_connect(self._address, max_msg_size=_MAX_ANSWER_BYTES) as socket,
        ):
            await _expect(socket, "auth_required")
            await socket.send_json({"type": "auth", "access_token": self._token})
            await _expect(socket, "auth_ok")
            await socket.send_json({"id": 1, "type": "config/auth/list"})
            answer = await _expect(socket, "result")
        return {user.id: user.name or user.id for user in answer.result if user.administrates}


async def _expect(socket: ClientWebSocketResponse, kind: str) -> _Said:
    frame = await socket.receive()
    if frame.type is not WSMsgType.TEXT:  # the Supervisor answers for a Core that is away, and then hangs up
        raise ConnectionError(f"{frame.type.name} instead of {kind}")
    said = msgspec.json.decode(frame.data, type=_Said)
    if said.type != kind or not said.success:
        raise ConnectionError(f"{said.type} instead of {kind}")
    return said
