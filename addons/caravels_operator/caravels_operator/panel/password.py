"""The one password of a panel that stands alone, kept as a salted scrypt hash in a file that only its owner reads."""

import os
import secrets
from dataclasses import dataclass
from hashlib import scrypt
from hmac import compare_digest
from pathlib import Path

import msgspec

NAME = "operator"
FILE = "panel_login.json"
LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
_MADE_BYTES = 15
_N, _R, _P = 2**13, 8, 10
"""8 MiB and a quarter of a second a try: OWASP's equal of N = 2**17, p = 1 with a sixteenth of its memory."""


class _Stored(msgspec.Struct, frozen=True):
    salt: bytes
    hash: bytes
    n: int
    r: int
    p: int


@dataclass(frozen=True, slots=True)
class Password:
    """The password in a data folder."""

    file: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Password:
        """Return the password of a data folder."""
        return cls(folder / FILE)

    def make(self) -> str:
        """Set a password by chance and return it: this is the only time that it is seen."""
        password = secrets.token_urlsafe(_MADE_BYTES)
        self.set(password)
        return password

    def set(self, password: str) -> None:
        """Put a password in the place of what was there.

        Raises:
            ValueError: it is too short or too long.
        """
        if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
            raise ValueError(f"A password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters.")
        salt = secrets.token_bytes(16)
        stored = _Stored(salt, _hash(password, salt, _N, _R, _P), _N, _R, _P)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_name(f"{self.file.name}.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(stored))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.file)

    def stored(self) -> bytes | None:
        """Return what tells this password from any other one, None if none was ever set.

        Raises:
            ValueError: the file is damaged.
        """
        stored = self._read()
        return None if stored is None else stored.hash

    def fits(self, name: str, password: str) -> bytes | None:
        """Return `stored()` if name and password are right, else None; takes as long either way.

        Raises:
            ValueError: the file is damaged.
        """
        stored = self._read()
        if stored is None:
            return None
        right = compare_digest(_hash(password, stored.salt, stored.n, stored.r, stored.p), stored.hash)
        return stored.hash if right and name == NAME else None

    def _read(self) -> _Stored | None:
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=_Stored)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise ValueError(f"{self.file} is damaged. Set a new password: caravels login") from error


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=2**27, dklen=32)
