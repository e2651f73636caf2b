"""Run in a peer's own environment: clear a book with its engine, print processor time and welfare as one line of JSON.

Arguments: name of the peer's rule, file of the book (npz), number of runs. Only matching is timed: the book is in the
peer's own form before the clock starts.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

Prepared = Any  # the peers' Python is older than the `type` statement
Traded = Any


def assume_orders(book: dict[str, Any]) -> Prepared:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    return [
        {
            "bid_id": row,
            "start_time": start + timedelta(hours=int(period)),
            "end_time": start + timedelta(hours=int(period) + 1),
            "only_hours": None,
            "volume": float(-wh if buy else wh),
            "price": float(price),
            "node": "node0",
        }
        for row, (period, buy, wh, price) in enumerate(
            zip(book["period"], book["buy"], book["wh"], book["price"], strict=True)
        )
    ]


def assume_clear(orders: Prepared) -> Traded:
    from assume.markets.clearing_algorithms.simple import (  # type: ignore[import-not-found]  # noqa: PLC0415
        PayAsClearRole,
    )

    products = sorted({(order["start_time"], order["end_time"], None) for order in orders})
    accepted, *_ = object.__new__(PayAsClearRole).clear(orders, products)
    traded = np.zeros(len(orders))
    for order in accepted:
        traded[order["bid_id"]] = abs(order["accepted_volume"])
    return traded


def pymarket_books(book: dict[str, Any]) -> Prepared:
    import pymarket  # type: ignore[import-not-found]  # noqa: PLC0415  # each environment has one of the two

    markets = []
    for period in range(int(book["period"].max()) + 1):
        market, rows = pymarket.Market(), np.flatnonzero(book["period"] == period)
        for user, row in enumerate(rows):
            market.accept_bid(float(book["wh"][row]), float(book["price"][row]), user, bool(book["buy"][row]))
        markets.append((market, rows))
    return markets, book["period"].size


def pymarket_clear(rule: str) -> Callable[[Prepared], Traded]:
    def clear(prepared: Prepared) -> Traded:
        markets, size = prepared
        traded = np.zeros(size)
        for market, rows in markets:
            transactions, _ = market.run(rule, r=np.random.RandomState(1)) if rule != "huang" else market.run(rule)
            frame = transactions.get_df()
            np.add.at(traded, rows[frame["bid"].to_numpy(int)], frame["quantity"].to_numpy(float))
        return traded

    return clear


RULES: dict[str, tuple[Callable[[dict[str, Any]], Prepared], Callable[[Prepared], Traded]]] = {
    "assume pay-as-clear": (assume_orders, assume_clear),
    **{f"pymarket {rule}": (pymarket_books, pymarket_clear(rule)) for rule in ("muda", "huang", "p2p")},
}


def main() -> None:
    rule, path, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    book = dict(np.load(path))
    prepare, clear = RULES[rule]
    times, traded = [], np.zeros(0)
    for _ in range(runs):
        prepared = prepare(book)
        start = time.process_time()
        traded = clear(prepared)
        times.append((time.process_time() - start) * 1_000)
    welfare = float((np.where(book["buy"], 1, -1) * traded * book["price"]).sum())
    print(json.dumps({"cpu_ms": round(statistics.median(times), 3), "welfare": welfare}))


if __name__ == "__main__":
    main()
