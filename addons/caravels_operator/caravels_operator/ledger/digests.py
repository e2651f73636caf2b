"""One canonical form of rows, so that their hash is the same on every machine and in every version."""

from hashlib import sha256
from typing import Any
from zlib import crc32

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical(*parts: Any) -> bytes:
    """Return integers, texts, None and (nested) sequences of them as compact JSON in UTF-8."""
    return _ENCODER.encode(parts)


def digest_of(*parts: Any) -> bytes:
    """Return the SHA-256 of the canonical form."""
    return sha256(canonical(*parts)).digest()


def checksum(*values: Any) -> int:
    """Return the CRC-32 of a row's values (bytes too), which a flipped bit belies."""
    return crc32(canonical(*values))


def row_checksum(*values: Any) -> int:
    """Return the checksum of a row that a later version gave more columns: those left empty at its end do not count.

    So a row that was written before the columns came needs no new checksum, which would bless what befell it meanwhile.
    """
    last = max((n for n, value in enumerate(values) if value is not None), default=-1)
    return checksum(*values[: last + 1])
