"""Golden messages damaged at random: a message or a refusal, never anything else; what is read is written as read."""

from pathlib import Path
from random import Random

import pytest

from caravels_operator.common.protocol import ProtocolError, encode
from caravels_operator.common.protocol.registry import decode_any

WIRE = Path(__file__).parents[2] / "wire"
TOKENS = [
    *(b"null", b"true", b"-1", b"0", b"1.5", b"1e400", b"NaN", b'""', b'"\\ud800"', b"[]", b"{}", b"[[[[", b"]]]]"),
    *(b'"type":"book",', b'"type":"hello",', b",", b":", b"\\", b"\xff", b"\x00", b"9" * 30, b'"a":1,"a":1,'),
]


def damaged(chance: Random, message: bytes, other: bytes) -> bytes:
    """Return a message with one to four damages."""
    raw = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(6):
            case 0:
                raw[at:at] = chance.choice(TOKENS)
            case 1:
                raw[at : at + chance.randint(1, 12)] = chance.choice(TOKENS)
            case 2:
                del raw[at : at + chance.randint(1, 20)]
            case 3 if at < len(raw):
                raw[at] ^= 1 << chance.randrange(8)
            case 4:
                start = chance.randrange(len(other))
                raw[at:at] = other[start : start + chance.randint(1, 60)]
            case _:
                raw[at:at] = raw[chance.randrange(len(raw) + 1) :][: chance.randint(1, 40)]
    return bytes(raw)


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_damaged_messages_are_read_or_refused(count: int) -> None:
    chance = Random(count)
    golden = [encode(decode_any(file.read_bytes())) for file in sorted(WIRE.glob("*.json"))]
    read = 0
    for _ in range(count):
        raw = damaged(chance, chance.choice(golden), chance.choice(golden))
        try:
            message = decode_any(raw)
        except ProtocolError:
            continue
        read += 1
        assert decode_any(encode(message)) == message
    assert 0 < read < count // 4
