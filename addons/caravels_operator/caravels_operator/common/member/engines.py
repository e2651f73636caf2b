"""The engine that runs models here: onnxruntime where it works, else numpy (docs/adr/0015-two-engines-one-file.md)."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..forecasting.model import Engine, Model, ModelRefused
from ..forecasting.onnx import as_rows, check_rows, read_file, read_numpy

type Rows = NDArray[np.float32]


class _Session(Protocol):
    """What is used of onnxruntime.InferenceSession."""

    def run(self, outputs: list[str], inputs: Mapping[str, Rows]) -> list[NDArray[np.generic]]: ...


@dataclass(frozen=True, slots=True)
class OnnxruntimeModel:
    """A model that onnxruntime runs. Its session may be used by several threads."""

    metadata: Mapping[str, str]
    features: int | None
    _input: str
    _output: str
    _session: _Session

    def run(self, rows: Rows) -> Rows:
        """See `Model`."""
        check_rows(rows, self.features)
        try:
            (output,) = self._session.run([self._output], {self._input: rows})
        except Exception as refusal:
            raise ModelRefused(f"onnxruntime cannot run the model: {refusal}") from refusal
        return as_rows(output, rows.shape[0])


def best_engine() -> Engine:
    """Return onnxruntime's engine where it can be loaded, else numpy's. Both look at the whole file first."""
    try:
        runtime = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what it has to say is in the error
        session = runtime.InferenceSession
    except Exception:  # noqa: BLE001 - a broken library fails in its own ways: missing parts, wrong processor, old C library
        return read_numpy

    def read(data: bytes) -> Model:
        file = read_file(data)
        try:
            opened = session(data, options, providers=["CPUExecutionProvider"])
        except Exception as refusal:
            raise ModelRefused(f"onnxruntime cannot read the model: {refusal}") from refusal
        graph = file.graph
        return OnnxruntimeModel(
            file.metadata, file.features, graph.inputs[0].name, graph.outputs[0].name, cast("_Session", opened)
        )

    return read
