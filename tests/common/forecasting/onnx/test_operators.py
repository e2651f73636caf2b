"""Each operator computes what onnxruntime does, in shapes that hypothesis chooses and in several versions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, mutually_broadcastable_shapes
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.onnx.operators import OPERATORS

from .files import ML, by_onnxruntime, graph_file

FEW = settings(max_examples=30, deadline=None)
FLOATS = st.floats(-8, 8, width=32, allow_subnormal=False)
ROW = np.array([[0.5, -1.5, 2.0, -0.25, 3.0, 0.0]], np.float32)


def flat(value: str = "v") -> list[NodeProto]:
    """Whatever shape came out, as one row of floats: the file's output, beside a zero that came from its input."""
    return [
        helper.make_node("Cast", [value], ["as_floats"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["as_floats", "row"], ["y_row"]),
        helper.make_node("MatMul", ["x", "nothing"], ["zero"]),
        helper.make_node("Concat", ["y_row", "zero"], ["y"], axis=1),
    ]


def assert_same(node: NodeProto, inputs: Mapping[str, NDArray[Any]], opset: int = 18) -> NDArray[Any]:
    """The operator gives the values "v" for constant inputs; both engines agree on them."""
    helpers = {"row": np.array([1, -1]), "nothing": np.zeros((ROW.shape[1], 1), np.float32)}
    data = graph_file([node, *flat()], {**inputs, **helpers}, opset=opset)
    found, expected = read_numpy(data).run(ROW), by_onnxruntime(data, ROW)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
    return found[:, :-1]


def make(operator: str, *inputs: str, **attributes: Any) -> NodeProto:
    return helper.make_node(operator, list(inputs), ["v"], **attributes)


@st.composite
def joined(draw: st.DrawFn, count: int, kind: str = "f4") -> list[NDArray[Any]]:
    shapes = draw(mutually_broadcastable_shapes(num_shapes=count, max_dims=3, max_side=4)).input_shapes
    values = FLOATS if kind == "f4" else st.integers(-9, 9)
    return [draw(arrays(kind, shape, elements=values)) for shape in shapes]


@pytest.mark.parametrize("operator", ["Relu", "Tanh", "Sigmoid", "Softplus", "LeakyRelu", "Identity"])
@FEW
@given(value=arrays("f4", array_shapes(max_dims=3, max_side=5), elements=FLOATS))
def test_of_one_input(operator: str, value: NDArray[Any]) -> None:
    assert_same(make(operator, "a", **({"alpha": 0.3} if operator == "LeakyRelu" else {})), {"a": value})


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Less", "Greater", "Max", "Min", "Sum", "Mean"])
@FEW
@given(values=joined(2))
def test_of_two_inputs(operator: str, values: list[NDArray[Any]]) -> None:
    assert_same(make(operator, "a", "b"), dict(zip("ab", values, strict=True)))


@pytest.mark.parametrize("operator", ["Max", "Min", "Sum", "Mean"])
@pytest.mark.parametrize("count", [1, 3])
def test_of_many_inputs(operator: str, count: int) -> None:
    factors = dict(list({"a": 1, "b": -2, "c": 3}.items())[:count])
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert_same(make(operator, *factors), {name: value * np.float32(factor) for name, factor in factors.items()})


@FEW
@given(values=joined(2))
def test_division(values: list[NDArray[Any]]) -> None:
    left, right = values
    assert_same(make("Div", "a", "b"), {"a": left, "b": np.where(right == 0, np.float32(0.5), right)})


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div"])
@FEW
@given(values=joined(2, "i8"))
def test_of_integers(operator: str, values: list[NDArray[Any]]) -> None:
    left, right = values
    assert_same(make(operator, "a", "b"), {"a": left, "b": np.where(right == 0, 4, right)})


@FEW
@given(values=joined(3))
def test_where(values: list[NDArray[Any]]) -> None:
    assert_same(make("Where", "c", "a", "b"), {"c": values[0] > 0, "a": values[1], "b": values[2]})


BOUNDS = [(None, None), (-1.0, None), (None, 1.5), (-1.0, 1.5)]


@pytest.mark.parametrize(
    ("low", "high", "opset"), [(*bounds, opset) for bounds in BOUNDS for opset in (10, 18)] + [(2.0, -2.0, 18)]
)
def test_clip(low: float | None, high: float | None, opset: int) -> None:
    value = np.linspace(-3, 3, 14, dtype=np.float32).reshape(2, 7)
    bounds = {"low": low, "high": high}
    if opset < 11:
        named = {name: bound for name, bound in (("min", low), ("max", high)) if bound is not None}
        assert_same(make("Clip", "a", **named), {"a": value}, opset)
        return
    inputs = {name: np.array(bound, np.float32) for name, bound in bounds.items() if bound is not None}
    assert_same(make("Clip", "a", *(name if name in inputs else "" for name in bounds)), {"a": value, **inputs}, opset)


@pytest.mark.parametrize(
    "to", [TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL, TensorProto.DOUBLE]
)
@pytest.mark.parametrize("kind", ["f4", "i8", "f8", "?"])
def test_cast(to: int, kind: str) -> None:
    assert_same(make("Cast", "a", to=to), {"a": np.array([[-2.7, 0.0, 1.0, 5.5]]).astype(kind)})


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat(axis: int) -> None:
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert_same(make("Concat", "a", "b", "a", axis=axis), {"a": value, "b": value + 10})


@pytest.mark.parametrize("shape", [[6], [3, 2], [-1, 2], [0, 3], [1, -1, 3], [2, 3, 1]])
def test_reshape(shape: list[int]) -> None:
    assert_same(make("Reshape", "a", "s"), {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "s": np.array(shape)})


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -3])
def test_flatten(axis: int) -> None:
    assert_same(make("Flatten", "a", axis=axis), {"a": np.arange(24, dtype=np.float32).reshape(2, 3, 4)})


