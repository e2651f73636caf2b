"""What is generated from the contract is current, valid, and accepts what the codec accepts."""

import msgspec
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from caravels_operator.api.routes import PREFIX, ROUTES
from caravels_operator.common.protocol import Bid, Book, Event, ProtocolError, Side, encode
from caravels_operator.common.protocol.errors import ErrorCode
from script.lib.contract_openapi import openapi
from script.lib.contract_schema import field_words, json_schema, messages
from script.lib.generate import REPOSITORY, generated


def test_every_generated_file_is_current() -> None:
    stale = [name for name, text in generated().items() if (REPOSITORY / name).read_text(encoding="utf-8") != text]
    assert not stale, f"{stale} are not up to date. Run script/generate."


def test_the_openapi_document_is_valid_and_has_every_route() -> None:
    document = openapi()
    validate(document)
    told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert told == {(route.method, PREFIX + route.path) for route in ROUTES} | {("GET", f"{PREFIX}/stream")}


def test_the_json_schema_is_valid_and_has_every_message() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert {message.__name__ for message in messages()} <= schema["$defs"].keys()


def test_the_json_schema_agrees_with_the_codec() -> None:
    validator = Draft202012Validator(json_schema())
    bid = Bid(start=1_767_225_600, side=Side.BUY, wh=500, price_micro_kwh=100_000)
    day = msgspec.convert("2026-01-01", type=Book.__annotations__["day"])
    book = Book(id="0" * 32, member_id="m01", day=day, revision=1, bids=[bid])
    good = msgspec.json.decode(encode(book))
    assert validator.is_valid(good)
    event = Event(seq=1, at=0, body=msgspec.Raw(b'{"type":"nonsense"}'))
    assert not validator.is_valid(msgspec.json.decode(encode(event)))
    for field, wrong in (("revision", 0), ("revision", "1"), ("member_id", "../m02"), ("bids", None), ("type", "bok")):
        assert not validator.is_valid(good | {field: wrong}), field
    wrong_bids = ({"wh": 0}, {"wh": 1.5}, {"wh": True}, {"side": "hold"}, {"price_micro_kwh": 10**9})
    for change in wrong_bids:
        assert not validator.is_valid(good | {"bids": [good["bids"][0] | change]}), change


def test_every_code_but_unknown_stands_in_the_page_with_its_sentence() -> None:
    page = generated()["docs/protocol.md"]
    assert {error.code for error in ProtocolError.all()} == set(ErrorCode) - {ErrorCode.UNKNOWN}
    for error in ProtocolError.all():
        assert f"| `{error.code}` | {error.status} |" in page
        assert error.sentence in page


def test_the_words_below_a_field_reach_the_page() -> None:
    assert field_words(Event) == {}
    page = generated()["docs/protocol.md"]
    for message in messages():
        assert f"### {message.__name__}\n" in page
        for words in field_words(message).values():
            assert words in page
