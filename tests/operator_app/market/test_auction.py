"""Small books with their numbers, books that shrink, and what the auction refuses."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from caravels_operator.market.auction import AuctionRules, Clearing, clear
from caravels_operator.market.curves import supply_demand_curve
from caravels_operator.market.orders import MAX_ORDER_WH, MAX_PRICE_MICRO_KWH, Orders
from caravels_operator.market.priority import draw, member_digests
from caravels_operator.market.transactions import Transactions

from .samples import book, names

type Row = tuple[int, int, str, int, int]
PAIR = AuctionRules(price_rule="pair")


def rows_of(transactions: Transactions) -> list[tuple[int, ...]]:
    """Return (period, seller, buyer, Wh, price, micro-units)."""
    columns = (
        *(transactions.period, transactions.seller, transactions.buyer),
        *(transactions.wh, transactions.price_micro_kwh, transactions.micro),
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def cleared(rows: Sequence[Row], rules: AuctionRules | None = None, n_periods: int = 1) -> Clearing:
    return clear(book(rows), n_periods, names(9), "run", rules or AuctionRules())


def test_a_book_with_its_numbers() -> None:
    result = cleared(
        [
            (0, 0, "buy", 1_000, 120_000),
            (0, 1, "buy", 600, 100_000),
            (0, 2, "buy", 500, 80_000),
            (0, 3, "sell", 700, 60_000),
            (0, 4, "sell", 800, 90_000),
            (0, 5, "sell", 900, 110_000),
        ]
    )
    assert result.filled_wh.tolist() == [1_000, 500, 0, 700, 800, 0]
    # [max(ask 90, unserved bid 100), min(bid 100, unserved ask 110)]: one point.
    assert result.price_micro_kwh.tolist() == [100_000]
    assert rows_of(result.transactions) == [
        (0, 3, 0, 700, 100_000, 70_000),
        (0, 4, 0, 300, 100_000, 30_000),
        (0, 4, 1, 500, 100_000, 50_000),
    ]


def test_the_same_book_by_pairs_of_levels() -> None:
    rows: list[Row] = [
        (0, 0, "buy", 1_000, 120_000),
        (0, 1, "buy", 600, 100_000),
        (0, 3, "sell", 700, 60_000),
        (0, 4, "sell", 800, 90_000),
    ]
    assert rows_of(cleared(rows, replace(PAIR, pair_k_permille=250)).transactions) == [
        (0, 3, 0, 700, 75_000, 52_500),
        (0, 4, 0, 300, 97_500, 29_250),
        (0, 4, 1, 500, 92_500, 46_250),
    ]
    # (700 * 75,000 + 300 * 97,500 + 500 * 92,500) / 1,500, rounded down
    assert cleared(rows, replace(PAIR, pair_k_permille=250)).price_micro_kwh.tolist() == [85_333]


def test_in_a_pair_of_levels_every_buyer_meets_every_seller() -> None:
    rows: list[Row] = [(0, member, "buy", 300 * (member + 1), 100_000) for member in range(3)]
    rows += [(0, 3, "sell", 1_200, 50_000), (0, 4, "sell", 600, 50_000)]
    result = cleared(rows, PAIR)
    assert [(seller, buyer, wh) for _, seller, buyer, wh, _, _ in rows_of(result.transactions)] == [
        *((3, 0, 200), (3, 1, 400), (3, 2, 600)),
        *((4, 0, 100), (4, 1, 200), (4, 2, 300)),
    ]


def test_a_wide_gap_is_split_in_the_middle_and_rounded_down() -> None:
    assert cleared([(0, 0, "buy", 5, 101), (0, 1, "sell", 5, 0)]).price_micro_kwh.tolist() == [50]
    assert cleared([(0, 0, "buy", 5, 0), (0, 1, "sell", 5, -101)]).price_micro_kwh.tolist() == [-51]


def test_a_negative_price_is_paid_by_the_seller() -> None:
    result = cleared([(0, 0, "buy", 1_500, -20_000), (0, 1, "sell", 1_000, -20_000)])
    assert rows_of(result.transactions) == [(0, 1, 0, 1_000, -20_000, -20_000)]


def test_nothing_trades_below_the_smallest_trade_but_a_fill_may_be_smaller() -> None:
    rows: list[Row] = [(0, 0, "buy", 100, 10), (0, 1, "buy", 99, 20), (0, 2, "sell", 130, 10), (0, 3, "buy", 100, 10)]
    result = cleared(rows, AuctionRules(smallest_trade_wh=100))
    assert result.filled_wh.tolist() == [65, 0, 130, 65]


def test_an_empty_book_and_empty_periods_clear_to_nothing() -> None:
    nothing = np.zeros(0, np.int64)
    result = clear(
        Orders(nothing, nothing, nothing.astype(bool), nothing, nothing), 24, names(2), "run", AuctionRules()
    )
    assert len(result.transactions) == 0
    assert result.price_micro_kwh.tolist() == result.volume_wh.tolist() == [0] * 24
    some = cleared([(7, 0, "buy", 10, 50), (7, 1, "sell", 10, 40)], n_periods=24)
    assert some.volume_wh.tolist() == [0] * 7 + [10] + [0] * 16
    assert len(clear(book([(3, 0, "buy", 10, 50)]), 24, names(1), "run", PAIR).transactions) == 0


def test_the_largest_amounts_stay_exact() -> None:
    rows: list[Row] = [(0, member, "buy", MAX_ORDER_WH - member, MAX_PRICE_MICRO_KWH) for member in range(5)]
    rows += [(0, 5, "sell", MAX_ORDER_WH, MAX_PRICE_MICRO_KWH), (0, 6, "sell", MAX_ORDER_WH // 3, -MAX_PRICE_MICRO_KWH)]
    for rules in (AuctionRules(), PAIR):
        result = cleared(rows, rules)
        assert int(result.filled_wh[:5].sum()) == MAX_ORDER_WH + MAX_ORDER_WH // 3
        assert max(result.filled_wh[:5].tolist()) - min(result.filled_wh[:5].tolist()) <= 2
        for _, _, _, wh, price, micro in rows_of(result.transactions):
            assert micro == (wh * price + 500) // 1_000
    volume, low = MAX_ORDER_WH + MAX_ORDER_WH // 3, MAX_ORDER_WH // 3
    value = MAX_ORDER_WH * MAX_PRICE_MICRO_KWH + low * 0
    assert cleared(rows, PAIR).price_micro_kwh.tolist() == [value // volume]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wh": [-1, 5]}, "wh is outside"),
        ({"wh": [MAX_ORDER_WH + 1, 5]}, "wh is outside"),
        ({"price_micro_kwh": [0, MAX_PRICE_MICRO_KWH + 1]}, "price_micro_kwh is outside"),
        ({"period": [0, 1]}, "period is outside"),
        ({"member": [0, 2]}, "member is outside"),
        ({"member": [1, 1]}, "two orders"),
        ({"wh": [5]}, "one length"),
    ],
)
def test_a_broken_book_is_refused(change: dict[str, list[int]], message: str) -> None:
    good = book([(0, 0, "buy", 5, 5), (0, 1, "sell", 5, 5)])
    broken = replace(good, **{name: np.array(column, np.int64) for name, column in change.items()})  # type: ignore[arg-type]  # the columns by name
    with pytest.raises(ValueError, match=message):
        clear(broken, 1, names(2), "run", AuctionRules())


@pytest.mark.parametrize(
    "choice",
    [
        {"pair_k_permille": 1_001},
        {"pair_k_permille": -1},
        {"smallest_trade_wh": 0},
        {"price_rule": "pair", "assignment": "preferred"},
    ],
)
def test_rules_that_make_no_sense_are_refused(choice: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"pair|smallest"):
        AuctionRules(**choice)  # type: ignore[arg-type]  # wrong on purpose


def test_the_last_wh_is_drawn_uniformly_over_10_000_runs() -> None:
    rows: list[Row] = [(0, member, "buy", 4, 100) for member in range(5)] + [(0, 6, "sell", 7, 100)]
    orders = book(rows)
    extra = np.zeros(5, np.int64)
    for run in range(10_000):
        extra += clear(orders, 1, names(9), f"day {run}", AuctionRules()).filled_wh[:5] - 1
    # 7 Wh over five equal orders: one each, and two more by lot.
    assert int(extra.sum()) == 20_000
    assert chisquare(extra).pvalue > 0.001


def test_the_last_wh_is_drawn_anew_in_every_period() -> None:
    rows: list[Row] = [(period, member, "buy", 4, 100) for period in range(96) for member in range(5)]
    rows += [(period, 6, "sell", 1, 100) for period in range(96)]
    filled = clear(book(rows), 96, names(9), "run", AuctionRules()).filled_wh[:480].reshape(96, 5)
    assert filled.sum(axis=1).tolist() == [1] * 96
    assert chisquare(filled.sum(axis=0)).pvalue > 0.001


def test_equals_meet_other_partners_in_every_run() -> None:
    """Nobody's place in a list decides whom it trades with, either."""
    rows: list[Row] = [(0, member, "buy", 100, 90) for member in range(4)]
    rows += [(0, member, "sell", 100, 50) for member in range(4, 8)]
    met = np.zeros((4, 4), np.int64)
    for run in range(1_600):
        trades = clear(book(rows), 1, names(9), f"day {run}", AuctionRules()).transactions
        met[trades.buyer, trades.seller - 4] += 1
    assert int(met.sum()) == 6_400
    assert chisquare(met.reshape(-1)).pvalue > 0.001


