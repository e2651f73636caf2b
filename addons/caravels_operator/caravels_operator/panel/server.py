"""The panel's port: its page, its data, its acts and its stream, for the persons who may operate the community."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from ..community.refusals import Refusal
from ..ledger.errors import LedgerReadOnly
from .changes import Changes
from .handlers import Handlers
from .means import PanelMeans
from .messages import Problem
from .pages import FOLDER, add_pages
from .refusals import Internal, NotFound, ReadOnly, WrongPeer

_LOGGER = logging.getLogger(__name__)

MAX_BODY_BYTES = 65_536
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_panel_app(means: PanelMeans, pages: Path = FOLDER) -> web.Application:
    """Return the web application of the operator port; every refusal is an answer with a code.

    Args:
        pages: folder with the page that was built for the browser.
    """
    changes = Changes(means.context, means.online)

    @web.middleware
    async def coded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if means.peers and request.remote not in means.peers:
                _LOGGER.warning("the panel was asked for from %s and refused", request.remote)
                raise WrongPeer(request.remote or "")
            return await handler(request)
        except Refusal as refusal:
            return _refused(refusal)
        except LedgerReadOnly as error:
            return _refused(ReadOnly(str(error)))
        except web.HTTPException as error:
            return _refused(NotFound(f"{request.method} {request.path}"), error.status)
        except Exception:
            _LOGGER.exception("%s %s failed", request.method, request.path)
            return _refused(Internal())

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        if response.content_type == "application/json":
            response.headers["Cache-Control"] = "no-store"

    async def close(_app: web.Application) -> None:
        await changes.close()

    app = web.Application(middlewares=[coded], client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(secure)
    app.on_shutdown.append(close)
    Handlers(means, changes).add_to(app)
    add_pages(app, pages)
    return app


def _refused(refusal: Refusal, status: int | None = None) -> web.Response:
    problem = Problem(code=refusal.code, sentence=refusal.sentence, detail=refusal.detail)
    return web.Response(
        status=status or refusal.status, body=msgspec.json.encode(problem), content_type="application/json"
    )
