"""The sum over devices: mean and quantiles of independent devices that are on or off, by convolution.

Each device's energy in an hour is a distribution on thirteen values, nought to full power. They are laid on one grid
of 256 values up to the sum of all powers (each value split between its two neighbours, so that means stay), and
convolved as a product of discrete Fourier transforms. The grid is coarse by 1/243 of the sum of powers for ten
devices; with more than one, the band is read outwards by one of its steps.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..series import Floats
from .runs import LATTICE

_GRID: Final = 256
_SHARES: Final = np.linspace(0.0, 1.0, LATTICE)
_LEVELS: Final = np.array([0.1, 0.5, 0.9])
_ROUNDING: Final = 1e-9

type Complex = NDArray[np.complex128]


def mean_of_sum(chances: Floats, powers_w: tuple[int, ...]) -> Floats:
    """Return the expected energy of hours [Wh], shape (h,), of devices' chances (d, h, 13)."""
    used = chances @ _SHARES
    return np.asarray(np.array(powers_w, np.float64) @ used)


def quantiles_of_sum(chances: Floats, powers_w: tuple[int, ...]) -> Floats:
    """Return P10, P50 and P90 of the energy of hours [Wh], shape (3, h), ascending.

    Args:
        chances: of each device in each hour on the lattice, shape (d, h, 13), d at least 1.
        powers_w: of the devices [W].
    """
    transform, step = _transforms(powers_w)
    product = np.prod(chances @ transform, axis=0)
    below = np.cumsum(np.fft.irfft(product, _GRID), axis=1)
    place = (below[None] < (_LEVELS - _ROUNDING)[:, None, None]).sum(axis=2).astype(np.float64)
    most = float(sum(powers_w))
    if len(powers_w) > 1:
        place[0] -= place[0] > 0
        place[2] += place[2] > 0
    return np.minimum(np.minimum(place, _GRID - 1) * step, most)


@lru_cache(maxsize=64)
def _transforms(powers_w: tuple[int, ...]) -> tuple[Complex, float]:
    """Return the transforms of the lattice's values by device, shape (d, 13, 129), and the grid's step [Wh]."""
    places = _GRID - 1 - len(powers_w) * (len(powers_w) > 1)
    if len(powers_w) == 1:
        places -= places % (LATTICE - 1)
    step = max(sum(powers_w), 1) / places
    at = np.array(powers_w, np.float64)[:, None] * _SHARES / step
    low = np.floor(at + _ROUNDING)
    share = np.clip(at - low, 0.0, 1.0)[..., None]
    turns = np.exp(-2j * np.pi * np.arange(_GRID) / _GRID)
    lower = low.astype(np.int64)[..., None] * np.arange(_GRID // 2 + 1)
    upper = lower + np.arange(_GRID // 2 + 1)
    return (1 - share) * turns[lower % _GRID] + share * turns[upper % _GRID], float(step)
