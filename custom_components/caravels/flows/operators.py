"""What a dialogue asks of an operator before anything is kept: who it is, and whether both understand each other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from homeassistant.config_entries import OperationNotAllowed
from homeassistant.core import HomeAssistant

from .. import runtime
from ..common.member.link import check_versions
from ..common.member.pairing import pair
from ..common.member.ports import JournalUnusable, OperatorAway, Transport, WrongFingerprint
from ..common.member.records import Membership
from ..common.protocol import ErrorCode, Hello, Paired, PairingLink, ProtocolError, decode, parse_pairing_link
from ..common.protocol.errors import PairingWrong
from ..common.protocol.paths import HELLO

_CODE_OF_ADDRESSES: Final = "A" * 26
"""Stands in the link that typed addresses are read as; it is never sent."""


class NotALink(Exception):
    """What was pasted is no pairing link, or no list of addresses."""


class OtherOperator(Exception):
    """Somebody else's operator answered."""


class OtherMember(Exception):
    """The link was made for another member."""


_KEYS: Final[Mapping[type[Exception], str]] = {
    NotALink: "not_a_link",
    OtherOperator: "other_operator",
    OtherMember: "other_member",
    WrongFingerprint: "wrong_fingerprint",
    OperatorAway: "operator_away",
    JournalUnusable: "journal_unusable",
    OperationNotAllowed: "entry_busy",
}
REFUSALS: Final[tuple[type[Exception], ...]] = (*_KEYS, ProtocolError)
"""Everything after which a form is shown again, with `error_key` below it."""
ERROR_KEYS: Final = frozenset({*_KEYS.values(), *ErrorCode})


def error_key(error: Exception) -> str:
    """Return the key of the translated sentence for one of the `REFUSALS`: a `ProtocolError` has its code."""
    if isinstance(error, ProtocolError):
        return error.code.value
    return next(key for kind, key in _KEYS.items() if isinstance(error, kind))


def read_link(text: str) -> PairingLink:
    """Return the parts of a pasted pairing link.

    Raises:
        NotALink: it is not a whole one.
    """
    try:
        return parse_pairing_link(text)
    except PairingWrong as error:
        raise NotALink(error.detail) from error


def read_addresses(text: str, fingerprint: str | None) -> PairingLink:
    """Return where an operator is now: from a pairing link, or from addresses (`host:port`) with spaces or commas.

    Args:
        text: what was pasted.
        fingerprint: the certificate that goes with addresses alone [hex].

    Raises:
        NotALink: it is neither.
    """
    if "://" in text:
        return read_link(text)
    addresses = tuple(part for part in re.split(r"[\s,;]+", text) if part)
    return read_link(str(PairingLink(addresses, _CODE_OF_ADDRESSES, fingerprint)))


async def greet(hass: HomeAssistant, link: PairingLink) -> Hello:
    """Return what the operator of a link says of itself.

    Raises:
        OperatorAway: no answer came (`WrongFingerprint`: someone else answered).
        ProtocolError: the answer is not an operator's, or one side is too old.
    """
    transport = _transport(hass, link.addresses, link.fingerprint)
    hello = decode(await transport.request("GET", HELLO, b"", None), Hello)
    check_versions(hello)
    return hello


async def exchange(hass: HomeAssistant, link: PairingLink, token: str) -> Paired:
    """Exchange the code of a link; see `pairing.pair`."""
    return await pair(lambda addresses, fingerprint: _transport(hass, addresses, fingerprint), link, token)


def _transport(hass: HomeAssistant, addresses: tuple[str, ...], fingerprint: str | None) -> Transport:
    # For a membership, if one without a name yet, there always is a transport.
    return cast("Transport", runtime.transport_to(hass, Membership("", "", addresses, fingerprint)))


@dataclass(frozen=True, slots=True)
class KnownOperator:
    """What an entry's journal says of its operator.

    Attributes:
        membership: who this home is to it.
        epoch: the ledger's history that it last had, "" where it was never heard.
        community: the community's name, "" likewise.
    """

    membership: Membership
    epoch: str
    community: str

    def is_at(self, link: PairingLink, hello: Hello) -> bool:
        """Return whether the operator of a link is this one.

        It is known by its certificate or by the history of its ledger. An address counts where the system's CAs vouch
        for it, or together with the community's name, as after a new certificate and an old backup; the name alone
        would be a poor witness, as many keep the one that was proposed.
        """
        known = self.membership
        if link.fingerprint is not None and link.fingerprint in (known.fingerprint, known.next_fingerprint):
            return True
        same_address = bool(set(link.addresses) & set(known.addresses))
        vouched = link.fingerprint is None and known.fingerprint is None
        return hello.epoch == self.epoch or (same_address and (vouched or hello.community == self.community))
