"""What operators of ai.onnx.ml do to their outputs at last, as onnxruntime computes it.

Source: ONNX's operators of ai.onnx.ml; onnxruntime, core/providers/cpu/ml/ml_common.h.
"""

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from .graph import Node
from .told import word

type Rows = NDArray[np.float32]


def logistic(scores: Rows) -> Rows:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-scores)), np.float32)


def softmax(scores: Rows) -> Rows:
    """Return exp(x), divided by its sum over a row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def softmax_zero(scores: Rows) -> Rows:
    """Return the softmax of what is not zero; zeros stay."""
    powers = np.where(np.abs(scores) > 1e-7, np.exp(scores - scores.max(axis=1, keepdims=True)), 0)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def probit(scores: Rows) -> Rows:
    """Return the quantile of the normal distribution, by Winitzki's approximation of the inverse error function."""
    at = 2 * scores - 1
    logarithm = np.log((1 - at) * (1 + at))
    middle = 2 / (pi * 0.147) + logarithm / 2
    inverse = np.sign(at) * np.sqrt(np.sqrt(middle * middle - logarithm / 0.147) - middle)
    return np.asarray(sqrt(2) * inverse, np.float32)


_TRANSFORMS: dict[str, Callable[[Rows], Rows]] = {
    "NONE": lambda scores: scores,
    "LOGISTIC": logistic,
    "SOFTMAX": softmax,
    "SOFTMAX_ZERO": softmax_zero,
    "PROBIT": probit,
}


def post_transform(node: Node, targets: int) -> Callable[[Rows], Rows]:
    """Return a node's post transform of outputs, shape (n, targets)."""
    name = word(node, "post_transform", "NONE")
    if name not in _TRANSFORMS:
        raise ModelRefused(f"{node.operator} asks for the post transform {name}, which is not known.")
    # onnxruntime leaves a single target as it is, but for PROBIT; the exporters' models were judged by what it says.
    return _TRANSFORMS["NONE" if targets == 1 and name != "PROBIT" else name]
