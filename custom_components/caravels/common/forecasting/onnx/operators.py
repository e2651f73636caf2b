"""The operators that the numpy evaluator has, by domain and name. Any other is refused by its name."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from .elementwise import (
    build_cast,
    build_clip,
    build_leaky_relu,
    divide,
    relu,
    several,
    sigmoid,
    softplus,
    unary,
    where,
)
from .linear import build_gemm, build_linear_regressor, build_scaler, matmul
from .shaping import (
    build_concat,
    build_constant,
    build_flatten,
    build_gather,
    build_reduce_mean,
    build_reshape,
    build_slice,
    build_split,
    build_squeeze,
    build_transpose,
    build_unsqueeze,
    identity,
)
from .step import MANY, Operator, fixed
from .trees import build_tree_ensemble

ML: Final = "ai.onnx.ml"


def _named(*names: str) -> frozenset[str]:
    return frozenset(names)


_TREE: Final = _named(
    "aggregate_function", "base_values", "n_targets", "nodes_falsenodeids", "nodes_featureids", "nodes_hitrates",
    "nodes_missing_value_tracks_true", "nodes_modes", "nodes_nodeids", "nodes_treeids", "nodes_truenodeids",
    "nodes_values", "post_transform", "target_ids", "target_nodeids", "target_treeids", "target_weights",
)  # fmt: skip
_CONSTANT: Final = _named("value", "value_float", "value_floats", "value_int", "value_ints")

OPERATORS: Final[Mapping[tuple[str, str], Operator]] = {
    ("", "Add"): Operator(several(np.add), 2, 2),
    ("", "Cast"): Operator(build_cast, attributes=_named("to", "saturate", "round_mode")),
    ("", "Clip"): Operator(build_clip, 1, 3, _named("min", "max")),
    ("", "Concat"): Operator(build_concat, 1, MANY, _named("axis")),
    ("", "Constant"): Operator(build_constant, 0, 0, _CONSTANT),
    ("", "Div"): Operator(several(divide), 2, 2),
    ("", "Flatten"): Operator(build_flatten, attributes=_named("axis")),
    ("", "Gather"): Operator(build_gather, 2, 2, _named("axis")),
    ("", "Gemm"): Operator(build_gemm, 2, 3, _named("alpha", "beta", "transA", "transB")),
    ("", "Greater"): Operator(several(np.greater), 2, 2),
    ("", "Identity"): Operator(fixed(identity)),
    ("", "LeakyRelu"): Operator(build_leaky_relu, attributes=_named("alpha")),
    ("", "Less"): Operator(several(np.less), 2, 2),
    ("", "MatMul"): Operator(fixed(matmul), 2, 2),
    ("", "Max"): Operator(several(np.maximum), 1, MANY),
    ("", "Mean"): Operator(several(np.add, "f", mean=True), 1, MANY),
    ("", "Min"): Operator(several(np.minimum), 1, MANY),
    ("", "Mul"): Operator(several(np.multiply), 2, 2),
    ("", "ReduceMean"): Operator(build_reduce_mean, 1, 2, _named("axes", "keepdims", "noop_with_empty_axes")),
    ("", "Relu"): Operator(unary(relu)),
    ("", "Reshape"): Operator(build_reshape, 2, 2, _named("allowzero")),
    ("", "Sigmoid"): Operator(unary(sigmoid)),
    ("", "Slice"): Operator(build_slice, 1, 5, _named("starts", "ends", "axes")),
    ("", "Softplus"): Operator(unary(softplus)),
    ("", "Split"): Operator(build_split, 1, 2, _named("axis", "split", "num_outputs"), gives=MANY),
    ("", "Squeeze"): Operator(build_squeeze, 1, 2, _named("axes")),
    ("", "Sub"): Operator(several(np.subtract), 2, 2),
    ("", "Sum"): Operator(several(np.add, "f"), 1, MANY),
    ("", "Tanh"): Operator(unary(np.tanh)),
    ("", "Transpose"): Operator(build_transpose, attributes=_named("perm")),
    ("", "Unsqueeze"): Operator(build_unsqueeze, 1, 2, _named("axes")),
    ("", "Where"): Operator(fixed(where), 3, 3),
    (ML, "LinearRegressor"): Operator(
        build_linear_regressor, attributes=_named("coefficients", "intercepts", "post_transform", "targets")
    ),
    (ML, "Scaler"): Operator(build_scaler, attributes=_named("offset", "scale")),
    (ML, "TreeEnsembleRegressor"): Operator(build_tree_ensemble, attributes=_TREE),
}
