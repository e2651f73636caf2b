"""A whole ONNX file (ModelProto) behind its guards, whatever engine runs it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..model import ModelRefused
from . import wire
from .graph import Graph, read_graph
from .reading import Reading
from .tensors import FLOAT

MAX_BYTES: Final = 5_000_000
MAX_FEATURES: Final = 10_000
KNOWN_FORMATS: Final = range(3, 15)
"""Versions of the format (ir_version)."""

_FORMAT, _PRODUCER, _PRODUCER_VERSION, _DOMAIN, _MODEL_VERSION, _DOCUMENTATION = 0x08, 0x12, 0x1A, 0x22, 0x28, 0x32
_GRAPH, _OPSET, _METADATA = 0x3A, 0x42, 0x72
_KNOWN: Final = frozenset({
    _FORMAT, _PRODUCER, _PRODUCER_VERSION, _DOMAIN, _MODEL_VERSION, _DOCUMENTATION, _GRAPH, _OPSET, _METADATA,
})  # fmt: skip
"""Not: training steps (20), functions (25), devices (26)."""
_KEY, _VALUE, _VERSION = 0x0A, 0x12, 0x10


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What a file says.

    Attributes:
        graph: its graph, with one input of rows of floats and one output.
        metadata: its `metadata_props`.
        features: values in a row, or None where the file leaves it open.
    """

    graph: Graph
    metadata: Mapping[str, str]
    features: int | None


def read_file(data: bytes) -> ModelFile:
    """Return what an ONNX file says, after looking at all of it: no operator was run, nothing large allocated.

    Raises:
        ModelRefused: the file is damaged, too large, asks for other files, functions or versions that are not known, or
            is no model from rows of floats, shape (n, f), to one output.
    """
    if len(data) > MAX_BYTES:
        raise ModelRefused(f"The file has {len(data)} bytes; {MAX_BYTES} are allowed.")
    found = wire.message(data, 0, len(data), _KNOWN, "model")
    version = wire.number(found, _FORMAT)
    if len(found.get(_GRAPH, ())) != 1 or version not in KNOWN_FORMATS:
        raise ModelRefused(f"This is no ONNX file of a known version with one graph: its version is {version}.")
    metadata = {}
    for span in found.get(_METADATA, ()):
        entry = wire.message(data, *span, frozenset({_KEY, _VALUE}), "metadata entry")
        metadata[wire.text(data, entry, _KEY)] = wire.text(data, entry, _VALUE)
    graph = read_graph(Reading(data, _opsets(data, found)), found[_GRAPH][0])
    return ModelFile(graph, metadata, _features(graph))


def _opsets(data: bytes, found: wire.Message) -> Mapping[str, int]:
    """Return the version of each domain of operators. Exporters name a domain twice: the newest counts."""
    opsets: dict[str, int] = {}
    for span in found.get(_OPSET, ()):
        entry = wire.message(data, *span, frozenset({_KEY, _VERSION}), "version")
        domain = wire.text(data, entry, _KEY)
        domain = "" if domain == "ai.onnx" else domain
        opsets[domain] = max(wire.number(entry, _VERSION), opsets.get(domain, 0))
    return opsets


def _features(graph: Graph) -> int | None:
    """Return the length of a row."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ModelRefused(f"The model has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs, not one each.")
    (port,) = graph.inputs
    if port.kind != FLOAT or (port.shape is not None and len(port.shape) != 2):
        raise ModelRefused(f"The input “{port.name}” is not rows of floats.")
    features = port.shape[1] if port.shape is not None else None
    if features is not None and not 0 < features <= MAX_FEATURES:
        raise ModelRefused(f"The model takes rows of {features} values.")
    return features
