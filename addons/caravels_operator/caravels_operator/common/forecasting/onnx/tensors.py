"""Tensors of an ONNX file (TensorProto), as numpy arrays that nobody can write into."""

from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from . import wire

type Array = NDArray[Any]

FLOAT, INT32, INT64, BOOL, DOUBLE = 1, 6, 7, 9, 11
TYPES: Final[Mapping[int, np.dtype[Any]]] = {
    FLOAT: np.dtype("<f4"),
    INT32: np.dtype("<i4"),
    INT64: np.dtype("<i8"),
    BOOL: np.dtype("?"),
    DOUBLE: np.dtype("<f8"),
}
"""By ONNX's number of the type (TensorProto.DataType). Others (texts, small floats and integers) are refused."""

MAX_RANK: Final = 8
MAX_ELEMENTS: Final = 1_500_000
"""Of a tensor: 5 MB hold 1.3 million floats."""

_DIMENSIONS, _DIMENSIONS_PACKED, _DATA_TYPE, _NAME, _RAW_DATA = 0x08, 0x0A, 0x10, 0x42, 0x4A
_DOCUMENTATION, _METADATA, _LOCATION, _EXTERNAL_DATA = 0x62, 0x82, 0x70, 0x6A
_TYPED: Final = {
    0x22: FLOAT,
    0x25: FLOAT,
    0x52: DOUBLE,
    0x51: DOUBLE,
    0x2A: INT32,
    0x28: INT32,
    0x3A: INT64,
    0x38: INT64,
}
"""Fields of values (packed, or one by one) and the type that they are written in; bool is written as int32."""
_ONE_BY_ONE: Final = frozenset({0x28, 0x38})
_KNOWN: Final = frozenset({
    _DIMENSIONS, _DIMENSIONS_PACKED, _DATA_TYPE, _NAME, _RAW_DATA, _DOCUMENTATION, _METADATA, _LOCATION, _EXTERNAL_DATA,
    *_TYPED,
})  # fmt: skip


def read_tensor(data: bytes, span: wire.Span) -> tuple[str, Array]:
    """Return the name and the values of a TensorProto.

    Raises:
        ModelRefused: it is damaged, of an unknown type, outside of the file, or not as long as its shape says.
    """
    found = wire.message(data, *span, _KNOWN, "tensor")
    name = wire.text(data, found, _NAME)
    if _EXTERNAL_DATA in found or wire.number(found, _LOCATION):
        raise ModelRefused(f"The tensor “{name}” lies outside of the file.")
    kind = wire.number(found, _DATA_TYPE)
    if kind not in TYPES:
        raise ModelRefused(f"The tensor “{name}” is of type {kind}, which is not supported.")
    shape = [wire.signed(low) for low, _ in found.get(_DIMENSIONS, ())]
    for packed in found.get(_DIMENSIONS_PACKED, ()):
        shape.extend(wire.packed_varints(data, packed).tolist())
    # The product is looked at before anything of that size is made.
    if len(shape) > MAX_RANK or min(shape, default=0) < 0 or max(prod(shape), *shape, 0) > MAX_ELEMENTS:
        raise ModelRefused(f"The tensor “{name}” has the shape {shape[:MAX_RANK]}, which is too large.")
    flat = _raw(data, found, kind) if _RAW_DATA in found else _listed(data, found, kind)
    if flat.size != prod(shape):
        raise ModelRefused(f"The tensor “{name}” has {flat.size} values where its shape {shape} asks for others.")
    array = flat.reshape(shape)
    array.flags.writeable = False
    return name, array


def _raw(data: bytes, found: wire.Message, kind: int) -> Array:
    low, high = found[_RAW_DATA][-1]
    count, rest = divmod(high - low, TYPES[kind].itemsize)
    if rest or count > MAX_ELEMENTS or found.keys() & _TYPED.keys():
        raise ModelRefused("A tensor's bytes do not fit its type, or its values are given twice.")
    if kind == BOOL:
        return np.frombuffer(data, np.uint8, count, low).astype(np.bool_)
    # The copy lies at an address that fits its type, and does not keep the file in memory.
    return np.frombuffer(data, TYPES[kind], count, low).copy()


def _listed(data: bytes, found: wire.Message, kind: int) -> Array:
    """Return the values of typed fields; they must be written in the type that the tensor has."""
    stored = INT32 if kind == BOOL else kind
    parts: list[Array] = []
    for tag in found.keys() & _TYPED.keys():
        if _TYPED[tag] != stored:
            raise ModelRefused("A tensor's values are written in a type that is not its own.")
        if tag in _ONE_BY_ONE:
            parts.append(np.array([wire.signed(low) for low, _ in found[tag]], np.int64))
        else:
            parts.extend(_part(data, span, stored) for span in found[tag])
    if len(parts) > 1 and len(found.keys() & _TYPED.keys()) > 1:
        raise ModelRefused("A tensor's values are given twice.")
    return np.concatenate(parts).astype(TYPES[kind]) if parts else np.zeros(0, TYPES[kind])


def _part(data: bytes, span: wire.Span, stored: int) -> Array:
    if stored in {INT32, INT64}:
        return wire.packed_varints(data, span)
    count, rest = divmod(span[1] - span[0], TYPES[stored].itemsize)
    if rest or count > MAX_ELEMENTS:
        raise ModelRefused("A tensor's bytes do not fit its type.")
    return np.frombuffer(data, TYPES[stored], count, span[0])