def test_a_lot_is_the_digest_of_run_and_member_mixed_with_the_period() -> None:
    digest = int.from_bytes(sha256(b"run 9\0m03").digest()[:8])
    assert member_digests(["m03"], "run 9").tolist() == [digest]
    mask = 2**64 - 1
    state = (digest + 8 * 0x9E3779B97F4A7C15) & mask
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
    assert draw(np.array([digest], np.uint64), np.array([7])).tolist() == [state ^ (state >> 31)]


def test_replay_gives_the_stored_result() -> None:
    """An auction can be checked years later: the digests were stored when the book was first cleared."""
    rows: list[Row] = [
        (
            period,
            member,
            "buy" if (period * 7 + member * 5) % 9 < 5 else "sell",
            (period * 7_919 + member * 104_729) % 3_000 + 1,
            900 * (90 + (period * 31 + member * 17) % 7 * 3),
        )
        for period in range(96)
        for member in range(20)
    ]
    digests = []
    for rules in (AuctionRules(), PAIR):
        result = clear(book(rows), 96, names(20), "2026-11-22", rules)
        outcome = (rows_of(result.transactions), result.filled_wh.tolist(), result.price_micro_kwh.tolist())
        digests.append(sha256(repr(outcome).encode()).hexdigest()[:16])
    assert digests == ["f6d643954f51d2e4", "4a735616f991a717"]


