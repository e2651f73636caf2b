"""Books: when they are made, sent, replaced, refused; the queue that outlives the connection."""

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest
from msgspec import structs

from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.records import BookState, HomeReading
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.member.trading import send_at
from caravels_operator.common.protocol import Book, ErrorCode, ReadingBatch, Side, decode
from caravels_operator.common.protocol.errors import (
    AboveLimit,
    InternalError,
    ReadOnly,
    TooMany,
    Unauthorised,
    WrongDay,
    WrongPeriod,
)
from caravels_operator.common.protocol.registry import decode_any

from .fakes import HOUR, SETTINGS, START, FakeOperator, FlatMeter, Home, at_home, hello, instant, market_day

TOMORROW = date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")
NOBODY = BiddingSettings(participate=False, buy_percent=0, sell_percent=0)


def books_sent(home: Home) -> list[Book]:
    return [decode(body, Book) for method, _, body in home.operator.requests if method == "PUT"]


def own_states(home: Home) -> list[tuple[int, BookState, ErrorCode | None]]:
    books = home.journal.run(lambda j: j.books.of_day(TOMORROW))
    return [(own.book.revision, own.state, own.code) for own in books]


def test_a_book_waits_for_its_own_moment() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        market = market_day(TOMORROW, GATE)
        due = send_at(market, "m01", home.clock.now())
        assert START < due < START + 601
        home.operator.push(market)
        await home.until(due - 1)
        assert own_states(home) == [(1, BookState.QUEUED, None)]
        assert books_sent(home) == []
        await home.until(due + 1)
        assert own_states(home) == [(1, BookState.ACCEPTED, None)]

    at_home(story)


def test_a_home_that_lost_its_journal_goes_on_from_the_revision_that_its_operator_holds() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        home.operator.push(structs.replace(market_day(TOMORROW, GATE), last_revision=3))
        await home.settle(700)
        assert [book.revision for book in books_sent(home)] == [4]

    at_home(story)


@pytest.mark.parametrize("left", [2, 30, 61, 120, 660, 3_600])
def test_a_book_leaves_before_the_gate_however_late_the_market_opens(left: int) -> None:
    now = START
    market = market_day(TOMORROW, now + left)
    dues = [send_at(market, f"m{number:02}", now) - now for number in range(1, 28)]
    assert all(0 <= due < max(1, left - 60) and due < 600 for due in dues)
    if left >= 660:
        assert len(set(dues)) > 20


def test_no_book_is_made_after_the_gate() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, START - 1))
        await home.agent.start()
        await home.settle(700)
        assert own_states(home) == []

    at_home(story)


def test_other_settings_before_it_is_sent_replace_the_book_silently() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        for percent in (20, 30, 40):
            home.agent.change_settings(BiddingSettings(participate=True, buy_percent=percent, sell_percent=0))
            await home.settle()
        await home.settle(700)
        (book,) = books_sent(home)
        assert (book.revision, book.bids[0].price_micro_kwh) == (4, 140_000)
        replaced = [(revision, BookState.REPLACED, None) for revision in (1, 2, 3)]
        assert own_states(home) == [*replaced, (4, BookState.ACCEPTED, None)]

    at_home(story)


def test_other_settings_after_it_was_accepted_send_the_next_revision_and_the_same_ones_do_not() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        home.agent.change_settings(SETTINGS)
        await home.settle(700)
        assert len(books_sent(home)) == 1
        home.agent.change_settings(NOBODY)
        await home.settle(700)
        assert [(book.revision, len(book.bids)) for book in books_sent(home)] == [(1, 24), (2, 0)]
        home.agent.change_settings(NOBODY)
        await home.settle(700)
        assert len(books_sent(home)) == 2
        assert home.agent.state.books[0].book.bids == []

    at_home(story)


