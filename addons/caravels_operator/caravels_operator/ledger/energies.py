"""Hours of energy as bytes: what a forecast says of a few dozen hours is one value of its row, not a row an hour."""

from collections.abc import Sequence

import numpy as np

from ..common.forecasting.series import Floats

_WHOLE = np.dtype("<i4")
_FINE = np.dtype("<f4")


def packed(wh: Sequence[int]) -> bytes:
    """Return whole Wh of consecutive hours as bytes, four an hour."""
    return np.array(wh, _WHOLE).tobytes()


def unpacked(data: bytes) -> Floats:
    """Return what `packed` took, shape (m,)."""
    return np.frombuffer(data, _WHOLE).astype(np.float64)


def packed_floats(wh: Floats) -> bytes:
    """Return Wh of consecutive hours as bytes, four an hour: to seven digits."""
    return wh.astype(_FINE).tobytes()


def unpacked_floats(data: bytes) -> Floats:
    """Return what `packed_floats` took, shape (m,)."""
    return np.frombuffer(data, _FINE).astype(np.float64)
