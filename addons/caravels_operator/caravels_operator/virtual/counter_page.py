"""The counters of a simulated building over HTTP, as a gateway in a meter cupboard serves them: JSON, in kWh."""

import asyncio

from aiohttp import web

from ..common.member.ports import Clock
from ..common.periods import HOUR_S
from .counters import HouseCounters

MOST_HOURS = 24 * 366


def build_counter_app(counters: asyncio.Future[HouseCounters], clock: Clock) -> web.Application:
    """Return the pages: `/` is what every counter shows now, `/hours?count=N` at the last N full hours, ascending.

    Args:
        counters: the building's; who asks before they are there waits.
        clock: what now is.
    """

    async def show_now(_request: web.Request) -> web.Response:
        shown = (await asyncio.shield(counters)).at([clock.now()])
        return web.json_response({name: wh / 1_000 for name, (wh,) in shown.items()})

    async def show_hours(request: web.Request) -> web.Response:
        asked = request.query.get("count", "")
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= MOST_HOURS):
            raise web.HTTPBadRequest(text=f"count: a whole number from 1 to {MOST_HOURS}")
        last = clock.now() // HOUR_S * HOUR_S
        starts = [last - HOUR_S * ago for ago in reversed(range(int(asked)))]
        try:
            shown = (await asyncio.shield(counters)).at(starts)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        kwh = {name: [wh / 1_000 for wh in values] for name, values in shown.items()}
        return web.json_response({"starts": starts, **kwh})

    app = web.Application()
    app.add_routes([web.get("/", show_now), web.get("/hours", show_hours)])
    return app
