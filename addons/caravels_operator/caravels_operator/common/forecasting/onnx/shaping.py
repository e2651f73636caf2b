"""Operators that move values without changing them, and the mean over axes."""

from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np

from ..model import ModelRefused
from .graph import Node
from .step import Apply, Call, of_one_type, whole
from .tensors import Array
from .told import floats, integer, integers, real, tensor

_INPUT_SINCE: Final = {"Slice": 10, "Split": 13, "Squeeze": 13, "Unsqueeze": 13, "ReduceMean": 18}
"""Since which version what was an attribute is an input."""


def _told(node: Node, attribute: str) -> list[int] | None:
    """Return what an attribute says, or None where it comes as an input or not at all."""
    value = integers(node, attribute)
    if value is not None and node.version >= _INPUT_SINCE[node.operator]:
        raise ModelRefused(f"{node.operator} has {attribute} as an attribute, which its version does not know.")
    return None if value is None else whole(value)


def _given(call: Call, told: list[int] | None, place: int = 1) -> list[int] | None:
    """Return an input that is a list, or what the attribute said in its place."""
    value = call.optional(place)
    return told if value is None else whole(value)


def constant(node: Node) -> Array:
    """Return the value that a Constant holds."""
    if len(node.attributes) != 1:
        raise ModelRefused("Constant does not hold exactly one value.")
    (name,) = node.attributes
    if name == "value":
        return tensor(node, name)
    if name == "value_float":
        return np.array(real(node, name, 0.0), np.float32)
    if name == "value_int":
        return np.array(integer(node, name), np.int64)
    listed = floats(node, name) if name == "value_floats" else integers(node, name)
    return np.zeros(0, np.float32) if listed is None else listed


def build_constant(node: Node) -> Apply:
    """A value that the node holds."""
    value = constant(node)
    return lambda _: (value,)


def identity(call: Call) -> Sequence[Array]:
    """What goes in."""
    return call.all()


def build_concat(node: Node) -> Apply:
    """Values of one type, one behind the other along an axis."""
    axis = integer(node, "axis")

    def apply(call: Call) -> Sequence[Array]:
        values = call.all()
        of_one_type(values, "fib")
        call.room.take(sum(value.size for value in values), values[0].itemsize)
        return (np.concatenate(values, axis),)

    return apply


def build_reshape(node: Node) -> Apply:
    """The same values in another shape: 0 keeps a length (unless `allowzero`), -1 is what is left over."""
    keeps = not integer(node, "allowzero", 0)

    def apply(call: Call) -> Sequence[Array]:
        value, shape = call.all()
        call.take([value])
        lengths = whole(shape)
        if keeps:
            lengths = [length or value.shape[place] for place, length in enumerate(lengths)]
        return (value.reshape(lengths),)

    return apply


def build_flatten(node: Node) -> Apply:
    """Two axes: all before `axis`, and the others."""
    axis = integer(node, "axis", 1)

    def apply(call: Call) -> Sequence[Array]:
        (value,) = call.all()
        if not -value.ndim <= axis <= value.ndim:
            raise ModelRefused("Flatten names an axis that is not there.")
        call.take([value])
        before = axis + value.ndim if axis < 0 else axis
        return (value.reshape(prod(value.shape[:before]), prod(value.shape[before:])),)

    return apply


def build_slice(node: Node) -> Apply:
    """A part of some axes: starts, ends, axes and steps."""
    told = [_told(node, name) for name in ("starts", "ends", "axes")]

    def apply(call: Call) -> Sequence[Array]:
        value = call.first()
        starts, ends, axes, steps = (_given(call, then, at) for at, then in enumerate([*told, None], 1))
        if starts is None or ends is None:
            raise ModelRefused("Slice lacks its starts or ends.")
        axes = list(range(len(starts))) if axes is None else axes
        steps = [1] * len(starts) if steps is None else steps
        cuts = [slice(None)] * value.ndim
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            cuts[axis] = _cut(start, end, step, value.shape[axis])
        return (value[tuple(cuts)],)

    return apply


def _cut(start: int, end: int, step: int, length: int) -> slice:
    """Return what Python calls the part. It differs backwards: a start before the first value is the first for ONNX."""
    if step > 0:
        return slice(start, end, step)
    first, last = (place + length if place < 0 else place for place in (start, end))
    return slice(max(first, 0), last if last >= 0 else None, step)


def build_squeeze(node: Node) -> Apply:
    """Without some axes of length one, or without all of them."""
    told = _told(node, "axes")

    def apply(call: Call) -> Sequence[Array]:
        axes = _given(call, told)
        return (np.squeeze(call.first(), None if axes is None else tuple(axes)),)

    return apply


def build_unsqueeze(node: Node) -> Apply:
    """With axes of length one at the places named."""
    told = _told(node, "axes")

    def apply(call: Call) -> Sequence[Array]:
        axes = _given(call, told)
        if axes is None:
            raise ModelRefused("Unsqueeze lacks its axes.")
        return (np.expand_dims(call.first(), tuple(axes)),)

    return apply


def build_transpose(node: Node) -> Apply:
    """Axes in another order, the reverse one by default."""
    order = integers(node, "perm")
    axes = None if order is None else whole(order)
    return lambda call: (np.transpose(call.first(), axes),)


def build_split(node: Node) -> Apply:
    """Parts along an axis: of the lengths named, or equal ones, the last one shorter (since version 18)."""
    axis, count = integer(node, "axis", 0), len(node.outputs)
    told = _told(node, "split")
    if integer(node, "num_outputs", count) != count:
        raise ModelRefused("Split does not give as many parts as it says.")

    def apply(call: Call) -> Sequence[Array]:
        value = call.first()
        length, lengths = value.shape[axis], _given(call, told)
        if lengths is None:
            if length % count and node.version < 18:
                raise ModelRefused("Split cannot make equal parts.")
            part = -(-length // count)
            lengths = [*[part] * (count - 1), length - part * (count - 1)]
        if len(lengths) != count or min(lengths) < 0 or sum(lengths) != length:
            raise ModelRefused("Split has lengths that do not add up.")
        return np.split(value, np.cumsum(lengths)[:-1], axis)

    return apply


def build_gather(node: Node) -> Apply:
    """Entries of an axis by index; negative ones count from its end."""
    axis = integer(node, "axis", 0)

    def apply(call: Call) -> Sequence[Array]:
        value, index = call.all()
        of_one_type([index], "i")
        call.room.take(value.size // max(value.shape[axis], 1) * index.size, value.itemsize)
        return (np.take(value, index, axis),)

    return apply


def build_reduce_mean(node: Node) -> Apply:
    """The mean over some axes, or over all where none are named (unless `noop_with_empty_axes`)."""
    told = _told(node, "axes")
    keeps = bool(integer(node, "keepdims", 1))
    nothing = bool(integer(node, "noop_with_empty_axes", 0))

    def apply(call: Call) -> Sequence[Array]:
        value = call.first()
        of_one_type([value], "f")
        call.take([value])
        axes = _given(call, told)
        if not axes and nothing:
            return (value,)
        over = tuple(range(value.ndim)) if not axes else tuple(axes)
        total = np.asarray(value.sum(axis=over, keepdims=True) if keeps else value.sum(axis=over))
        # Of no values the mean is 0 / 0: nan, without numpy's warning on it.
        return (total / value.dtype.type(prod(value.shape[axis] for axis in over)),)

    return apply
