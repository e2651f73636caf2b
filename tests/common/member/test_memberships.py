"""A home that is paired again, moved, or paired with somebody else: what waits goes to whom it is for, or nowhere."""

from dataclasses import replace
from datetime import date

import pytest

from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.pairing import join, leave, move
from caravels_operator.common.member.ports import OperatorAway
from caravels_operator.common.member.records import BookState, Command, Membership
from caravels_operator.common.member.state import LinkState, NotPaired
from caravels_operator.common.protocol import Leave, Left, Paired, PairingLink, decode, encode
from caravels_operator.common.protocol.errors import Unauthorised

from .fakes import (
    DAY,
    HOUR,
    MEMBER,
    SETTINGS,
    START,
    TOKEN,
    FakeOperator,
    Home,
    at_home,
    hello,
    instant,
    market_day,
    statement,
)

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")
PIN, OTHER_PIN = "0a" * 32, "0b" * 32
LINK = PairingLink(("a:1", "b:2"), "CODE", PIN)
ELSEWHERE = PairingLink(("c:3",), "CODE", OTHER_PIN)
NEW = "n" * 43


async def pair_again(
    home: Home,
    link: PairingLink = LINK,
    member: str = MEMBER,
    token: str = NEW,
    settings: BiddingSettings = SETTINGS,
    **changes: object,
) -> Membership:
    """Do what a shell does: end the agent, journal the membership, make a new agent over the same journal."""
    await home.agent.stop()
    paired = Paired(member_id=member, hello=hello(**changes))
    membership = await join(InlineJournal(home.journal), link, token, paired)
    home.restart(settings=settings)
    await home.agent.start()
    return membership


async def rejected_home(home: Home) -> None:
    """Let the operator revoke the key of a home with a book and readings that it has not answered."""
    await pair_again(home, token=TOKEN)
    await home.settle()
    home.operator.push(market_day(TOMORROW, GATE))
    await home.settle()
    home.operator.tokens = []
    await home.operator.drop()
    await home.until(START + 2 * HOUR)
    assert home.link() is LinkState.REJECTED
    assert [command.method for command in queue(home)] == ["PUT"]


def queue(home: Home) -> list[Command]:
    return home.journal.run(lambda j: j.queue.all())


def test_after_a_new_link_for_the_same_member_all_that_waited_goes_out_under_the_new_key() -> None:
    async def story(home: Home) -> None:
        await rejected_home(home)
        (waiting,) = queue(home)
        home.operator.tokens = [NEW]
        await pair_again(home)
        await home.settle(200)
        assert home.link() is LinkState.CONNECTED
        assert home.operator.books[TOMORROW].id == waiting.id
        assert [own.state for own in home.agent.state.books] == [BookState.ACCEPTED]
        assert queue(home) == []

    at_home(story)


def test_a_rejected_home_goes_on_metering_and_all_of_it_arrives_after_a_new_link() -> None:
    async def story(home: Home) -> None:
        await rejected_home(home)
        await home.until(START + 2 * DAY)
        midnight = instant("2026-03-04T00:00:00")
        assert home.agent.state.read_until == midnight
        home.operator.tokens = [NEW]
        await pair_again(home)
        await home.settle(200)
        first = instant("2026-03-01T00:00:00")
        read_until = home.agent.state.read_until or 0
        assert read_until >= midnight
        assert sorted(home.operator.readings) == list(range(first, read_until, HOUR))

    at_home(story)


def test_the_same_member_of_a_restored_operator_is_known_by_its_certificate() -> None:
    async def story(home: Home) -> None:
        await rejected_home(home)
        home.operator.tokens, home.operator.hello = [NEW], hello(epoch="e2")
        await pair_again(home, epoch="e2")
        await home.settle(200)
        assert home.operator.books[TOMORROW].revision == 1
        week_ago = START + 2 * HOUR - 7 * DAY
        assert min(home.operator.readings) == week_ago, "what a restored operator may have lost"

    at_home(story)


