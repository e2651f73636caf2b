"""The operator's word for a model: an Ed25519 signature over its name, version and digest."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs.

    Attributes:
        public: whose signature members trust [hex].
    """

    public: str
    _private: Ed25519PrivateKey

    def sign(self, said: bytes) -> str:
        """Return the signature over bytes [hex]."""
        return self._private.sign(said).hex()


@lru_cache(maxsize=4)
def signer(secret: bytes) -> Signer:
    """Return the signer of a secret of 32 bytes."""
    private = Ed25519PrivateKey.from_private_bytes(secret)
    return Signer(private.public_key().public_bytes_raw().hex(), private)
