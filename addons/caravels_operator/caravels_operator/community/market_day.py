"""The two steps of a delivery day's auction: prices are published, and the gate closes (engines A; paper II.C)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from ..common.periods import DAY_S, day_periods
from ..common.protocol import MarketDay, MarketPeriod, PriceOrigin, encode
from ..ledger import auctions, books, members, outbox, prices
from ..ledger.auctions import Auction
from ..ledger.members import Member
from ..ledger.prices import Price
from ..prices.source import fill_gaps
from . import schedule
from .clearing import clear_day
from .context import Context
from .day_rules import DayRules, settings_of_day
from .results import push_results
from .settings import CommunitySettings
from .tariffs import TariffBook, load_tariffs

LOOK_BACK_DAYS = 7
"""How far back a price is looked for that fills a gap."""


async def fetch_prices(context: Context, key: str) -> Mapping[int, int]:
    """Fetch the market prices of a day; what the publisher does not have is filled when they are stored."""
    settings = context.settings
    starts = day_periods(date.fromisoformat(key), settings.market_zone, settings.market_period_s)
    try:
        return await context.prices.prices(starts, settings.market_period_s)
    except OSError:
        return {}


def publish_prices(conn: Connection, context: Context, key: str, known: Mapping[int, int], now: int) -> None:
    """Store the prices of a day, open its auction, tell every member, and put the steps of the next day; once.

    Raises:
        LookupError: no price is known for this day nor any before it; the step is tried again.
    """
    day = date.fromisoformat(key)
    settings = context.settings
    starts = day_periods(day, settings.market_zone, settings.market_period_s)
    earlier = prices.between(conn, starts[0] - LOOK_BACK_DAYS * DAY_S, starts[0])
    filled = fill_gaps(starts, known, {row.start: row.micro_kwh for row in earlier}, settings.price_fill)
    rows = [Price(row.start, row.micro_kwh, row.origin.value) for row in filled]
    prices.put(conn, rows)
    gate_at = schedule.opening_gate_at(conn, day, settings, now)
    opened = auctions.open_day(
        conn,
        day,
        gate_at=gate_at,
        period_s=settings.market_period_s,
        rules=DayRules.in_force(settings).encode(),
        at=now,
    )
    if not opened:
        return
    schedule.move_gate(conn, day, gate_at)
    auction, tariffs = _auction(conn, day), load_tariffs(conn)
    pushes = [(member.id, encode(_market_day(settings, auction, rows, tariffs, member))) for member in trading(conn)]
    outbox.append_many(conn, pushes, now)
    if not known:
        schedule.put_prices_again(conn, day, gate_at, now)
    schedule.put_day(conn, day + timedelta(days=1), settings)


def close_gate(conn: Connection, context: Context, key: str, _prepared: object, now: int) -> None:
    """Clear the auction of a day from the last books accepted before its gate, and tell every member its own; once."""
    day = date.fromisoformat(key)
    auction = _auction(conn, day)
    if auction.state == "cleared":
        return
    clear_day(conn, context.settings.market_zone, auction, now)
    push_results(conn, day, now)


def trading(conn: Connection) -> list[Member]:
    """Return the members that may trade."""
    return [member for member in members.all(conn) if member.state == "active"]


def market_day_for(conn: Connection, context: Context, day: date, member: Member) -> MarketDay:
    """Return the market of an opened day as one member needs it, from what is stored."""
    return market_days_for(conn, context, day, [member])[0]


def market_days_for(conn: Connection, context: Context, day: date, who: Sequence[Member]) -> list[MarketDay]:
    """Return the market of an opened day as each of some members needs it, from what is stored."""
    auction = _auction(conn, day)
    settings = settings_of_day(conn, context.settings, day)
    starts = day_periods(day, settings.market_zone, auction.period_s)
    rows, tariffs = prices.between(conn, starts[0], starts[-1] + 1), load_tariffs(conn)
    return [
        msgspec.structs.replace(
            _market_day(settings, auction, rows, tariffs, member),
            last_revision=books.latest_revision(conn, member.id, day),
        )
        for member in who
    ]


def push_again(conn: Connection, context: Context, day: date, now: int) -> None:
    """Tell every member that trades how the market of an open day is now: its prices or its gate are others."""
    who = trading(conn)
    markets = market_days_for(conn, context, day, who)
    pushes = [(member.id, encode(market)) for member, market in zip(who, markets, strict=True)]
    outbox.append_many(conn, pushes, now)


def _auction(conn: Connection, day: date) -> Auction:
    """Return a day's auction: it keeps the gate and the period it was opened with, whatever the settings say now."""
    auction = auctions.get(conn, day)
    if auction is None:
        raise LookupError(f"the auction of {day} was never opened")
    return auction


def _market_day(
    settings: CommunitySettings, auction: Auction, rows: Sequence[Price], tariffs: TariffBook, member: Member
) -> MarketDay:
    caps, floors = tariffs.bounds(member.tariff, [row.start for row in rows], settings)
    return MarketDay(
        day=auction.day,
        gate_at=auction.gate_at,
        period_s=auction.period_s,
        periods=[
            MarketPeriod(
                start=row.start,
                price_micro_kwh=row.micro_kwh,
                buy_cap_micro_kwh=cap,
                sell_floor_micro_kwh=floor,
                origin=PriceOrigin(row.origin),
            )
            for row, cap, floor in zip(rows, caps, floors, strict=True)
        ],
    )
