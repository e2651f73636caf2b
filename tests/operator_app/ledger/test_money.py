"""Double entry, the chain, and the settlements' versions."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import starmap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from caravels_operator.ledger import chain, engine, entries, months, settlements
from caravels_operator.ledger.entries import Header, Posting, ReferenceUsed
from caravels_operator.ledger.errors import LedgerError
from caravels_operator.ledger.migrations import create_in_memory

DAY = date(2026, 11, 22)
ACCOUNTS = ("member:m01", "member:m02", "member:m03", "retailer:a", "community", "storage", "fees", "tax", "rounding")
SOME = [("trade", 0, "member:m02", "member:m01", 50_000, 500), ("retail", 0, "member:m02", "retailer:a", 30_001, 200)]


def booked(conn: Connection, count: int = 3) -> list[entries.Entry]:
    return [
        entries.post(
            conn, Header("settlement", f"settlement:d{n}:v1", n), [*SOME, ("fees", n, "member:m01", "fees", n, 0)]
        )
        for n in range(count)
    ]


def test_an_entry_is_sealed_by_a_hash_that_anyone_can_compute(conn: Connection) -> None:
    first, second, _ = booked(conn)
    assert (first.id, first.prev_hash, second.prev_hash) == (1, bytes(32), first.hash)
    for entry in (first, second):
        rows = [list(posting) for posting in entries.postings_of(conn, entry.id)]
        body = json.dumps(
            [entry.id, entry.kind, entry.reference, entry.at, rows], separators=(",", ":"), ensure_ascii=False
        )
        assert sha256(entry.prev_hash + body.encode()).digest() == entry.hash
    assert entries.find(conn, "settlement:d1:v1") == second
    assert entries.find(conn, "settlement:d9:v1") is None


def test_balances_say_who_owes_and_sum_to_nothing(conn: Connection) -> None:
    booked(conn)
    expected = {"fees": -3, "member:m01": -149_997, "member:m02": 240_003, "retailer:a": -90_003}
    assert entries.balances(conn) == expected
    assert entries.balance(conn, "member:m02") == 240_003
    assert entries.balance(conn, "member:m03") == 0
    assert sum(entries.balances(conn).values()) == 0
    assert chain.verify_conservation(conn) == []


def test_a_reversal_takes_back_and_leaves_the_first_standing(conn: Connection) -> None:
    booked(conn)
    entries.reverse(conn, "settlement:d1:v1", "reversal:settlement:d1:v1", 9)
    assert entries.balance(conn, "member:m02") == 160_002
    assert entries.postings_of(conn, 4)[0] == Posting("trade", 0, "member:m01", "member:m02", 50_000, 500)
    assert chain.verify_chain(conn) == []
    assert chain.verify_conservation(conn) == []
    with pytest.raises(ReferenceUsed):
        entries.reverse(conn, "settlement:d1:v1", "reversal:settlement:d1:v1", 9)
    with pytest.raises(LedgerError, match="no entry"):
        entries.reverse(conn, "settlement:d9:v1", "reversal:settlement:d9:v1", 9)


def test_a_reference_is_booked_once(conn: Connection) -> None:
    booked(conn)
    with pytest.raises(ReferenceUsed):
        entries.post(conn, Header("settlement", "settlement:d1:v1", 1), SOME)


@pytest.mark.parametrize(
    "row", [("trade", 0, "member:m01", "member:m02", -1, 5), ("trade", 0, "member:m01", "member:m01", 1, 5)]
)
def test_negative_money_and_paying_oneself_are_refused(conn: Connection, row: entries.PostingRow) -> None:
    with pytest.raises(IntegrityError), conn.begin_nested():
        entries.post(conn, Header("settlement", "s", 1), [row])


@pytest.mark.parametrize("table", ["entries", "postings"])
@pytest.mark.parametrize("change", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}"])
def test_what_is_booked_cannot_be_changed(conn: Connection, table: str, change: str) -> None:
    booked(conn)
    with pytest.raises(DBAPIError, match="append only"), conn.begin_nested():
        conn.execute(text(change.format(table)))
    assert chain.verify_chain(conn) == []


def unguarded(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        for table in ("postings", "entries"):
            conn.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
        return
    for table in ("postings", "entries"):
        for verb in ("update", "delete"):
            conn.execute(text(f"DROP TRIGGER {table}_no_{verb}"))


BAD = "entry 2 (settlement:d1:v1) is not what was booked"
LOOSE = "entry 3 (settlement:d2:v1) does not follow the one before it"


@pytest.mark.parametrize(
    ("tampering", "faults"),
    [
        ("UPDATE postings SET micro = micro + 1 WHERE entry = 2 AND n = 0", [BAD]),
        ("UPDATE postings SET wh = wh + 1 WHERE entry = 2 AND n = 0", [BAD]),
        ("UPDATE postings SET payer = 'member:m03' WHERE entry = 2 AND n = 0", [BAD]),
        ("UPDATE postings SET start = 3600 WHERE entry = 2 AND n = 0", [BAD]),
        ("DELETE FROM postings WHERE entry = 2 AND n = 2", [BAD]),
        ("DELETE FROM postings WHERE entry = 2", [BAD]),
        ("INSERT INTO postings VALUES (2, 3, 'trade', 0, 'fees', 'tax', 1, 1)", [BAD]),
        ("UPDATE postings SET n = n + 5 WHERE entry = 2 AND n = 0", [BAD]),
        ("UPDATE entries SET at = at + 1 WHERE id = 2", [BAD]),
        ("UPDATE entries SET hash = prev_hash WHERE id = 2", [BAD, LOOSE]),
    ],
)
def test_tampering_names_the_entry(conn: Connection, tampering: str, faults: list[str]) -> None:
    booked(conn)
    unguarded(conn)
    conn.execute(text(tampering))
    assert chain.verify_chain(conn) == faults
    assert chain.verify_tail(conn, 2) == faults


def test_a_missing_entry_is_named(conn: Connection) -> None:
    booked(conn)
    unguarded(conn)
    conn.execute(text("DELETE FROM postings WHERE entry = 2"))
    conn.execute(text("DELETE FROM entries WHERE id = 2"))
    assert chain.verify_chain(conn) == ["entry 2 is missing", LOOSE]
    assert chain.verify_tail(conn, 1) == ["entry 2 is missing"]


def test_totals_that_drift_from_the_postings_are_named(conn: Connection) -> None:
    booked(conn)
    conn.execute(text("UPDATE account_totals SET paid_micro = paid_micro + 1 WHERE account = 'fees'"))
    assert chain.verify_conservation(conn) == ["the totals of fees are (1, 3), its postings sum to (0, 3)"]


POSTINGS = st.lists(
    st.builds(
        lambda parties, micro, wh, start: ("trade", start, *parties, micro, wh),
        st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
        st.integers(0, 2**53),
        st.integers(0, 10**7),
        st.integers(0, 2**32),
    ),
    max_size=60,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(POSTINGS, max_size=6), reversed_=st.sets(st.integers(0, 5)))
def test_money_is_conserved_whatever_is_booked(batches: list[list[entries.PostingRow]], reversed_: set[int]) -> None:
    paid: Counter[str] = Counter()
    with engine.writing(engine.parse("sqlite://")).connect() as conn:
        create_in_memory(conn)
        conn.begin()
        for n, rows in enumerate(batches):
            entries.post(conn, Header("settlement", f"s:{n}", n), rows)
            if n in reversed_:
                entries.reverse(conn, f"s:{n}", f"r:{n}", n)
                continue
            for posting in starmap(Posting, rows):
                paid[posting.payer] += posting.micro
                paid[posting.payee] -= posting.micro
        assert Counter(entries.balances(conn)) == paid
        assert sum(entries.balances(conn).values()) == 0
        assert chain.verify_conservation(conn) == []
        assert chain.verify_chain(conn) == []


def day_line(member: str, total: int) -> settlements.DayLine:
    return replace(settlements.DayLine(member, *range(1, 17)), total_micro=total)


def test_a_settled_day_is_restated_by_version_never_overwritten(conn: Connection) -> None:
    assert settlements.latest_version(conn, DAY) == 0
    settlements.put(conn, DAY, 1, 100, [day_line("m02", 7), day_line("m01", 6)])
    settlements.put(conn, DAY, 2, 200, [day_line("m01", 8), day_line("m02", 9)])
    settlements.put(conn, date(2026, 11, 24), 1, 300, [day_line("m01", 10)])
    assert settlements.latest_version(conn, DAY) == 2
    assert settlements.get(conn, DAY, 1) == settlements.SettledDay(DAY, 1, 100)
    assert settlements.get(conn, DAY, 3) is None
    assert settlements.lines(conn, DAY, 1) == [day_line("m01", 6), day_line("m02", 7)]
    assert [(day, line.member, line.total_micro) for day, line in settlements.between(conn, DAY, DAY)] == [
        (DAY, "m01", 8),
        (DAY, "m02", 9),
    ]
    mine = settlements.of_member(conn, "m01", DAY, date(2026, 11, 30))
    assert [(day.day.day, day.version, day.settled_at, line.total_micro) for day, line in mine] == [
        (22, 2, 200, 8),
        (24, 1, 300, 10),
    ]
    assert settlements.settled_days(conn, DAY, date(2026, 11, 30)) == {DAY: 2, date(2026, 11, 24): 1}
    with pytest.raises(IntegrityError), conn.begin_nested():
        settlements.put(conn, DAY, 2, 300, [])


def test_a_month_is_restated_by_version(conn: Connection) -> None:
    assert months.latest(conn, "2026-11") is None
    assert months.latest_version(conn, "2026-11") == 0
    lines = [months.MonthLine("m02", 10, 12, -2, 1, 11), months.MonthLine("m01", 10, 6, 2, 1, 9)]
    months.put(conn, "2026-11", 1, 100, lines)
    months.put(conn, "2026-11", 2, 200, lines[1:])
    months.put(conn, "2026-10", 1, 50, lines[1:])
    assert months.latest(conn, "2026-11") == months.SettledMonth("2026-11", 2, 200)
    assert months.latest_version(conn, "2026-11") == 2
    assert months.lines(conn, "2026-11", 1) == [lines[1], lines[0]]
    assert [(month.month, month.version) for month, _ in months.of_member(conn, "m01")] == [
        ("2026-10", 1),
        ("2026-11", 2),
    ]
    assert months.of_member(conn, "m02") == []
