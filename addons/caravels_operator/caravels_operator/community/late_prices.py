"""Market prices that came late: until shortly before the gate they take the place of those that were filled in."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from ..common.protocol import PriceOrigin
from ..ledger import auctions, prices
from ..ledger.prices import Price
from . import schedule
from .context import Context
from .market_day import fetch_prices, push_again


async def fetch_again(context: Context, key: str) -> Mapping[int, int]:
    """Fetch the prices of the day in a step's key, `DAY@INSTANT`."""
    return await fetch_prices(context, key.partition("@")[0])


def publish_again(conn: Connection, context: Context, key: str, known: Mapping[int, int], now: int) -> None:
    """Store the prices of an open day that were published by now and tell every home; none yet: ask again later."""
    day = date.fromisoformat(key.partition("@")[0])
    auction = auctions.get(conn, day)
    if auction is None or auction.state != "open" or now >= auction.gate_at:
        return
    if not known:
        schedule.put_prices_again(conn, day, auction.gate_at, now)
        return
    prices.put(conn, [Price(start, price, PriceOrigin.PUBLISHED.value) for start, price in sorted(known.items())])
    push_again(conn, context, day, now)
