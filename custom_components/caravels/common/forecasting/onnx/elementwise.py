"""Operators that work element by element, with numpy's rules for shapes (ONNX's "multidirectional broadcasting")."""

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from ..model import ModelRefused
from .graph import Node
from .step import Apply, Build, Call, fixed, of_one_type
from .tensors import TYPES, Array
from .told import integer, real


def unary(function: Callable[[Array], Array]) -> Build:
    """Return an operator of one input of floats."""

    def apply(call: Call) -> Sequence[Array]:
        values = call.all()
        of_one_type(values, "f")
        call.take(values)
        return (function(values[0]),)

    return fixed(apply)


def several(function: Callable[[Array, Array], Array], kinds: str = "fi", *, mean: bool = False) -> Build:
    """Return an operator of inputs of one type, taken two by two from the left; for a mean divided by their number."""

    def apply(call: Call) -> Sequence[Array]:
        values = call.all()
        of_one_type(values, kinds)
        for _ in values:
            call.take(values)
        result = reduce(function, values)
        return (result / result.dtype.type(len(values)) if mean else result,)

    return fixed(apply)


def divide(left: Array, right: Array) -> Array:
    """Return left / right; of integers without the rest, towards zero."""
    if left.dtype.kind == "f":
        return np.asarray(np.divide(left, right))
    quotient = np.floor_divide(left, right)
    return np.asarray(quotient + ((quotient < 0) & (quotient * right != left)))


def sigmoid(value: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-value)))


def relu(value: Array) -> Array:
    """Return max(x, 0)."""
    return np.asarray(np.maximum(value, 0))


def softplus(value: Array) -> Array:
    """Return log(1 + exp(x)), also where exp(x) has no room in a float."""
    return np.asarray(np.logaddexp(value, value.dtype.type(0)))


def build_leaky_relu(node: Node) -> Apply:
    """x, or alpha x where x is negative."""
    alpha = real(node, "alpha", 0.01)
    return unary(lambda value: np.where(value < 0, value.dtype.type(alpha) * value, value))(node)


def build_clip(node: Node) -> Apply:
    """min(max(x, low), high): the bounds were attributes until version 10, and are inputs since."""
    if node.version >= 11 and node.attributes:
        raise ModelRefused("Clip has its bounds as attributes, which its version does not know.")
    told = [np.array(real(node, name, 0.0), np.float32) if name in node.attributes else None for name in ("min", "max")]

    def apply(call: Call) -> Sequence[Array]:
        value = call.first()
        bounds = [call.optional(place + 1) if told[place] is None else told[place] for place in (0, 1)]
        given = [bound for bound in bounds if bound is not None]
        of_one_type([value, *given], "fi")
        if any(bound.size != 1 for bound in given):
            raise ModelRefused("Clip has a bound that is not one number.")
        call.take([value])
        for bound, function in zip(bounds, (np.maximum, np.minimum), strict=True):
            value = value if bound is None else function(value, bound.reshape(()))
        return (value,)

    return apply


def build_cast(node: Node) -> Apply:
    """To another type of numbers; what does not fit the other type is undefined, as in ONNX."""
    to = integer(node, "to")
    if to not in TYPES:
        raise ModelRefused(f"Cast to the type {to} is not supported.")

    def apply(call: Call) -> Sequence[Array]:
        (value,) = call.all()
        call.room.take(value.size, TYPES[to].itemsize)
        return (value.astype(TYPES[to]),)

    return apply


def where(call: Call) -> Sequence[Array]:
    """Of two values the first where a condition holds, else the second."""
    condition, chosen, other = call.all()
    of_one_type([condition], "b")
    of_one_type([chosen, other], "fib")
    call.take([chosen, other, condition])
    return (np.where(condition, chosen, other),)
