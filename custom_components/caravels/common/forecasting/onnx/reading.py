"""What is known while a file is read: its bytes, the versions it asks for, and what it may still hold."""

from collections.abc import Mapping
from typing import Final

from ..model import ModelRefused

MAX_NODES: Final = 2_000
MAX_TENSORS: Final = 2_000
MAX_ATTRIBUTES: Final = 10_000
MAX_NUMBERS: Final = 2_000_000
"""Numbers in all lists and tensors together."""
MAX_TEXTS: Final = 250_000
"""Texts in all lists together: the modes of a forest's nodes."""


class Reading:
    """Counts what a file holds over all its graphs, so that many small things are not too much either.

    Attributes:
        data: the file.
        opsets: the version of each domain of operators that it asks for.
    """

    def __init__(self, data: bytes, opsets: Mapping[str, int]) -> None:
        """Begin with everything still allowed."""
        self.data = data
        self.opsets = opsets
        self._left = {
            "nodes": MAX_NODES,
            "tensors": MAX_TENSORS,
            "attributes": MAX_ATTRIBUTES,
            "numbers": MAX_NUMBERS,
            "texts": MAX_TEXTS,
        }

    def count(self, what: str, amount: int = 1) -> None:
        """Refuse the file where it holds too many of something."""
        self._left[what] -= amount
        if self._left[what] < 0:
            raise ModelRefused(f"The file has too many {what}.")
