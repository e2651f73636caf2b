"""The panel's bundle with a backend that answers what it is given, under the operator's own headers."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web

from caravels_operator.panel.pages import FOLDER, add_pages
from caravels_operator.panel.server import HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOLDEN = Path(__file__).parents[1] / "wire" / "panel"
BASE = "/api/hassio_ingress/T0KEN"
"""The panel must work below any path, as ingress has it."""


def golden(name: str) -> dict[str, Any]:
    """Return a golden message of the panel."""
    message: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return message


ACTS = {
    "members": "member_row",
    "link": "link",
    "revoke": "member_row",
    "erase": "member_row",
    "close": "gate_moved",
}
"""The golden answer of every act, by the end of its path."""


@dataclass(slots=True)
class Backend:
    """What is answered and asked, by path below `api/`; what was written; the streams that are open."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {name: golden(name) for name in ("session", "community", "members", "market")}
    )
    asked: list[str] = field(default_factory=list)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    written: list[tuple[str, Any]] = field(default_factory=list)
    streams: set[web.WebSocketResponse] = field(default_factory=set)
    away: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a question, or an act with the golden example of its answer."""
        path = request.match_info["path"]
        if request.method == "POST":
            if request.headers.get("X-Caravels-Panel") != "1":
                return _problem(403, "foreign_page")
            self.written.append((path, await request.json()))
        self.asked.append(f"{request.method} {request.rel_url.raw_path_qs.removeprefix(f'{BASE}/api/')}")
        if path in self.refusals:
            return _problem(*self.refusals[path])
        if path == "stream":
            return await self._stream(request)
        if path in {"login", "logout"}:
            return web.json_response(self.answers["session"] | {"known": path == "login"})
        if request.method == "POST":
            return web.json_response(golden(ACTS[path.rsplit("/", 1)[-1]]))
        return web.json_response(self.answers[path])

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.away:
            return _problem(503, "internal")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(golden("hello"))
        self.streams.add(socket)
        async for _ in socket:
            pass
        self.streams.discard(socket)
        return socket

    async def say(self, frame: dict[str, Any]) -> None:
        """Send a frame to every page that is open."""
        for socket in list(self.streams):
            await socket.send_json(frame)

    async def cut(self) -> None:
        """Close every stream, as a restart of the operator does."""
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self.streams)))


@asynccontextmanager
async def serving(backend: Backend) -> AsyncIterator[str]:
    """Serve the committed bundle and the backend; give the panel's address."""
    panel = web.Application()
    panel.router.add_route("*", "/api/{path:.+}", backend.answer)
    add_pages(panel, FOLDER)

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)

    root = web.Application()
    root.on_response_prepare.append(secure)
    root.add_subapp(BASE, panel)
    runner = web.AppRunner(root, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0][:2]
    try:
        yield f"http://127.0.0.1:{port}{BASE}/"
    finally:
        await runner.cleanup()


def _problem(status: int, code: str) -> web.Response:
    return web.json_response({"code": code, "sentence": "", "detail": ""}, status=status)
