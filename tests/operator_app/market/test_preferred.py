"""Preferred partners: as much as an independent programme finds, and nobody's energy or money changes."""

import numpy as np
import pytest
from scipy.optimize import linprog

from caravels_operator.market.arithmetic import Ints
from caravels_operator.market.auction import AuctionRules, clear
from caravels_operator.market.preferred import Preferences, transport

from .samples import book, names, random_orders

PREFERRED = AuctionRules(assignment="preferred")


def preferences(count: int, seed: int) -> Preferences:
    chance = np.random.default_rng(seed)
    friends = frozenset((int(one), int(other)) for one, other in chance.integers(0, count, (count, 2)))
    return Preferences(friends, chance.random(count) < 0.5, chance.random(count) < 0.3, chance.integers(0, 3, count))


def best_worth(demand: Ints, supply: Ints, weight: Ints) -> float:
    """Solve the whole transport problem with equalities and dense matrices."""
    buyers, sellers = weight.shape
    rows = [np.kron(np.eye(buyers)[index], np.ones(sellers)) for index in range(buyers)]
    columns = [np.kron(np.ones(buyers), np.eye(sellers)[index]) for index in range(sellers)]
    solution = linprog(
        -weight.reshape(-1).astype(float),
        A_eq=np.array(rows + columns),
        b_eq=np.concatenate((demand, supply)).astype(float),
        method="highs-ipm",
    )
    assert solution.status == 0
    assert solution.fun is not None
    return -float(solution.fun)


@pytest.mark.parametrize("seed", range(40))
def test_the_worth_is_the_largest_there_is(seed: int) -> None:
    chance = np.random.default_rng(seed)
    buyers, sellers = chance.integers(1, 9, 2)
    demand = chance.integers(1, 3_000, buyers)
    supply = np.bincount(chance.integers(0, sellers, int(demand.sum())), minlength=sellers)
    supply = supply[supply > 0].astype(np.int64)
    weight = chance.integers(0, 8, (buyers, supply.size)) * (chance.random((buyers, supply.size)) < 0.6)
    left, right, wh = transport(demand, supply, weight)
    assert (wh > 0).all()
    assert np.array_equal(np.bincount(left, wh, minlength=buyers), demand)
    assert np.array_equal(np.bincount(right, wh, minlength=supply.size), supply)
    assert len(set(zip(left.tolist(), right.tolist(), strict=True))) == left.size
    assert int((weight[left, right] * wh).sum()) == round(best_worth(demand, supply, weight))


def test_preferences_change_partners_and_nothing_else() -> None:
    orders, members, wishes = random_orders(96, 27, 3), names(27), preferences(27, 4)
    chosen = clear(orders, 96, members, "run", PREFERRED, wishes)
    plain = clear(orders, 96, members, "run", AuctionRules())
    assert np.array_equal(chosen.filled_wh, plain.filled_wh)
    assert np.array_equal(chosen.price_micro_kwh, plain.price_micro_kwh)
    worth = [
        int((wishes.weights(rows.buyer, rows.seller).diagonal() * rows.wh).sum())
        for rows in (chosen.transactions, plain.transactions)
    ]
    assert worth[0] > 1.3 * worth[1]
    rows = chosen.transactions
    key = (rows.period * 27 + rows.seller) * 27 + rows.buyer
    assert (np.diff(key) > 0).all()
    assert (rows.seller != rows.buyer).all()
    for party, side in ((rows.buyer, orders.buy), (rows.seller, ~orders.buy)):
        traded = np.bincount(rows.period * 27 + party, rows.wh, minlength=96 * 27)
        assert np.array_equal(traded[(orders.period * 27 + orders.member)[side]], chosen.filled_wh[side])


def test_a_friend_comes_before_green_and_green_before_the_zone() -> None:
    orders = book(
        [(0, 0, "buy", 300, 90), *((0, member, "sell", 100, 50) for member in (1, 2, 3)), (0, 4, "buy", 0, 90)]
    )
    nobody, everybody = np.zeros(9, np.bool_), np.ones(9, np.bool_)
    zone = np.array([1, 2, 2, 1, 0, 0, 0, 0, 0])
    green = nobody.copy()
    green[2] = True
    wishes = Preferences(frozenset({(0, 1)}), green, everybody, zone)
    assert wishes.weights(np.array([0]), np.array([1, 2, 3])).tolist() == [[4, 2, 1]]
    rival = book(
        [(0, 0, "buy", 100, 90), (0, 4, "buy", 200, 90), *((0, member, "sell", 100, 50) for member in (1, 2, 3))]
    )
    assert clear(orders, 1, names(9), "run", PREFERRED, wishes).filled_wh.tolist() == [300, 100, 100, 100, 0]
    rows = clear(
        rival, 1, names(9), "run", PREFERRED, Preferences(frozenset({(0, 1)}), green, nobody, zone)
    ).transactions
    assert (1, 0) in zip(rows.seller.tolist(), rows.buyer.tolist(), strict=True)


def test_the_sum_counts_so_two_good_pairs_outdo_one_friend() -> None:
    one = np.ones(2, np.int64)
    buyer, seller, wh = transport(one, one, np.array([[4, 3], [3, 0]]))
    assert sorted(zip(buyer.tolist(), seller.tolist(), wh.tolist(), strict=True)) == [(0, 1, 1), (1, 0, 1)]
    buyer, seller, wh = transport(one, one, np.array([[4, 3], [0, 0]]))
    assert sorted(zip(buyer.tolist(), seller.tolist(), wh.tolist(), strict=True)) == [(0, 0, 1), (1, 1, 1)]


def test_preferred_without_preferences_is_refused() -> None:
    with pytest.raises(ValueError, match="preferences"):
        clear(random_orders(1, 4, 1), 1, names(4), "run", PREFERRED)
