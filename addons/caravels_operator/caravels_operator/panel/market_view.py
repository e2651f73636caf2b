"""What the page Market shows: an auction by period, and who sold how much to whom."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from ..common.periods import day_periods
from ..community import schedule
from ..community.context import Context
from ..community.day_rules import settings_of_day
from ..community.market_day import trading
from ..community.refusals import DayNotOpen
from ..community.settings import CommunitySettings
from ..ledger import auctions, books, prices, transactions
from ..ledger.auctions import Auction
from ..ledger.orders import orders_of
from .messages import AuctionDay, Cell, Market, OpenDay, TradedPeriod

type Sums = tuple[list[int], list[int]]
"""Wanted and offered energy by period [Wh]."""


def market_of(conn: Connection, context: Context, day: date | None) -> Market:
    """Return the market with one auction: of the day asked for, else of the last that was cleared.

    Raises:
        DayNotOpen: there is no auction for the day asked for.
    """
    if day is not None and auctions.get(conn, day) is None:
        raise DayNotOpen(day.isoformat())
    bidders = len(trading(conn))
    cleared = auctions.cleared_days(conn, date.min, date.max)[::-1]
    chosen = day or (cleared[0] if cleared else None)
    cells = [] if chosen is None else transactions.matrix(conn, chosen, chosen)
    return Market(
        now=context.clock.now(),
        open_days=[_open_day(conn, open_day, bidders) for open_day in auctions.open_days(conn)],
        cleared_days=cleared,
        auction=None if chosen is None else auction_day(conn, context.settings, chosen),
        sellers=sorted({cell.seller for cell in cells}),
        buyers=sorted({cell.buyer for cell in cells}),
        cells=[Cell(seller=cell.seller, buyer=cell.buyer, wh=cell.wh, micro=cell.micro) for cell in cells],
    )


def auction_day(conn: Connection, present: CommunitySettings, day: date) -> AuctionDay:
    """Return the auction of a day; one whose prices are not published yet has no periods."""
    auction = auctions.get(conn, day)
    if auction is None:
        return AuctionDay(
            day=day,
            state="none",
            gate_at=schedule.gate_at(day, present),
            cleared_at=None,
            period_s=present.market_period_s,
            books=0,
            traded_wh=0,
            traded_micro=0,
            mean_price_micro_kwh=None,
            wanted_wh=None,
            offered_wh=None,
            periods=[],
        )
    zone = settings_of_day(conn, present, day).market_zone
    starts = day_periods(day, zone, auction.period_s)
    sums = _sums(conn, auction, starts) if auction.state == "cleared" else None
    cells = transactions.matrix(conn, day, day)
    wh, micro = sum(cell.wh for cell in cells), sum(cell.micro for cell in cells)
    return AuctionDay(
        day=day,
        state="cleared" if auction.state == "cleared" else "open",
        gate_at=auction.gate_at,
        cleared_at=auction.cleared_at,
        period_s=auction.period_s,
        books=books.count(conn, day, auction.gate_at),
        traded_wh=wh,
        traded_micro=micro,
        mean_price_micro_kwh=(micro * 1_000 + wh // 2) // wh if wh else None,
        wanted_wh=None if sums is None else sum(sums[0]),
        offered_wh=None if sums is None else sum(sums[1]),
        periods=_periods(conn, day, starts, sums),
    )


def _open_day(conn: Connection, day: date, bidders: int) -> OpenDay:
    auction = auctions.get(conn, day)
    gate_at = 0 if auction is None else auction.gate_at
    return OpenDay(day=day, gate_at=gate_at, books=books.count(conn, day, gate_at), members=bidders)


def _periods(conn: Connection, day: date, starts: Sequence[int], sums: Sums | None) -> list[TradedPeriod]:
    market = {row.start: row.micro_kwh for row in prices.between(conn, starts[0], starts[-1] + 1)}
    cleared = {row.start: row for row in auctions.cleared_periods(conn, day)}
    return [
        TradedPeriod(
            start=start,
            market_price_micro_kwh=market.get(start),
            price_micro_kwh=cleared[start].price_micro_kwh if start in cleared else None,
            wh=cleared[start].wh if start in cleared else 0,
            wanted_wh=None if sums is None else sums[0][t],
            offered_wh=None if sums is None else sums[1][t],
        )
        for t, start in enumerate(starts)
    ]


def _sums(conn: Connection, auction: Auction, starts: Sequence[int]) -> Sums:
    """Return what was wanted and offered in each period [Wh], by the books that counted."""
    orders = orders_of(books.books(conn, auction.day, auction.gate_at), starts)
    wanted, offered = [0] * len(starts), [0] * len(starts)
    for t, buys, wh in zip(orders.period.tolist(), orders.buy.tolist(), orders.wh.tolist(), strict=True):
        (wanted if buys else offered)[t] += wh
    return wanted, offered
