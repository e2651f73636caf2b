"""The connection: versions, snapshot, numbers, gaps, epochs, refusals, and crashes at every point."""

from datetime import date, timedelta
from random import Random

import msgspec
import pytest

from caravels_operator.common.member.link import AWAY_SENTENCE, HOPELESS_WAIT_S
from caravels_operator.common.member.ports import OperatorAway, WrongFingerprint
from caravels_operator.common.member.records import BookState
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.protocol import PROTOCOL_VERSION, Acknowledge, Event, Push, StreamOpen, decode, encode
from caravels_operator.common.protocol.errors import ClientTooOld, OperatorTooOld, TooMany, Unauthorised
from caravels_operator.common.protocol.registry import decode_any

from .fakes import DAY, HOUR, START, FakeStream, Home, at_home, hello, instant, market_day, month, result, statement

TODAY = date(2026, 3, 2)
TOMORROW = date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")


def days(count: int) -> list[date]:
    return [TODAY - timedelta(days=back) for back in range(count, 0, -1)]


def numbers(home: Home) -> list[tuple[int, str, bool]]:
    return home.journal.run(lambda j: j.events.of(home.operator.hello.epoch))


def test_pushes_are_applied_once_in_order_and_acknowledged() -> None:
    async def story(home: Home) -> None:
        told: list[Push] = []
        await home.agent.start()
        home.agent.subscribe_pushes(told.append)
        await home.settle()
        pushes = [statement(day) for day in days(5)]
        for push in pushes:
            home.operator.push(push)
        await home.settle()
        assert home.agent.state.statements == tuple(pushes)
        assert told == pushes
        assert numbers(home) == [(seq, "statement", True) for seq in range(1, 6)]
        assert home.operator.acknowledged == [1, 2, 3, 4, 5]

    at_home(story)


def test_the_balance_follows_statements_and_an_older_operator_leaves_it() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.push(msgspec.structs.replace(statement(TODAY), balance_micro=-7))
        home.operator.push(statement(TODAY, 2))
        await home.settle()
        assert home.agent.state.balance_micro == -7
        home.operator.push(msgspec.structs.replace(month("2026-02"), balance_micro=5))
        await home.settle()
        assert home.agent.state.balance_micro == 5
        home.crash()
        home.operator.unreachable = True
        home.restart()
        await home.agent.start()
        assert home.agent.state.balance_micro == 5
        # a snapshot has the last word; what it contains follows as notification only
        home.operator.push(msgspec.structs.replace(statement(TODAY, 3), balance_micro=99))
        home.operator.unreachable = False
        await home.settle(300)
        assert home.agent.state.link is LinkState.CONNECTED
        assert numbers(home)[-1] == (4, "statement", False)
        assert home.agent.state.balance_micro == 0

    at_home(story)


def test_what_a_snapshot_contains_follows_as_notification_only() -> None:
    async def story(home: Home) -> None:
        told: list[Push] = []
        home.agent.subscribe_pushes(told.append)
        await home.agent.start()
        await home.settle()
        home.operator.push(statement(TODAY))
        await home.settle()
        home.operator.unreachable = True
        await home.operator.drop()
        home.operator.outbox += [statement(TODAY, 2), statement(TODAY, 3)]
        home.operator.unreachable = False
        await home.settle(300)
        assert home.operator.opened[-1].seq == 1
        assert home.agent.state.statements == (statement(TODAY, 3),)
        assert [push.version for push in told if hasattr(push, "version")] == [1, 2, 3]
        assert numbers(home) == [(1, "statement", True), (2, "statement", False), (3, "statement", False)]
        home.operator.push(statement(TODAY, 4))
        await home.settle()
        assert numbers(home)[-1] == (4, "statement", True)
        assert home.operator.acknowledged[-1] == 4

    at_home(story)


def test_an_operator_that_replays_nothing_leaves_no_gap() -> None:
    async def story(home: Home) -> None:
        home.operator.replay = False
        home.operator.outbox += [statement(day) for day in days(3)]
        await home.agent.start()
        await home.settle()
        home.operator.push(statement(TODAY))
        await home.settle()
        assert numbers(home) == [(4, "statement", True)]
        assert len(home.operator.opened) == 1

    at_home(story)


