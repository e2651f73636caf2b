"""Any order of pushes, drops, doubles, losses, crashes and restores: the member's log is a prefix of the outbox."""

import asyncio
from collections.abc import Coroutine
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.member.bidding import BiddingSettings
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.ports import OperatorAway
from caravels_operator.common.member.records import BookState, Membership
from caravels_operator.common.protocol import Acknowledge, Push, Statement, encode
from caravels_operator.common.protocol.registry import decode_any
from caravels_operator.virtual.loop import VirtualClock, VirtualLoop

from .fakes import (
    MEMBER,
    START,
    TOKEN,
    FakeOperator,
    FlatMeter,
    Home,
    SlowJournal,
    hello,
    instant,
    make_agent,
    market_day,
    result,
    statement,
)
from .test_models import FILES, KEY, OTHER_KEY, offer, public

MODEL = FILES[Horizon.DAY_AHEAD]
TODAY = date(2026, 3, 2)
recent_days = st.integers(0, 3).map(lambda back: TODAY - timedelta(days=back))


def prefix_state(outbox: list[Push]) -> dict[tuple[str, date], Push]:
    """Return what someone holds who applied these pushes in order."""
    return {(type(push).__name__, push.day): push for push in outbox if hasattr(push, "day")}


class MemberMachine(RuleBasedStateMachine):
    """A home and its operator in virtual time; the network and the power fail."""

    @initialize(slow=st.booleans())
    def move_in(self, slow: bool) -> None:
        self.hello = partial(hello, protocol_version=3, model_key=public(KEY))
        self.loop = VirtualLoop(START)
        clock = VirtualClock(self.loop)
        journal = Journal()
        journal.run(lambda j: j.state.set_membership(Membership(MEMBER, TOKEN)))
        operator, meter = FakeOperator(clock, self.hello()), FlatMeter(clock)
        self.told: list[Push] = []
        self.version = 0
        self.lives = 1
        self.gates: dict[date, int] = {}
        self.opened_in: dict[date, int] = {}
        agent = make_agent(clock, journal, operator, meter)
        self.home = Home(clock, operator, journal, meter, agent)
        # Slow is as in Home Assistant: the journal is in another thread, and everything may happen meanwhile.
        self.port = SlowJournal(clock, journal, Random(1)) if slow else InlineJournal(journal)
        self.run(self.start())

    async def start(self) -> None:
        self.home.restart(journal_port=self.port)
        await self.home.agent.start()
        await self.home.settle(3)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    def settle(self, seconds: int = 1) -> None:
        self.run(self.home.settle(seconds))

    # --- what the operator does ---
    @rule(day=recent_days, settle=st.booleans())
    def push_statement(self, day: date, settle: bool) -> None:
        self.version += 1
        self.push(statement(day, self.version), settle)

    @rule(day=recent_days, settle=st.booleans())
    def push_result(self, day: date, settle: bool) -> None:
        self.push(result(day), settle)

    @rule(price=st.sampled_from([50_000, 80_000, 100_000]))
    def push_market(self, price: int) -> None:
        gate = instant("2026-04-01T00:00:00")
        self.push(market_day(TODAY + timedelta(days=1), gate, price), settle=True)

    @rule(day=st.integers(2, 4).map(lambda ahead: TODAY + timedelta(days=ahead)))
    def open_a_day_or_open_it_again_after_a_restore(self, day: date) -> None:
        """A day's gate is ahead, once; an operator that was restored since gathers its books for five minutes."""
        now, again = self.home.clock.now(), day in self.gates
        if again and (now < self.gates[day] or self.lives == self.opened_in[day]):
            return
        self.gates.setdefault(day, now + 900)
        self.opened_in[day] = self.lives
        self.push(market_day(day, now + 300 if again else self.gates[day], 60_000 + self.version), settle=True)

    @rule(percent=st.integers(0, 3))
    def the_people_change_their_minds(self, percent: int) -> None:
        async def do() -> None:
            self.home.agent.change_settings(BiddingSettings(participate=True, buy_percent=percent, sell_percent=0))

        self.run(do())

    @rule(version=st.integers(1, 9), wrong=st.sampled_from(["", "signature", "file"]))
    def offer_a_model(self, version: int, wrong: str) -> None:
        """Good ones and bad ones, up and down; a bad one must never be kept."""
        made = offer(version=f"{version}.0.0", key=OTHER_KEY if wrong == "signature" else KEY)
        self.home.operator.files[made.sha256] = MODEL[:-1] if wrong == "file" else MODEL
        self.push(made, settle=True)

    @rule()
    def ask_for_forecasts(self) -> None:
        async def do() -> None:
            found = await self.home.agent.forecasts()
            assert [one.mean_wh.size >= 2 for one in found] == [True] * len(list(found))

        self.run(do())

    def push(self, push: Push, settle: bool) -> None:
        async def do() -> None:
            self.home.operator.push(push)

        self.run(do())
        if settle:
            self.settle()

    # --- what the network does ---
    @rule()
    def drop(self) -> None:
        if self.home.operator.streams:
            self.run(self.home.operator.drop())

    @rule(seed=st.integers(0, 5))
    def send_something_again(self, seed: int) -> None:
        async def do() -> None:
            events = self.home.operator.events(1)
            for event in Random(seed).sample(events, min(3, len(events))):
                self.home.operator.streams[-1].put(event)

        if self.home.operator.streams:
            self.run(do())
            self.settle()

    @rule(kind=st.sampled_from(["good", "loses", "doubles", "reorders"]))
    def network_becomes(self, kind: str) -> None:
        chance = Random(self.version)
        self.home.operator.mangle = {
            "good": lambda events: events,
            "loses": lambda events: [event for event in events if chance.random() < 0.6],
            "doubles": lambda events: [event for event in events for _ in range(2)],
            "reorders": lambda events: chance.sample(events, len(events)),
        }[kind]

    @rule(away=st.booleans(), lost=st.integers(0, 2))
    def operator_is_hard_to_reach(self, away: bool, lost: int) -> None:
        self.home.operator.unreachable = away
        self.home.operator.lose_answers = lost

    @rule(seconds=st.sampled_from([1, 130, 700]))
    def time_passes(self, seconds: int) -> None:
        self.settle(seconds)

    @precondition(lambda self: self.home.clock.now() < START + 2 * 86_400)
    @rule()
    def a_day_passes(self) -> None:
        """Only a few times: what is older than a week is not expected to be lost by a restore."""
        self.settle(90_000)

    # --- what the power does ---
    @rule()
    def crash_now(self) -> None:
        self.home.crash()
        self.run(self.start())

    @rule(day=recent_days)
    def crash_between_journal_and_acknowledgement(self, day: date) -> None:
        def die(frame: bytes) -> None:
            if isinstance(decode_any(frame), Acknowledge):
                self.home.crash()
                raise OperatorAway("killed")

        self.home.operator.sending = die
        self.push_statement(day, settle=True)
        self.settle(3)
        self.home.operator.sending = lambda _: None
        self.crash_now()

    @precondition(lambda self: self.home.operator.outbox)
    @rule(kept=st.floats(0, 1))
    def restore_the_operator(self, kept: float) -> None:
        operator = self.home.operator
        self.lives += 1
        operator.hello = self.hello(epoch=f"e{self.lives}")
        operator.outbox = operator.outbox[: round(kept * len(operator.outbox))]
        operator.answers.clear()
        operator.books.clear()
        operator.batches.clear()
        self.drop()

    # --- what must hold ---
    @invariant()
    def the_log_is_a_prefix_of_the_outbox(self) -> None:
        home = self.home
        progress = home.journal.run(lambda j: j.state.progress())
        assert home.agent.state.fault is None
        if progress.epoch != home.operator.hello.epoch:
            return
        applied = home.operator.outbox[: progress.applied]
        assert progress.applied == len(applied)
        assert progress.seen <= progress.applied
        log = home.journal.run(lambda j: j.events.of(progress.epoch))
        numbers = [seq for seq, _, _ in log]
        assert numbers == sorted(set(numbers))
        assert all(seq <= progress.seen for seq in numbers)
        held = {
            (type(push).__name__, push.day): push
            for kind in ("market_days", "results", "statements")
            for push in home.journal.run(lambda j, kind=kind: getattr(j.documents, kind)(date.min))  # type: ignore[misc]  # mypy cannot infer a default's type
        }
        assert held == prefix_state(applied)
        if isinstance(self.port, SlowJournal):
            return  # what is in memory follows a moment later
        assert home.agent.state.statements == tuple(
            push for _, push in sorted(held.items()) if isinstance(push, Statement)
        )

    @invariant()
    def only_good_models_are_kept_whole_and_of_what_was_offered(self) -> None:
        kept = self.home.journal.run(lambda j: j.models.all())
        assert all(model.data == MODEL for model in kept.values())
        assert all(model.sha256 == sha256(MODEL).hexdigest() for model in kept.values())

    @invariant()
    def every_command_has_one_payload(self) -> None:
        bodies: dict[str, set[bytes]] = {}
        for method, _, body in self.home.operator.requests:
            if body and method in ("PUT", "POST"):
                bodies.setdefault(decode_any(body).id, set()).add(body)  # type: ignore[attr-defined]  # what has a body to send has an id
        assert all(len(payloads) == 1 for payloads in bodies.values())
        revisions: dict[date, list[int]] = {}
        for book in self.home.operator.all_books:
            revisions.setdefault(book.day, []).append(book.revision)
        assert all(of_day == sorted(of_day) for of_day in revisions.values())

    @invariant()
    def nothing_is_bid_with_hindsight(self) -> None:
        made = dict(self.home.journal.run(lambda j: j._connection.execute("SELECT command_id, made_at FROM books")))
        known = self.home.journal.run(lambda j: j.gates.since(date.min))
        for book in self.home.operator.all_books:
            gate = known.get(book.day)
            if gate is not None and gate.gate_at == self.gates.get(book.day):
                assert made[book.id] < gate.gate_at, "made after the gate that it knew of"

    def teardown(self) -> None:
        if hasattr(self, "home"):
            try:
                self.all_is_well_in_the_end()
            finally:
                self.home.crash()
                self.run(asyncio.sleep(0))
                self.loop.close()

    def all_is_well_in_the_end(self) -> None:
        operator = self.home.operator
        operator.unreachable, operator.lose_answers, operator.mangle = False, 0, lambda events: events
        self.settle(200)
        self.drop()  # no stream loses its last frame for ever: it breaks, and the snapshot heals it
        self.settle(90_000)
        progress = self.home.journal.run(lambda j: j.state.progress())
        assert (progress.epoch, progress.applied) == (operator.hello.epoch, len(operator.outbox))
        self.the_log_is_a_prefix_of_the_outbox()
        assert self.home.journal.run(lambda j: j.queue.all()) == []
        assert operator.readings
        held = self.home.agent._held.books
        taken = {day: [one.book for one in books if one.state is BookState.ACCEPTED] for day, books in held.items()}
        own = {day: books[-1] for day, books in taken.items() if books}  # later ones may have missed the gate
        assert {day: encode(book) for day, book in operator.books.items()} == {
            day: encode(book) for day, book in own.items() if day in operator.books
        }


TestMemberMachine = MemberMachine.TestCase
TestMemberMachine.settings = settings(max_examples=60, stateful_step_count=40)


class LongMemberMachine(MemberMachine):
    """The same, a hundred thousand steps."""


TestMemberMachineAtLength = pytest.mark.long(LongMemberMachine.TestCase)
TestMemberMachineAtLength.settings = settings(max_examples=1_000, stateful_step_count=100)
