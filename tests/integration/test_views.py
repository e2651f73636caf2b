"""What entities show of an agent's state, against sums done by hand."""

import pytest
from msgspec import structs

from custom_components.caravels.common.member.bidding import BiddingSettings
from custom_components.caravels.common.member.records import BookState
from custom_components.caravels.common.member.state import LinkState
from custom_components.caravels.common.protocol import ErrorCode, MarketDay, Side
from custom_components.caravels.views import (
    TROUBLES,
    DayTrades,
    Limits,
    MarketView,
    NextTrade,
    OwnBids,
    PriceBasis,
    PriceNow,
    link_view,
    market_view,
    next_change,
)

from .agent_states import (
    CONNECTED,
    HELLO,
    HOUR_S,
    TODAY,
    TOMORROW,
    UNPAIRED,
    at,
    changed,
    market,
    own_book,
    result,
    trade,
)

PLAIN = BiddingSettings(participate=True, buy_percent=0, sell_percent=0)
# At 10:00 the home buys 0.3 kWh at 0.12 and 0.2 kWh at 0.09 EUR/kWh; at 15:00 it sells 1 kWh at 0.08.
TRADES = (
    trade(10, Side.BUY, 300, 120_000, 36_000),
    trade(10, Side.BUY, 200, 90_000, 18_000),
    trade(15, Side.SELL, 1_000, 80_000, 80_000),
)
TRADED = changed(
    CONNECTED, market_days=(market(TODAY), market(TOMORROW)), results=(result(TODAY, *TRADES),), balance_micro=1_230_000
)

# --- the market -------------------------------------------------------------------------------------------------------


def test_todays_contracts_are_summed_and_tomorrows_are_unknown_not_nothing() -> None:
    view = market_view(TRADED, PLAIN, at(9.5))
    assert view.today == DayTrades(at(0), bought_wh=500, sold_wh=1_000, bought_micro=54_000, sold_micro=-80_000)
    assert view.tomorrow is None
    assert (view.currency, view.balance_micro, view.connected) == ("EUR", 1_230_000, True)


def test_a_cleared_day_without_own_trades_is_nothing_not_unknown() -> None:
    view = market_view(changed(TRADED, results=(result(TOMORROW),)), PLAIN, at(9.5))
    assert view.tomorrow == DayTrades(at(0, TOMORROW), 0, 0, 0, 0)
    assert view.today is None


def test_days_change_at_the_markets_midnight() -> None:
    sold = trade(0, Side.SELL, 700, 100_000, 70_000, TOMORROW)
    state = changed(TRADED, results=(result(TODAY, *TRADES), result(TOMORROW, sold)))
    before, after = (market_view(state, PLAIN, at(0, TOMORROW) + second) for second in (-1, 0))
    next_day = DayTrades(at(0, TOMORROW), bought_wh=0, sold_wh=700, bought_micro=0, sold_micro=-70_000)
    assert (before.today, before.tomorrow) == (market_view(TRADED, PLAIN, at(9)).today, next_day)
    assert (after.today, after.tomorrow) == (next_day, None)


def test_the_next_trade_is_ahead_and_is_the_sum_of_its_period() -> None:
    first = NextTrade(at(10), Side.BUY, wh=500, micro=54_000)
    assert market_view(TRADED, PLAIN, at(10) - 1).next_trade == first
    assert first.price_micro_kwh == 108_000
    assert market_view(TRADED, PLAIN, at(10)).next_trade == NextTrade(at(15), Side.SELL, wh=1_000, micro=80_000)
    assert market_view(TRADED, PLAIN, at(15)).next_trade is None


def test_a_mean_price_is_rounded_half_up_below_zero_too() -> None:
    assert NextTrade(0, Side.BUY, wh=2_000, micro=1).price_micro_kwh == 1
    assert NextTrade(0, Side.BUY, wh=2_000, micro=-1).price_micro_kwh == 0
    assert NextTrade(0, Side.BUY, wh=300, micro=-1).price_micro_kwh == -3


@pytest.mark.parametrize(
    ("hour", "price"),
    [
        (10, PriceNow(120_000, PriceBasis.CLEARED)),
        (10.99, PriceNow(120_000, PriceBasis.CLEARED)),
        (11, PriceNow(100_000, PriceBasis.REFERENCE)),
        (24 * 3, None),
    ],
)
def test_the_price_is_the_auctions_where_something_was_traded_else_the_markets(
    hour: float, price: PriceNow | None
) -> None:
    traded = result(TODAY, trade(10, Side.BUY, 300, 120_000, 36_000))
    assert market_view(changed(TRADED, results=(traded,)), PLAIN, at(hour)).price == price


def test_without_a_market_the_price_of_the_auction_still_stands() -> None:
    assert market_view(changed(TRADED, market_days=()), PLAIN, at(15)).price == PriceNow(80_000, PriceBasis.CLEARED)


