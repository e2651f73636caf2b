"""Protobuf's wire format, as far as ONNX files need it (protobuf.dev, "Encoding").

A message is read in place, as the part of the file from one position to another: nothing is copied before it is known
to be wanted. Long lists are written number by number, each behind its tag; numpy reads them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused

type Span = tuple[int, int]
"""Where the bytes of a field lie, [low, high); of a field that is a number: the number, and the position behind it."""
type Message = Mapping[int, Sequence[Span]]
"""The fields of a message by their tag (number of the field * 8 + wire type), in the order of the file."""

MAX_LIST: Final = 250_000
"""Numbers of a list; 5 MB hold a forest of half as many nodes."""
MAX_FIELDS: Final = 20_000
"""Fields of a message, without the lists of an attribute."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types. Groups (3 and 4) are not used by ONNX."""
_LONGEST_VARINT: Final = 10
_WINDOW: Final = 65_536
"""Bytes whose numbers are looked for at once: bounds what the search allocates."""
_TAGGED_FLOAT: Final = np.dtype([("tag", "u1"), ("value", "<f4")])
_CUT_OFF: Final = "The file is damaged: a list of numbers is cut off."


def varint(data: bytes, at: int, end: int) -> Span:
    """Return an unsigned number of 64 bits and the position behind it."""
    if at < end and data[at] < 0x80:
        return data[at], at + 1
    value = 0
    for place, octet in enumerate(data[at : min(at + _LONGEST_VARINT, end)]):
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise ModelRefused("The file is damaged: a number in it is cut off or longer than ten bytes.")


def field(data: bytes, at: int, end: int) -> tuple[int, Span]:
    """Return the tag and the span of the field at `at`; the next one starts where the span ends.

    Raises:
        ModelRefused: the field is cut off, or of a type that ONNX does not use.
    """
    tag, at = varint(data, at, end)
    wire = tag & 7
    if wire == _BYTES:
        size, at = varint(data, at, end)
    elif wire == _VARINT:
        return tag, varint(data, at, end)
    elif wire in {_FIXED32, _FIXED64}:
        size = 4 if wire == _FIXED32 else 8
    else:
        raise ModelRefused("The file is damaged: it has a field of a type that ONNX does not use.")
    if size > end - at:
        raise ModelRefused("The file is damaged: a part of it claims to be longer than what holds it.")
    return tag, (at, at + size)


def message(data: bytes, low: int, high: int, known: frozenset[int], name: str) -> Message:
    """Return the fields of the message in [low, high).

    Raises:
        ModelRefused: it is damaged, or has a field that is not among the known ones and might change its meaning.
    """
    found: dict[int, list[Span]] = {}
    count = 0
    while low < high:
        tag, span = field(data, low, high)
        low = span[1]
        found.setdefault(tag, []).append(span)
        count += 1
        if count > MAX_FIELDS:
            raise ModelRefused(f"The file has a {name} of more than {MAX_FIELDS} parts.")
    if not found.keys() <= known:
        strange = min(found.keys() - known)
        raise ModelRefused(f"The file has a {name} with something that is not supported: field {strange >> 3}.")
    return found


def text(data: bytes, found: Message, tag: int) -> str:
    """Return a field that is text, or "" where it was left out. The last one counts, as in protobuf."""
    return word(data, found[tag][-1]) if tag in found else ""


def word(data: bytes, span: Span) -> str:
    """Return text."""
    try:
        return data[span[0] : span[1]].decode()
    except UnicodeDecodeError:
        raise ModelRefused("The file is damaged: a name in it is not text.") from None


def number(found: Message, tag: int) -> int:
    """Return a field that is a signed number, or 0 where it was left out."""
    return signed(found[tag][-1][0]) if tag in found else 0


def signed(value: int) -> int:
    """Return what an int64 was before it was written as a varint."""
    return value - (1 << 64) if value >> 63 else value


def tagged_floats(data: bytes, at: int, end: int) -> tuple[NDArray[np.float32], int]:
    """Return the floats of consecutive fields with the tag (of one byte) at `at`, and the position behind them."""
    count = (end - at) // _TAGGED_FLOAT.itemsize
    run = np.frombuffer(data, _TAGGED_FLOAT, count, at)
    alike = run["tag"] == data[at]
    if not alike.all():
        count = int(alike.argmin())
    if not count:
        raise ModelRefused(_CUT_OFF)
    if count > MAX_LIST:
        raise ModelRefused(f"The file has a list of {count} numbers; {MAX_LIST} are allowed.")
    return run["value"][:count].astype(np.float32), at + count * _TAGGED_FLOAT.itemsize


def tagged_varints(data: bytes, at: int, end: int) -> tuple[NDArray[np.int64], int]:
    """Return the int64 of consecutive fields with the tag (of one byte) at `at`, and the position behind them."""
    tag, total = data[at], 0
    run = (end - at + 1) // 2 - len(data[at:end:2].lstrip(data[at : at + 1]))
    values = data[at + 1 : end : 2][:run]
    if len(values) == run <= MAX_LIST and values.isascii():  # small numbers all: each is a byte behind its tag
        return np.frombuffer(values, np.uint8).astype(np.int64), at + 2 * run
    parts: list[NDArray[np.int64]] = []
    while at < end and data[at] == tag:
        octets = np.frombuffer(data, np.uint8, min(end - at, _WINDOW), at)
        starts, ends = _bounds(octets)
        pairs = ends.size // 2
        alike = octets[starts[: 2 * pairs : 2]] == tag
        count = pairs if alike.all() else int(alike.argmin())
        if not count:
            raise ModelRefused(_CUT_OFF)
        parts.append(_numbers(octets, starts[1 : 2 * count : 2], ends[1 : 2 * count : 2]))
        total += count
        if total > MAX_LIST:
            raise ModelRefused(f"The file has a list of more than {MAX_LIST} numbers.")
        at += int(ends[2 * count - 1])
    return parts[0] if len(parts) == 1 else np.concatenate(parts), at


def packed_varints(data: bytes, span: Span) -> NDArray[np.int64]:
    """Return the int64 that fill a span."""
    octets = np.frombuffer(data, np.uint8, span[1] - span[0], span[0])
    if np.count_nonzero(octets < 0x80) > MAX_LIST:
        raise ModelRefused(f"The file has a list of more than {MAX_LIST} numbers.")
    starts, ends = _bounds(octets)
    if octets.size and octets[-1] >= 0x80:
        raise ModelRefused(_CUT_OFF)
    return _numbers(octets, starts, ends)


def packed_floats(data: bytes, span: Span) -> NDArray[np.float32]:
    """Return the floats that fill a span."""
    if (span[1] - span[0]) % 4:
        raise ModelRefused(_CUT_OFF)
    return np.frombuffer(data, "<f4", (span[1] - span[0]) // 4, span[0]).astype(np.float32)


def _bounds(octets: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where the complete varints start and end."""
    ends = np.flatnonzero(octets < 0x80) + 1
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1]
    return starts, ends


def _numbers(octets: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the numbers that lie from `starts` to `ends`."""
    lengths = ends - starts
    longest = int(lengths.max(initial=1))
    if longest > _LONGEST_VARINT:
        raise ModelRefused("The file is damaged: a number in it is longer than ten bytes.")
    values = (octets[starts] & 0x7F).astype(np.uint64)
    for place in range(1, longest):
        inside = np.flatnonzero(lengths > place)
        values[inside] |= (octets[starts[inside] + place] & 0x7F).astype(np.uint64) << np.uint64(7 * place)
    return values.view(np.int64)
