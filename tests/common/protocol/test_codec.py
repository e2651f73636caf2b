"""Bytes that a hostile or broken side sends: each is refused as malformed or too large, and nothing else ever comes."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.protocol import (
    MAX_COMMAND_BYTES,
    AuctionResult,
    Book,
    Event,
    Hello,
    OperatorFrame,
    Problem,
    ProtocolError,
    ReadingBatch,
    Statement,
    decode,
    decode_push,
    encode,
)
from caravels_operator.common.protocol.base import snake_case
from caravels_operator.common.protocol.errors import ErrorCode, MalformedMessage, MessageTooLarge
from caravels_operator.common.protocol.registry import MESSAGES, decode_any, tag_of
from caravels_operator.common.protocol.units import PriceOrigin, Quality

WIRE = Path(__file__).parents[2] / "wire"
_FRAME: Any = OperatorFrame


def golden(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((WIRE / f"{name}.json").read_bytes())
    return message


def with_bid(**changes: Any) -> bytes:
    book = golden("book")
    book["bids"][0] |= changes
    return json.dumps(book).encode()


@pytest.mark.parametrize("value", ["1", True, False, 1.0, 1.5, None, -1, 0, 10_000_001, 10**30, [1], {"wh": 1}])
def test_energy_is_an_integer_in_its_range(value: Any) -> None:
    with pytest.raises(MalformedMessage):
        decode(with_bid(wh=value), Book)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e2", "0x10", "01", "1_000"])
def test_numbers_that_json_or_integers_do_not_have(literal: str) -> None:
    raw = with_bid(price_micro_kwh="HERE").replace(b'"HERE"', literal.encode())
    with pytest.raises(MalformedMessage):
        decode(raw, Book)


@pytest.mark.parametrize("field", ["time_zone", "market_zone"])
@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "Europe/Lisbon\0", "x" * 200])
def test_a_zone_that_nobody_can_reckon_with_is_refused_before_it_is_kept(field: str, zone: str) -> None:
    hello = golden("hello")
    assert decode(json.dumps(hello).encode(), Hello).market_zone == hello["market_zone"]
    with pytest.raises(MalformedMessage):
        decode(json.dumps(hello | {field: zone}).encode(), Hello)
    snapshot = golden("snapshot")
    snapshot["hello"] |= {field: zone}
    with pytest.raises(MalformedMessage):
        decode(json.dumps(snapshot).encode(), _FRAME)


def test_a_whole_number_with_a_point_is_still_no_integer() -> None:
    assert decode(with_bid(wh=1), Book).bids[0].wh == 1
    with pytest.raises(MalformedMessage):
        decode(with_bid(wh="HERE").replace(b'"HERE"', b"1.0"), Book)


@pytest.mark.parametrize("text", [rb"\ud800", rb"\udc00", rb"\ud800\ud800", rb"\ud800x"])
def test_half_a_surrogate_pair(text: bytes) -> None:
    raw = encode(Problem(code=ErrorCode.INTERNAL, sentence="HERE")).replace(b"HERE", text)
    with pytest.raises(MalformedMessage):
        decode(raw, Problem)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b'{"type":"problem","code":"x","sentence":"\xc3"}', b"\x00", b"", b" ", b"null"]
)
def test_bytes_that_are_no_text(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(raw, Problem)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 30_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"type":"problem","code":"internal","sentence":"x","a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"type":"problem","code":"internal","sentence":"x","a":' + b'{"a":' * 6_000 + b"1" + b"}" * 6_000 + b"}",
    ],
)
def test_a_nest_of_thirty_thousand(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(raw, Problem)
    with pytest.raises(MalformedMessage):
        decode_any(raw)


@pytest.mark.parametrize(
    "raw",
    [
        with_bid().replace(b'"revision": 2', b'"revision": 2, "revision": 2'),
        with_bid().replace(b'"wh": 1250', b'"wh": 1, "wh": 1250'),
        with_bid().replace(b'"revision": 2', b'"revision": 2, "r\\u0065vision": 3'),
        with_bid().replace(b'"revision": 2', b'"revision": 2, "new": {"a": 1, "a": 2}'),
        b'{"type":"problem","type":"problem","code":"internal","sentence":"x"}',
        b'{"type":"problem","code":"internal","sentence":"x","unknown":1,"unknown":1}',
    ],
)
def test_a_repeated_key_at_any_depth(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_any(raw)


def test_a_repeated_key_inside_an_events_body_is_found_when_the_body_is_read() -> None:
    body = encode(decode(json.dumps(golden("auction_result")).encode(), AuctionResult))
    twice = body.replace(b'"period_s":3600', b'"period_s":3600,"period_s":3600')
    event = decode(encode(Event(seq=1, at=1, body=msgspec.Raw(twice))), _FRAME)
    with pytest.raises(MalformedMessage):
        decode_push(event.body)


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not() -> None:
    raw = encode(Problem(code=ErrorCode.INTERNAL, sentence=""))
    fits = raw + b" " * (MAX_COMMAND_BYTES - len(raw))
    assert decode(fits, Problem).code is ErrorCode.INTERNAL
    with pytest.raises(MessageTooLarge):
        decode(fits + b" ", Problem)
    with pytest.raises(MessageTooLarge):
        decode_any(b" " * 5_000_000)


def test_too_many_rows() -> None:
    book = golden("book")
    book["bids"] = book["bids"][:1] * 201
    with pytest.raises(MalformedMessage):
        decode(json.dumps(book).encode(), Book)
    batch = golden("reading_batch")
    batch["readings"] = batch["readings"][:1] * 401
    with pytest.raises(MalformedMessage):
        decode(json.dumps(batch).encode(), ReadingBatch)
    with pytest.raises(MalformedMessage):
        decode(json.dumps(batch | {"readings": []}).encode(), ReadingBatch)


def test_the_largest_messages_of_a_member_fit_into_a_body() -> None:
    book = decode(json.dumps(golden("book")).encode(), Book)
    dearest = msgspec.structs.replace(book.bids[0], wh=10_000_000, price_micro_kwh=-100_000_000)
    assert len(encode(msgspec.structs.replace(book, bids=[dearest] * 200))) < MAX_COMMAND_BYTES
    batch = decode(json.dumps(golden("reading_batch")).encode(), ReadingBatch)
    largest = msgspec.structs.replace(batch.readings[1], import_wh=10_000_000, export_wh=10_000_000)
    assert len(encode(msgspec.structs.replace(batch, readings=[largest] * 400))) < MAX_COMMAND_BYTES


@pytest.mark.parametrize("field", sorted(golden("statement").keys() - {"type", "balance_micro"}))
def test_every_field_of_a_statements_first_version_is_required(field: str) -> None:
    short = golden("statement")
    del short[field]
    with pytest.raises(MalformedMessage):
        decode(json.dumps(short).encode(), Statement)


def test_a_statement_of_the_first_version_is_read() -> None:
    older = golden("statement")
    del older["balance_micro"]
    assert decode(json.dumps(older).encode(), Statement).balance_micro is None


@pytest.mark.parametrize("other", [kind for kind in MESSAGES if kind is not Book], ids=tag_of)
def test_another_messages_tag_is_refused(other: type) -> None:
    with pytest.raises(MalformedMessage):
        decode(json.dumps(golden(tag_of(other))).encode(), Book)


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "03/03/2026", "2026-03-03T00:00:00", 20260303, ""])
def test_days_that_do_not_exist(day: Any) -> None:
    with pytest.raises(MalformedMessage):
        decode(json.dumps(golden("book") | {"day": day}).encode(), Book)


@pytest.mark.parametrize("member", ["", "M01", "m 1", "../m02", "m" * 33, "_m", "m01\n", "mé"])
def test_member_ids_are_plain(member: str) -> None:
    with pytest.raises(MalformedMessage):
        decode(json.dumps(golden("book") | {"member_id": member}).encode(), Book)


@pytest.mark.parametrize("command_id", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 32 + "\n"])
def test_command_ids_are_hex(command_id: str) -> None:
    with pytest.raises(MalformedMessage):
        decode(json.dumps(golden("book") | {"id": command_id}).encode(), Book)


def test_values_that_only_newer_sides_know_become_unknown() -> None:
    batch = golden("reading_batch")
    batch["readings"][0]["quality"] = "blockchain_certified"
    assert decode(json.dumps(batch).encode(), ReadingBatch).readings[0].quality is Quality.UNKNOWN
    assert PriceOrigin("oracle") is PriceOrigin.UNKNOWN
    assert decode(json.dumps(golden("problem") | {"code": "tea"}).encode(), Problem).code is ErrorCode.UNKNOWN


def test_a_side_of_the_market_that_nobody_knows_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        decode(with_bid(side="short"), Book)


def test_a_push_of_a_newer_kind_is_none_and_a_broken_push_of_a_known_kind_is_refused() -> None:
    assert decode_push(b'{"type":"grant","watts":1}') is None
    assert decode_push(encode(decode(json.dumps(golden("statement")).encode(), Statement))) is not None
    with pytest.raises(MalformedMessage):
        decode_push(b'{"type":"statement"}')
    for raw in (b"[]", b"1", b'"x"', b"null", b"{}", b'{"type":1}', b"not json", b'{"type":["statement"]}'):
        with pytest.raises(MalformedMessage):
            decode_push(raw)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    for kind in (Book, ReadingBatch, Problem, _FRAME):
        with pytest.raises(ProtocolError):
            decode(raw, kind)
    with pytest.raises(ProtocolError):
        decode_any(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.data())
def test_a_message_with_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(MESSAGES))
    message = golden(tag_of(kind))
    field = data.draw(st.sampled_from(sorted(message)))
    message[field] = data.draw(_JSON)
    raw = json.dumps(message).encode(errors="surrogatepass")
    try:
        read = decode(raw, kind, max_bytes=1_000_000)
    except ProtocolError:
        return
    assert decode(encode(read), kind, max_bytes=1_000_000) == read


def test_tags_are_snake_case() -> None:
    assert [snake_case(name) for name in ("Hello", "BookAccepted", "MonthStatement")] == [
        "hello",
        "book_accepted",
        "month_statement",
    ]
