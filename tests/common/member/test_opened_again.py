"""Days that an operator opens again after a restore: the accepted book comes back, and nothing made with hindsight."""

from datetime import date

import pytest

from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.records import BookState
from caravels_operator.common.protocol import Side

from .fakes import HOUR, TOKEN, Home, at_home, hello, instant, market_day
from .test_memberships import pair_again, queue

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")
GATHER_S = 300
NOT_ME = BiddingSettings(participate=False, buy_percent=0, sell_percent=0)


def restore(home: Home, at: int, day: date = TOMORROW, price: int = 100_000) -> None:
    """Let the operator come back from a backup that has the day, but no books, and gather for five minutes."""
    operator = home.operator
    operator.hello = hello(epoch="e2")
    operator.outbox = [market_day(day, at + GATHER_S, price)]
    operator.answers.clear()
    operator.books.clear()
    operator.all_books.clear()


async def trading_home(home: Home) -> None:
    await pair_again(home, token=TOKEN)
    home.operator.push(market_day(TOMORROW, GATE))
    await home.settle(700)
    assert [own.state for own in home.agent.state.books] == [BookState.ACCEPTED]


def test_a_day_that_a_restored_operator_opens_again_gets_exactly_the_accepted_book() -> None:
    async def story(home: Home) -> None:
        await trading_home(home)
        (before,) = home.operator.all_books
        await home.until(GATE + HOUR)
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=50, sell_percent=50))
        restore(home, home.clock.now(), price=90_000)
        await home.operator.drop()
        await home.settle(GATHER_S)
        assert home.operator.all_books == [before]
        (own,) = home.agent.state.books
        assert (own.book, own.state, own.epoch) == (before, BookState.ACCEPTED, "e2")

    at_home(story)


@pytest.mark.parametrize("restart", [True, False])
def test_it_is_offered_too_if_the_day_follows_as_a_push_and_no_wish_of_the_moment_changes_it(restart: bool) -> None:
    async def story(home: Home) -> None:
        await trading_home(home)
        (before,) = home.operator.all_books
        await home.until(GATE + 9 * HOUR + 1_800)
        restore(home, home.clock.now())
        home.operator.outbox.clear()
        await home.operator.drop()
        await home.settle(100)
        assert home.operator.all_books == []
        if restart:
            await home.agent.stop()
            home.restart(settings=NOT_ME)
            await home.agent.start()
            await home.settle()
        home.agent.change_settings(NOT_ME)
        home.operator.push(market_day(TOMORROW, home.clock.now() + GATHER_S))
        await home.settle(GATHER_S - 1)
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=99, sell_percent=0))
        await home.settle(5)
        assert home.operator.all_books == [before], "though delivery has begun"

    at_home(story)


def test_a_day_without_an_accepted_book_gets_none_once_its_gate_has_passed() -> None:
    async def story(home: Home) -> None:
        await pair_again(home, token=TOKEN, settings=NOT_ME)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.until(GATE + HOUR)
        restore(home, home.clock.now())
        await home.operator.drop()
        await home.settle(100)
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=10, sell_percent=0))
        await home.settle(GATHER_S)
        assert home.operator.all_books == []

    at_home(story)


def test_a_book_that_missed_the_gate_is_not_smuggled_into_the_day_that_is_opened_again() -> None:
    async def story(home: Home) -> None:
        await trading_home(home)
        (before,) = home.operator.all_books
        home.operator.unreachable = True
        await home.operator.drop()
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=80, sell_percent=0))
        await home.until(GATE + HOUR)
        assert [own.state for own in home.journal.run(lambda j: j.books.of_day(TOMORROW))] == [
            BookState.ACCEPTED,
            BookState.QUEUED,
        ]
        restore(home, home.clock.now())
        home.operator.unreachable = False
        await home.settle(GATHER_S)
        assert home.operator.all_books == [before]
        states = [(own.state, own.code) for own in home.journal.run(lambda j: j.books.of_day(TOMORROW))]
        assert states == [(BookState.ACCEPTED, None), (BookState.REFUSED, "gate_closed")]
        assert queue(home) == []

    at_home(story)


def test_a_day_that_was_restored_before_its_gate_is_traded_as_ever() -> None:
    async def story(home: Home) -> None:
        await trading_home(home)
        await home.until(GATE - HOUR)
        restore(home, GATE - GATHER_S)
        await home.operator.drop()
        await home.settle(200)
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=20, sell_percent=0))
        await home.settle(700)
        assert [book.bids[0].price_micro_kwh for book in home.operator.all_books] == [110_000, 120_000]

    at_home(story)


def test_a_gate_that_the_operator_moves_is_the_gate() -> None:
    async def story(home: Home) -> None:
        await pair_again(home, token=TOKEN, settings=NOT_ME)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.until(GATE - 60)
        home.operator.push(market_day(TOMORROW, GATE + 2 * HOUR))
        await home.until(GATE + HOUR)
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=10, sell_percent=0))
        await home.settle(700)
        (book,) = home.operator.all_books
        assert {bid.side for bid in book.bids} == {Side.BUY, Side.SELL}

    at_home(story)


def test_no_new_book_is_made_for_a_day_that_has_begun() -> None:
    async def story(home: Home) -> None:
        await pair_again(home, token=TOKEN)
        home.operator.push(market_day(TODAY, GATE))
        await home.settle(700)
        assert home.operator.all_books == []

    at_home(story)
