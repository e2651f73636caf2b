"""Seeded chance: every random stream has a name, so that no stream depends on which others were drawn before it."""

from hashlib import sha256

import numpy as np


def digest(seed: int, *purpose: object) -> int:
    """Return the SHA-256 of a seed and a purpose (member id, day, ...) as an integer of 256 bits."""
    text = "\x1f".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(sha256(text.encode()).digest())


def stream(seed: int, *purpose: object) -> np.random.Generator:
    """Return the random stream of a seed and a purpose; the same arguments always give the same draws."""
    return np.random.Generator(np.random.PCG64(digest(seed, *purpose)))