def test_doubled_pushes_are_acknowledged_again_and_not_applied() -> None:
    async def story(home: Home) -> None:
        told: list[Push] = []
        home.agent.subscribe_pushes(told.append)
        await home.agent.start()
        await home.settle()
        home.operator.mangle = lambda events: [*events, *events]
        for day in days(3):
            home.operator.push(statement(day))
        await home.settle()
        assert len(told) == 3
        assert [seq for seq, _, _ in numbers(home)] == [1, 2, 3]
        assert home.operator.acknowledged == [1, 1, 2, 2, 3, 3]
        assert len(home.operator.opened) == 1

    at_home(story)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_push_is_a_gap_and_the_snapshot_heals_it(lost: int) -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.mangle = lambda events: [event for event in events if event.seq != lost]
        for day in days(4):
            home.operator.push(statement(day))
        await home.settle()
        home.operator.mangle = lambda events: events
        await home.settle(300)
        assert home.agent.state.statements == tuple(statement(day) for day in days(4))
        assert [seq for seq, _, _ in numbers(home)] == [1, 2, 3, 4]
        assert len(home.operator.opened) == 2

    at_home(story)


def test_pushes_in_the_wrong_order_are_a_gap() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        held_back: list[Event] = []

        def swap(events: list[Event]) -> list[Event]:
            if not held_back:
                held_back.extend(events)
                return []
            return [*events, *held_back]

        home.operator.mangle = swap
        home.operator.push(statement(TODAY))
        home.operator.push(statement(TODAY, 2))
        await home.settle()
        home.operator.mangle = lambda events: events
        await home.settle(300)
        assert home.agent.state.statements == (statement(TODAY, 2),)
        assert [seq for seq, _, _ in numbers(home)] == [1, 2]

    at_home(story)


def test_a_kind_of_push_that_only_newer_versions_know_is_passed_over() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.outbox.append(statement(TODAY))
        later = Event(seq=1, at=START, body=msgspec.Raw(b'{"type":"grant","watts":300}'))
        home.operator.streams[-1].put(later)
        await home.settle()
        home.operator.push(statement(TODAY))
        await home.settle()
        assert numbers(home) == [(1, "unknown", True), (2, "statement", True)]
        assert home.operator.acknowledged == [1, 2]

    at_home(story)


def test_the_state_after_a_restart_is_the_state_before() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        for day in days(12):
            home.operator.push(result(day))
            home.operator.push(statement(day))
        await home.agent.start()
        await home.settle(700)
        home.operator.push(statement(TODAY, 2))
        await home.settle()
        before = home.agent.state
        assert before.books[0].state is BookState.ACCEPTED
        await home.agent.stop()
        home.operator.unreachable = True
        home.restart()
        await home.agent.start()
        await home.settle()
        after = home.agent.state
        assert after.link is LinkState.AWAY
        assert after.problem == AWAY_SENTENCE
        for name in ("hello", "market_days", "books", "results", "statements", "months", "balance_micro", "member_id"):
            assert getattr(after, name) == getattr(before, name), name

    at_home(story)


@pytest.mark.parametrize("point", ["before the journal", "between journal and acknowledgement", "after it"])
def test_a_crash_at_any_point_of_a_push_applies_it_once(point: str) -> None:
    async def story(home: Home) -> None:
        told: list[Push] = []
        await home.agent.start()
        await home.settle()
        if point == "before the journal":
            home.operator.mangle = lambda _: []
        elif point == "between journal and acknowledgement":

            def die(frame: bytes) -> None:
                if isinstance(decode_any(frame), Acknowledge):
                    home.crash()
                    raise OperatorAway("killed")

            home.operator.sending = die
        home.operator.push(statement(TODAY))
        await home.settle()
        home.crash()
        home.operator.mangle = lambda events: events
        home.operator.sending = lambda _: None
        home.restart()
        home.agent.subscribe_pushes(told.append)
        await home.agent.start()
        await home.settle()
        seen = 0 if point == "before the journal" else 1
        assert home.operator.opened[-1].seq == seen
        assert [seq for seq, _, _ in numbers(home)] == [1]
        assert told == [statement(TODAY)] * (1 - seen)
        home.operator.push(statement(TODAY, 2))
        await home.settle()
        assert home.agent.state.statements == (statement(TODAY, 2),)
        assert numbers(home)[-1] == (2, "statement", True)

    at_home(story)