def test_going_back_before_the_change_was_sent_sends_nothing() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        home.agent.change_settings(NOBODY)
        home.agent.change_settings(SETTINGS)
        await home.settle(700)
        assert [book.revision for book in books_sent(home)] == [1]
        assert own_states(home)[0] == (1, BookState.ACCEPTED, None)
        assert home.agent.state.books[0].state is BookState.ACCEPTED

    at_home(story)


def test_a_home_that_does_not_take_part_sends_nothing() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        assert books_sent(home) == []
        assert own_states(home) == []
        assert home.operator.readings

    at_home(story, settings=NOBODY)


def test_a_changed_market_makes_a_new_book() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        home.operator.push(market_day(TOMORROW, GATE, price=50_000))
        await home.settle(700)
        assert [book.bids[0].price_micro_kwh for book in books_sent(home)] == [110_000, 55_000]
        assert [book.revision for book in books_sent(home)] == [1, 2]

    at_home(story)


def test_a_lost_answer_is_asked_for_with_the_same_bytes() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 3
        await home.settle(1_500)
        sent = {body for method, _, body in home.operator.requests if method == "PUT"}
        assert len(sent) == 1
        assert len(books_sent(home)) == 4
        assert len(home.operator.all_books) == 1
        assert own_states(home) == [(1, BookState.ACCEPTED, None)]

    at_home(story)


def test_the_queue_is_drained_in_order_when_the_operator_is_back() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.push(market_day(TOMORROW, GATE))
        await home.settle()
        home.operator.unreachable = True
        await home.operator.drop()
        await home.until(instant("2026-03-02T14:00:00"))
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=0, sell_percent=0))
        await home.settle(700)
        home.operator.requests.clear()
        home.operator.unreachable = False
        await home.settle(200)
        commands = [
            decode(body, Book if method == "PUT" else ReadingBatch)
            for method, _, body in home.operator.requests
            if body
        ]
        assert [book.revision for book in commands if isinstance(book, Book)] == [2]
        assert home.journal.run(lambda j: j.queue.all()) == []

    at_home(story)


def test_readings_and_books_wait_through_a_day_without_a_connection_and_a_late_book_is_final() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.unreachable = True
        await home.operator.drop()
        await home.until(instant("2026-03-04T12:00:00"))
        queue = home.journal.run(lambda j: j.queue.all())
        assert [command.method for command in queue] == ["PUT", "POST", "POST"]
        home.operator.requests.clear()
        home.operator.unreachable = False
        await home.settle(200)
        commands = [path for _, path, body in home.operator.requests if body]
        assert commands == ["/api/v1/books/2026-03-03", "/api/v1/readings", "/api/v1/readings"]
        assert own_states(home) == [(1, BookState.REFUSED, ErrorCode.GATE_CLOSED)]
        assert home.agent.state.books[0].code is ErrorCode.GATE_CLOSED
        assert home.journal.run(lambda j: j.queue.all()) == []
        yesterday = instant("2026-03-01T00:00:00")
        assert sorted(home.operator.readings) == list(range(yesterday, yesterday + 3 * 24 * HOUR, HOUR))

    at_home(story)


@pytest.mark.parametrize("busy", [TooMany, ReadOnly, InternalError])
def test_a_busy_operator_is_asked_again_later(busy: type[TooMany]) -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.refuse_commands = busy()
        await home.until(instant("2026-03-02T13:00:00"))
        tries = len(books_sent(home))
        assert 20 < tries < 400
        assert own_states(home) == [(1, BookState.QUEUED, None)]
        home.operator.refuse_commands = None
        await home.settle(121)
        assert own_states(home) == [(1, BookState.ACCEPTED, None)]

    at_home(story)


def test_another_refusal_is_final_and_recorded() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.refuse_commands = WrongPeriod()
        await home.settle(700)
        assert own_states(home) == [(1, BookState.REFUSED, ErrorCode.WRONG_PERIOD)]
        assert len(books_sent(home)) == 1
        home.operator.refuse_commands = None
        home.agent.change_settings(BiddingSettings(participate=True, buy_percent=1, sell_percent=0))
        await home.settle(700)
        assert own_states(home)[-1] == (2, BookState.ACCEPTED, None)

    at_home(story)


