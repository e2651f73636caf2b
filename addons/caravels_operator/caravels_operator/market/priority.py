"""Who gets the last Wh of a tie: one SHA-256 digest a member and run, mixed with the period (engines A.4).

Neither a member's id nor the time its order arrived can be turned into an advantage: the digest changes with every run,
and the mixing gives every period another order.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np

from .arithmetic import Hashes, Ints

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def member_digests(members: Sequence[str], run: str) -> Hashes:
    """Return the first 64 bits of SHA-256(run, member) for every member, shape (M,)."""
    of_run = sha256(run.encode() + b"\0")
    digests = bytearray()
    for member in members:
        of_member = of_run.copy()
        of_member.update(member.encode())
        digests += of_member.digest()[:8]
    return np.frombuffer(bytes(digests), ">u8").astype(np.uint64)


def draw(digest: Hashes, period: Ints) -> Hashes:
    """Return the lot of a member in a period; the lowest is served first (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        mixed: Hashes = digest + (period.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
    return mixed
