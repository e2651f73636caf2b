"""A home whose clock is an hour wrong: it is told, and still bids before the operator's gate and not after it."""

from collections.abc import Callable
from datetime import date

import pytest

from caravels_operator.common.member.journal import InlineJournal
from caravels_operator.common.member.pairing import join
from caravels_operator.common.member.ports import Timer
from caravels_operator.common.member.records import BookState, HomeReading
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.protocol import Paired, PairingLink
from caravels_operator.virtual.loop import VirtualClock

from .fakes import HOUR, MEMBER, START, TOKEN, FlatMeter, Home, at_home, hello, instant, market_day, statement

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")
LINK = PairingLink(("a:1",), "CODE", "0a" * 32)


class WrongClock:
    """A clock that shows another time than the operator's, until it is set right."""

    def __init__(self, clock: VirtualClock, ahead_s: int) -> None:
        self.clock = clock
        self.ahead_s = ahead_s

    def now(self) -> int:
        return self.clock.now() + self.ahead_s

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        return self.clock.call_at(when - self.ahead_s, action)


def with_clock(home: Home, ahead_s: int) -> WrongClock:
    """Give the home a clock of its own; its operator and its test keep the right one."""
    wrong = WrongClock(home.clock, ahead_s)
    home.meter = FlatMeter(wrong)
    right, home.clock = home.clock, wrong  # type: ignore[assignment]  # the agent's alone
    home.restart()
    home.clock = right
    return wrong


def skew_of(home: Home) -> int | None:
    return home.agent.state.clock_skew_s


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_a_book_made_just_before_the_gate_by_the_operators_clock_arrives(ahead: int) -> None:
    async def story(home: Home) -> None:
        with_clock(home, ahead)
        await home.agent.start()
        await home.settle()
        assert skew_of(home) == ahead
        await home.until(GATE - 1_800)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.until(GATE)
        assert [book.revision for book in home.operator.all_books] == [1]
        assert [own.state for own in home.agent.state.books] == [BookState.ACCEPTED]

    at_home(story)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_nothing_is_made_after_the_operators_gate(ahead: int) -> None:
    async def story(home: Home) -> None:
        with_clock(home, ahead)
        await home.agent.start()
        await home.until(GATE + 600)
        home.operator.push(market_day(TOMORROW, GATE))
        await home.settle(700)
        assert home.agent.state.books == ()
        assert home.operator.all_books == []

    at_home(story)


def test_a_market_that_seemed_closed_is_traded_once_the_operators_time_is_known() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        home.operator.push(market_day(TOMORROW, GATE))
        await home.until(START + 10)
        home.crash()
        home.operator.all_books.clear()
        home.operator.books.clear()
        home.journal.run(lambda j: j._connection.execute("DELETE FROM queue"))
        home.journal.run(lambda j: j._connection.execute("DELETE FROM books"))
        await home.until(GATE - 1_800)
        with_clock(home, HOUR)
        await home.agent.start()
        await home.until(GATE)
        assert [book.revision for book in home.operator.all_books] == [1]

    at_home(story)


def test_readings_of_an_hour_that_is_not_over_for_the_operator_are_not_sent_yet() -> None:
    async def story(home: Home) -> None:
        with_clock(home, HOUR)
        home.operator.hello = hello(reading_interval_s=600)
        await home.agent.start()
        await home.until(START + 3 * HOUR + 1_200)
        assert max(home.operator.readings) == START + 2 * HOUR

    at_home(story)


def test_readings_that_were_labelled_ahead_while_nobody_could_tell_wait_for_the_operators_clock() -> None:
    async def story(home: Home) -> None:
        await join(InlineJournal(home.journal), LINK, TOKEN, Paired(member_id=MEMBER, hello=hello()))
        home.operator.unreachable = True
        wrong = with_clock(home, HOUR)
        await home.agent.start()
        await home.settle()
        assert home.agent.state.read_until == START + HOUR
        home.operator.unreachable = False
        await home.settle(200)
        assert home.link() is LinkState.CONNECTED
        assert home.operator.readings == {}, "one batch, whose last hour is not over"
        wrong.ahead_s = 0
        home.operator.push(statement(TODAY))  # by which the home hears what time it is
        await home.settle(HOUR - 200 - 620)
        assert home.operator.readings == {}
        await home.settle(30)
        assert max(home.operator.readings) == START

    at_home(story)


def test_a_history_that_lay_ahead_is_not_what_forecasts_are_made_of() -> None:
    async def story(home: Home) -> None:
        ahead = [HomeReading(START + 400 * 24 * HOUR + at * HOUR, 9_999, 0) for at in range(24)]
        home.journal.run(lambda j: j.readings.put(HOUR, ahead))
        await home.agent.start()
        await home.settle()
        assert [row.net_wh for row in await home.agent.forecast(1)] == [400]

    at_home(story)


def test_it_is_said_once_and_taken_back_when_the_clock_was_set_right(caplog: pytest.LogCaptureFixture) -> None:
    async def story(home: Home) -> None:
        wrong = with_clock(home, 3_600)
        await home.agent.start()
        await home.settle()
        home.operator.push(statement(TODAY))
        await home.settle()
        assert skew_of(home) == 3_600
        wrong.ahead_s = 119
        home.operator.push(statement(TODAY, 2))
        await home.settle()
        assert skew_of(home) == 119
        said = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
        assert said == [
            "This home's clock differs from the operator's by 3600 s. Set it right",
            "This home's clock agrees with the operator's again",
        ]

    with caplog.at_level("WARNING"):
        at_home(story)


def test_a_book_that_was_to_leave_by_a_clock_that_was_ahead_leaves_when_the_clock_is_set_back() -> None:
    async def story(home: Home) -> None:
        wrong = with_clock(home, 2 * HOUR)
        await home.agent.start()
        await home.settle()
        home.operator.push(market_day(TOMORROW, GATE))
        await home.settle()
        assert home.operator.all_books == []
        home.crash()
        wrong.ahead_s = 0
        with_clock(home, 0)
        await home.agent.start()
        await home.settle(60)
        assert home.link() is LinkState.CONNECTED
        assert [book.revision for book in home.operator.all_books] == [1]

    at_home(story)


def test_before_the_first_hello_nothing_is_known_of_it() -> None:
    async def story(home: Home) -> None:
        home.operator.unreachable = True
        with_clock(home, HOUR)
        await home.agent.start()
        await home.settle()
        assert skew_of(home) is None

    at_home(story)