def test_a_restored_operator_gets_the_readings_and_books_that_it_may_have_lost() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        home.operator.push(result(TODAY))
        await home.settle()
        (before,) = home.operator.all_books
        # restored from a backup: the market day is known, the book, the result and all readings are lost
        home.operator.hello = hello(epoch="e2")
        home.operator.outbox = home.operator.outbox[:1]
        home.operator.answers.clear()
        home.operator.books.clear()
        home.operator.batches.clear()
        await home.operator.drop()
        await home.settle(300)
        assert home.operator.opened[-1].epoch == "e1"
        assert home.operator.books == {TOMORROW: before}
        assert home.agent.state.books[0].state is BookState.ACCEPTED
        week_ago = START - 7 * DAY
        assert sorted(home.operator.readings) == [at for at in range(START - 8 * DAY, START, HOUR) if at > week_ago]
        assert home.agent.state.results == ()
        home.operator.push(statement(TODAY))
        await home.settle()
        assert home.journal.run(lambda j: j.state.progress()).applied == 2
        assert numbers(home)[-1] == (2, "statement", True)

    at_home(story)


def test_an_unanswered_book_is_sent_to_the_restored_operator_with_the_same_number() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 100
        await home.settle(700)
        home.operator.lose_answers = 0
        home.operator.hello = hello(epoch="e2")
        home.operator.answers.clear()
        home.operator.books.clear()
        await home.operator.drop()
        await home.settle(300)
        assert len({book.id for book in home.operator.all_books}) == 1
        assert home.agent.state.books[0].state is BookState.ACCEPTED
        assert home.journal.run(lambda j: j.queue.all()) == []

    at_home(story)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"protocol_version": 9, "oldest_supported": PROTOCOL_VERSION + 1}, ClientTooOld),
        ({"protocol_version": 0, "oldest_supported": 0}, OperatorTooOld),
    ],
)
def test_a_side_that_is_too_old_is_named_and_not_asked_again_at_once(
    changes: dict[str, int], kind: type[ClientTooOld]
) -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(**changes)
        await home.agent.start()
        await home.settle()
        assert home.link() is LinkState.INCOMPATIBLE
        assert home.agent.state.problem == kind.sentence
        await home.settle(HOPELESS_WAIT_S // 2 - 10)
        assert len(home.operator.requests) == 1
        home.operator.hello = hello()
        await home.settle(HOPELESS_WAIT_S)
        assert home.link() is LinkState.CONNECTED
        assert home.agent.state.problem is None

    at_home(story)


def test_a_rejected_home_goes_on_by_itself_without_a_storm() -> None:
    async def story(home: Home) -> None:
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle()
        home.operator.refuse_commands = Unauthorised()
        home.operator.fail_streams = [Unauthorised() for _ in range(100)]
        await home.operator.drop()
        await home.settle(300)
        assert home.link() is LinkState.REJECTED
        assert home.agent.state.problem == Unauthorised.sentence
        tried = len(home.operator.requests)
        await home.settle(DAY)
        assert 24 <= len(home.operator.requests) - tried <= 48
        # its meter was read at midnight all the same, and nothing was thrown away
        midnight = instant("2026-03-03T00:00:00")
        assert home.journal.run(lambda j: j.readings.last_start(HOUR)) == midnight - HOUR
        assert len(home.journal.run(lambda j: j.queue.all())) == 2
        home.operator.refuse_commands = None
        home.operator.fail_streams.clear()
        home.agent.try_again()
        await home.settle()
        assert home.link() is LinkState.CONNECTED
        assert midnight - HOUR in home.operator.readings

    at_home(story)


def test_a_wrong_certificate_says_what_to_do() -> None:
    async def story(home: Home) -> None:
        home.operator.fail_requests = [WrongFingerprint("shows another") for _ in range(3)]
        await home.agent.start()
        await home.settle()
        assert home.link() is LinkState.WRONG_FINGERPRINT
        assert home.agent.state.problem == WrongFingerprint.sentence
        await home.settle(300)
        assert home.link() is LinkState.CONNECTED

    at_home(story)


def test_attempts_become_rarer_and_are_spread() -> None:
    async def story(home: Home) -> None:
        home.operator.unreachable = True
        await home.agent.start()
        await home.settle(3_600)
        hour = len(home.operator.requests)
        assert 3_600 // 120 <= hour <= 120
        home.operator.unreachable = False
        await home.settle(121)
        assert home.link() is LinkState.CONNECTED

    at_home(story)


def test_a_flapping_operator_is_not_stormed() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        take_frame = home.operator.take_frame

        def answer_and_hang_up(stream: FakeStream, frame: StreamOpen | Acknowledge) -> None:
            take_frame(stream, frame)
            stream.queue.put_nowait(None)

        home.operator.take_frame = answer_and_hang_up  # type: ignore[method-assign]  # this one operator is to misbehave
        await home.operator.drop()
        opened = len(home.operator.streams)
        await home.settle(3_600)
        assert len(home.operator.streams) - opened <= 120

    at_home(story)


def test_a_new_epoch_numbers_anew_and_its_pushes_are_told() -> None:
    async def story(home: Home) -> None:
        told: list[Push] = []
        await home.agent.start()
        home.agent.subscribe_pushes(told.append)
        await home.settle()
        for day in days(3):
            home.operator.push(statement(day))
        await home.settle()
        told.clear()
        home.operator.hello = hello(epoch="e2")
        home.operator.outbox = [statement(TODAY, 7), statement(TODAY, 8)]
        await home.operator.drop()
        await home.settle(300)
        assert told == [statement(TODAY, 7), statement(TODAY, 8)]
        assert numbers(home) == [(1, "statement", False), (2, "statement", False)]
        assert home.agent.state.statements == (statement(TODAY, 8),)

    at_home(story)


def test_what_snapshots_no_longer_name_stays_as_history_in_memory_as_on_disk() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        for day in days(12):
            home.operator.push(statement(day))
            home.operator.push(result(day))
        await home.settle()
        home.operator.snapshot_days = 2
        await home.operator.drop()
        await home.settle(300)
        before = home.agent.state
        assert [row.day for row in before.statements] == days(12)
        assert [row.day for row in before.results] == days(12)
        await home.agent.stop()
        home.restart()
        await home.agent.start()
        assert home.agent.state.statements == before.statements

    at_home(story)


def test_an_operator_that_says_nothing_is_away() -> None:
    async def story(home: Home) -> None:
        home.operator.take_frame = lambda *_: None  # type: ignore[method-assign]  # this one operator is to misbehave
        await home.agent.start()
        await home.settle()
        assert home.link() is LinkState.CONNECTING
        await home.settle(90)
        assert len(home.operator.streams) >= 2
        assert home.operator.streams[0].closed

    at_home(story)


def test_a_refusal_on_the_stream_and_a_busy_operator() -> None:
    async def story(home: Home) -> None:
        home.operator.fail_requests = [TooMany()]
        await home.agent.start()
        await home.settle()
        assert home.link() is LinkState.AWAY
        assert home.agent.state.problem == TooMany.sentence
        await home.settle(300)
        assert home.link() is LinkState.CONNECTED
        home.operator.streams[-1].queue.put_nowait(b"not a frame")
        await home.settle()
        assert home.link() is LinkState.AWAY
        await home.settle(300)
        home.operator.streams[-1].queue.put_nowait(encode(decode(encode(statement(TODAY)), type(statement(TODAY)))))
        await home.settle(300)
        assert home.link() is LinkState.CONNECTED

    at_home(story)


def test_listeners_hear_of_every_change_until_they_leave() -> None:
    async def story(home: Home) -> None:
        links: list[LinkState] = []
        leave = home.agent.subscribe(lambda state: links.append(state.link))
        await home.agent.start()
        await home.settle()
        assert links[0] is LinkState.CONNECTING
        assert links[-1] is LinkState.CONNECTED
        leave()
        await home.agent.stop()
        assert links[-1] is LinkState.CONNECTED
        assert home.link() is LinkState.STOPPED

    at_home(story, jitter=Random(7))