@pytest.mark.parametrize("answer_lost", [True, False])
def test_a_crash_between_sending_and_hearing_sends_the_same_command_again(answer_lost: bool) -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        if answer_lost:
            home.operator.lose_answers = 1
        due = send_at(home.agent.state.market_days[0], "m01", START)
        await home.until(due)
        home.crash()
        home.restart()
        await home.agent.start()
        await home.settle(700)
        assert len({book.id for book in books_sent(home)}) == 1
        assert len(home.operator.all_books) == 1
        assert own_states(home) == [(1, BookState.ACCEPTED, None)]

    at_home(story)


def test_a_book_that_may_have_been_sent_is_not_withdrawn_but_followed() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 1
        home.operator.fail_requests = [None]
        due = send_at(home.agent.state.market_days[0], "m01", START)
        await home.until(due + 1)
        home.operator.unreachable = True
        home.agent.change_settings(NOBODY)
        await home.settle(100)
        home.operator.unreachable = False
        await home.settle(900)
        assert [book.revision for book in home.operator.all_books] == [1, 2]
        assert home.operator.books[TOMORROW].bids == []

    at_home(story)


def test_a_book_that_is_offered_again_is_not_withdrawn_but_followed() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        # restored from a backup that has the book; the home cannot know that
        home.operator.hello = hello(epoch="e2")
        home.operator.refuse_commands = ReadOnly()
        await home.operator.drop()
        await home.settle(300)
        assert own_states(home) == [(1, BookState.QUEUED, None)]
        home.agent.change_settings(NOBODY)
        await home.settle(10)
        home.operator.refuse_commands = None
        await home.settle(900)
        assert home.operator.books[TOMORROW].bids == []
        assert own_states(home)[-1] == (2, BookState.ACCEPTED, None)

    at_home(story)


def test_a_home_that_is_shut_out_of_its_commands_alone_keeps_them() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.refuse_commands = Unauthorised()
        await home.settle(3_600)
        assert home.link() is LinkState.CONNECTED
        assert 1 <= len(books_sent(home)) <= 120
        home.operator.refuse_commands = None
        await home.settle(121)
        assert own_states(home) == [(1, BookState.ACCEPTED, None)]

    at_home(story)


def test_a_book_sent_before_a_crash_is_followed_by_an_empty_one() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 1
        await home.until(send_at(home.agent.state.market_days[0], "m01", START))
        await home.settle(0)
        home.crash()
        assert len(home.operator.all_books) == 1
        home.restart(settings=NOBODY)
        await home.agent.start()
        await home.settle(900)
        assert home.operator.books[TOMORROW].bids == []
        assert own_states(home) == [(1, BookState.ACCEPTED, None), (2, BookState.ACCEPTED, None)]

    at_home(story)


def test_work_that_is_done_after_the_gate_makes_no_book() -> None:
    class SlowMeter(FlatMeter):
        async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
            await asyncio.sleep(GATE - self.clock.now())
            return await super().readings(start, end, period_s)

    async def story(home: Home) -> None:
        home.meter = SlowMeter(home.clock)
        home.restart()
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.until(GATE + 700)
        assert own_states(home) == []

    at_home(story)


def test_an_older_book_is_not_offered_to_a_restored_operator_after_a_newer_one() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        home.operator.lose_answers = 1
        home.operator.push(market_day(TOMORROW, GATE, price=50_000))
        await home.settle(602)
        # the second book was refused by an operator that had lost the market, and the first one is wanted again
        home.operator.refuse_commands = WrongDay()
        home.operator.lose_answers = 100
        home.operator.hello = hello(epoch="e2")
        await home.operator.drop()
        await home.settle(300)
        home.operator.refuse_commands = None
        home.operator.lose_answers = 0
        home.operator.push(market_day(TOMORROW, GATE))
        await home.settle(900)
        revisions = [book.revision for book in home.operator.all_books]
        assert revisions == sorted(revisions)
        assert home.operator.books[TOMORROW].bids[0].price_micro_kwh == 110_000
        assert home.agent.state.books[0].book == home.operator.books[TOMORROW]

    at_home(story)


