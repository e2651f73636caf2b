"""Exported files damaged at random: a model that runs or a refusal, in little memory and time, and nothing else."""

import ctypes
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import pytest
from onnx import helper
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.forecasting.onnx import read_numpy

from .damage import parts, reframed, scratched
from .files import graph_file, lightgbm_file, sklearn_file

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


def survives(raw: bytes, row: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> bool:
    """Whether a file is read, and its model then runs on a row. Whatever is no refusal is told with the file."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        answer = read_numpy(raw).run(row)
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
    row = np.array([[0.5, -1.5, 2.0, -0.25, 3.0, 0.0]], np.float32)
    assert all(survives(seed, row) for seed in seeds)
    files = [(seed, parts(seed)) for seed in seeds]
    runs = 0
    with little_room(), little_time():
        for _ in range(count):
            (seed, message), (other, pool) = chance.choice(files), chance.choice(files)
            raw = scratched(chance, seed, other, chance.randint(1, 4))
            if chance.random() < 0.5:
                raw = reframed(chance, message, pool)
            runs += survives(raw, row)
    assert count // 50 < runs < count // 2
