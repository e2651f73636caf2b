"""Netting and its pairs on the shapes that are hard: one member on both sides, prices that fit nobody."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from caravels_operator.market.arithmetic import Ints, multiply_divide
from caravels_operator.market.netting import Netting, net_residuals

MEMBERS = 4
amounts = st.lists(st.integers(0, 5) | st.integers(0, 10_000), min_size=MEMBERS, max_size=MEMBERS)


def netted(short: Ints, long: Ints, feed_in: Ints | int = 30, avoidable: Ints | int = 200) -> Netting:
    """Net one period of members with the given residuals [Wh]."""
    shape = (short.size, 1)
    return net_residuals(
        short[:, None],
        long[:, None],
        np.broadcast_to(np.asarray(feed_in).reshape(-1, 1), shape),
        np.broadcast_to(np.asarray(avoidable).reshape(-1, 1), shape),
        np.array([90]),
        np.array([False]),
        np.arange(short.size, dtype=np.uint64)[:, None],
    )


def most_that_can_be_netted(short: Ints, long: Ints) -> int:
    """Solve for the largest flow from long to short members of which none goes to its giver."""
    givers, takers = np.divmod(np.arange(short.size**2), short.size)
    table = np.vstack(
        [givers == member for member in range(short.size)] + [takers == member for member in range(short.size)]
    )
    bounds = [(0, 0 if giver == taker else None) for giver, taker in zip(givers, takers, strict=True)]
    solution = linprog(-np.ones(givers.size), A_ub=table, b_ub=np.concatenate((long, short)), bounds=bounds)
    assert solution.fun is not None
    return round(-float(solution.fun))


@settings(max_examples=200)
@given(amounts, amounts)
def test_as_much_is_netted_as_can_be_without_anyone_meeting_itself(short: list[int], long: list[int]) -> None:
    result = netted(np.array(short), np.array(long))
    assert int(result.wh.sum()) == most_that_can_be_netted(np.array(short), np.array(long))
    assert (result.giver != result.taker).all()
    assert (result.wh > 0).all()
    assert np.array_equal(np.bincount(result.taker, result.wh, MEMBERS), result.taken_wh[:, 0])
    assert np.array_equal(np.bincount(result.giver, result.wh, MEMBERS), result.given_wh[:, 0])
    assert (result.taken_wh[:, 0] <= short).all()
    assert (result.given_wh[:, 0] <= long).all()


@settings(max_examples=200)
@given(amounts, amounts)
def test_shares_are_pro_rata_within_a_wh(short: list[int], long: list[int]) -> None:
    only_short = [wh if index < 2 else 0 for index, wh in enumerate(short)]
    only_long = [wh if index >= 2 else 0 for index, wh in enumerate(long)]
    result = netted(np.array(only_short), np.array(only_long))
    total = min(sum(only_short), sum(only_long))
    for share, weight in ((result.taken_wh[:, 0], only_short), (result.given_wh[:, 0], only_long)):
        assert int(share.sum()) == total
        exact = np.array(weight) * total / max(sum(weight), 1)
        assert (np.abs(share - exact) < 1).all()


prices = st.lists(st.integers(-50, 300), min_size=MEMBERS, max_size=MEMBERS)


@settings(max_examples=200)
@given(amounts, amounts, prices, prices)
def test_the_price_harms_nobody_who_nets(
    short: list[int], long: list[int], feed_in: list[int], avoidable: list[int]
) -> None:
    result = netted(np.array(short), np.array(long), np.array(feed_in), np.array(avoidable))
    price = int(result.price_micro_kwh[0])
    givers, takers = np.unique(result.giver), np.unique(result.taker)
    assert all(feed_in[giver] <= price for giver in givers)
    assert all(price <= avoidable[taker] for taker in takers)


def test_of_all_prices_the_one_that_nets_most_decides_who_is_left_out() -> None:
    chance = np.random.default_rng(8)
    misfits = 0
    for _ in range(500):
        short = chance.integers(0, 1_000, MEMBERS) * np.array([1, 1, 0, 0])
        long = chance.integers(0, 1_000, MEMBERS) * np.array([0, 0, 1, 1])
        feed_in, avoidable = chance.integers(0, 100, (2, MEMBERS))
        result = netted(short, long, feed_in, avoidable)
        at_price = [min(short[avoidable >= price].sum(), long[feed_in <= price].sum()) for price in range(-1, 101)]
        assert int(result.wh.sum()) == max(at_price)
        misfits += int(result.wh.sum()) < min(short.sum(), long.sum())
    assert misfits > 200


@settings(max_examples=200)
@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(1, 10**13))
def test_products_beyond_64_bits_are_divided_exactly(factor: int, other: int, divisor: int) -> None:
    factor = min(factor, divisor)
    columns = (np.array([value], np.int64) for value in (factor, other, divisor))
    quotient, remainder = multiply_divide(*columns)
    assert (int(quotient[0]), int(remainder[0])) == divmod(factor * other, divisor)
