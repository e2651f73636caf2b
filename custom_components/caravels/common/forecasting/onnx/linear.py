"""Products of matrices, and the linear operators of ai.onnx.ml."""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from .graph import Node
from .post_transform import post_transform
from .step import Apply, Call, of_one_type
from .tensors import Array
from .told import floats, integer, real

type Rows = NDArray[np.float32]


def matmul(call: Call) -> Sequence[Array]:
    """The product of two matrices, or of stacks of them."""
    left, right = call.all()
    of_one_type([left, right], "fi")
    if not left.ndim or not right.ndim:
        raise ModelRefused("MatMul takes no single numbers.")
    stack = prod(np.broadcast_shapes(left.shape[:-2], right.shape[:-2]))
    size = stack * (left.shape[-2] if left.ndim > 1 else 1) * (right.shape[-1] if right.ndim > 1 else 1)
    call.room.take(size, left.itemsize, size * left.shape[-1])
    return (np.asarray(np.matmul(left, right)),)


def build_gemm(node: Node) -> Apply:
    """Alpha A B + beta C, A and B transposed where the node says so."""
    alpha, beta = real(node, "alpha", 1.0), real(node, "beta", 1.0)
    turn_left, turn_right = integer(node, "transA", 0), integer(node, "transB", 0)

    def apply(call: Call) -> Sequence[Array]:
        left, right, *rest = [value for value in call.inputs if value is not None]
        of_one_type([left, right, *rest], "f")
        if left.ndim != 2 or right.ndim != 2:
            raise ModelRefused("Gemm takes two matrices.")
        left, right = left.T if turn_left else left, right.T if turn_right else right
        shape = left.shape[0], right.shape[1]
        call.room.take(prod(shape), left.itemsize, prod(shape) * left.shape[1])
        result = left @ right
        if alpha != 1:
            result *= left.dtype.type(alpha)
        for added in rest:
            if np.broadcast_shapes(added.shape, shape) != shape:
                raise ModelRefused("Gemm adds what does not fit its product.")
            result += added if beta == 1 else left.dtype.type(beta) * added
        return (result,)

    return apply


def rows_of(call: Call) -> Rows:
    """Return the input of an operator of ai.onnx.ml: rows of numbers, as floats."""
    (value,) = call.all()
    if value.ndim != 2 or value.dtype.kind not in "fi":
        raise ModelRefused("An operator takes rows of numbers, and is given something else.")
    return value.astype(np.float32, copy=False)


def build_scaler(node: Node) -> Apply:
    """(x - offset) * scale, one number a column or one for all."""
    offset, scale = floats(node, "offset"), floats(node, "scale")
    if offset is None or scale is None or offset.size != scale.size or not offset.size:
        raise ModelRefused("Scaler lacks its offset or scale, or they differ in length.")

    def apply(call: Call) -> Sequence[Array]:
        rows = rows_of(call)
        if offset.size not in {1, rows.shape[1]}:
            raise ModelRefused(f"Scaler is made for {offset.size} columns and is given {rows.shape[1]}.")
        call.take([rows])
        return ((rows - offset) * scale,)

    return apply


def build_linear_regressor(node: Node) -> Apply:
    """Rows times coefficients, shape (targets, columns), plus intercepts."""
    targets = integer(node, "targets", 1)
    listed, intercepts = floats(node, "coefficients"), floats(node, "intercepts")
    if listed is None or not listed.size or targets < 1 or listed.size % targets:
        raise ModelRefused("LinearRegressor has coefficients that do not fit its targets.")
    if intercepts is not None and intercepts.size != targets:
        raise ModelRefused("LinearRegressor has intercepts that do not fit its targets.")
    coefficients = np.ascontiguousarray(listed.reshape(targets, -1).T)
    finish = post_transform(node, targets)

    def apply(call: Call) -> Sequence[Array]:
        rows = rows_of(call)
        if rows.shape[1] != coefficients.shape[0]:
            raise ModelRefused(f"LinearRegressor takes {coefficients.shape[0]} columns and is given {rows.shape[1]}.")
        call.room.take(rows.shape[0] * targets, rows.itemsize, rows.size * targets)
        result = rows @ coefficients
        return (finish(result if intercepts is None else result + intercepts),)

    return apply