@FEW
@given(data=st.data())
def test_slice(data: st.DataObject) -> None:
    bound = st.integers(-7, 7)
    start, end, step = data.draw(bound), data.draw(bound), data.draw(st.sampled_from([1, 2, -1, -3]))
    axis = data.draw(st.sampled_from([0, 1, -1]))
    inputs = {"starts": start, "ends": end, "axes": axis, "steps": step}
    value = np.arange(30, dtype=np.float32).reshape(5, 6)
    assert_same(make("Slice", "a", *inputs), {"a": value, **{name: np.array([each]) for name, each in inputs.items()}})


def test_slice_by_attributes() -> None:
    value = np.arange(30, dtype=np.float32).reshape(5, 6)
    found = assert_same(make("Slice", "a", starts=[1, -4], ends=[9, -1], axes=[0, 1]), {"a": value}, opset=9)
    assert found.tolist() == [value[1:, -4:-1].ravel().tolist()]


@pytest.mark.parametrize("opset", [11, 18])
@pytest.mark.parametrize("axes", [[0], [2], [0, -1], None])
def test_squeeze(opset: int, axes: list[int] | None) -> None:
    value = {"a": np.arange(3, dtype=np.float32).reshape(1, 3, 1)}
    if axes is None:
        assert_same(make("Squeeze", "a"), value, opset)
    elif opset < 13:
        assert_same(make("Squeeze", "a", axes=axes), value, opset)
    else:
        assert_same(make("Squeeze", "a", "axes"), {**value, "axes": np.array(axes)}, opset)


@pytest.mark.parametrize("opset", [11, 18])
@pytest.mark.parametrize("axes", [[0], [2], [0, -1]])
def test_unsqueeze(opset: int, axes: list[int]) -> None:
    value = {"a": np.arange(6, dtype=np.float32).reshape(2, 3)}
    if opset < 13:
        assert_same(make("Unsqueeze", "a", axes=axes), value, opset)
    else:
        assert_same(make("Unsqueeze", "a", "axes"), {**value, "axes": np.array(axes)}, opset)


@pytest.mark.parametrize("order", [None, [0, 2, 1], [2, 0, 1]])
def test_transpose(order: list[int] | None) -> None:
    value = {"a": np.arange(24, dtype=np.float32).reshape(2, 3, 4)}
    assert_same(make("Transpose", "a", **({} if order is None else {"perm": order})), value)


