"""Random books and settlement days, seeded: the hard cases of engines A and B in one batch."""

from collections.abc import Sequence

import numpy as np

from caravels_operator.market.arithmetic import Flags, Ints
from caravels_operator.market.auction import AuctionRules, Clearing, clear
from caravels_operator.market.contracts import contracted, deliveries, price_of_settlement
from caravels_operator.market.orders import Orders
from caravels_operator.market.settlement import SettlementDay, SettlementRules

CASES = (
    "one_percent",
    "distinct",
    "bid_equals_ask",
    "no_buyers",
    "no_sellers",
    "one_wh",
    "zero_price",
    "negative_price",
)
"""Period p of a random batch is of case p modulo their number."""


def names(count: int) -> tuple[str, ...]:
    return tuple(f"m{index:02d}" for index in range(1, count + 1))


def random_orders(n_periods: int, n_members: int, seed: int) -> Orders:
    """One book a period, every eighth of a kind, orders in random order of arrival."""
    chance = np.random.default_rng(seed)
    size = (n_periods, n_members)
    case = np.broadcast_to((np.arange(n_periods) % len(CASES))[:, None], size)
    market = np.broadcast_to(chance.integers(40_000, 150_000, n_periods)[:, None], size)
    step = market + market * chance.integers(-15, 16, size) // 100
    price = np.select(
        [case == 1, case == 2, case == 6, case == 7],
        [chance.integers(30_000, 250_000, size), market, np.zeros(size, np.int64), -step // 5],
        step,
    )
    buy = np.select(
        [case == 3, case == 4], [np.zeros(size, np.bool_), np.ones(size, np.bool_)], chance.random(size) < 0.5
    )
    wh = np.where(
        case == 5, 1, np.where(chance.random(size) < 0.5, chance.integers(1, 9, size), chance.integers(1, 4_000, size))
    )
    period, member = np.nonzero(chance.random(size) < 0.85)
    arrival = chance.permutation(period.size)
    period, member = period[arrival], member[arrival]
    cell = (period, member)
    return Orders(period, member, buy[cell], wh[cell], price[cell])


def take(orders: Orders, rows: Ints | Flags) -> Orders:
    return Orders(
        orders.period[rows], orders.member[rows], orders.buy[rows], orders.wh[rows], orders.price_micro_kwh[rows]
    )


def book(rows: Sequence[tuple[int, int, str, int, int]]) -> Orders:
    """Return a book of (period, member, "buy" or "sell", Wh, price)."""
    period, member, side, wh, price = zip(*rows, strict=True)
    columns = [np.array(column, np.int64) for column in (period, member, wh, price)]
    return Orders(columns[0], columns[1], np.array([one == "buy" for one in side]), columns[2], columns[3])


def per_period(period: Ints, values: Ints, n_periods: int) -> Ints:
    total = np.zeros(n_periods, np.int64)
    np.add.at(total, period, values)
    return total


def random_day(
    n_members: int,
    periods: tuple[int, int],
    seed: int,
    *,
    strict: bool = False,
    misfits: bool = False,
    missed_wh: int = 400,
    rules: AuctionRules | None = None,
) -> tuple[SettlementDay, Clearing]:
    """A cleared and metered day: contracts missed both ways, import and export in one period, negative prices."""
    market_periods, settlement_periods = periods
    chance = np.random.default_rng(seed)
    shape = (n_members, settlement_periods)
    clearing = clear(
        random_orders(market_periods, n_members, seed),
        market_periods,
        names(n_members),
        f"run {seed}",
        rules or AuctionRules(),
    )
    bought, sold = contracted(deliveries(clearing.transactions, *periods), *shape)
    missed = chance.integers(-missed_wh, missed_wh, (2, *shape)) * (chance.random((2, *shape)) < 0.7)
    silent = chance.random(shape) < 0.1
    import_wh = np.where(silent, 0, np.maximum(bought + missed[0], 0))
    export_wh = np.where(silent, 0, np.maximum(sold + missed[1], 0))
    retail = chance.choice([160_001, 219_999, 240_003], shape)
    feed_in = np.full(shape, 30_000)
    feed_in[0] = -5_000
    if misfits:
        feed_in[1] = 310_000
        retail[2] = 10_000
    price, traded = price_of_settlement(clearing.price_micro_kwh, clearing.volume_wh, settlement_periods)
    day = SettlementDay(
        members=names(n_members),
        retailers=tuple("north" if index % 3 else "south" for index in range(n_members)),
        starts=1_767_225_600 + np.arange(settlement_periods) * (86_400 // settlement_periods),
        market_periods=market_periods,
        import_wh=import_wh,
        export_wh=export_wh,
        bought_wh=bought,
        sold_wh=sold,
        retail_micro_kwh=retail,
        avoidable_micro_kwh=retail * 9 // 10,
        vat_ppm=np.full(shape, 180_000),
        feed_in_micro_kwh=feed_in,
        auction_micro_kwh=price,
        traded=traded,
        quality=np.ones(shape, np.int8),
        rules=SettlementRules(strict=strict, buyer_fee_micro_kwh=4_000, seller_fee_micro_kwh=1_000),
    )
    return day, clearing
