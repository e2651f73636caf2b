"""Commands that may be said twice, and the outbox: against a model, over every order of events."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, text

from caravels_operator.ledger import commands, engine, outbox, verify
from caravels_operator.ledger.migrations import create_in_memory
from caravels_operator.ledger.outbox import Push

from .conftest import MEMBERS, add_members


def test_a_command_is_found_with_its_reply_until_pruned(conn: Connection) -> None:
    commands.store(conn, "m01", "a" * 32, b"digest", b"reply", 100)
    commands.store(conn, "m02", "a" * 32, b"other", b"answer", 200)
    assert commands.find(conn, "m01", "a" * 32) == (b"digest", b"reply")
    assert commands.find(conn, "m02", "a" * 32) == (b"other", b"answer")
    assert commands.find(conn, "m01", "b" * 32) is None
    assert commands.prune(conn, 200) == 1
    assert commands.find(conn, "m01", "a" * 32) is None
    assert commands.find(conn, "m02", "a" * 32) == (b"other", b"answer")


def test_pushes_are_numbered_a_member_without_a_gap(conn: Connection) -> None:
    assert outbox.last_seq(conn, "m01") == outbox.acked(conn, "m01") == 0
    assert outbox.append(conn, "m01", b"1", 10) == 1
    assert outbox.append_many(conn, [("m01", b"2"), ("m02", b"1"), ("m01", b"3")], 11) == [2, 1, 3]
    assert outbox.append(conn, "m01", b"4", 12) == 4
    assert outbox.append_many(conn, [], 13) == []
    assert outbox.since(conn, "m01", 1, 2) == [Push(2, 11, b"2"), Push(3, 11, b"3")]
    assert [outbox.last_seq(conn, member) for member in MEMBERS] == [4, 1, 0]


def test_only_what_was_sent_is_acknowledged_and_only_what_was_acknowledged_is_forgotten(conn: Connection) -> None:
    outbox.append_many(conn, [("m01", b"x")] * 5, 10)
    for seq, expected in ((3, 3), (2, 3), (99, 5)):
        outbox.acknowledge(conn, "m01", seq)
        assert outbox.acked(conn, "m01") == expected
    outbox.append(conn, "m01", b"y", 11)
    outbox.append(conn, "m02", b"y", 9)
    assert outbox.prune(conn, 10) == 0
    assert outbox.prune(conn, 99) == 5
    assert outbox.since(conn, "m01", 0, 10) == [Push(6, 11, b"y")]
    assert outbox.append(conn, "m01", b"z", 12) == 7


def test_a_missing_push_is_reported(conn: Connection) -> None:
    outbox.append_many(conn, [("m01", b"x")] * 5, 10)
    assert list(verify._numbering(conn)) == []
    conn.execute(text("DELETE FROM outbox WHERE seq = 3"))
    assert list(verify._numbering(conn)) == ["the outbox of m01 has a gap"]
    conn.execute(text("DELETE FROM outbox WHERE seq < 3"))
    assert list(verify._numbering(conn)) == ["the outbox of m01 has a gap"]  # they were never acknowledged
    outbox.acknowledge(conn, "m01", 3)
    assert list(verify._numbering(conn)) == []


@dataclass
class Model:
    """What must hold: the pushes of each member in order, what it acknowledged, what was forgotten, what was said."""

    sent: dict[str, list[tuple[int, bytes]]] = field(default_factory=lambda: {member: [] for member in MEMBERS})
    acked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEMBERS, 0))
    forgotten: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEMBERS, 0))
    said: dict[tuple[str, str], tuple[bytes, bytes]] = field(default_factory=dict)
    """Commands by member and id, with what they were answered."""


class Messages(RuleBasedStateMachine):
    """A member says things, some twice; every command has one effect, one push, in the transaction of its answer.

    A crash at any of them takes back exactly the transaction under way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.conn = self.stack.enter_context(engine.writing(engine.parse("sqlite://")).connect())
        create_in_memory(self.conn)
        self.model = Model()
        self.now = 0
        self.transact(add_members)

    def transact(self, work: Callable[[Connection], Any], *, crash: bool = False) -> Any:
        self.now += 1
        self.conn.begin()
        value = work(self.conn)
        if crash:
            self.conn.rollback()
        else:
            self.conn.commit()
        return value

    @rule(
        member=st.sampled_from(MEMBERS),
        number=st.integers(0, 9),
        body=st.sampled_from([b"a", b"b"]),
        crash=st.booleans(),
    )
    def say(self, member: str, number: int, body: bytes, crash: bool) -> None:
        key = f"{number:032x}"

        def work(conn: Connection) -> tuple[bytes, bytes]:
            if (before := commands.find(conn, member, key)) is not None:
                return before
            seq = outbox.append(conn, member, body, self.now)
            commands.store(conn, member, key, body, str(seq).encode(), self.now)
            return body, str(seq).encode()

        answer = self.transact(work, crash=crash)
        before = self.model.said.get((member, key))
        assert answer == (before or (body, str(len(self.model.sent[member]) + 1).encode()))
        if before is None and not crash:
            self.model.said[member, key] = answer
            self.model.sent[member].append((self.now, body))

    @rule(pushes=st.lists(st.tuples(st.sampled_from(MEMBERS), st.binary(max_size=3))), crash=st.booleans())
    def announce(self, pushes: list[tuple[str, bytes]], crash: bool) -> None:
        numbers = self.transact(lambda conn: outbox.append_many(conn, pushes, self.now), crash=crash)
        counts = {member: len(sent) for member, sent in self.model.sent.items()}
        for (member, body), number in zip(pushes, numbers, strict=True):
            counts[member] += 1
            assert number == counts[member]
            if not crash:
                self.model.sent[member].append((self.now, body))

    @rule(member=st.sampled_from(MEMBERS), seq=st.integers(0, 30))
    def acknowledge(self, member: str, seq: int) -> None:
        self.transact(lambda conn: outbox.acknowledge(conn, member, seq))
        sent = len(self.model.sent[member])
        self.model.acked[member] = max(self.model.acked[member], min(seq, sent))

    @rule(age=st.integers(0, 10))
    def prune(self, age: int) -> None:
        before = self.now + 1 - age
        self.transact(lambda conn: outbox.prune(conn, before))
        for member, sent in self.model.sent.items():
            old = sum(at < before for at, _ in sent[: self.model.acked[member]])
            self.model.forgotten[member] = max(self.model.forgotten[member], old)

    @invariant()
    def every_outbox_is_what_was_sent(self) -> None:
        self.conn.begin()
        for member in MEMBERS:
            sent, forgotten = self.model.sent[member], self.model.forgotten[member]
            expected = [Push(n, at, body) for n, (at, body) in enumerate(sent, 1) if n > forgotten]
            assert outbox.since(self.conn, member, 0, 10_000) == expected
            assert outbox.last_seq(self.conn, member) == len(sent)
            assert outbox.acked(self.conn, member) == self.model.acked[member]
        assert list(verify._numbering(self.conn)) == []
        self.conn.rollback()

    def teardown(self) -> None:
        self.stack.close()


TestMessages = Messages.TestCase
TestMessages.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
