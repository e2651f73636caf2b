"""How much a run may compute: a small file can ask for large results (an outer product squares, and squares again)."""

from typing import Final

from ..model import ModelRefused

_BYTES: Final = 8_000_000
_BYTES_A_ROW: Final = 32_000
_STEPS: Final = 50_000_000
_STEPS_A_ROW: Final = 2_000_000


class Room:
    """What is left of a run's memory and time; results take it before they are made."""

    def __init__(self, rows: int) -> None:
        """Start a run over a number of rows."""
        self._bytes = _BYTES + _BYTES_A_ROW * rows
        self._steps = _STEPS + _STEPS_A_ROW * rows

    def take(self, elements: int, item_bytes: int, steps: int = 0) -> None:
        """Take what a result needs: its elements, and the steps of its computation where they are more than that.

        Raises:
            ModelRefused: there is not so much left.
        """
        self._bytes -= elements * item_bytes
        self._steps -= max(elements, steps)
        if self._bytes < 0 or self._steps < 0:
            raise ModelRefused("The model computes too much: its results are larger than any forecast needs.")
