"""Writes a linear model as an ONNX file: one Gemm, with its card in the metadata. The same model, the same bytes."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..common.forecasting.series import Floats

OPSET: Final = 17
IR_VERSION: Final = 8


def linear_file(weights: Floats, intercept: float, metadata: Mapping[str, str]) -> bytes:
    """Return the file of `inputs @ weights + intercept`, float32, shape (n, f) to (n, 1).

    Args:
        weights: of each input, shape (f,).
        intercept: what no input explains.
        metadata: what the file says of itself.
    """
    tensors = [
        numpy_helper.from_array(weights.astype(np.float32)[:, None], "weights"),
        numpy_helper.from_array(np.array([intercept], np.float32), "intercept"),
    ]
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["inputs", "weights", "intercept"], ["mean"])],
        "consumption",
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["rows", weights.size])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["rows", 1])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="caravels")
    model.ir_version = IR_VERSION
    for key, value in sorted(metadata.items()):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
