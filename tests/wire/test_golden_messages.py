"""Golden messages: one file a type, read by every language that speaks the contract."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from caravels_operator.common.protocol import Message, decode, encode
from caravels_operator.common.protocol.registry import MESSAGES, decode_any, tag_of

FOLDER = Path(__file__).parent


def subclasses(kind: type[Message]) -> Iterator[type[Message]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def test_every_message_is_listed_and_has_a_golden_file_and_nothing_else_has() -> None:
    of_the_contract = {kind for kind in subclasses(Message) if ".common.protocol." in kind.__module__}
    assert of_the_contract == set(MESSAGES)
    assert len({tag_of(kind) for kind in MESSAGES}) == len(MESSAGES)
    assert {file.stem for file in FOLDER.glob("*.json")} == {tag_of(kind) for kind in MESSAGES}


@pytest.mark.parametrize("kind", MESSAGES, ids=tag_of)
def test_what_is_read_is_written_again(kind: type[Message]) -> None:
    golden = json.loads((FOLDER / f"{tag_of(kind)}.json").read_bytes())
    compact = json.dumps(golden, separators=(",", ":"), ensure_ascii=False).encode()
    message = decode(compact, kind)
    assert encode(message) == compact
    assert decode_any(compact) == message
    # every field is there, so that a change of any name or type shows
    assert set(golden) == {"type", *message.__struct_fields__}


@pytest.mark.parametrize("kind", MESSAGES, ids=tag_of)
def test_a_newer_sides_keys_are_ignored(kind: type[Message]) -> None:
    golden = json.loads((FOLDER / f"{tag_of(kind)}.json").read_bytes())
    newer = golden | {"from_the_future": {"nested": [1, 2.5, None, "x"]}}
    assert encode(decode(json.dumps(newer).encode(), kind)) == encode(decode(json.dumps(golden).encode(), kind))
