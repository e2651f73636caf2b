"""What a node's attributes tell, by name and type."""

import numpy as np
from numpy.typing import NDArray

from ..model import ModelRefused
from .attributes import Tensor
from .graph import Node
from .tensors import Array


def integer(node: Node, name: str, default: int | None = None) -> int:
    """Return an integer. It must be there where it has no default.

    Raises:
        ModelRefused: (as all of these) the attribute is not there, or of another type.
    """
    value = node.attributes.get(name, default)
    if isinstance(value, int):
        return value
    raise _wrong(node, name)


def real(node: Node, name: str, default: float) -> float:
    """Return a float."""
    value = node.attributes.get(name, default)
    if isinstance(value, float):
        return value
    raise _wrong(node, name)


def word(node: Node, name: str, default: str) -> str:
    """Return a text."""
    value = node.attributes.get(name, default.encode())
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise _wrong(node, name)


def words(node: Node, name: str) -> tuple[bytes, ...]:
    """Return a list of texts."""
    value = node.attributes.get(name)
    if isinstance(value, tuple):
        return value
    raise _wrong(node, name)


def integers(node: Node, name: str) -> NDArray[np.int64] | None:
    """Return a list of integers, or None where it was left out."""
    value = node.attributes.get(name)
    if value is None:
        return None
    if isinstance(value, np.ndarray) and value.dtype == np.int64:
        return value.astype(np.int64, copy=False)
    raise _wrong(node, name)


def floats(node: Node, name: str) -> NDArray[np.float32] | None:
    """Return a list of floats, or None where it was left out."""
    value = node.attributes.get(name)
    if value is None:
        return None
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float32, copy=False)
    raise _wrong(node, name)


def tensor(node: Node, name: str) -> Array:
    """Return a tensor."""
    value = node.attributes.get(name)
    if isinstance(value, Tensor):
        return value.values
    raise _wrong(node, name)


def _wrong(node: Node, name: str) -> ModelRefused:
    return ModelRefused(f"{node.operator} lacks the attribute {name}, or has it in another type.")
