"""What an operator is to the evaluator: a node is built once, when the file is read, and applied in every run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np

from ..model import ModelRefused
from .graph import Node
from .room import Room
from .tensors import Array

MANY: Final = 256


@dataclass(frozen=True, slots=True)
class Call:
    """What a node is given in a run.

    Attributes:
        inputs: its values, None for an optional one that was left out.
        room: how much the run may still compute.
    """

    inputs: Sequence[Array | None]
    room: Room

    def all(self) -> list[Array]:
        """Return the inputs, none of which may be left out."""
        found = [value for value in self.inputs if value is not None]
        if len(found) != len(self.inputs):
            raise ModelRefused("An operator lacks an input that it needs.")
        return found

    def first(self) -> Array:
        """Return the first input."""
        value = self.optional(0)
        if value is None:
            raise ModelRefused("An operator lacks an input that it needs.")
        return value

    def optional(self, place: int) -> Array | None:
        """Return an input, or None where it was left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def take(self, values: Sequence[Array]) -> None:
        """Take the room for a result of the shape that values have together, before they are joined."""
        first = values[0]
        together = all(value.shape == first.shape for value in values)
        size = first.size if together else prod(np.broadcast_shapes(*(value.shape for value in values)))
        self.room.take(size, first.itemsize)


type Apply = Callable[[Call], Sequence[Array]]
"""Computes a node's outputs."""
type Build = Callable[[Node], Apply]
"""Makes a node with its attributes ready to run."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table of operators.

    Attributes:
        build: makes a node of it ready.
        least, most: how many inputs it takes.
        attributes: those that it knows; any other would change its meaning, so it is refused.
        gives: how many outputs at most.
    """

    build: Build
    least: int = 1
    most: int = 1
    attributes: frozenset[str] = frozenset()
    gives: int = 1


def fixed(apply: Apply) -> Build:
    """Return how a node is built that has nothing to be told."""

    def build(_: Node) -> Apply:
        return apply

    return build


def of_one_type(values: Sequence[Array], kinds: str) -> None:
    """Refuse values that are not all of one type, of numpy's kinds ("f": floats, "i": integers, "b": bool)."""
    dtype = values[0].dtype
    if dtype.kind not in kinds or any(value.dtype != dtype for value in values):
        raise ModelRefused(f"An operator does not take values of the types {[str(value.dtype) for value in values]}.")


def whole(value: Array) -> list[int]:
    """Return axes or lengths that a graph holds or computes."""
    if value.dtype.kind != "i" or value.size > MANY:
        raise ModelRefused("Axes or lengths are not a short list of integers.")
    return [int(number) for number in value.ravel()]