def test_limit_prices_follow_the_percentages_within_the_tariffs_bounds() -> None:
    settings = BiddingSettings(participate=True, buy_percent=10, sell_percent=-5)
    tomorrow = market(TOMORROW, cap=150_000, floor=90_000, h0=200_000, h1=80_000)
    view = market_view(changed(CONNECTED, market_days=(market(TODAY), tomorrow)), settings, at(9))
    # buying: 200,000 + 10 % is capped, 80,000 + 10 % = 88,000, the 22 others 110,000: mean 110,750
    assert view.buy == Limits(lowest=88_000, mean=110_750, highest=150_000)
    # selling: 200,000 - 5 % = 190,000, 76,000 is floored, the 22 others 95,000: mean 98,750
    assert view.sell == Limits(lowest=90_000, mean=98_750, highest=190_000)
    assert (view.buy_now, view.sell_now) == (110_000, 95_000)


def test_limit_prices_below_zero() -> None:
    day = market(TODAY, **{f"h{hour}": -20_000 for hour in range(24)})
    settings = BiddingSettings(participate=False, buy_percent=10, sell_percent=-50)
    view = market_view(changed(CONNECTED, market_days=(day,)), settings, at(9))
    assert (view.buy_now, view.sell_now) == (-18_000, -30_000)
    assert view.buy == Limits(-18_000, -18_000, -18_000)
    assert view.settings.participate is False


def test_the_gate_is_the_next_one_ahead() -> None:
    assert market_view(TRADED, PLAIN, at(15) - 1).gate_at == at(15)
    assert market_view(TRADED, PLAIN, at(15)).gate_at is None


def test_the_bids_are_those_of_the_newest_day() -> None:
    books = (own_book(TODAY, BookState.ACCEPTED), own_book(TOMORROW, BookState.REFUSED, ErrorCode.GATE_CLOSED))
    both = changed(TRADED, books=books)
    assert market_view(both, PLAIN, at(9)).bids == OwnBids(TOMORROW, BookState.REFUSED, ErrorCode.GATE_CLOSED)
    alone = changed(both, market_days=(market(TODAY),))
    assert market_view(alone, PLAIN, at(9)).bids == OwnBids(TODAY, BookState.ACCEPTED, None)
    assert market_view(changed(TRADED, books=()), PLAIN, at(9)).bids == OwnBids(TOMORROW, None, None)
    assert market_view(both, PLAIN, at(24 * 3)).bids is None


def test_a_home_without_a_community_has_an_empty_market() -> None:
    assert market_view(UNPAIRED, PLAIN, at(9)) == MarketView(
        connected=False,
        currency="",
        settings=PLAIN,
        price=None,
        next_trade=None,
        today=None,
        tomorrow=None,
        balance_micro=0,
        gate_at=None,
        bids=None,
        buy_now=None,
        sell_now=None,
        buy=None,
        sell=None,
    )


def test_the_view_changes_with_periods_and_gates() -> None:
    assert next_change(TRADED, at(9.5)) == at(10)
    assert next_change(TRADED, at(10)) == at(11)
    at_half_past = MarketDay(day=TOMORROW, gate_at=at(9.5), period_s=HOUR_S, periods=market(TOMORROW).periods)
    assert next_change(changed(TRADED, market_days=(at_half_past,)), at(9.1)) == at(9.5)
    quarters = changed(TRADED, hello=structs.replace(HELLO, market_period_s=900))
    assert next_change(quarters, at(9.3)) == at(9.5)
    assert next_change(UNPAIRED, at(9.3)) == at(10)


# --- the link ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", sorted(TROUBLES))
def test_the_attempts_of_an_outage_are_shown_as_the_outage(trouble: LinkState) -> None:
    gone = link_view(changed(CONNECTED, link=trouble, problem="why"))
    trying = link_view(changed(CONNECTED, link=LinkState.CONNECTING), gone)
    assert (trying.state, trying.problem) == (trouble, "why")
    assert trying == gone
    assert link_view(CONNECTED, trying).state is LinkState.CONNECTED


def test_the_first_attempt_is_one() -> None:
    started = link_view(changed(CONNECTED, link=LinkState.STOPPED))
    assert link_view(changed(CONNECTED, link=LinkState.CONNECTING), started).state is LinkState.CONNECTING


def test_the_link_carries_clock_meters_and_faults() -> None:
    state = changed(CONNECTED, clock_skew_s=-90, meter_problem="gone", read_until=at(9), fault="oops")
    view = link_view(state)
    assert (view.community, view.member_id) == ("Vizinhos do Bairro", "ana")
    assert (view.clock_skew_s, view.meter_problem, view.read_until, view.fault) == (-90, "gone", at(9), "oops")
    assert link_view(UNPAIRED).community == ""


def test_a_view_made_again_is_the_same() -> None:
    again = changed(TRADED, results=(result(TODAY, *TRADES),), market_days=(market(TODAY), market(TOMORROW)))
    assert market_view(again, PLAIN, at(9.6)) == market_view(TRADED, PLAIN, at(9.5))
    assert market_view(again, PLAIN, at(10.5)) != market_view(TRADED, PLAIN, at(9.5))
