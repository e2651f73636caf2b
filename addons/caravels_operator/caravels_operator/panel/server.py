"""The panel's port: read-only pages for the operator, shown only to the peers that may see them."""

import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from ..community.context import Context
from .overview import overview_of
from .page import render

_LOGGER = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def build_panel_app(context: Context, online: Callable[[], frozenset[str]], peers: Iterable[str]) -> web.Application:
    """Return the web application of the operator port.

    Args:
        online: the members whose streams are open.
        peers: addresses that may open it: as an app the Supervisor's alone, which has authenticated the user.
    """
    allowed = frozenset(peers)

    @web.middleware
    async def only_peers(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.remote not in allowed:
            _LOGGER.warning("the panel was asked for from %s and refused", request.remote)
            raise web.HTTPForbidden(text="This page is open to the operator's own system alone.")
        return await handler(request)

    async def overview(_request: web.Request) -> web.Response:
        shown = await context.ledger.read(lambda conn: overview_of(conn, context, online()))
        return web.Response(text=render(shown), content_type="text/html", charset="utf-8", headers=HEADERS)

    app = web.Application(middlewares=[only_peers])
    app.router.add_get("/", overview)
    return app
