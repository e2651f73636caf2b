"""Exported files damaged at random: a model that runs or a refusal, in little memory and time, and nothing else."""

import ctypes
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest
from onnx import AttributeProto, TensorProto, helper
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy

from .damage import parts, reframed, scratched
from .files import graph_file, graph_model, lightgbm_file, sklearn_file

ROW = np.array([[0.5, -1.5, 2.0, -0.25, 3.0, 0.0]], np.float32)
MOST_BYTES = 50_000_000
"""What a single input may add to the process, whether it is touched or not."""
MOST_SECONDS = 2
"""Of the processor's time, for a single input."""


def everything_else() -> bytes:
    """A graph by hand with the operators that the exporters of these tests do not write."""
    nodes = [
        helper.make_node("Split", ["x", "lengths"], ["left", "right"], axis=1),
        helper.make_node("Slice", ["left", "zero", "two", "one_axis"], ["sliced"]),
        helper.make_node("Gather", ["right", "picked"], ["gathered"], axis=1),
        helper.make_node("Gemm", ["gathered", "square"], ["product"], alpha=0.5, transB=1),
        helper.make_node("Greater", ["sliced", "half"], ["condition"]),
        helper.make_node("Where", ["condition", "sliced", "product"], ["chosen"]),
        helper.make_node("Clip", ["chosen", "", "half"], ["clipped"]),
        helper.make_node("Unsqueeze", ["clipped", "one_axis"], ["deep"]),
        helper.make_node("Transpose", ["deep"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["turned", "one_axis"], ["mean"], keepdims=0),
        helper.make_node("LeakyRelu", ["mean"], ["leaky"], alpha=0.1),
        helper.make_node("Concat", ["leaky", "clipped"], ["joined"], axis=1),
        helper.make_node("Max", ["joined", "half"], ["largest"]),
        helper.make_node("Flatten", ["largest"], ["y"]),
    ]
    numbers = {"lengths": [2, 4], "zero": [0], "two": [2], "one_axis": [1], "picked": [1, 3]}
    constants = {name: np.array(value) for name, value in numbers.items()}
    return graph_file(nodes, constants | {"square": np.eye(2, dtype=np.float32), "half": np.array([0.5], np.float32)})


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    return [
        sklearn_file(make_pipeline(StandardScaler(), Ridge())),
        sklearn_file(MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, random_state=1)),
        sklearn_file(DecisionTreeRegressor(max_depth=2)),
        lightgbm_file(2, 3),
        everything_else(),
    ]


@contextmanager
def little_room() -> Iterator[None]:
    """Let the process grow by no more than what an input may take; more ends in a MemoryError."""
    ctypes.CDLL(None).malloc_trim(0)  # what was freed before goes back, so that it does not count as room
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def little_time() -> Iterator[None]:
    """Interrupt what computes for too long; the clock is the process's own, so that other load does not count."""

    def interrupt(*_: object) -> None:
        raise AssertionError("an input takes too long")

    before = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def survives(raw: bytes) -> bool:
    """Whether a file is read, and its model then runs on a row. Whatever is no refusal is told with the file."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        answer = read_numpy(raw).run(ROW)
    except ModelRefused:
        return False
    except BaseException as fault:
        fault.add_note(raw.hex())
        raise
    assert answer.shape[0] == 1
    assert answer.dtype == np.float32
    return True


def test_room_and_time_are_bounded() -> None:
    with little_room(), pytest.raises(MemoryError):
        np.empty(2 * MOST_BYTES, np.uint8)
    with little_time(), pytest.raises(AssertionError, match="too long"):
        spin()


def spin() -> None:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.01)
    while True:
        pass


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_damaged_files_are_read_or_refused(count: int, seeds: list[bytes]) -> None:
    chance = Random(count)
    assert all(survives(seed) for seed in seeds)
    files = [(seed, parts(seed)) for seed in seeds]
    runs = 0
    with little_room(), little_time():
        for _ in range(count):
            (seed, message), (other, pool) = chance.choice(files), chance.choice(files)
            raw = scratched(chance, seed, other, chance.randint(1, 4))
            if chance.random() < 0.5:
                raw = reframed(chance, message, pool)
            runs += survives(raw)
    assert count // 50 < runs < count // 2


def large(attributes: list[AttributeProto], tensors: list[TensorProto]) -> bytes:
    """About as large as a file may be."""
    model = graph_model([helper.make_node("Identity", ["x"], ["y"])])
    model.graph.node[0].attribute.extend(attributes)
    model.graph.initializer.extend(tensors)
    return bytes(model.SerializeToString())


LARGE: dict[str, Callable[[], bytes]] = {
    "texts": lambda: large([AttributeProto(name="a", type="STRINGS", strings=[b"ab"] * 1_200_000)], []),
    "empty texts": lambda: large([AttributeProto(name="a", type="STRINGS", strings=[b""] * 2_400_000)], []),
    "integers": lambda: large([AttributeProto(name=f"a{i}", type="INTS", ints=[1] * 249_000) for i in range(9)], []),
    "large integers": lambda: large(
        [AttributeProto(name=f"a{i}", type="INTS", ints=[-1] * 200_000) for i in range(2)], []
    ),
    "floats": lambda: large(
        [AttributeProto(name=f"a{i}", type="FLOATS", floats=[1.0] * 249_000) for i in range(3)], []
    ),
    "packed integers": lambda: large(
        [], [TensorProto(name=f"t{i}", data_type=7, dims=[249_000], int64_data=[1] * 249_000) for i in range(19)]
    ),
    "bytes": lambda: large([], [TensorProto(name="t", data_type=1, dims=[1_240_000], raw_data=bytes(4_960_000))]),
    "truths": lambda: large(
        [], [TensorProto(name=f"t{i}", data_type=9, dims=[1_400_000], raw_data=bytes(1_400_000)) for i in range(3)]
    ),
    "names": lambda: graph_file([helper.make_node("Sum", ["x"] * 256, ["xy"])] * 6_000),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE.keys())
def test_the_largest_files_take_little_room(make: Callable[[], bytes]) -> None:
    data = make()
    assert 1_000_000 < len(data) <= 5_000_000
    with little_room(), suppress(ModelRefused):
        read_numpy(data)


@pytest.mark.parametrize("operator", ["Sigmoid", "Softplus", "LeakyRelu", "Tanh"])
def test_the_largest_results_take_little_room(operator: str) -> None:
    """A value of half of what a run may take, and a result of the other half."""
    nodes = [
        helper.make_node("MatMul", ["column", "row"], ["square"]),
        helper.make_node(operator, ["square"], ["result"]),
        helper.make_node("Identity", ["x"], ["y"]),
    ]
    row = np.ones((1, 999), np.float32)
    model = read_numpy(graph_file(nodes, {"row": row, "column": row.T.copy()}))
    with little_room():
        assert np.array_equal(model.run(ROW), ROW)
