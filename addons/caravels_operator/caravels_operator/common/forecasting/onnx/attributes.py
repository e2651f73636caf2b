"""Attributes of an ONNX node (AttributeProto)."""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import unpack_from
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from . import wire
from .reading import Reading
from .tensors import Array, read_tensor


@dataclass(frozen=True, slots=True)
class Tensor:
    """An attribute that is a tensor, told apart from a list of numbers."""

    values: Array


@dataclass(frozen=True, slots=True)
class Body:
    """An attribute that is a graph, not yet read."""

    span: wire.Span


type Value = float | int | bytes | Tensor | Body | NDArray[np.float32] | NDArray[np.int64] | tuple[bytes, ...]

_FLOAT, _INT, _STRING, _TENSOR, _GRAPH, _FLOATS, _INTS, _STRINGS = range(1, 9)
"""AttributeProto.AttributeType. The others (sparse tensors, types, lists of tensors or graphs) are refused."""
_KINDS: Final = {
    0x15: _FLOAT, 0x18: _INT, 0x22: _STRING, 0x2A: _TENSOR, 0x32: _GRAPH,
    0x3D: _FLOATS, 0x3A: _FLOATS, 0x40: _INTS, 0x42: _INTS, 0x4A: _STRINGS,
}  # fmt: skip
_TAGGED_FLOATS, _TAGGED_INTS, _PACKED_INTS, _LISTED_STRING = 0x3D, 0x40, 0x42, 0x4A
_NAME, _DOCUMENTATION, _TYPE = 0x0A, 0x6A, 0xA0
_EMPTY: Final[Mapping[int, Value]] = {
    _FLOAT: 0.0, _INT: 0, _STRING: b"", _STRINGS: (),
    _FLOATS: np.zeros(0, np.float32), _INTS: np.zeros(0, np.int64),
}  # fmt: skip
"""What is meant where a value was left out because it is empty."""


def read_attribute(reading: Reading, span: wire.Span) -> tuple[str, Value]:
    """Return the name and the value of an AttributeProto.

    Raises:
        ModelRefused: it is damaged, of a kind that is not supported, or does not hold what its type says.
    """
    data, (at, end) = reading.data, span
    name, kind = "", 0
    found: dict[int, Value] = {}
    strings: list[bytes] = []
    while at < end:
        # The numbers of a list follow each other, each with its tag: numpy takes them all at once.
        if data[at] == _TAGGED_FLOATS:
            floats, at = wire.tagged_floats(data, at, end)
            _put(found, _FLOATS, floats)
            continue
        if data[at] == _TAGGED_INTS:
            integers, at = wire.tagged_varints(data, at, end)
            _put(found, _INTS, integers)
            continue
        tag, (low, at) = wire.field(data, at, end)
        if tag == _LISTED_STRING:
            reading.count("texts")
            strings.append(data[low:at])
        elif tag == _NAME:
            name = wire.word(data, (low, at))
        elif tag == _TYPE:
            kind = low
        elif tag != _DOCUMENTATION:
            _put(found, _kind(tag, name), _read_value(reading, tag, (low, at)))
    if strings:
        found[_STRINGS] = tuple(strings)
    value = _settled(name, kind, found)
    if isinstance(value, np.ndarray):
        reading.count("numbers", value.size)
    return name, value


def _settled(name: str, kind: int, found: Mapping[int, Value]) -> Value:
    """Return the value of the kind that an attribute says it is of; it may hold no other."""
    if not name or found.keys() - {kind} or (kind not in found and kind not in _EMPTY):
        raise ModelRefused(f"The attribute “{name}” does not hold what its type {kind} says.")
    return found[kind] if kind in found else _EMPTY[kind]


def _kind(tag: int, name: str) -> int:
    if tag not in _KINDS:
        raise ModelRefused(f"The attribute “{name}” is of a kind that is not supported: field {tag >> 3}.")
    return _KINDS[tag]


def _put(found: dict[int, Value], kind: int, value: Value) -> None:
    if kind in found:
        raise ModelRefused("The file is damaged: an attribute has its value twice.")
    found[kind] = value


def _read_value(reading: Reading, tag: int, span: wire.Span) -> Value:
    data, kind = reading.data, _KINDS[tag]
    value: Value
    if kind == _FLOAT:
        value = float(unpack_from("<f", data, span[0])[0])
    elif kind == _INT:
        value = wire.signed(span[0])
    elif kind == _STRING:
        value = data[span[0] : span[1]]
    elif kind == _GRAPH:
        value = Body(span)
    elif kind == _TENSOR:
        reading.count("tensors")
        value = Tensor(read_tensor(data, span)[1])
        reading.count("numbers", value.values.size)
    else:
        value = wire.packed_varints(data, span) if tag == _PACKED_INTS else wire.packed_floats(data, span)
    return value