def test_a_restart_with_other_settings_trades_by_them() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        await home.agent.stop()
        home.restart(settings=BiddingSettings(participate=True, buy_percent=50, sell_percent=0))
        await home.agent.start()
        await home.settle(700)
        assert [book.bids[0].price_micro_kwh for book in books_sent(home)] == [110_000, 150_000]

    at_home(story)


def test_quarter_hours_of_a_market_over_hourly_meters_are_split_to_the_wh() -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(market_period_s=900)
        home.operator.push(market_day(TOMORROW, GATE, period_s=900))
        await home.agent.start()
        await home.settle(700)
        (book,) = books_sent(home)
        assert len(book.bids) == 96
        assert [bid.wh for bid in book.bids[:4]] == [100] * 4
        assert [(bid.side, bid.wh) for bid in book.bids[44:48]] == [(Side.SELL, 200)] * 4

    at_home(story)


def test_hours_of_a_market_over_quarter_hourly_meters_are_summed() -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(settlement_period_s=900)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        (book,) = books_sent(home)
        assert [bid.wh for bid in book.bids] == [400] * 11 + [800] * 3 + [400] * 10

    at_home(story)


def test_the_preview_shows_prices_of_any_settings_before_anything_is_sent() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        rows = await home.agent.preview(TOMORROW, BiddingSettings(participate=True, buy_percent=100, sell_percent=-100))
        assert [row.price_micro_kwh for row in rows] == [200_000] * 11 + [30_000] * 3 + [200_000] * 10
        assert await home.agent.preview(date(2026, 3, 9)) == ()
        assert books_sent(home) == []
        forecast = home.journal.run(lambda j: j.forecasts.latest(TOMORROW))
        assert forecast is not None
        assert forecast.tolist() == [400] * 11 + [-800] * 3 + [400] * 10

    at_home(story)


def test_one_reading_that_cannot_be_believed_takes_no_other_with_it() -> None:
    async def story(home: Home) -> None:
        glitch = START - 5 * HOUR

        class Suspicious(FakeOperator):
            def _command(self, method: str, body: bytes) -> bytes:
                command = decode_any(body)
                if isinstance(command, ReadingBatch) and any(row.start == glitch for row in command.readings):
                    raise AboveLimit("9999999 Wh in")
                return super()._command(method, body)

        home.operator = Suspicious(home.clock)
        home.restart()
        await home.agent.start()
        await home.settle(10)
        yesterday = instant("2026-03-01T00:00:00")
        assert sorted(home.operator.readings) == [at for at in range(yesterday, START, HOUR) if at != glitch]
        assert home.journal.run(lambda j: j.queue.all()) == []
        sent = [body for method, _, body in home.operator.requests if method == "POST"]
        assert len(sent) == 11, "the whole batch, and two parts each of 34, 17, 8, 4 and 2"

    at_home(story)


def test_a_home_that_knows_nothing_of_itself_yet_bids_once_it_does() -> None:
    class NewMeter(FlatMeter):
        """A meter whose record begins at noon."""

        async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
            return [row for row in await super().readings(start, end, period_s) if row.start >= START + 2 * HOUR]

    async def story(home: Home) -> None:
        home.meter = NewMeter(home.clock)
        home.restart()
        home.operator.hello = hello(reading_interval_s=600)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.until(START + 3 * HOUR - 1)
        assert books_sent(home) == []
        await home.until(GATE)
        (book,) = books_sent(home)
        assert {(bid.side, bid.wh) for bid in book.bids} == {(Side.SELL, 800)}

    at_home(story)
