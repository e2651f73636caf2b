"""ONNX files by hand and from the exporters of scikit-learn and LightGBM, and what onnxruntime says of them."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from lightgbm import LGBMRegressor
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.base import RegressorMixin

type Rows = NDArray[np.float32]

ML = "ai.onnx.ml"
FEATURES = 6


def learning_set(rows: int = 400, seed: int = 7) -> tuple[Rows, Rows]:
    """Rows of noise, and what is to be learnt from them: not linear, about as large as scaled consumption."""
    chance = np.random.default_rng(seed)
    inputs = chance.normal(size=(rows, FEATURES)).astype(np.float32)
    target = 2 * inputs[:, 0] + np.abs(inputs[:, 1]) - inputs[:, 2] * inputs[:, 3] + 0.1 * chance.normal(size=rows)
    return inputs, target.astype(np.float32)


def sklearn_file(estimator: RegressorMixin, outputs: int = 1) -> bytes:
    """What skl2onnx writes for an estimator after it has learnt."""
    inputs, target = learning_set()
    with warnings.catch_warnings():  # a network of a few steps has not converged; nobody minds here
        warnings.simplefilter("ignore")
        estimator.fit(inputs, target if outputs == 1 else np.stack([target] * outputs, axis=1))
        return bytes(to_onnx(estimator, inputs[:1]).SerializeToString())


def lightgbm_file(trees: int = 20, leaves: int = 15, split: int | None = None, **settings: Any) -> bytes:
    """What onnxmltools writes for LightGBM after it has learnt; some values were not known to it."""
    inputs, target = learning_set()
    inputs = inputs.copy()
    inputs[::7, 0] = np.nan
    model = LGBMRegressor(n_estimators=trees, num_leaves=leaves, verbose=-1, n_jobs=1, **settings).fit(inputs, target)
    kinds = [("rows", FloatTensorType([None, FEATURES]))]
    return bytes(convert_lightgbm(model.booster_, initial_types=kinds, split=split).SerializeToString())


def graph_file(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]] | None = None,
    *,
    columns: int | None = FEATURES,
    opset: int = 18,
    ml: int = 3,
) -> bytes:
    """A graph by hand: from rows "x" to "y"."""
    return bytes(graph_model(nodes, constants, columns=columns, opset=opset, ml=ml).SerializeToString())


def graph_model(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]] | None = None,
    *,
    columns: int | None = FEATURES,
    opset: int = 18,
    ml: int = 3,
) -> ModelProto:
    """The same, to be altered before it is written."""
    graph = helper.make_graph(
        nodes,
        "by hand",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def by_onnxruntime(data: bytes, rows: Rows) -> NDArray[Any]:
    """What onnxruntime computes."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: rows})
    return np.asarray(output)
