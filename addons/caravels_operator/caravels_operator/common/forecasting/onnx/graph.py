"""The graph of an ONNX file: its nodes, the values they are given, and what goes in and out (GraphProto, NodeProto).

What would change the meaning of a graph and is not known here is refused; what only describes it is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..model import ModelRefused
from . import wire
from .attributes import Body, Value, read_attribute
from .ports import Port, read_port
from .reading import Reading
from .tensors import Array, read_tensor

KNOWN_OPSETS: Final = {"": range(7, 29), "ai.onnx.ml": range(1, 6)}
"""Versions of the operators' meaning that are understood. Before 7 shapes were matched by other rules."""
MAX_NAMES: Final = 256
"""Inputs, or outputs, of a node."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step.

    Attributes:
        operator, domain, version: what it computes, and in which of its meanings.
        inputs, outputs: names of the values that it takes and gives; "" is an optional one that was left out.
        attributes: by name.
        bodies: graphs that it holds.
    """

    operator: str
    domain: str
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Value]
    bodies: tuple[Graph, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in an order in which each one's inputs are known before it."""

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


_NODE, _NAME, _INITIALIZER, _DOCUMENTATION = 0x0A, 0x12, 0x2A, 0x52
_INPUT, _OUTPUT, _VALUE_INFO, _METADATA = 0x5A, 0x62, 0x6A, 0x82
_GRAPH_FIELDS: Final = frozenset({
    _NODE, _NAME, _INITIALIZER, _DOCUMENTATION, _INPUT, _OUTPUT, _VALUE_INFO, _METADATA,
})  # fmt: skip


def read_graph(reading: Reading, span: wire.Span, *, nested: bool = False) -> Graph:
    """Return a GraphProto.

    Raises:
        ModelRefused: it is damaged or too large, uses what is not known, or takes values that nothing gives.
    """
    data = reading.data
    found = wire.message(data, *span, _GRAPH_FIELDS, "graph")
    ports = [*found.get(_INPUT, ()), *found.get(_OUTPUT, ())]
    initializers = found.get(_INITIALIZER, ())
    reading.count("nodes", len(found.get(_NODE, ())))
    reading.count("tensors", len(initializers) + len(ports))
    constants: dict[str, Array] = {}
    for initializer in initializers:
        name, values = read_tensor(data, initializer)
        if not name or name in constants:
            raise ModelRefused(f"The file has a tensor without a name of its own: “{name}”.")
        reading.count("numbers", values.size)
        constants[name] = values
    # Until version 3 of the format initializers were listed among the inputs too.
    inputs = [port for port in (read_port(data, part) for part in found.get(_INPUT, ())) if port.name not in constants]
    outputs = [read_port(data, part) for part in found.get(_OUTPUT, ())]
    # What is nested sees values of the graph around it too: they are not known here.
    known = None if nested else {"", *constants, *(port.name for port in inputs)}
    nodes = [_read_node(reading, part, known) for part in found.get(_NODE, ())]
    for port in outputs:
        if not port.name or (known is not None and port.name not in known):
            raise ModelRefused(f"The graph's output “{port.name}” is given by nothing.")
    return Graph(tuple(nodes), constants, tuple(inputs), tuple(outputs))


def _check_names(operator: str, inputs: tuple[str, ...], outputs: tuple[str, ...], known: set[str]) -> None:
    """Refuse a value that is made twice, or used before it is made: so a graph has no cycle either."""
    for name in inputs:
        if name not in known:
            raise ModelRefused(f"{operator} takes “{name}”, which nothing before it gives.")
    for name in outputs:
        if name and name in known:
            raise ModelRefused(f"{operator} gives “{name}”, which is given already.")
        known.add(name)


_TAKES, _GIVES, _NODE_NAME, _OPERATOR, _ATTRIBUTE = 0x0A, 0x12, 0x1A, 0x22, 0x2A
_NODE_DOCUMENTATION, _DOMAIN, _NODE_METADATA = 0x32, 0x3A, 0x4A
_NODE_FIELDS: Final = frozenset({
    _TAKES, _GIVES, _NODE_NAME, _OPERATOR, _ATTRIBUTE, _NODE_DOCUMENTATION, _DOMAIN, _NODE_METADATA,
})  # fmt: skip


def _read_node(reading: Reading, span: wire.Span, known: set[str] | None) -> Node:
    """Return a NodeProto. What is cheap to refuse is looked at before its attributes."""
    data = reading.data
    found = wire.message(data, *span, _NODE_FIELDS, "node")
    operator, domain = wire.text(data, found, _OPERATOR), wire.text(data, found, _DOMAIN)
    domain = "" if domain == "ai.onnx" else domain
    version = _version(reading, operator, domain)
    inputs, outputs = (tuple(wire.word(data, part) for part in found.get(tag, ())) for tag in (_TAKES, _GIVES))
    if max(len(inputs), len(outputs)) > MAX_NAMES:
        raise ModelRefused(f"{operator} takes or gives more than {MAX_NAMES} values.")
    if known is not None:
        _check_names(operator, inputs, outputs, known)
    attributes: dict[str, Value] = {}
    for part in found.get(_ATTRIBUTE, ()):
        reading.count("attributes")
        name, value = read_attribute(reading, part)
        if name in attributes:
            raise ModelRefused(f"{operator} has the attribute “{name}” twice.")
        attributes[name] = value
    bodies = [value for value in attributes.values() if isinstance(value, Body)]
    if bodies and (known is None or operator != "Scan"):
        # A Scan ends with the rows that it is given; other bodies (loops, branches) run as long as they like.
        raise ModelRefused(f"{operator} holds a graph of its own, which is not supported.")
    graphs = tuple(read_graph(reading, body.span, nested=True) for body in bodies)
    return Node(operator, domain, version, inputs, outputs, attributes, graphs)


def _version(reading: Reading, operator: str, domain: str) -> int:
    if domain not in KNOWN_OPSETS:
        raise ModelRefused(f"{operator} is an operator of “{domain}”, which is not known.")
    version, known = reading.opsets.get(domain, 0), KNOWN_OPSETS[domain]
    if version not in known:
        raise ModelRefused(f"{operator} is of version {version} of its operators; {known[0]} to {known[-1]} are known.")
    return version
