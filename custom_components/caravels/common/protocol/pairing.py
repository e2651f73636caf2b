"""The pairing link: where the operator is reached, how its certificate is known, and the one-time code."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from .errors import PairingWrong
from .units import Fingerprint, PairingCode

SCHEME = "caravels"
MAX_ADDRESSES = 8
_ADDRESS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class PairingLink:
    """What a member needs to reach its operator for the first time.

    Attributes:
        addresses: `host:port`, tried in order.
        code: one-time code, valid for 15 minutes.
        fingerprint: SHA-256 of the certificate [hex], or None where the system's CAs vouch for it.
    """

    addresses: tuple[str, ...]
    code: str
    fingerprint: str | None

    def __str__(self) -> str:
        query = [("at", address) for address in self.addresses] + [("code", self.code)]
        if self.fingerprint:
            query.append(("fingerprint", self.fingerprint))
        return f"{SCHEME}://pair?{urlencode(query)}"


def parse_pairing_link(text: str) -> PairingLink:
    """Return the parts of a pairing link as a person pasted it.

    Raises:
        PairingWrong: it is not a whole pairing link.
    """
    try:
        parts = urlsplit(text.strip())
        query = parse_qs(parts.query, strict_parsing=True)
        addresses = tuple(query.get("at", []))
        (code,) = (msgspec.convert(code, PairingCode) for code in query.get("code", []))
        fingerprints = query.get("fingerprint", [])
        fingerprint = msgspec.convert(fingerprints[0], Fingerprint) if len(fingerprints) == 1 else None
        if len(fingerprints) > 1:
            raise ValueError("several fingerprints")
        if (parts.scheme, parts.netloc) != (SCHEME, "pair") or not 1 <= len(addresses) <= MAX_ADDRESSES:
            raise ValueError("not a pairing link")
        for address in addresses:
            _check_address(address)
    except ValueError as error:
        raise PairingWrong(str(error)) from error
    return PairingLink(addresses, code, fingerprint)


def _check_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address) or not urlsplit(f"//{address}").port:
        raise ValueError(f"not an address: {address}")
