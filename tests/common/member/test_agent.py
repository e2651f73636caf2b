"""The agent against a small operator, in virtual time."""

from datetime import date

from caravels_operator.common.member.history import HISTORY_DAYS
from caravels_operator.common.member.records import BookState
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.protocol import Side

from .fakes import DAY, HOUR, START, Home, at_home, instant, market_day

TOMORROW = date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")


def test_a_day_from_market_to_accepted_book_and_readings() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        assert home.agent.state.link is LinkState.CONNECTED
        # yesterday and today's ten hours are sent; sixteen weeks are known
        yesterday = instant("2026-03-01T00:00:00")
        assert sorted(home.operator.readings) == list(range(yesterday, START, HOUR))
        assert len(home.journal.run(lambda j: j.readings.since(HOUR, 0))) == HISTORY_DAYS * 24
        await home.settle(601)
        book = home.operator.books[TOMORROW]
        assert [bid.side for bid in book.bids] == [Side.BUY] * 11 + [Side.SELL] * 3 + [Side.BUY] * 10
        assert {bid.wh for bid in book.bids if bid.side is Side.BUY} == {400}
        assert {bid.wh for bid in book.bids if bid.side is Side.SELL} == {800}
        assert {bid.price_micro_kwh for bid in book.bids if bid.side is Side.BUY} == {110_000}
        assert {bid.price_micro_kwh for bid in book.bids if bid.side is Side.SELL} == {90_000}
        (own,) = home.agent.state.books
        assert (own.state, own.book) == (BookState.ACCEPTED, book)
        # soon after local midnight the rest of the day follows
        await home.until(instant("2026-03-03T00:10:00"))
        assert sorted(home.operator.readings) == list(range(yesterday, yesterday + 2 * DAY, HOUR))

    at_home(story)
