"""The counters of a simulated building over HTTP, as a gateway in a meter cupboard serves them: JSON, in kWh."""

import asyncio

from aiohttp import web

from ..common.member.ports import Clock
from .counters import HouseCounters


def build_counter_app(counters: asyncio.Future[HouseCounters], clock: Clock) -> web.Application:
    """Return the page: `/` is what every counter shows now.

    Args:
        counters: the building's; who asks before they are there waits.
        clock: what now is.
    """

    async def show_now(_request: web.Request) -> web.Response:
        shown = (await asyncio.shield(counters)).at([clock.now()])
        return web.json_response({name: wh / 1_000 for name, (wh,) in shown.items()})

    app = web.Application()
    app.add_routes([web.get("/", show_now)])
    return app
