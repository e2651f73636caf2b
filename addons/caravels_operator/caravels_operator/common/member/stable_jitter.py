"""Offsets that spread the members of a community in time, and stay the same for each of them."""

from hashlib import sha256


def stable_jitter_s(member_id: str, purpose: str, below_s: int) -> int:
    """Return the member's offset [s] for a purpose, in [0, below_s); 0 if there is no room."""
    if below_s <= 1:
        return 0
    return int.from_bytes(sha256(f"{member_id}/{purpose}".encode()).digest()[:8]) % below_s