@pytest.mark.parametrize(("link", "member"), [(LINK, "m07"), (ELSEWHERE, MEMBER)])
def test_what_waits_for_one_membership_is_never_sent_under_another_and_comes_back_with_it(
    link: PairingLink, member: str
) -> None:
    async def story(home: Home) -> None:
        await rejected_home(home)
        first_operator, before = home.operator, home.journal.run(lambda j: j.books.of_day(TOMORROW))
        waiting = queue(home)
        home.operator = FakeOperator(home.clock, hello(epoch="x1"), tokens=[NEW])
        home.operator.push(market_day(TOMORROW, GATE, price=50_000))
        home.operator.push(statement(TODAY, 9))
        await pair_again(home, link, member, epoch="x1")
        await home.settle(700)
        assert home.link() is LinkState.CONNECTED
        (book,) = home.operator.all_books
        assert (book.member_id, book.revision, book.bids[0].price_micro_kwh) == (member, 1, 55_000)
        assert min(home.operator.readings) == instant("2026-03-01T00:00:00"), "from the day before, as for any new one"
        assert [market.periods[0].price_micro_kwh for market in home.agent.state.market_days] == [50_000]
        # and back again
        home.operator = first_operator
        home.operator.tokens = [TOKEN]
        await home.agent.stop()
        await join(InlineJournal(home.journal), LINK, TOKEN, Paired(member_id=MEMBER, hello=hello()))
        assert queue(home) == waiting
        assert home.journal.run(lambda j: j.books.of_day(TOMORROW)) == before
        assert home.journal.run(lambda j: j.documents.statements(date.min)) == []
        home.restart()
        await home.agent.start()
        await home.settle(200)
        assert home.operator.books[TOMORROW] == before[0].book

    at_home(story)


def test_an_operator_that_moved_is_followed_with_the_same_key_and_queue() -> None:
    async def story(home: Home) -> None:
        await rejected_home(home)
        waiting = queue(home)
        await home.agent.stop()
        journal = InlineJournal(home.journal)
        await journal.run(
            lambda j: j.state.set_membership(Membership(MEMBER, TOKEN, LINK.addresses, PIN, NEW, OTHER_PIN))
        )
        moved = await move(journal, ("d:4",), PIN)
        assert moved == Membership(MEMBER, TOKEN, ("d:4",), PIN, NEW, OTHER_PIN)
        again = await move(journal, ("d:4", "e:5"), OTHER_PIN)
        assert again == replace(moved, addresses=("d:4", "e:5"), fingerprint=OTHER_PIN, next_fingerprint=None)
        assert home.journal.run(lambda j: j.state.membership()) == again
        assert queue(home) == waiting
        home.operator.tokens = [TOKEN]
        home.restart()
        await home.agent.start()
        await home.settle(200)
        assert home.operator.books[TOMORROW].revision == 1

    at_home(story)


async def test_nobody_can_move_who_is_not_paired() -> None:
    with pytest.raises(NotPaired):
        await move(InlineJournal(Journal()), ("d:4",), None)


def test_where_the_systems_authorities_vouch_an_address_in_common_tells_the_same_operator() -> None:
    async def story(home: Home) -> None:
        for link, kept in ((("b:2", "c:3"), 1), (("x:9",), 0)):
            home.journal = Journal()
            journal = InlineJournal(home.journal)
            await join(journal, PairingLink(("a:1", "b:2"), "C", None), TOKEN, Paired(member_id=MEMBER, hello=hello()))
            home.journal.run(lambda j: j.documents.put(statement(TODAY)))
            paired = Paired(member_id=MEMBER, hello=hello(epoch="other"))
            await join(journal, PairingLink(link, "C", None), TOKEN, paired)
            assert len(home.journal.run(lambda j: j.documents.statements(date.min))) == kept

    at_home(story)


async def test_leaving_says_what_stays_bound_and_may_be_told_again() -> None:
    left = Left(left_at=START, bound_days=[TOMORROW], bound_trades=3)

    class Operator:
        def __init__(self) -> None:
            self.known, self.lose = True, True

        async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
            assert (method, path, token) == ("POST", "/api/v1/leave", TOKEN)
            assert decode(body, Leave) == Leave()
            if not self.known:
                raise Unauthorised
            self.known = False
            if self.lose:
                raise OperatorAway("the answer was lost")
            return encode(left)

    operator = Operator()
    with pytest.raises(OperatorAway):
        await leave(operator, TOKEN)  # type: ignore[arg-type]  # a double of what is asked
    with pytest.raises(Unauthorised):
        await leave(operator, TOKEN)  # type: ignore[arg-type]  # a double of what is asked
    operator.known, operator.lose = True, False
    assert await leave(operator, TOKEN) == left  # type: ignore[arg-type]  # a double of what is asked
