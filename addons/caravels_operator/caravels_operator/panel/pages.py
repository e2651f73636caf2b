"""The panel's page as the browser loads it: the bundle that was built into `static`, below whatever path serves it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
NO_BUNDLE = (
    "The operator works, but its page was not built into this copy of CARAVELS. Build it with: script/web\n"
    "Until then the command line does what the page would: script/caravels --help\n"
)


def add_pages(app: web.Application, folder: Path) -> None:
    """Serve the files of a folder that are there at the start; any other one does not exist."""
    index = folder / "index.html"
    app.router.add_get("/", _serve(index) if index.is_file() else _no_bundle)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file != index:
            app.router.add_get(f"/{file.relative_to(folder).as_posix()}", _serve(file))


def _serve(file: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(file)

    return serve


async def _no_bundle(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=503, text=NO_BUNDLE)
