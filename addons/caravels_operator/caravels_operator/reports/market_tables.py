"""What was offered and traded, as files: transactions, prices, matrices, each member's own trades, and the replay."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ..common.periods import HOUR_S, day_end, day_start, iso
from ..ledger import auctions, books, prices, transactions
from ..ledger.auctions import Auction
from ..ledger.transactions import Transaction
from .csv import Cell, kwh, units, write_table
from .settled import ReportSettings, days_between

type DayTrades = Sequence[tuple[Auction, Sequence[Transaction]]]
"""Cleared auctions with their transactions, by day."""

_LABELS: dict[str, Callable[[Auction, Transaction], str]] = {
    "hour": lambda _auction, row: iso(row.start - row.start % HOUR_S),
    "day": lambda auction, _row: auction.day.isoformat(),
    "month": lambda auction, _row: f"{auction.day:%Y-%m}",
}
"""Under which label each resolution of the matrix sums a transaction; hours are UTC's."""
_OWN_TRADES = ("start_utc", "duration_s", "id", "side", "counterparty", "wh", "micro_per_kwh", "micro")


def write_market(conn: Connection, folder: Path, first: date, last: date, settings: ReportSettings) -> list[Path]:
    """Write the files about the auctions of the days from `first` to `last` and return their paths."""
    trades = day_trades(conn, first, last)
    return [
        write_table(
            folder / "transactions.csv",
            (
                *("run", "id", "start_utc", "duration_s", "seller", "buyer"),
                *("wh", "micro_per_kwh", "micro", "price_rule", "assignment"),
            ),
            _transaction_rows(trades),
        ),
        write_table(
            folder / "prices.csv",
            ("start_utc", "duration_s", "market_micro_per_kwh", "origin", "cleared_micro_per_kwh", "traded_wh"),
            _price_rows(conn, trades, settings.zone),
        ),
        *_write_matrices(folder, trades, settings.currency),
        *_write_own_trades(folder / "members", trades),
        _write_replay(conn, folder / "replay.json", trades),
    ]


def day_trades(conn: Connection, first: date, last: date) -> DayTrades:
    """Return the cleared auctions of some days with their transactions."""
    found = ((auctions.get(conn, day), transactions.of_day(conn, day)) for day in days_between(first, last))
    return [(auction, rows) for auction, rows in found if auction is not None and auction.state == "cleared"]


def _transaction_rows(trades: DayTrades) -> Iterator[tuple[Cell, ...]]:
    for auction, rows in trades:
        rules = json.loads(auction.rules)["auction"]
        for row in rows:
            parties = (row.seller, row.buyer)
            yield (
                *(str(auction.run), row.id, iso(row.start), auction.period_s, *parties),
                *(row.wh, row.price_micro_kwh, row.micro, rules["price_rule"], rules["assignment"]),
            )


def _price_rows(conn: Connection, trades: DayTrades, zone: str) -> Iterator[tuple[Cell, ...]]:
    for auction, _ in trades:
        cleared = {row.start: row for row in auctions.cleared_periods(conn, auction.day)}
        for price in prices.between(conn, day_start(auction.day, zone), day_end(auction.day, zone)):
            outcome = cleared.get(price.start)
            told = (outcome.price_micro_kwh, outcome.wh) if outcome else ("", 0)
            yield (iso(price.start), auction.period_s, price.micro_kwh, price.origin, *told)


def _write_matrices(folder: Path, trades: DayTrades, currency: str) -> Iterator[Path]:
    """Write the member by member matrix of every hour, day and month, sellers by row and buyers by column."""
    parties = sorted({name for _, rows in trades for row in rows for name in (row.seller, row.buyer)})
    for resolution, label in _LABELS.items():
        energy: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        money: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for auction, rows in trades:
            for row in rows:
                key = (label(auction, row), row.seller)
                energy[key][row.buyer] += row.wh
                money[key][row.buyer] += row.micro
        for name, cells, convert in (("kwh", energy, kwh), (currency, money, units)):
            yield write_table(
                folder / f"matrix_{resolution}_{name}.csv",
                (resolution, "seller", *parties),
                _matrix_rows(cells, parties, convert),
            )


def _matrix_rows(
    cells: dict[tuple[str, str], defaultdict[str, int]], parties: Sequence[str], convert: Callable[[int], Decimal]
) -> Iterator[tuple[Cell, ...]]:
    for (label, seller), bought in sorted(cells.items()):
        yield (label, seller, *(convert(bought[buyer]) if buyer in bought else "" for buyer in parties))


def _write_own_trades(folder: Path, trades: DayTrades) -> Iterator[Path]:
    """Write a file a member with its own trades alone: it may be handed to that member."""
    own: defaultdict[str, list[tuple[Cell, ...]]] = defaultdict(list)
    for auction, rows in trades:
        for row in rows:
            head, tail = (iso(row.start), auction.period_s, row.id), (row.wh, row.price_micro_kwh, row.micro)
            own[row.seller].append((*head, "sell", row.buyer, *tail))
            own[row.buyer].append((*head, "buy", row.seller, *tail))
    for member, lines in sorted(own.items()):
        yield write_table(folder / f"{member}.csv", _OWN_TRADES, lines)


def _write_replay(conn: Connection, path: Path, trades: DayTrades) -> Path:
    """Write all that the auctions were computed from, and the digests of their results: they can be cleared again."""
    path.write_text(json.dumps([_replay_of(conn, auction) for auction, _ in trades], indent=1) + "\n", encoding="utf-8")
    return path


def _replay_of(conn: Connection, auction: Auction) -> dict[str, Any]:
    return {
        "day": auction.day.isoformat(),
        "run": auction.run,
        "gate_at": auction.gate_at,
        "period_s": auction.period_s,
        "rules": json.loads(auction.rules),
        "preferences": json.loads(auction.preferences or "null"),
        "book_digest": auction.book_digest,
        "result_digest": auction.result_digest,
        "books": [
            {
                "member": book.member,
                "revision": book.revision,
                "accepted_at": book.accepted_at,
                "bids": json.loads(book.body),
            }
            for book in books.books(conn, auction.day, auction.gate_at)
        ],
    }
