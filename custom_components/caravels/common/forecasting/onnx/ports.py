"""What goes into a graph and comes out (ValueInfoProto)."""

from dataclasses import dataclass
from typing import Final

from ..model import ModelRefused
from . import wire
from .tensors import TYPES


@dataclass(frozen=True, slots=True)
class Port:
    """A value at the border of a graph.

    Attributes:
        name: of the value.
        kind: ONNX's number of its type; 0 where the file does not say.
        shape: its lengths, None where one is open; None altogether where the file does not say.
    """

    name: str
    kind: int = 0
    shape: tuple[int | None, ...] | None = None


_NAME, _TYPE = 0x0A, 0x12
_TENSOR, _ELEMENT, _SHAPE, _DIMENSION, _LENGTH, _PARAMETER = 0x0A, 0x08, 0x12, 0x0A, 0x08, 0x12
_PORT_FIELDS: Final = frozenset({_NAME, _TYPE, 0x1A, 0x22})
_TYPE_FIELDS: Final = frozenset({_TENSOR, 0x32})
_TENSOR_FIELDS: Final = frozenset({_ELEMENT, _SHAPE})
_LENGTH_FIELDS: Final = frozenset({_LENGTH, _PARAMETER, 0x1A})


def read_port(data: bytes, span: wire.Span) -> Port:
    """Return a ValueInfoProto that is a tensor, or whose type the file leaves open.

    Raises:
        ModelRefused: it is damaged, or a sequence, map or sparse tensor, or of an unknown type.
    """
    found = wire.message(data, *span, _PORT_FIELDS, "value")
    name, kind = wire.text(data, found, _NAME), 0
    shape: tuple[int | None, ...] | None = None
    if _TYPE in found:
        outer = wire.message(data, *found[_TYPE][-1], _TYPE_FIELDS, "value's type")
        if _TENSOR in outer:
            inner = wire.message(data, *outer[_TENSOR][-1], _TENSOR_FIELDS, "tensor's type")
            kind = wire.number(inner, _ELEMENT)
            shape = _read_shape(data, inner[_SHAPE][-1]) if _SHAPE in inner else None
    if kind and kind not in TYPES:
        raise ModelRefused(f"“{name}” is of type {kind}, which is not supported.")
    return Port(name, kind, shape)


def _read_shape(data: bytes, span: wire.Span) -> tuple[int | None, ...]:
    found = wire.message(data, *span, frozenset({_DIMENSION}), "shape")
    lengths: list[int | None] = []
    for dimension in found.get(_DIMENSION, ()):
        length = wire.message(data, *dimension, _LENGTH_FIELDS, "length")
        lengths.append(wire.number(length, _LENGTH) if _LENGTH in length else None)
    return tuple(lengths)
