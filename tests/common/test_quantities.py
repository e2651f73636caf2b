"""The integer rules: one rounding, nothing lost in a split or a share."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.quantities import money_micro, share_out, split_evenly

WH = st.integers(0, 10_000_000)
PRICES = st.integers(-100_000_000, 100_000_000)


@given(wh=WH, price=PRICES)
def test_money_is_rounded_half_up_once(wh: int, price: int) -> None:
    assert money_micro(wh, price) == floor(Fraction(wh * price, 1_000) + Fraction(1, 2))


@pytest.mark.parametrize(("wh", "price", "micro"), [(500, 1, 1), (499, 1, 0), (500, -1, 0), (501, -1, -1), (0, 7, 0)])
def test_money_at_the_edges(wh: int, price: int, micro: int) -> None:
    assert money_micro(wh, price) == micro


@given(total=st.integers(0, 10**9), parts=st.integers(1, 100))
def test_a_split_loses_nothing_and_is_even(total: int, parts: int) -> None:
    split = split_evenly(total, parts)
    assert (sum(split), len(split)) == (total, parts)
    assert max(split) - min(split) <= 1


def test_a_split_follows_the_cumulative_rule() -> None:
    assert split_evenly(10, 4) == [2, 3, 2, 3]


@given(total=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_a_share_is_within_one_of_its_due(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    assert all(
        abs(share - Fraction(total * weight, sum(weights))) < 1 for share, weight in zip(shares, weights, strict=True)
    )


def test_the_largest_remainder_gets_the_last_one() -> None:
    assert share_out(10, [1, 1, 1]) == [4, 3, 3]
    assert share_out(5, [1, 6, 1]) == [1, 4, 0]
    assert share_out(0, [0, 0]) == [0, 0]


def test_nobody_to_share_with_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to share"):
        share_out(1, [0, 0])
