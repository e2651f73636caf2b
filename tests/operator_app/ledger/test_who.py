"""Members, persons, tokens, pairing, audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from caravels_operator.ledger import audit, chain, entries, keys, members, pairing, persons, tariffs, tokens, wishes
from caravels_operator.ledger.pairing import Exchange, Outcome

PERSON = persons.Person("Maria João", "maria@example.org", "PT0002000012345678AB")


def h(word: str) -> bytes:
    return sha256(word.encode()).digest()


@contextmanager
def refused(conn: Connection, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error), conn.begin_nested():
        yield


def test_a_member_is_found_as_it_was_taken_in(conn: Connection) -> None:
    assert members.get(conn, "m02") == members.Member("m02", "retailer-a", "flat", 6900, "active", 100)
    assert members.get(conn, "m99") is None
    assert [member.id for member in members.all(conn)] == ["m01", "m02", "m03"]


def test_a_pseudonym_is_taken_once_and_a_state_is_one_of_three(conn: Connection) -> None:
    with refused(conn):
        members.add(conn, members.Member("m01", "r", "t", 1, "active", 1))
    with refused(conn):
        members.add(conn, members.Member("m04", "r", "t", 1, "asleep", 1))


def test_revoking_dates_the_leaving_once(conn: Connection) -> None:
    assert members.set_state(conn, "m01", "paused", 200)
    assert members.get(conn, "m01") == members.Member("m01", "retailer-a", "flat", 6900, "paused", 100)
    members.set_state(conn, "m01", "revoked", 300)
    members.set_state(conn, "m01", "revoked", 400)
    assert members.get(conn, "m01") == members.Member("m01", "retailer-a", "flat", 6900, "revoked", 100, 300)
    assert not members.set_state(conn, "m99", "paused", 200)


def test_where_a_members_energy_comes_from(conn: Connection) -> None:
    members.add(conn, members.Member("m04", "retailer-a", "flat", 6900, "active", 100, zone="north", green=True))
    assert members.set_origin(conn, "m01", "south", green=True)
    assert not members.set_origin(conn, "m99", "south", green=True)
    known = [(member.id, member.zone, member.green) for member in members.all(conn)]
    assert known == [("m01", "south", True), ("m02", "", False), ("m03", "", False), ("m04", "north", True)]
    assert {type(green) for *_, green in known} == {bool}


def test_the_last_wishes_of_a_member_count(conn: Connection) -> None:
    wishes.put(conn, wishes.Wishes("m02", ("m01", "nobody"), True, 5))
    wishes.put(conn, wishes.Wishes("m01", (), True, 6))
    wishes.put(conn, wishes.Wishes("m02", ("m03",), False, 7))
    assert wishes.all(conn) == [wishes.Wishes("m01", (), True, 6), wishes.Wishes("m02", ("m03",), False, 7)]
    assert wishes.all(conn)[1].wants_green is False
    with refused(conn):
        wishes.put(conn, wishes.Wishes("m99", (), False, 8))


def test_last_seen_never_goes_back(conn: Connection) -> None:
    for at in (500, 400):
        members.touch(conn, "m01", at)
    member = members.get(conn, "m01")
    assert member is not None
    assert member.last_seen_at == 500


def test_a_tariff_changes_for_one_member(conn: Connection) -> None:
    assert members.set_tariff(conn, "m01", "retailer-b", "bi-hourly")
    assert not members.set_tariff(conn, "m99", "retailer-b", "bi-hourly")
    assert [(m.retailer, m.tariff) for m in members.all(conn)] == [
        ("retailer-b", "bi-hourly"),
        ("retailer-a", "flat"),
        ("retailer-a", "flat"),
    ]


def test_tariff_versions_stand_by_name_and_validity(conn: Connection) -> None:
    for name, valid_from, document in (("b", 0, "{}"), ("a", 9, "[2]"), ("a", 0, "[1]"), ("a", 9, "[3]")):
        tariffs.put(conn, tariffs.Tariff(name, valid_from, document))
    assert [(t.name, t.valid_from, t.document) for t in tariffs.all(conn)] == [
        ("a", 0, "[1]"),
        ("a", 9, "[3]"),
        ("b", 0, "{}"),
    ]


def test_a_person_is_sealed_and_comes_back(conn: Connection) -> None:
    persons.put(conn, "m01", persons.Person("x", "y", "z"))
    persons.put(conn, "m01", PERSON)
    assert persons.get(conn, "m01") == PERSON
    assert persons.get(conn, "m02") is None
    sealed = conn.execute(text("SELECT sealed FROM persons")).scalar_one()
    assert b"example.org" not in sealed


def test_sealed_data_of_another_member_or_altered_is_refused(conn: Connection) -> None:
    persons.put(conn, "m01", PERSON)
    keys.made(conn, "m02")
    conn.execute(text("INSERT INTO persons SELECT 'm02', nonce, sealed FROM persons"))
    conn.execute(text("UPDATE person_keys SET key = (SELECT key FROM person_keys WHERE member = 'm01')"))
    with pytest.raises(InvalidTag):
        persons.get(conn, "m02")


def test_erasing_leaves_the_bookings_and_their_chain(conn: Connection) -> None:
    persons.put(conn, "m01", PERSON)
    entries.post(conn, entries.Header("settlement", "s:1", 5), [("trade", 0, "member:m01", "member:m02", 7, 3)])
    assert persons.erase(conn, "m01")
    assert not persons.erase(conn, "m01")
    assert persons.get(conn, "m01") is None
    assert keys.of_member(conn, "m01") is None
    assert members.get(conn, "m01") is not None
    assert chain.verify_chain(conn) == []


def test_a_token_lets_in_until_revoked(conn: Connection) -> None:
    tokens.issue(conn, "m01", h("a"), 100)
    assert tokens.find(conn, h("a"), 10**9) == "m01"
    assert tokens.find(conn, h("b"), 100) is None
    with refused(conn):
        tokens.issue(conn, "m02", h("a"), 100)
    members.set_state(conn, "m01", "paused", 200)
    assert tokens.find(conn, h("a"), 200) == "m01"
    members.set_state(conn, "m01", "revoked", 300)
    assert tokens.find(conn, h("a"), 300) is None
    assert tokens.revoke_all(conn, "m01") == 1
    members.set_state(conn, "m01", "active", 400)
    assert tokens.find(conn, h("a"), 400) is None


def test_a_rotated_token_overlaps_and_a_lost_answer_changes_nothing(conn: Connection) -> None:
    tokens.issue(conn, "m01", h("old"), 100)
    tokens.issue(conn, "m02", h("other"), 100)
    assert tokens.rotate(conn, "m01", h("new"), 1000, 60) == 1060
    assert tokens.rotate(conn, "m01", h("new"), 1030, 60) == 1060
    assert [tokens.find(conn, h("old"), now) for now in (1059, 1060)] == ["m01", None]
    assert tokens.find(conn, h("new"), 9999) == "m01"
    assert tokens.find(conn, h("other"), 9999) == "m02"
    assert tokens.rotate(conn, "m01", h("newer"), 2000, 60) == 2060
    assert [tokens.find(conn, h("new"), now) for now in (2059, 2060)] == ["m01", None]
    with refused(conn):
        tokens.rotate(conn, "m01", h("other"), 3000, 60)


def test_a_code_is_exchanged_once_and_its_lost_answer_again(conn: Connection) -> None:
    tokens.issue(conn, "m01", h("lost phone"), 1)
    pairing.create(conn, "m01", h("code"), 1000)
    assert pairing.exchange(conn, h("wrong"), h("token"), 999) == Exchange(Outcome.WRONG)
    assert pairing.exchange(conn, h("code"), h("token"), 999) == Exchange(Outcome.PAIRED, "m01")
    assert pairing.exchange(conn, h("code"), h("token"), 5000) == Exchange(Outcome.PAIRED, "m01")
    assert pairing.exchange(conn, h("code"), h("another"), 999) == Exchange(Outcome.USED)
    assert tokens.find(conn, h("token"), 999) == "m01"
    assert tokens.find(conn, h("another"), 999) is None
    assert tokens.find(conn, h("lost phone"), 999) is None
    tokens.revoke_all(conn, "m01")
    assert pairing.exchange(conn, h("code"), h("token"), 5000) == Exchange(Outcome.USED)


def test_an_expired_replaced_or_revoked_code_pairs_nobody(conn: Connection) -> None:
    pairing.create(conn, "m01", h("first"), 1000)
    pairing.create(conn, "m01", h("second"), 1000)
    pairing.create(conn, "m02", h("third"), 1000)
    members.set_state(conn, "m02", "revoked", 1)
    assert pairing.exchange(conn, h("first"), h("t"), 10) == Exchange(Outcome.WRONG)
    assert pairing.exchange(conn, h("second"), h("t"), 1000) == Exchange(Outcome.EXPIRED)
    assert pairing.exchange(conn, h("third"), h("t"), 10) == Exchange(Outcome.WRONG)
    assert pairing.prune(conn, 1001) == 2


def test_a_token_that_is_anothers_is_not_taken_over(conn: Connection) -> None:
    tokens.issue(conn, "m02", h("theirs"), 1)
    pairing.create(conn, "m01", h("code"), 1000)
    assert pairing.exchange(conn, h("code"), h("theirs"), 10) == Exchange(Outcome.WRONG)
    assert tokens.find(conn, h("theirs"), 10) == "m02"


def test_acts_stand_in_order_and_for_good(conn: Connection) -> None:
    audit.append(conn, "ana", "invite", 10, "m01")
    audit.append(conn, "ana", "revoke", 20)
    assert audit.since(conn, 0) == [
        audit.Act(1, 10, "ana", "invite", "m01"),
        audit.Act(2, 20, "ana", "revoke", ""),
    ]
    assert [act.n for act in audit.since(conn, 11)] == [2]
    for statement in ("UPDATE audit SET who = 'eve'", "DELETE FROM audit"):
        with refused(conn, DBAPIError):
            conn.execute(text(statement))
