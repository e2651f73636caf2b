"""Every bar of engines A over 10,000 random books, cleared as one batch in one pass."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from caravels_operator.market.arithmetic import Flags, Ints, money_of
from caravels_operator.market.auction import AuctionRules, Clearing, clear
from caravels_operator.market.orders import Orders
from caravels_operator.market.tariffs import buy_cap, sell_floor

from .samples import CASES, names, per_period, random_orders, take

N_BOOKS, N_MEMBERS = 10_400, 12
MEMBERS = names(N_MEMBERS)
UNIFORM, PAIR = AuctionRules(), AuctionRules(price_rule="pair", pair_k_permille=350)


@pytest.fixture(scope="module")
def orders() -> Orders:
    return random_orders(N_BOOKS, N_MEMBERS, seed=20_261_122)


@pytest.fixture(scope="module")
def uniform(orders: Orders) -> Clearing:
    return clear(orders, N_BOOKS, MEMBERS, "batch", UNIFORM)


@pytest.fixture(scope="module")
def pair(orders: Orders) -> Clearing:
    return clear(orders, N_BOOKS, MEMBERS, "batch", PAIR)


@pytest.fixture(params=["uniform", "pair"])
def cleared(request: pytest.FixtureRequest) -> Clearing:
    result = request.getfixturevalue(request.param)
    assert isinstance(result, Clearing)
    return result


def best_fills(orders: Orders, worth: Ints) -> Ints:
    """Fill every order so that the sum of worth times energy is the largest: one linear programme, a block a book."""
    columns = np.arange(len(orders))
    balance = csr_array((np.where(orders.buy, 1.0, -1.0), (orders.period, columns)), shape=(N_BOOKS, len(orders)))
    bounds = np.column_stack((np.zeros(len(orders)), orders.wh))
    solution = linprog(  # type: ignore[call-overload]  # the stubs know dense matrices alone
        -np.where(orders.buy, worth, -worth).astype(float),
        A_eq=balance,
        b_eq=np.zeros(N_BOOKS),
        bounds=bounds,
        method="highs-ds",
    )
    assert solution.status == 0
    fills: Ints = np.rint(solution.x).astype(np.int64)
    assert np.abs(fills - solution.x).max() < 1e-6
    return fills


def welfare(orders: Orders, fills: Ints) -> Ints:
    return per_period(orders.period, np.where(orders.buy, 1, -1) * fills * orders.price_micro_kwh, N_BOOKS)


def test_the_batch_holds_every_hard_case(orders: Orders, uniform: Clearing) -> None:
    case = orders.period % len(CASES)
    trading = {name: int(uniform.traded[index :: len(CASES)].sum()) for index, name in enumerate(CASES)}
    assert N_BOOKS >= 10_000
    assert trading["no_buyers"] == trading["no_sellers"] == 0
    assert min(count for name, count in trading.items() if not name.startswith("no_")) > 1_000
    assert set(orders.wh[case == CASES.index("one_wh")].tolist()) == {1}
    assert orders.price_micro_kwh.min() < 0
    assert {0} == set(orders.price_micro_kwh[case == CASES.index("zero_price")].tolist())


def test_welfare_is_that_of_an_independent_linear_programme(orders: Orders, uniform: Clearing) -> None:
    best = best_fills(orders, orders.price_micro_kwh)
    assert np.array_equal(welfare(orders, uniform.filled_wh), welfare(orders, best))


def test_the_volume_is_the_largest_of_the_welfare_optimal_ones(orders: Orders, uniform: Clearing) -> None:
    # In half micro-units every bid is raised by one: equal prices now gain, unequal ones keep their sign.
    largest = best_fills(orders, 2 * orders.price_micro_kwh + orders.buy)
    assert np.array_equal(welfare(orders, largest), welfare(orders, uniform.filled_wh))
    assert np.array_equal(per_period(orders.period, np.where(orders.buy, largest, 0), N_BOOKS), uniform.volume_wh)


def test_the_price_rule_does_not_change_the_matched_energy(uniform: Clearing, pair: Clearing) -> None:
    assert np.array_equal(uniform.filled_wh, pair.filled_wh)
    assert np.array_equal(uniform.volume_wh, pair.volume_wh)
    assert np.array_equal(uniform.traded, pair.traded)


def test_energy_is_conserved(orders: Orders, cleared: Clearing) -> None:
    rows = cleared.transactions
    for side in (orders.buy, ~orders.buy):
        assert np.array_equal(per_period(orders.period[side], cleared.filled_wh[side], N_BOOKS), cleared.volume_wh)
    assert np.array_equal(per_period(rows.period, rows.wh, N_BOOKS), cleared.volume_wh)
    assert np.array_equal(cleared.traded, cleared.volume_wh > 0)
    for party, side in ((rows.buyer, orders.buy), (rows.seller, ~orders.buy)):
        traded = per_period(rows.period * N_MEMBERS + party, rows.wh, N_BOOKS * N_MEMBERS)
        filled = np.zeros_like(traded)
        filled[(orders.period * N_MEMBERS + orders.member)[side]] = cleared.filled_wh[side]
        assert np.array_equal(traded, filled)
    assert (cleared.filled_wh <= orders.wh).all()
    assert (cleared.filled_wh >= 0).all()


def test_money_is_rounded_once_a_transaction(cleared: Clearing) -> None:
    rows = cleared.transactions
    exact = [
        (2 * wh * price + 1_000) // 2_000
        for wh, price in zip(rows.wh.tolist(), rows.price_micro_kwh.tolist(), strict=True)
    ]
    assert rows.micro.tolist() == exact


def limits(orders: Orders, cleared: Clearing) -> tuple[Ints, Ints]:
    """Return the bid and the ask of every transaction."""
    limit = np.zeros(N_BOOKS * N_MEMBERS, np.int64)
    limit[orders.period * N_MEMBERS + orders.member] = orders.price_micro_kwh
    rows = cleared.transactions
    return limit[rows.period * N_MEMBERS + rows.buyer], limit[rows.period * N_MEMBERS + rows.seller]


def test_nobody_pays_more_or_gets_less_than_its_limit(orders: Orders, cleared: Clearing) -> None:
    bid, ask = limits(orders, cleared)
    rows = cleared.transactions
    assert (rows.price_micro_kwh <= bid).all()
    assert (rows.price_micro_kwh >= ask).all()
    assert (rows.micro <= money_of(rows.wh, bid)).all()
    assert (rows.micro >= money_of(rows.wh, ask)).all()


def test_nobody_envies_under_the_uniform_price(orders: Orders, uniform: Clearing) -> None:
    price = uniform.price_micro_kwh[orders.period]
    turned_away = (uniform.filled_wh < orders.wh) & uniform.traded[orders.period]
    assert (orders.price_micro_kwh[turned_away & orders.buy] <= price[turned_away & orders.buy]).all()
    assert (orders.price_micro_kwh[turned_away & ~orders.buy] >= price[turned_away & ~orders.buy]).all()
    rows = uniform.transactions
    assert np.array_equal(rows.price_micro_kwh, uniform.price_micro_kwh[rows.period])


def test_where_nothing_trades_no_bid_reaches_an_ask(orders: Orders, uniform: Clearing) -> None:
    best_bid, best_ask = np.full(N_BOOKS, -(10**9)), np.full(N_BOOKS, 10**9)
    np.maximum.at(best_bid, orders.period[orders.buy], orders.price_micro_kwh[orders.buy])
    np.minimum.at(best_ask, orders.period[~orders.buy], orders.price_micro_kwh[~orders.buy])
    assert np.array_equal(best_bid >= best_ask, uniform.traded)


def test_the_pair_price_is_the_ask_and_a_part_of_the_difference(orders: Orders, pair: Clearing) -> None:
    bid, ask = limits(orders, pair)
    rows = pair.transactions
    assert np.array_equal(rows.price_micro_kwh, ask + 350 * (bid - ask) // 1_000)
    value = per_period(rows.period, rows.wh * rows.price_micro_kwh, N_BOOKS)
    mean = np.where(pair.traded, value // np.maximum(pair.volume_wh, 1), 0)
    assert np.array_equal(pair.price_micro_kwh, mean)


def test_no_self_trade_no_empty_trade_no_pair_twice(cleared: Clearing) -> None:
    rows = cleared.transactions
    assert (rows.seller != rows.buyer).all()
    assert (rows.wh > 0).all()
    key = (rows.period * N_MEMBERS + rows.seller) * N_MEMBERS + rows.buyer
    assert (np.diff(key) > 0).all()


def test_at_most_buyers_plus_sellers_less_one_transactions(orders: Orders, uniform: Clearing) -> None:
    served = per_period(orders.period, (uniform.filled_wh > 0).astype(np.int64), N_BOOKS)
    count = per_period(uniform.transactions.period, np.ones(len(uniform.transactions), np.int64), N_BOOKS)
    assert (count <= np.maximum(served - 1, 0)).all()


@pytest.mark.parametrize("rules", [UNIFORM, PAIR])
def test_any_order_of_arrival_gives_the_same_bytes(orders: Orders, rules: AuctionRules) -> None:
    first = clear(orders, N_BOOKS, MEMBERS, "batch", rules)
    arrival = np.random.default_rng(7).permutation(len(orders))
    again = clear(take(orders, arrival), N_BOOKS, MEMBERS, "batch", rules)
    assert np.array_equal(again.filled_wh, first.filled_wh[arrival])
    assert as_bytes(again) == as_bytes(first)


def as_bytes(cleared: Clearing) -> list[bytes]:
    rows = cleared.transactions
    return [
        column.tobytes()
        for column in (
            *(rows.period, rows.seller, rows.buyer, rows.wh, rows.price_micro_kwh, rows.micro),
            *(cleared.price_micro_kwh, cleared.traded, cleared.volume_wh),
        )
    ]


def rationed(orders: Orders, fills: Ints) -> Flags:
    """Tell which orders stand on a level of which a part trades, together with others."""
    key = np.stack((orders.period, orders.buy, orders.price_micro_kwh))
    _, level = np.unique(key, axis=1, return_inverse=True)
    total, filled, count = (np.bincount(level, weights) for weights in (orders.wh, fills, None))
    flags: Flags = ((filled > 0) & (filled < total) & (count > 1))[level]
    return flags


def test_new_names_move_at_most_a_wh_inside_a_tied_rationed_level(orders: Orders, uniform: Clearing) -> None:
    shuffled = tuple(np.random.default_rng(3).permutation(MEMBERS).tolist())
    again = clear(orders, N_BOOKS, shuffled, "batch", UNIFORM)
    moved = np.abs(again.filled_wh - uniform.filled_wh)
    assert np.array_equal(again.price_micro_kwh, uniform.price_micro_kwh)
    assert moved.max() == 1
    assert not moved[~rationed(orders, uniform.filled_wh)].any()


def test_equal_prices_are_shared_pro_rata(orders: Orders, uniform: Clearing) -> None:
    tied = np.flatnonzero(rationed(orders, uniform.filled_wh))
    key = np.stack((orders.period, orders.buy, orders.price_micro_kwh))[:, tied]
    _, level = np.unique(key, axis=1, return_inverse=True)
    total, filled = np.bincount(level, orders.wh[tied]), np.bincount(level, uniform.filled_wh[tied])
    exact = filled[level] * orders.wh[tied] / total[level]
    assert tied.size > 5_000
    assert (np.abs(uniform.filled_wh[tied] - exact) < 1).all()


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_better_price_never_gets_less(orders: Orders, uniform: Clearing, side: str) -> None:
    chance = np.random.default_rng(11)
    arrival = chance.permutation(np.flatnonzero(orders.buy == (side == "buy")))
    _, first = np.unique(orders.period[arrival], return_index=True)
    changed = arrival[first]  # one order a book
    step = np.zeros(len(orders), np.int64)
    for most in (1_600, 40_000):  # within a few steps of a percent, and across the whole book
        step[changed] = chance.integers(1, most, changed.size) * (1 if side == "buy" else -1)
        better = clear(
            replace(orders, price_micro_kwh=orders.price_micro_kwh + step), N_BOOKS, MEMBERS, "batch", UNIFORM
        )
        assert (better.filled_wh[changed] >= uniform.filled_wh[changed]).all()
        assert (better.filled_wh[changed] > uniform.filled_wh[changed]).any()


def test_a_better_price_onto_another_level_never_gets_less(orders: Orders, uniform: Clearing) -> None:
    chance = np.random.default_rng(12)
    order = np.lexsort((orders.price_micro_kwh, orders.buy, orders.period))
    below, above = order[:-1], order[1:]
    same = (orders.period[below] == orders.period[above]) & (orders.buy[below] == orders.buy[above])
    same &= orders.price_micro_kwh[below] < orders.price_micro_kwh[above]
    for side in (True, False):
        pairs = chance.permutation(np.flatnonzero(same & (orders.buy[below] == side)))
        _, first = np.unique(orders.period[below[pairs]], return_index=True)
        low, high = below[pairs[first]], above[pairs[first]]
        changed, target = (low, high) if side else (high, low)
        price = orders.price_micro_kwh.copy()
        price[changed] = price[target]
        better = clear(replace(orders, price_micro_kwh=price), N_BOOKS, MEMBERS, "batch", UNIFORM)
        assert (better.filled_wh[changed] >= uniform.filled_wh[changed]).all()


def test_a_members_view_is_exactly_its_rows(uniform: Clearing) -> None:
    rows = uniform.transactions
    views = [rows.of_member(member) for member in range(N_MEMBERS)]
    assert all(((view.seller == member) | (view.buyer == member)).all() for member, view in enumerate(views))
    assert sum(len(view) for view in views) == 2 * len(rows)
    assert sum(int(view.wh.sum()) for view in views) == 2 * int(rows.wh.sum())


def test_caps_and_floors_leave_nobody_worse_off_after_fees() -> None:
    chance = np.random.default_rng(5)
    book = random_orders(N_BOOKS, N_MEMBERS, seed=5)
    avoidable, feed_in = chance.integers(60_000, 220_000, N_MEMBERS), chance.integers(-10_000, 90_000, N_MEMBERS)
    buyer_fee, seller_fee = 4_000, 1_500
    price = np.where(
        book.buy,
        np.minimum(book.price_micro_kwh, buy_cap(avoidable, buyer_fee)[book.member]),
        np.maximum(book.price_micro_kwh, sell_floor(feed_in, seller_fee)[book.member]),
    )
    book = replace(book, price_micro_kwh=price)
    for rules in (UNIFORM, PAIR):
        rows = clear(book, N_BOOKS, MEMBERS, "fees", rules).transactions
        assert len(rows) > 5_000
        assert (rows.price_micro_kwh + buyer_fee <= avoidable[rows.buyer]).all()
        assert (rows.price_micro_kwh - seller_fee >= feed_in[rows.seller]).all()


@pytest.mark.parametrize("n_periods", [92, 96, 100])
def test_days_of_every_length_clear_each_period_by_itself(orders: Orders, uniform: Clearing, n_periods: int) -> None:
    rows = orders.period < n_periods
    day = clear(take(orders, rows), n_periods, MEMBERS, "batch", UNIFORM)
    assert np.array_equal(day.filled_wh, uniform.filled_wh[rows])
    assert np.array_equal(day.price_micro_kwh, uniform.price_micro_kwh[:n_periods])
    whole = uniform.transactions
    assert as_bytes(replace(day, price_micro_kwh=day.volume_wh)) == as_bytes(
        Clearing(
            day.filled_wh,
            uniform.traded[:n_periods],
            uniform.volume_wh[:n_periods],
            uniform.volume_wh[:n_periods],
            whole.at(whole.period < n_periods),
        )
    )