@pytest.mark.parametrize(
    ("opset", "attributes", "lengths"),
    [
        (11, {"axis": 1, "split": [1, 4, 1]}, None),
        (11, {"axis": 1}, None),
        (13, {"axis": 1}, [2, 3, 1]),
        (13, {"axis": -1}, None),
        (18, {"axis": 1, "num_outputs": 3}, None),
        (18, {"axis": 0, "num_outputs": 3}, None),
    ],
)
def test_split(opset: int, attributes: dict[str, Any], lengths: list[int] | None) -> None:
    inputs: dict[str, NDArray[Any]] = {"a": np.arange(42, dtype=np.float32).reshape(7, 6)}
    if lengths is not None:
        inputs["lengths"] = np.array(lengths)
    split = helper.make_node("Split", list(inputs), ["p", "q", "r"], **attributes)
    nodes = [split, *(helper.make_node("Reshape", [part, "row"], [part + "1"]) for part in "pqr")]
    nodes.append(helper.make_node("Concat", ["p1", "q1", "r1"], ["v"], axis=1))
    helpers = {"row": np.array([1, -1]), "nothing": np.zeros((6, 1), np.float32)}
    data = graph_file([*nodes, *flat()], {**inputs, **helpers}, opset=opset)
    np.testing.assert_array_equal(read_numpy(data).run(ROW), by_onnxruntime(data, ROW))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("index", [0, [1, -1], [[0, 1], [1, 0]]])
def test_gather(axis: int, index: object) -> None:
    value = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert_same(make("Gather", "a", "i", axis=axis), {"a": value, "i": np.array(index)})


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axes", [None, [1], [0, -1]])
@pytest.mark.parametrize("opset", [13, 18])
def test_mean_over_axes(keepdims: int, axes: list[int] | None, opset: int) -> None:
    inputs: dict[str, NDArray[Any]] = {"a": np.arange(24, dtype=np.float32).reshape(2, 3, 4)}
    attributes: dict[str, Any] = {"keepdims": keepdims}
    if axes is not None and opset < 18:
        attributes["axes"] = axes
    elif axes is not None:
        inputs["axes"] = np.array(axes)
    assert_same(make("ReduceMean", *inputs, **attributes), inputs, opset)


def test_mean_over_no_axes_is_the_value_where_it_is_asked_for() -> None:
    value = np.arange(4, dtype=np.float32).reshape(2, 2)
    found = assert_same(make("ReduceMean", "a", noop_with_empty_axes=1), {"a": value})
    assert found.tolist() == [[0, 1, 2, 3]]


@FEW
@given(data=st.data())
def test_matmul(data: st.DataObject) -> None:
    rows, inner, columns = (data.draw(st.integers(1, 4)) for _ in range(3))
    stack = data.draw(st.sampled_from([(), (2,), (3, 1)]))
    left = data.draw(arrays("f4", (*stack, rows, inner), elements=FLOATS))
    right = data.draw(arrays("f4", data.draw(st.sampled_from([(inner, columns), (inner,)])), elements=FLOATS))
    assert_same(make("MatMul", "a", "b"), {"a": left, "b": right})


@FEW
@given(data=st.data())
def test_gemm(data: st.DataObject) -> None:
    rows, inner, columns = (data.draw(st.integers(1, 4)) for _ in range(3))
    turn_left, turn_right = data.draw(st.booleans()), data.draw(st.booleans())
    left = data.draw(arrays("f4", (inner, rows) if turn_left else (rows, inner), elements=FLOATS))
    right = data.draw(arrays("f4", (columns, inner) if turn_right else (inner, columns), elements=FLOATS))
    added = data.draw(
        arrays("f4", data.draw(st.sampled_from([(), (columns,), (rows, 1), (rows, columns)])), elements=FLOATS)
    )
    attributes = {"alpha": 0.5, "beta": data.draw(st.sampled_from([1.0, -2.0]))}
    node = make("Gemm", "a", "b", "c", transA=int(turn_left), transB=int(turn_right), **attributes)
    assert_same(node, {"a": left, "b": right, "c": added})


@pytest.mark.parametrize(
    "told",
    [
        {"value": helper.make_tensor("t", TensorProto.FLOAT, [2, 2], [1.0, 2.0, 3.0, 4.0])},
        {"value": helper.make_tensor("t", TensorProto.INT32, [3], [-1, 2, 300])},
        {"value": helper.make_tensor("t", TensorProto.BOOL, [2], [True, False])},
        {"value": helper.make_tensor("t", TensorProto.DOUBLE, [1], [0.125])},
        {"value_float": 1.5},
        {"value_floats": [1.5, -2.0]},
        {"value_int": -7},
        {"value_ints": [1, -(2**62), 300]},
    ],
)
def test_constant(told: dict[str, Any]) -> None:
    assert_same(helper.make_node("Constant", [], ["v"], **told), {})


