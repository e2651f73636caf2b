"""What the panel looks at, and what a moved gate and a restore write, on both databases."""

from hashlib import sha256

import pytest
from sqlalchemy import Connection

from caravels_operator.ledger import auctions, books, entries, meta, pairing, persons, readings, steps, tokens
from caravels_operator.ledger.store import Ledger

from .samples import FIRST_DAY

HASHES = [sha256(bytes([n])).digest() for n in range(4)]


def test_who_holds_a_token_and_who_a_link(conn: Connection) -> None:
    tokens.issue(conn, "m01", HASHES[0], 10)
    tokens.rotate(conn, "m01", HASHES[1], 20, 5)
    tokens.issue(conn, "m02", HASHES[2], 10)
    assert tokens.holders(conn, 21) == {"m01", "m02"}
    tokens.revoke_all(conn, "m02")
    assert tokens.holders(conn, 21) == {"m01"}
    pairing.create(conn, "m02", HASHES[0], 100)
    pairing.create(conn, "m03", HASHES[1], 50)
    assert pairing.open_until(conn, 49) == {"m02": 100, "m03": 50}
    assert pairing.open_until(conn, 50) == {"m02": 100}
    pairing.exchange(conn, HASHES[0], HASHES[3], 60)
    assert pairing.open_until(conn, 60) == {}


def test_persons_are_read_together_and_counted(conn: Connection) -> None:
    assert (persons.all(conn), persons.count(conn)) == ({}, 0)
    ana, rui = persons.Person("Ana", "", "PT1"), persons.Person("Rui", "rui@example.org", "")
    persons.put(conn, "m01", ana)
    persons.put(conn, "m03", rui)
    assert (persons.all(conn), persons.count(conn)) == ({"m01": ana, "m03": rui}, 2)
    persons.erase(conn, "m01")
    assert (persons.all(conn), persons.count(conn)) == ({"m03": rui}, 1)


def test_who_bids_is_counted_by_the_last_book_before_the_gate(conn: Connection) -> None:
    for member, revision, at in (("m01", 1, 10), ("m01", 2, 20), ("m02", 1, 30)):
        books.put(conn, member, FIRST_DAY, revision, b"[1]", at)
    books.put(conn, "m01", FIRST_DAY, 3, books.EMPTY, 40)
    assert [books.count(conn, FIRST_DAY, gate) for gate in (10, 11, 30, 31, 41)] == [0, 1, 1, 2, 1]


def test_a_gate_moves_while_its_auction_is_open_and_its_step_while_it_is_pending(conn: Connection) -> None:
    assert not auctions.move_gate(conn, FIRST_DAY, 70)
    auctions.open_day(conn, FIRST_DAY, gate_at=60, period_s=3_600, rules="{}", at=1)
    assert auctions.last_cleared(conn) is None
    assert auctions.move_gate(conn, FIRST_DAY, 70)
    auction = auctions.get(conn, FIRST_DAY)
    assert auction is not None
    assert auction.gate_at == 70
    auctions.clear(conn, FIRST_DAY, run="r", book_digest="b", transactions=[], periods=[], at=71)
    assert not auctions.move_gate(conn, FIRST_DAY, 80)
    assert auctions.last_cleared(conn) == (FIRST_DAY, 71)

    assert not steps.move(conn, "gate", "day", 70)
    steps.put(conn, "gate", "day", 60)
    assert steps.move(conn, "gate", "day", 70)
    assert steps.due(conn, 69, 1) == []
    steps.finish(conn, "gate", "day", 71)
    assert not steps.move(conn, "gate", "day", 80)


def test_a_restore_is_noticed_by_the_first_start_alone(conn: Connection) -> None:
    assert not meta.note_restart(conn, 10)
    assert meta.restored_at(conn) is None
    meta.mark_restored(conn)
    assert meta.restored_at(conn) is None
    assert meta.note_restart(conn, 20)
    assert not meta.note_restart(conn, 30)
    assert meta.restored_at(conn) == 20
    meta.mark_restored(conn)
    assert meta.note_restart(conn, 40)
    assert meta.restored_at(conn) == 40


def test_the_last_entry_is_known_by_its_number(conn: Connection) -> None:
    assert entries.last(conn) == 0
    row = ("trade", 0, "member:m01", "member:m02", 5, 1)
    entries.post(conn, entries.Header("settlement", "a", 1), [row])
    assert entries.last(conn) == 1


async def test_who_listens_is_told_of_what_was_stored_and_of_nothing_else(ledger: Ledger) -> None:
    told: list[int] = []
    stop = ledger.subscribe(lambda: told.append(1))
    await ledger.run(meta.mark_restored)
    assert len(told) == 1
    await ledger.read(meta.epoch)

    def broken(_: Connection) -> None:
        raise RuntimeError("not now")

    with pytest.raises(RuntimeError):
        await ledger.run(broken)
    assert len(told) == 1
    stop()
    await ledger.run(meta.mark_restored)
    assert len(told) == 1


def test_what_the_meters_said_is_summed_by_the_hour(conn: Connection) -> None:
    quarters = [readings.Reading(start, 100, 10, "measured") for start in range(0, 7_200, 900)]
    readings.put_many(conn, "m01", 900, quarters, 1)
    readings.put_many(conn, "m02", 900, quarters[4:5], 1)
    assert readings.hourly(conn, ["m01", "m02", "m03"], 0, 7_200) == [(0, 400, 40, 1), (3_600, 500, 50, 2)]
    assert readings.hourly(conn, ["m02"], 0, 7_200) == [(3_600, 100, 10, 1)]
    assert readings.hourly(conn, ["m01"], 900, 1_800) == [(0, 100, 10, 1)]


def test_what_homes_use_and_make_is_known_by_whole_hours(conn: Connection) -> None:
    def put(member: str, period_s: int, *rows: readings.Reading) -> None:
        readings.put_many(conn, member, period_s, rows, 1)

    quarters = [readings.Reading(start, 100, 10, "measured", 200, 30, 5) for start in range(0, 7_200, 900)]
    put("m01", 900, *quarters[:7])
    put("m02", 3_600, readings.Reading(0, 50, 400, "measured"), readings.Reading(3_600, 60, 0, "measured"))
    put("m03", 3_600, readings.Reading(3_600, 5, 0, "measured", None, 0, 9))
    used = readings.used_hours(conn, ["m01", "m02", "m03"], 0, 7_200)
    assert used == [
        (0, 4 * (100 - 10 + 200 - 30 + 5) + 0, 800 + 350, 2, 1),
        (1, 60 + 14, 0, 2, 0),
    ], "m01's second hour lacks a quarter"
    assert readings.hiding(conn, ["m01", "m02", "m03"], 0, 7_200) == {"m02"}
    assert readings.used_hours(conn, ["m02"], 3_600, 7_200) == [(0, 60, 0, 1, 0)]
    assert readings.used_hours(conn, [], 0, 7_200) == []
