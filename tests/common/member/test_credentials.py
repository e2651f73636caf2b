"""Pairing, tokens that change without a gap, certificates that change as announced, wishes, and faults."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from caravels_operator.common.member.backoff import Backoff
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.pairing import join, new_token, pair
from caravels_operator.common.member.ports import OperatorAway
from caravels_operator.common.member.records import HomeReading, Membership
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.protocol import (
    Paired,
    PairingLink,
    PairRequest,
    Wishes,
    decode,
    encode,
)
from caravels_operator.common.protocol.errors import ClientTooOld, OperatorTooOld, PairingUsed

from .fakes import (
    DAY,
    MEMBER,
    TOKEN,
    FakeOperator,
    FlatMeter,
    Home,
    at_home,
    hello,
    statement,
)

TODAY = date(2026, 3, 2)
NEXT = "n" * 43
LINK = PairingLink(("a:1", "b:2"), "CODE", "0a" * 32)


class PairingOperator:
    """Answers hello and pairing."""

    def __init__(self, **changes: int) -> None:
        self.hello = hello(**changes)
        self.made_for: list[tuple[tuple[str, ...], str | None]] = []
        self.requests: list[tuple[str, str, bytes, str | None]] = []
        self.refuse: Exception | None = None

    def __call__(self, addresses: tuple[str, ...], fingerprint: str | None) -> PairingOperator:
        self.made_for.append((addresses, fingerprint))
        return self

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        self.requests.append((method, path, body, token))
        if path == "/api/v1/hello":
            return encode(self.hello)
        if self.refuse:
            raise self.refuse
        return encode(Paired(member_id="m07", hello=self.hello))

    async def open_stream(self, token: str) -> None:
        raise AssertionError("nothing is streamed while pairing")


async def test_a_link_becomes_a_membership() -> None:
    operator, journal = PairingOperator(), Journal()
    token = new_token()
    paired = await pair(operator, LINK, token)  # type: ignore[arg-type]  # a double of what is asked
    membership = await join(InlineJournal(journal), LINK, token, paired)
    assert membership == Membership("m07", token, LINK.addresses, LINK.fingerprint)
    assert journal.run(lambda j: j.state.membership()) == membership
    assert operator.made_for == [(LINK.addresses, LINK.fingerprint)]
    assert [request[:2] for request in operator.requests] == [("GET", "/api/v1/hello"), ("POST", "/api/v1/pair")]
    asked = decode(operator.requests[1][2], PairRequest)
    assert (asked.code, asked.token, operator.requests[1][3]) == ("CODE", token, None)


def test_tokens_are_256_random_bits() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)


async def test_pairing_says_which_side_is_too_old_before_the_code_is_used() -> None:
    for changes, kind in (
        ({"protocol_version": 9, "oldest_supported": 9}, ClientTooOld),
        ({"protocol_version": 0, "oldest_supported": 0}, OperatorTooOld),
    ):
        operator = PairingOperator(**changes)
        with pytest.raises(kind):
            await pair(operator, LINK, new_token())  # type: ignore[arg-type]  # a double of what is asked
        assert len(operator.requests) == 1


async def test_a_used_code_is_told() -> None:
    operator = PairingOperator()
    operator.refuse = PairingUsed()
    with pytest.raises(PairingUsed, match="used before"):
        await pair(operator, LINK, new_token())  # type: ignore[arg-type]  # a double of what is asked


def membership(home: Home) -> Membership:
    known = home.journal.run(lambda j: j.state.membership())
    assert known is not None
    return known


def test_a_token_is_replaced_and_the_old_one_no_longer_used() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        await home.agent.rotate_token(NEXT)
        await home.settle()
        assert membership(home) == Membership(MEMBER, NEXT)
        home.operator.tokens = [NEXT]
        await home.operator.drop()
        await home.settle(DAY)
        assert home.link() is LinkState.CONNECTED
        assert home.journal.run(lambda j: j.queue.all()) == []

    at_home(story)


@pytest.mark.parametrize("old_token_ends", [True, False])
@pytest.mark.parametrize("crash", [True, False])
def test_a_lost_answer_to_a_rotation_locks_nobody_out(crash: bool, old_token_ends: bool) -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 1
        await home.agent.rotate_token(NEXT)
        await home.settle()
        assert membership(home) == Membership(MEMBER, TOKEN, next_token=NEXT)
        if crash:
            home.crash()
            home.restart()
        if old_token_ends:
            home.operator.tokens = [NEXT]
        if crash:
            await home.agent.start()
        else:
            await home.operator.drop()
        await home.settle(700)
        assert home.link() is LinkState.CONNECTED
        assert membership(home) == Membership(MEMBER, NEXT)

    at_home(story)


def test_a_revoked_home_does_not_loop_over_its_tokens() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.lose_answers = 1
        await home.agent.rotate_token(NEXT)
        await home.settle()
        home.operator.tokens = []
        await home.operator.drop()
        opened = len(home.operator.requests)
        await home.settle(1_500)
        assert home.link() is LinkState.REJECTED
        assert len(home.operator.requests) - opened < 12

    at_home(story)


class PinnedOperator(FakeOperator):
    """A fake operator behind a pinned certificate."""

    fingerprint = "0a" * 32

    def announce(self, fingerprint: str) -> None:
        self.announced = fingerprint


def test_an_announced_certificate_is_kept_and_followed() -> None:
    async def story(home: Home) -> None:
        operator = PinnedOperator(home.clock)
        operator.hello = hello(next_fingerprint="0b" * 32)
        home.journal.run(lambda j: j.state.set_membership(replace(Membership(MEMBER, TOKEN), fingerprint="0a" * 32)))
        home.operator = operator
        home.restart()
        await home.agent.start()
        await home.settle()
        assert operator.announced == "0b" * 32
        assert membership(home).next_fingerprint == "0b" * 32
        operator.fingerprint = "0b" * 32
        operator.hello = hello()
        await operator.drop()
        await home.settle(300)
        assert membership(home).fingerprint == "0b" * 32
        assert membership(home).next_fingerprint is None

    at_home(story)


def test_wishes_are_told_kept_and_told_again_to_a_restored_operator() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        home.operator.unreachable = True
        await home.agent.wish(["m02", "m03"], wants_green=True)
        await home.settle(100)
        assert home.operator.wishes == []
        home.operator.unreachable = False
        await home.settle(300)
        (told,) = home.operator.wishes
        assert (told.friends, told.wants_green) == (["m02", "m03"], True)
        home.operator.wishes.clear()
        home.operator.answers.clear()
        home.operator.hello = hello(epoch="e2")
        await home.operator.drop()
        await home.settle(300)
        (again,) = home.operator.wishes
        assert isinstance(again, Wishes)
        assert (again.friends, again.wants_green) == (["m02", "m03"], True)

    at_home(story)


class BrokenMeter(FlatMeter):
    """A port with a fault."""

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        raise ZeroDivisionError("a fault in the port")


def test_a_fault_in_one_job_is_told_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def story(home: Home) -> None:
        home.meter = BrokenMeter(home.clock)
        home.restart()
        await home.agent.start()
        await home.settle()
        home.operator.push(statement(TODAY))
        await home.settle()
        assert home.agent.state.statements == (statement(TODAY),)
        assert home.agent.state.fault == "ZeroDivisionError('a fault in the port')"
        await home.agent.stop()

    with caplog.at_level(logging.ERROR):
        at_home(story)
    assert "a fault in the port" in caplog.text


def test_a_fault_in_a_task_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.fail_requests = [ZeroDivisionError("a fault in the transport")]
        await home.operator.drop()
        await home.settle(10)
        assert home.agent.state.fault == "ZeroDivisionError('a fault in the transport')"
        await home.agent.stop()

    with caplog.at_level(logging.ERROR):
        at_home(story)
    assert "ended by a fault" in caplog.text


def test_a_journal_that_cannot_be_written_is_told_and_nothing_is_acknowledged() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.journal._connection.execute("PRAGMA query_only = 1")
        home.operator.push(statement(TODAY))
        await home.settle()
        assert home.link() is LinkState.FAILED_HERE
        assert "journal cannot be used" in (home.agent.state.problem or "")
        assert home.operator.acknowledged == []
        home.journal._connection.execute("PRAGMA query_only = 0")
        await home.settle(300)
        assert home.link() is LinkState.CONNECTED
        assert home.agent.state.statements == (statement(TODAY),)

    at_home(story)


def test_backoff_is_bounded_exponential_and_fully_jittered() -> None:
    bounds = [2, 4, 8, 16, 32, 64, 120, 120, 120]
    homes = [Backoff(Random(seed)) for seed in range(300)]
    for bound in bounds:
        drawn = [home.next_s() for home in homes]
        assert max(drawn) <= bound
        assert max(drawn) > 0.9 * bound
        assert min(drawn) < 0.1 * bound + 1
    for _ in range(100):
        assert 1 <= homes[0].next_s() <= 120
    homes[0].reset()
    assert homes[0].next_s() <= 2


def test_stopping_twice_and_stopping_while_away() -> None:
    async def story(home: Home) -> None:
        home.operator.fail_requests = [OperatorAway("x")] * 100
        await home.agent.start()
        await home.settle(50)
        await home.agent.stop()
        await home.agent.stop()
        assert home.link() is LinkState.STOPPED
        assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task()} == set()

    at_home(story)
