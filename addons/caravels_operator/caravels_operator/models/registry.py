"""What may be offered to homes: a file that every home can run, says what it is, and computes what it says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """A model file that passed every check that a home makes before it uses one.

    Attributes:
        sha256: of the file [hex].
        card: what the file says of itself, as JSON.
    """

    name: str
    version: str
    sha256: str
    data: bytes
    card: str
