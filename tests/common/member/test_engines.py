"""onnxruntime where it loads, numpy where it does not; our guards before both."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.member import engines
from caravels_operator.common.member.engines import OnnxruntimeModel, best_engine

from ..forecasting.onnx.files import FEATURES, by_onnxruntime, graph_file, graph_model, learning_set, sklearn_file

ROWS, _ = learning_set(50, seed=1)


def test_onnxruntime_is_taken_where_it_loads() -> None:
    data = sklearn_file(MLPRegressor(hidden_layer_sizes=(8,), max_iter=5))
    model = best_engine()(data)
    assert isinstance(model, OnnxruntimeModel)
    assert np.array_equal(model.run(ROWS), by_onnxruntime(data, ROWS))
    assert np.abs(model.run(ROWS) - read_numpy(data).run(ROWS)).max() < 1e-5


def test_one_thread_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[Any, Any]] = []
    runtime = import_module("onnxruntime")

    def session(data: bytes, options: Any, providers: list[str]) -> object:
        opened.append((options, providers))
        return runtime.InferenceSession(data, options, providers=providers)

    stand_in = SimpleNamespace(SessionOptions=runtime.SessionOptions, InferenceSession=session)
    monkeypatch.setitem(sys.modules, "onnxruntime", stand_in)
    best_engine()(sklearn_file(Ridge()))
    ((options, providers),) = opened
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert providers == ["CPUExecutionProvider"]


@pytest.mark.parametrize(
    "fault",
    [
        ImportError("libc.musl: no such file"),
        OSError("wrong ELF class"),
        RuntimeError("module compiled against another numpy"),
        AttributeError("_ARRAY_API not found"),
        SystemError("initialization failed"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_numpy_where_onnxruntime_does_not_load(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def broken(name: str) -> ModuleType:
        assert name == "onnxruntime"
        raise fault

    monkeypatch.setattr(engines, "importlib", SimpleNamespace(import_module=broken))
    assert best_engine() is read_numpy


def test_numpy_where_only_an_empty_folder_is_left_of_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    assert best_engine() is read_numpy


@pytest.mark.parametrize("export", [lambda: sklearn_file(KNeighborsRegressor()), lambda: sklearn_file(SVR())])
def test_onnxruntime_runs_what_numpy_refuses(export: Callable[[], bytes]) -> None:
    data = export()
    with pytest.raises(ModelRefused):
        read_numpy(data)
    assert np.array_equal(best_engine()(data).run(ROWS), by_onnxruntime(data, ROWS).reshape(-1, 1))


def outside() -> bytes:
    model = graph_model([helper.make_node("Add", ["x", "c"], ["y"])], {"c": np.zeros(1, np.float32)})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")
    return bytes(model.SerializeToString())


def endless() -> bytes:
    """A loop that onnxruntime would run for as long as the file says."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, [])],
    )
    loop = helper.make_node("Loop", ["trips", "go"], [], body=body)
    constants = {"trips": np.array(1 << 60), "go": np.array(True)}
    return graph_file([loop, helper.make_node("Identity", ["x"], ["y"])], constants)


@pytest.mark.parametrize("data", [b"", bytes(100), bytes(5_000_001), outside(), endless()], ids=len)
def test_the_guards_come_before_both_engines(data: bytes) -> None:
    for engine in (best_engine(), read_numpy):
        with pytest.raises(ModelRefused):
            engine(data)


def test_what_onnxruntime_refuses_is_refused() -> None:
    with pytest.raises(ModelRefused, match="onnxruntime cannot read the model"):
        best_engine()(graph_file([helper.make_node("NoSuchOperator", ["x"], ["y"])]))
    wrong = graph_file([helper.make_node("Reshape", ["x", "shape"], ["y"])], {"shape": np.array([7, 7])}, columns=None)
    with pytest.raises(ModelRefused, match="onnxruntime cannot run the model"):
        best_engine()(wrong).run(ROWS)


@pytest.mark.parametrize("engine", [best_engine, lambda: read_numpy], ids=["best", "numpy"])
def test_rows_and_metadata_are_the_same_with_both(engine: Callable[[], Any]) -> None:
    written = graph_model([helper.make_node("Identity", ["x"], ["y"])])
    written.metadata_props.add(key="target", value="consumption")
    model = engine()(written.SerializeToString())
    assert model.metadata == {"target": "consumption"}
    assert np.array_equal(model.run(ROWS), ROWS)
    with pytest.raises(ModelRefused, match=f"rows of {FEATURES} floats"):
        model.run(ROWS[:, 1:])


@pytest.mark.parametrize("engine", [best_engine, lambda: read_numpy], ids=["best", "numpy"])
def test_threads_may_share_a_model(engine: Callable[[], Any]) -> None:
    model = engine()(sklearn_file(MLPRegressor(hidden_layer_sizes=(8,), max_iter=5)))
    alone = [model.run(ROWS[place : place + 1]) for place in range(len(ROWS))]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda place: model.run(ROWS[place : place + 1]), range(len(ROWS))))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))
