"""What a file may not ask for is refused in a sentence, before anything large is made; operators are named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from sklearn.ensemble import AdaBoostRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_file, read_numpy
from caravels_operator.common.forecasting.onnx.file import MAX_BYTES
from caravels_operator.common.forecasting.onnx.reading import MAX_NODES
from caravels_operator.common.forecasting.onnx.wire import MAX_LIST, packed_varints, tagged_varints

from .files import FEATURES, graph_file, graph_model, sklearn_file

ROW = np.ones((1, FEATURES), np.float32)
IDENTITY = helper.make_node("Identity", ["x"], ["y"])


def lstm() -> bytes:
    weights = {
        "w": np.zeros((1, 8, FEATURES), np.float32),
        "r": np.zeros((1, 8, 2), np.float32),
        "axis": np.array([0]),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["x", "axis"], ["sequence"]),
        helper.make_node("LSTM", ["sequence", "w", "r"], ["", "y"], hidden_size=2),
    ]
    return graph_file(nodes, weights)


@pytest.mark.parametrize(
    ("export", "named"),
    [
        (lambda: sklearn_file(KNeighborsRegressor()), "TopK"),
        (lambda: sklearn_file(SVR()), "SVMRegressor"),
        (lambda: sklearn_file(AdaBoostRegressor(n_estimators=3)), "CumSum"),
        (lambda: sklearn_file(GaussianProcessRegressor()), "Exp"),
        (lstm, "LSTM"),
    ],
    ids=["nearest neighbours", "support vectors", "AdaBoost", "Gaussian process", "recurrent"],
)
def test_foreign_operators_are_refused_by_name(export: Callable[[], bytes], named: str) -> None:
    with pytest.raises(ModelRefused, match=rf"\b{named}\b"):
        read_numpy(export())


def altered(alter: Callable[[ModelProto], object]) -> bytes:
    model = graph_model([IDENTITY], {"c": np.zeros(2, np.float32)})
    alter(model)
    return bytes(model.SerializeToString())


def outside(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def branch(model: ModelProto) -> None:
    output = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    body = helper.make_graph([helper.make_node("Identity", ["c"], ["b"])], "b", [], [output])
    truth = helper.make_node("Greater", ["c", "c"], ["t"])
    model.graph.node.extend([truth, helper.make_node("If", ["t"], ["i"], then_branch=body, else_branch=body)])


def scan_in_scan(model: ModelProto) -> None:
    innermost = helper.make_graph([], "i", [], [])
    body = helper.make_graph([helper.make_node("Scan", ["a"], ["b"], body=innermost, num_scan_inputs=1)], "b", [], [])
    model.graph.node.append(helper.make_node("Scan", ["c"], ["s"], body=body, num_scan_inputs=1))


def function(model: ModelProto) -> None:
    model.functions.append(helper.make_function("own", "F", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], []))


def sparse(model: ModelProto) -> None:
    values, indices = numpy_helper.from_array(np.ones(1, np.float32), "s"), numpy_helper.from_array(np.array([0]), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [9]))


def sparse_constant(model: ModelProto) -> None:
    values, indices = numpy_helper.from_array(np.ones(1, np.float32), "s"), numpy_helper.from_array(np.array([0]), "i")
    told = helper.make_sparse_tensor(values, indices, [9])
    model.graph.node.append(helper.make_node("Constant", [], ["k"], sparse_value=told))


def typed(kind: int) -> Callable[[ModelProto], object]:
    return lambda model: model.graph.initializer.append(TensorProto(name="t", data_type=kind, dims=[0]))


def shaped(*lengths: int, size: int = 0) -> Callable[[ModelProto], object]:
    tensor = TensorProto(name="t", data_type=TensorProto.FLOAT, dims=lengths, raw_data=bytes(size))
    return lambda model: model.graph.initializer.append(tensor)


def node(*parts: Any, **attributes: Any) -> Callable[[ModelProto], object]:
    return lambda model: model.graph.node.append(helper.make_node(*parts, **attributes))


REFUSED: dict[str, tuple[Callable[[ModelProto], object], str]] = {
    "values outside of the file": (outside, "outside of the file"),
    "a branch": (branch, "If holds a graph of its own"),
    "a scan in a scan": (scan_in_scan, "Scan holds a graph of its own"),
    "a function": (function, "field 25"),
    "training": (lambda model: model.training_info.add(), "field 20"),
    "a sparse tensor": (sparse, "field 15"),
    "a sparse constant": (sparse_constant, "sparse_value"),
    "texts": (typed(TensorProto.STRING), "type 8"),
    "half floats": (typed(TensorProto.FLOAT16), "type 10"),
    "an unknown type": (typed(99), "type 99"),
    "no type": (typed(0), "type 0"),
    "a huge shape": (shaped(1 << 20, 1 << 20), "too large"),
    "a huge empty shape": (shaped(0, 1 << 62), "too large"),
    "a negative length": (shaped(-1, -4), "too large"),
    "nine axes": (shaped(*[1] * 9, size=4), "too large"),
    "less values than its shape": (shaped(3, size=8), "2 values"),
    "half a value": (shaped(1, size=3), "do not fit its type"),
    "a type beside the bytes": (lambda model: model.graph.initializer[0].float_data.append(1.0), "given twice"),
    "a name twice": (lambda model: model.graph.initializer.append(model.graph.initializer[0]), "a name of its own"),
    "an unknown format": (lambda model: setattr(model, "ir_version", 99), "version is 99"),
    "old operators": (lambda model: setattr(model.opset_import[0], "version", 6), "version 6"),
    "operators to come": (lambda model: setattr(model.opset_import[0], "version", 99), "version 99"),
    "a foreign domain": (node("Relu", ["x"], ["r"], domain="com.microsoft"), "com.microsoft"),
    "a value from nowhere": (node("Relu", ["from nowhere"], ["r"]), "from nowhere"),
    "its own output": (node("Relu", ["r"], ["r"]), "nothing before it gives"),
    "a value made twice": (node("Relu", ["x"], ["y"]), "given already"),
    "an output of nothing": (lambda model: setattr(model.graph.output[0], "name", "z"), "given by nothing"),
    "two outputs": (lambda model: model.graph.output.append(helper.make_tensor_value_info("c", 1, None)), "2 outputs"),
    "two inputs": (lambda model: model.graph.input.append(helper.make_tensor_value_info("z", 1, None)), "2 inputs"),
    "an input of integers": (
        lambda model: model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.INT64, [None, 6])),
        "not rows of floats",
    ),
    "an input of three axes": (
        lambda model: model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", 1, [None, 6, 6])),
        "not rows of floats",
    ),
    "rows without values": (
        lambda model: model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", 1, [None, 0])),
        "rows of 0 values",
    ),
    "a sequence": (
        lambda model: model.graph.input[0].CopyFrom(helper.make_tensor_sequence_value_info("x", 1, [None, 6])),
        "not supported",
    ),
    "too many nodes": (
        lambda model: model.graph.node.extend(helper.make_node("Relu", ["x"], [f"n{i}"]) for i in range(MAX_NODES)),
        "too many nodes",
    ),
    "too many tensors": (
        lambda model: model.graph.initializer.extend(
            TensorProto(name=f"t{i}", data_type=1, dims=[0]) for i in range(2_000)
        ),
        "too many tensors",
    ),
    "too many attributes": (
        lambda model: model.graph.node.append(
            NodeProto(op_type="Relu", attribute=[helper.make_attribute(f"a{i}", 1) for i in range(10_001)])
        ),
        "too many attributes",
    ),
    "too many inputs": (node("Sum", ["x"] * 257, ["s"]), "more than 256"),
    "too many parts": (
        lambda model: model.graph.value_info.extend(model.graph.input[0] for _ in range(20_001)),
        "20000",
    ),
    "an attribute twice": (
        lambda model: model.graph.node.append(
            NodeProto(op_type="Cast", input=["x"], output=["r"], attribute=[helper.make_attribute("to", 1)] * 2)
        ),
        "twice",
    ),
    "an attribute of another type": (
        lambda model: model.graph.node.append(
            NodeProto(op_type="Cast", input=["x"], output=["r"], attribute=[{"name": "to", "type": 1, "i": 1}])
        ),
        "what its type 1 says",
    ),
    "an attribute of a function": (
        lambda model: model.graph.node.append(
            NodeProto(
                op_type="Cast", input=["x"], output=["r"], attribute=[{"name": "to", "type": 2, "ref_attr_name": "t"}]
            )
        ),
        "field 21",
    ),
}


@pytest.mark.parametrize(("alter", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_the_guards(alter: Callable[[ModelProto], object], words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        read_file(altered(alter))


def test_what_the_guards_are_tried_on_is_read() -> None:
    assert np.array_equal(read_numpy(altered(lambda _: None)).run(ROW), ROW)


def test_what_only_describes_a_model_is_passed_over() -> None:
    def describe(model: ModelProto) -> None:
        model.doc_string = model.graph.doc_string = "words"
        model.graph.value_info.append(helper.make_tensor_value_info("y", 1, [None, 6]))
        model.graph.node[0].doc_string = "words"
        model.graph.initializer[0].doc_string = "words"
        model.metadata_props.add(key="target", value="consumption")
        model.metadata_props.add(key="zone", value="")
        model.opset_import.append(helper.make_opsetid("com.example", 99))

    assert read_numpy(altered(describe)).metadata == {"target": "consumption", "zone": ""}


def test_values_may_be_written_in_typed_fields_too() -> None:
    constants = [
        helper.make_tensor("f", TensorProto.FLOAT, [2], [1.5, -2.5]),
        helper.make_tensor("d", TensorProto.DOUBLE, [1], [0.25]),
        helper.make_tensor("i", TensorProto.INT32, [2], [-7, 1 << 30]),
        helper.make_tensor("l", TensorProto.INT64, [2, 1], [-(1 << 62), 300]),
        helper.make_tensor("b", TensorProto.BOOL, [2], [True, False]),
        TensorProto(name="e", data_type=TensorProto.FLOAT, dims=[0, 3]),
    ]
    found = read_file(altered(lambda model: model.graph.initializer.extend(constants))).graph.constants
    assert {name: values.tolist() for name, values in found.items() if name != "c"} == {
        "f": [1.5, -2.5], "d": [0.25], "i": [-7, 1 << 30], "l": [[-(1 << 62)], [300]], "b": [True, False], "e": [],
    }  # fmt: skip
    assert found["e"].shape == (0, 3)
    with pytest.raises(ValueError, match="read-only"):
        found["f"][0] = 0


@pytest.mark.parametrize("size", [0, 1, 100])
def test_no_file_at_all(size: int) -> None:
    with pytest.raises(ModelRefused):
        read_numpy(bytes(size))


def test_the_largest_file() -> None:
    def fill(length: int) -> bytes:
        return altered(lambda model: setattr(model, "doc_string", "a" * length))

    spare = MAX_BYTES - len(fill(4_000_000)) + 4_000_000
    assert len(fill(spare)) == MAX_BYTES
    assert np.array_equal(read_numpy(fill(spare)).run(ROW), ROW)
    with pytest.raises(ModelRefused, match="5000001 bytes"):
        read_numpy(fill(spare + 1))


def test_long_lists_of_numbers() -> None:
    numbers = [0, 1, 127, 128, 300, 1 << 35, -1, -(1 << 63), (1 << 63) - 1] * 20_000
    written = helper.make_attribute("a", numbers).SerializeToString()
    start = written.index(b"\x40")
    found, end = tagged_varints(written, start, len(written))
    assert found.tolist() == numbers
    assert written[end:] == b"\xa0\x01\x07"
    small = helper.make_attribute("a", [0, 1, 64, 127] * 5_000).SerializeToString()
    found, end = tagged_varints(small, small.index(b"\x40"), len(small))
    assert found.tolist() == [0, 1, 64, 127] * 5_000
    assert small[end:] == b"\xa0\x01\x07"
    for cut in (small[:-4], written[:-4]):
        with pytest.raises(ModelRefused, match="cut off"):
            tagged_varints(cut, cut.index(b"\x40"), len(cut))
    packed = TensorProto(int64_data=numbers).SerializeToString()
    assert packed_varints(packed, (packed.index(b"\x3a") + 4, len(packed))).tolist() == numbers
    with pytest.raises(ModelRefused, match=f"more than {MAX_LIST}"):
        tagged_varints(b"\x40\x00" * (MAX_LIST + 1), 0, 2 * MAX_LIST + 2)
    with pytest.raises(ModelRefused, match=f"more than {MAX_LIST}"):
        packed_varints(bytes(MAX_LIST + 1), (0, MAX_LIST + 1))


@pytest.mark.parametrize(
    "nodes",
    [
        [helper.make_node("Add", ["row", "column"], ["huge"])],
        [helper.make_node("MatMul", ["column", "row"], ["huge"])],
        [helper.make_node("Gemm", ["column", "row"], ["huge"])],
        [helper.make_node("Where", ["truth", "row", "column"], ["huge"])],
        [helper.make_node("Gather", ["column", "many"], ["huge"], axis=1)],
        [
            helper.make_node("Concat", ["column"] * 250, ["c0"], axis=0),
            helper.make_node("Concat", ["c0"] * 250, ["huge"], axis=0),
        ],
        [helper.make_node("Sum", ["row", "column", "row"], ["huge"])],
    ],
    ids=lambda nodes: nodes[0].op_type,
)
def test_small_files_with_large_results(nodes: list[NodeProto]) -> None:
    row = np.ones((1, 5_000), np.float32)
    constants: dict[str, Any] = {
        "row": row,
        "column": row.T.copy(),
        "many": np.zeros(5_000, np.int64),
        "truth": np.array([True]),
    }
    model = read_numpy(graph_file([*nodes, IDENTITY], constants))
    with pytest.raises(ModelRefused, match="computes too much"):
        model.run(ROW)


def test_many_large_products() -> None:
    nodes = [helper.make_node("MatMul", ["square", "square"], [f"m{i}"]) for i in range(60)]
    model = read_numpy(graph_file([*nodes, IDENTITY], {"square": np.ones((100, 100), np.float32)}))
    with pytest.raises(ModelRefused, match="computes too much"):
        model.run(ROW)


@pytest.mark.parametrize(
    "rows", [np.ones(6, np.float32), np.ones((2, 5), np.float32), np.ones((2, 6)), np.ones((2, 6), np.int64)], ids=str
)
def test_rows_that_a_model_does_not_take(rows: Any) -> None:
    with pytest.raises(ModelRefused, match="takes rows of 6 floats"):
        read_numpy(graph_file([IDENTITY])).run(rows)


@pytest.mark.parametrize(
    "last",
    [
        helper.make_node("Transpose", ["x"], ["y"]),
        helper.make_node("Cast", ["x"], ["y"], to=TensorProto.INT64),
        helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0),
        helper.make_node("Unsqueeze", ["x", "axis"], ["y"]),
    ],
    ids=lambda node: node.op_type,
)
def test_an_output_that_is_no_row_for_each_row(last: NodeProto) -> None:
    model = read_numpy(graph_file([last], {"axis": np.array([0])}))
    with pytest.raises(ModelRefused, match="one row of floats for each row"):
        model.run(np.ones((3, FEATURES), np.float32))


def test_a_flat_output_is_a_column() -> None:
    data = graph_file([helper.make_node("ReduceMean", ["x", "axis"], ["y"], keepdims=0)], {"axis": np.array([1])})
    assert read_numpy(data).run(np.full((3, FEATURES), 2, np.float32)).tolist() == [[2.0]] * 3


def test_rows_stay_as_they_are_and_answers_are_ones_own() -> None:
    model, rows = read_numpy(graph_file([IDENTITY])), ROW.copy()
    answer = model.run(rows)
    answer[:] = 9
    assert np.array_equal(rows, ROW)
    assert np.array_equal(model.run(rows), ROW)