def test_the_curves_are_steps_in_order_of_merit() -> None:
    orders = book(
        [
            *((0, 0, "buy", 10, 50), (0, 1, "buy", 5, 70), (0, 2, "buy", 1, 50), (0, 3, "buy", 0, 99)),
            *((0, 4, "sell", 7, 30), (1, 5, "sell", 8, 10)),
        ]
    )
    demand, supply = supply_demand_curve(orders, 0)
    assert (demand.price_micro_kwh.tolist(), demand.wh.tolist()) == ([70, 50], [5, 16])
    assert (supply.price_micro_kwh.tolist(), supply.wh.tolist()) == ([30], [7])
    assert supply_demand_curve(orders, 1)[0].wh.size == 0


# --- books that shrink ------------------------------------------------------------------------------------------------


@st.composite
def books(draw_: st.DrawFn) -> list[Row]:
    cells = draw_(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 8)), min_size=1, max_size=20))
    return [
        (
            *cell,
            draw_(st.sampled_from(["buy", "sell"])),
            draw_(st.integers(0, 12) | st.integers(0, 5_000)),
            draw_(st.sampled_from([-30, 0, 99, 100, 101, 102]) | st.integers(-200, 200)),
        )
        for cell in draw_(st.permutations(sorted(cells)))
    ]


def stepwise(rows: Sequence[Row]) -> tuple[int, int, int]:
    """Clear one period the long way, Wh by Wh of merit; return welfare, volume and price."""
    bids = sorted((price for _, _, side, wh, price in rows if side == "buy" for _ in range(wh)), reverse=True)
    asks = sorted(price for _, _, side, wh, price in rows if side == "sell" for _ in range(wh))
    volume = sum(bid >= ask for bid, ask in zip(bids, asks, strict=False))
    if not volume:
        return 0, 0, 0
    low, high = asks[volume - 1], bids[volume - 1]
    low = max([low, *bids[volume : volume + 1]])
    high = min([high, *asks[volume : volume + 1]])
    return sum(bids[:volume]) - sum(asks[:volume]), volume, (low + high) // 2


@settings(max_examples=200)
@given(books())
def test_any_book_clears_as_it_does_the_long_way(rows: list[Row]) -> None:
    result = cleared(rows, n_periods=3)
    signs = np.array([1 if side == "buy" else -1 for _, _, side, _, _ in rows])
    value = signs * result.filled_wh * np.array([price for *_, price in rows])
    for period in range(3):
        here = [row for row in rows if row[0] == period]
        welfare, volume, price = stepwise(here)
        at = np.array([row[0] == period for row in rows])
        assert (int(value[at].sum()), int(result.volume_wh[period])) == (welfare, volume)
        assert int(result.price_micro_kwh[period]) == price
    keys = [row[:3] for row in rows_of(result.transactions)]
    assert all(one < other for one, other in pairwise(keys))


@settings(max_examples=200)
@given(books(), st.integers(0, 1_000))
def test_any_book_by_pairs_keeps_energy_prices_and_proportions(rows: list[Row], k_permille: int) -> None:
    by_pair = cleared(rows, replace(PAIR, pair_k_permille=k_permille), 3)
    uniform = cleared(rows, n_periods=3)
    assert by_pair.filled_wh.tolist() == uniform.filled_wh.tolist()
    limit = {(period, member): price for period, member, _, _, price in rows}
    left = {(period, member): int(wh) for (period, member, *_), wh in zip(rows, by_pair.filled_wh, strict=True)}
    for period, seller, buyer, wh, price, _ in rows_of(by_pair.transactions):
        bid, ask = limit[period, buyer], limit[period, seller]
        assert ask <= price <= bid
        assert price == ask + k_permille * (bid - ask) // 1_000
        left[period, buyer] -= wh
        left[period, seller] -= wh
    assert not any(left.values())
