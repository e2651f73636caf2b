"""From a forecast to bids, in integers, by hand-worked numbers and by properties."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.member.bidding import (
    BiddingSettings,
    bids,
    limit_price_micro_kwh,
    preview,
)
from caravels_operator.common.protocol import Bid, Book, MarketPeriod, Side, decode, encode

prices = st.integers(-100_000_000, 100_000_000)
percents = st.integers(-100, 100)
periods = st.builds(
    MarketPeriod,
    start=st.just(0),
    price_micro_kwh=prices,
    buy_cap_micro_kwh=prices,
    sell_floor_micro_kwh=prices,
)
settings = st.builds(
    BiddingSettings,
    participate=st.just(True),
    buy_percent=percents,
    sell_percent=percents,
    tradeable_share_permille=st.integers(0, 1_000),
    smallest_trade_wh=st.integers(1, 5_000),
)


def period(price: int, cap: int = 200_000, floor: int = 30_000) -> MarketPeriod:
    return MarketPeriod(start=0, price_micro_kwh=price, buy_cap_micro_kwh=cap, sell_floor_micro_kwh=floor)


def only(market: MarketPeriod, net: int, **changes: int | bool) -> Bid | None:
    values: dict[str, int | bool] = {"participate": True, "buy_percent": 10, "sell_percent": -10} | changes
    made = bids(preview([market], np.array([net], np.int64), BiddingSettings(**values)))  # type: ignore[arg-type]  # switches and numbers in one dict
    return made[0] if made else None


@pytest.mark.parametrize(
    ("price", "percent", "expected"),
    [
        (100_000, 10, 110_000),
        (100_000, -10, 90_000),
        (100_000, 0, 100_000),
        (-100_000, 10, -90_000),
        (-100_000, -10, -110_000),
        (0, 100, 0),
        (0, -100, 0),
        (85_555, 7, 91_544),  # 5,988.85 up
        (50, 1, 51),  # 0.5 up
        (50, -1, 50),  # -0.5 up
        (100_000_000, 100, 100_000_000),
        (-100_000_000, -100, -100_000_000),
    ],
)
def test_limit_prices_worked_by_hand(price: int, percent: int, expected: int) -> None:
    assert limit_price_micro_kwh(price, percent) == expected


@given(prices, percents)
def test_a_limit_price_is_the_exact_one_rounded_half_up_within_the_wires_range(price: int, percent: int) -> None:
    exact = Fraction(price) + Fraction(percent * abs(price), 100)
    rounded = (2 * exact + 1) // 2
    assert limit_price_micro_kwh(price, percent) == max(-100_000_000, min(100_000_000, rounded))


@given(prices, percents, percents)
def test_more_percent_is_never_cheaper(price: int, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert limit_price_micro_kwh(price, low) <= limit_price_micro_kwh(price, high)


def test_a_buyer_is_capped_from_above_only() -> None:
    bid = only(period(100_000, cap=105_000), 500)
    assert bid == Bid(start=0, side=Side.BUY, wh=500, price_micro_kwh=105_000)
    low = only(period(10_000, cap=105_000, floor=50_000), 500)
    assert low is not None
    assert low.price_micro_kwh == 11_000


def test_a_seller_is_floored_from_below_only() -> None:
    bid = only(period(20_000), -500)
    assert bid == Bid(start=0, side=Side.SELL, wh=500, price_micro_kwh=30_000)
    high = only(period(900_000), -500)
    assert high is not None
    assert high.price_micro_kwh == 810_000


def test_at_a_price_of_zero_limits_are_zero_before_cap_and_floor() -> None:
    buyer = only(period(0), 500)
    assert buyer is not None
    assert buyer.price_micro_kwh == 0
    seller = only(period(0, floor=0), -500)
    assert seller is not None
    assert seller.price_micro_kwh == 0


def test_share_and_smallest_trade() -> None:
    shared = only(period(100_000), 999, tradeable_share_permille=500)
    assert shared is not None
    assert shared.wh == 499
    assert only(period(100_000), 999, tradeable_share_permille=500, smallest_trade_wh=500) is None
    assert only(period(100_000), 0) is None
    assert only(period(100_000), 1) is not None
    assert only(period(100_000), 1, tradeable_share_permille=999) is None
    assert only(period(100_000), 500, participate=False) is None


@pytest.mark.parametrize(
    ("market", "blocks"),
    [
        (period(100_000), False),
        (period(20_000, floor=30_000), False),  # others may bid up to 40,000
        (period(14_000, floor=30_000), True),  # nobody may bid more than 28,000
        (period(0, floor=30_000), True),
        (period(-10_000, floor=30_000), True),
        (period(0, floor=0), False),
        (period(100_000, cap=90_000, floor=120_000), True),  # dearer than this home itself would ever pay
        (period(500_000, cap=200_000), False),  # the percentage asks that much, not the floor
    ],
)
def test_a_home_is_told_when_its_floor_lets_nothing_trade(market: MarketPeriod, blocks: bool) -> None:
    usual = BiddingSettings(participate=True, buy_percent=0, sell_percent=0)
    rows = preview([market], np.array([-1_000], np.int64), usual)
    assert [row.floor_blocks for row in rows] == [blocks]


@given(st.lists(periods, max_size=5), st.data(), settings)
def test_bids_of_any_forecast_are_valid_and_within_cap_and_floor(
    markets: list[MarketPeriod], data: st.DataObject, chosen: BiddingSettings
) -> None:
    count = len(markets)
    net = np.array(data.draw(st.lists(st.integers(-(10**8), 10**8), min_size=count, max_size=count)), np.int64)
    rows = preview(markets, net, chosen)
    made = bids(rows)
    assert len(rows) == count
    decode(
        encode(Book(id="0" * 32, member_id="m01", day=date(2026, 1, 1), revision=1, bids=made)),
        Book,
    )
    for row, market, expected in zip(rows, markets, net.tolist(), strict=True):
        assert row.buy_price_micro_kwh <= market.buy_cap_micro_kwh
        assert row.sell_price_micro_kwh >= market.sell_floor_micro_kwh
        assert row.wh <= abs(expected)
        assert row.side in (None, Side.BUY if expected > 0 else Side.SELL)
        assert (row.side is None) == (row.wh == 0) == (row.price_micro_kwh is None)


@given(periods, percents, percents)
def test_where_the_floor_blocks_no_home_with_this_tariff_can_meet_the_ask(
    market: MarketPeriod, sell: int, buy: int
) -> None:
    (seller,) = preview([market], np.array([-1], np.int64), BiddingSettings(True, 0, sell))
    (buyer,) = preview([market], np.array([1], np.int64), BiddingSettings(True, buy, 0))
    if seller.floor_blocks:
        assert buyer.buy_price_micro_kwh < seller.sell_price_micro_kwh


def test_a_forecast_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        preview([period(1)], np.zeros(2, np.int64)[:0], BiddingSettings(True, 0, 0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"buy_percent": 101},
        {"sell_percent": -101},
        {"tradeable_share_permille": 1_001},
        {"tradeable_share_permille": -1},
        {"smallest_trade_wh": 0},
        {"smallest_trade_wh": 10_000_001},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    values: dict[str, int | bool] = {"participate": True, "buy_percent": 0, "sell_percent": 0} | wrong
    with pytest.raises(ValueError, match=r"between|at least"):
        BiddingSettings(**values)  # type: ignore[arg-type]  # switches and numbers in one dict
