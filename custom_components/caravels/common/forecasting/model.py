"""What runs a trained model: rows of inputs in, rows of outputs out, whatever engine does it."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Model(Protocol):
    """A trained model that was read and can be run. It may be used by several threads."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the file says of itself (its `metadata_props`)."""

    def run(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the outputs, shape (n, k), for rows of inputs, shape (n, f).

        Raises:
            ModelRefused: the rows do not have the model's shape.
        """


type Engine = Callable[[bytes], Model]
"""Reads an ONNX file. Raises ModelRefused where the file is damaged, too large, or asks for what the engine lacks."""


class ModelRefused(Exception):
    """A model file that is not used, and why, in a sentence."""
