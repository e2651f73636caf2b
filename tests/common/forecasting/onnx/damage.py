"""Damages files at random: their bytes, so that lengths lie; or fields deep inside, with all lengths put right."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from caravels_operator.common.forecasting.onnx import wire

TOKENS = [
    *(b"\x00", b"\xff", b"\x7f", b"\x80\x01", b"\xff\xff\x03", b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01"),
    *(b"\xff" * 11, b"\x08\xff\xff\xff\xff\x07", b"\x0a\x04", b"\x40\x00", b"\x10\x07", b"\xa0\x01\x07"),
    *(b"\x3d\x00\x00\xc0\x7f", b"\x3d\xff\xff\x7f\x7f", b"\x4a\x04LEAF", b"BRANCH_EQ", b"LEAF", b""),
    *(b"TopK", b"Reshape", b"MatMul", b"Concat", b"Gather", b"Sum", b"Split", b"axis", b"x", b"y"),
]

NESTED: Mapping[int, object] = {
    # ModelProto: graph (with nodes and their attributes, tensors, inputs, outputs), versions, metadata.
    0x3A: {
        0x0A: {0x2A: {0x2A: {}}},
        0x2A: {},
        0x5A: {0x12: {0x0A: {0x12: {0x0A: {}}}}},
        0x62: {0x12: {0x0A: {0x12: {0x0A: {}}}}},
    },
    0x42: {},
    0x72: {},
}


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a message: its bytes, and what it is made of."""

    whole: bytes
    tag: bytes
    payload: bytes
    children: tuple[Part, ...]


def parts(data: bytes, nested: Mapping[int, object] = NESTED) -> tuple[Part, ...]:
    """Take a message apart."""
    found, at = [], 0
    while at < len(data):
        tag, (low, end) = wire.field(data, at, len(data))
        payload = data[low:end] if tag & 7 else data[at + 1 : end]
        inner = nested.get(tag)
        children = parts(payload, inner) if isinstance(inner, dict) else ()
        found.append(Part(data[at:end], data[at : at + (1 if tag < 0x80 else 2)], payload, children))
        at = end
    return tuple(found)


def varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def reframed(chance: Random, message: tuple[Part, ...], other: tuple[Part, ...]) -> bytes:
    """A message in which one field, at any depth, is damaged, doubled, dropped, moved or another's."""
    weights = [len(part.whole) if part.children else 10 for part in message]
    (place,) = chance.choices(range(len(message)), weights)
    part = message[place]
    if part.children and chance.random() < 0.9:
        similar = [each for each in other if each.tag == part.tag and each.children]
        body = reframed(chance, part.children, chance.choice(similar).children if similar else part.children)
        new = part.tag + varint(len(body)) + body
    else:
        new = altered(chance, part, chance.choice(other))
    before, after = message[:place], message[place + 1 :]
    if chance.random() < 0.05:
        before, after = after, before
    return b"".join([*(each.whole for each in before), new, *(each.whole for each in after)])


def altered(chance: Random, part: Part, other: Part) -> bytes:
    """A field that is dropped, doubled, another one, or has another value."""
    whole = chance.choice(
        [b"", part.whole * 2, part.whole * 300, other.whole, part.whole + other.whole, None, None, None]
    )
    if whole is not None:
        return whole
    kind = part.tag[0] & 7
    if kind == 0:
        value = chance.choice([0, 1, 2, 3, 6, 7, 8, 11, 255, 1 << 31, 1 << 40, (1 << 63) - 1, (1 << 64) - 1])
        return part.tag + varint(value if chance.random() < 0.5 else chance.randrange(20))
    if kind == 2:
        payload = scratched(chance, part.payload, other.payload, chance.randint(1, 2))
        return part.tag + varint(len(payload)) + payload
    return part.tag + chance.randbytes(len(part.payload))


def scratched(chance: Random, data: bytes, other: bytes, damages: int) -> bytes:
    """Bytes with flipped bits, cuts, pieces of others, and numbers that lie."""
    raw = bytearray(data)
    for _ in range(damages):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(10):
            case 0:
                raw[at:at] = chance.choice(TOKENS)
            case 1:
                raw[at : at + chance.randint(1, 12)] = chance.choice(TOKENS)
            case 2:
                del raw[at : at + chance.randint(1, 20)]
            case 3 if chance.random() < 0.2:
                del raw[at:]
            case 4 if other:
                start = chance.randrange(len(other))
                raw[at:at] = other[start : start + chance.randint(1, 60)]
            case _ if at < len(raw):
                raw[at] = raw[at] ^ 1 << chance.randrange(8) if chance.random() < 0.7 else chance.randrange(256)
    return bytes(raw)
