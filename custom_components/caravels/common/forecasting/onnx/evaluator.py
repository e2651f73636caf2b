"""Runs an ONNX file in numpy: its nodes one after the other, as their order in the file allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import Model, ModelRefused
from .file import read_file
from .graph import Graph, Node
from .operators import OPERATORS
from .room import Room
from .step import Apply, Call
from .tensors import Array

type Rows = NDArray[np.float32]

_MISFITS: Final = (ArithmeticError, LookupError, TypeError, ValueError)
"""What numpy raises where shapes, axes, indices or types of a graph do not go together."""


@dataclass(frozen=True, slots=True)
class _Step:
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    apply: Apply


@dataclass(frozen=True, slots=True)
class NumpyModel:
    """A model that was read and checked. It keeps nothing between runs, so threads may share it."""

    metadata: Mapping[str, str]
    features: int | None
    _input: str
    _output: str
    _constants: Mapping[str, Array]
    _steps: tuple[_Step, ...]

    def run(self, rows: Rows) -> Rows:
        """See `Model`."""
        check_rows(rows, self.features)
        values: dict[str, Array | None] = {**self._constants, "": None, self._input: rows}
        room = Room(rows.shape[0])
        with np.errstate(all="ignore"):  # a float that is too large is inf, and nan stays nan, as in onnxruntime
            for step in self._steps:
                _advance(step, values, room)
            return as_rows(values[self._output], rows.shape[0])


def read_numpy(data: bytes) -> Model:
    """Return the model in an ONNX file, run by numpy alone. An `Engine`.

    Raises:
        ModelRefused: the file is not what `read_file` takes, or asks for an operator, attribute or shape that is not
            known here; operators are named.
    """
    file = read_file(data)
    graph = file.graph
    foreign = sorted(_foreign(graph))
    if foreign:
        raise ModelRefused(f"The model needs {', '.join(foreign)}: onnxruntime has that, numpy's engine has not.")
    steps = tuple(_step(node) for node in graph.nodes)
    return NumpyModel(file.metadata, file.features, graph.inputs[0].name, graph.outputs[0].name, graph.constants, steps)


def check_rows(rows: Rows, features: int | None) -> None:
    """Refuse rows that are not what a model takes.

    Raises:
        ModelRefused: the rows are not floats, not a table, or of another number of columns.
    """
    if rows.dtype != np.float32 or rows.ndim != 2 or features not in {None, rows.shape[1]}:
        raise ModelRefused(f"The model takes rows of {features} floats and is given {rows.dtype} of {rows.shape}.")


def as_rows(output: Array | None, count: int) -> Rows:
    """Return a model's output as rows of floats, shape (n, k).

    Raises:
        ModelRefused: it is not one row for each row that went in.
    """
    if output is None or output.dtype.kind != "f" or output.ndim not in {1, 2} or output.shape[0] != count:
        raise ModelRefused("The model's output is not one row of floats for each row that went in.")
    return np.array(output if output.ndim == 2 else output[:, np.newaxis], np.float32)


def _advance(step: _Step, values: dict[str, Array | None], room: Room) -> None:
    """Compute a step's outputs and put them beside the values that there are."""
    try:
        results = step.apply(Call([values[name] for name in step.inputs], room))
    except _MISFITS as misfit:
        raise ModelRefused(f"{step.operator} is given values that do not go together: {misfit}.") from misfit
    values.update(zip(step.outputs, results, strict=True))


def _foreign(graph: Graph) -> set[str]:
    """Return the names of the operators that are not in the table, those in graphs within nodes too."""
    names = {
        node.operator or "an operator without a name"
        for node in graph.nodes
        if (node.domain, node.operator) not in OPERATORS
    }
    return names.union(*(_foreign(body) for node in graph.nodes for body in node.bodies))


def _step(node: Node) -> _Step:
    operator = OPERATORS[node.domain, node.operator]
    strange = sorted(node.attributes.keys() - operator.attributes)
    if strange:
        raise ModelRefused(f"{node.operator} has attributes that are not known here: {', '.join(strange)}.")
    if not operator.least <= len(node.inputs) <= operator.most:
        raise ModelRefused(f"{node.operator} takes {operator.least} to {operator.most} values, not {len(node.inputs)}.")
    if not 1 <= len(node.outputs) <= operator.gives:
        raise ModelRefused(f"{node.operator} gives {len(node.outputs)} values.")
    try:
        apply = operator.build(node)
    except _MISFITS as misfit:
        raise ModelRefused(f"{node.operator} has attributes that do not go together: {misfit}.") from misfit
    return _Step(node.operator, node.inputs, node.outputs, apply)