def on_rows(node: NodeProto, rows: NDArray[np.float32]) -> None:
    """An operator of ai.onnx.ml takes the rows themselves."""
    data = graph_file([node], columns=rows.shape[1])
    found, expected = read_numpy(data).run(rows), by_onnxruntime(data, rows)
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=2e-6, atol=2e-6)


@FEW
@given(data=st.data())
def test_scaler(data: st.DataObject) -> None:
    rows = data.draw(arrays("f4", (3, 4), elements=FLOATS))
    size = data.draw(st.sampled_from([1, 4]))
    offset, scale = (data.draw(arrays("f4", size, elements=FLOATS)).tolist() for _ in range(2))
    on_rows(helper.make_node("Scaler", ["x"], ["y"], domain=ML, offset=offset, scale=scale), rows)


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"])
@pytest.mark.parametrize("targets", [1, 2, 3])
@pytest.mark.parametrize("intercepts", [True, False])
def test_linear_regressor(transform: str, targets: int, intercepts: bool) -> None:
    chance = np.random.default_rng(targets)
    told: dict[str, Any] = {"coefficients": chance.uniform(0, 0.15, 4 * targets).tolist(), "targets": targets}
    if intercepts:
        told["intercepts"] = [0.3] * targets
    node = helper.make_node("LinearRegressor", ["x"], ["y"], domain=ML, post_transform=transform, **told)
    on_rows(node, chance.uniform(0.1, 1, size=(20, 4)).astype(np.float32))


@pytest.mark.parametrize(
    ("node", "inputs", "opset"),
    [
        (make("Squeeze", "a", axes=[0]), {"a": np.zeros((1, 2), np.float32)}, 18),
        (make("ReduceMean", "a", axes=[0]), {"a": np.zeros((1, 2), np.float32)}, 18),
        (make("Clip", "a", min=0.0), {"a": np.zeros((1, 2), np.float32)}, 18),
        (make("Add", "a", "b"), {"a": np.zeros(2, np.float32), "b": np.zeros(2, np.int64)}, 18),
        (make("Add", "a", "b"), {"a": np.zeros(2, np.float32), "b": np.zeros(3, np.float32)}, 18),
        (make("Tanh", "a"), {"a": np.zeros(2, np.int64)}, 18),
        (make("Gather", "a", "i"), {"a": np.zeros(2, np.float32), "i": np.array([2])}, 18),
        (make("Reshape", "a", "s"), {"a": np.zeros(2, np.float32), "s": np.array([3, 1])}, 18),
        (make("Reshape", "a", "s"), {"a": np.zeros(2, np.float32), "s": np.array([-1, -1])}, 18),
        (make("Transpose", "a", perm=[0, 0]), {"a": np.zeros((1, 2), np.float32)}, 18),
        (make("Cast", "a", to=TensorProto.STRING), {"a": np.zeros(2, np.float32)}, 18),
        (make("Cast", "a"), {"a": np.zeros(2, np.float32)}, 18),
        (make("Concat", "a", "a"), {"a": np.zeros(2, np.float32)}, 18),
        (
            make("Slice", "a", "z", "e", "z", "z"),
            {"a": np.zeros(2, np.float32), "z": np.array([0]), "e": np.array([1])},
            18,
        ),
        (make("Relu", "a", strange=1), {"a": np.zeros(2, np.float32)}, 18),
        (make("Relu", "a", "a"), {"a": np.zeros(2, np.float32)}, 18),
        (make("Relu", ""), {}, 18),
    ],
    ids=lambda value: value.op_type if isinstance(value, NodeProto) else "",
)
def test_what_does_not_go_together_is_refused(node: NodeProto, inputs: dict[str, NDArray[Any]], opset: int) -> None:
    helpers = {"row": np.array([1, -1]), "nothing": np.zeros((6, 1), np.float32)}
    data = graph_file([node, *flat()], {**inputs, **helpers}, opset=opset)
    with pytest.raises(ModelRefused):
        read_numpy(data).run(ROW)


def test_every_operator_of_the_table_is_tried() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert not [name for _, name in OPERATORS if f'"{name}"' not in tests]
