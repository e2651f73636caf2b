"""Pairing: a one-time link becomes a membership."""

import secrets
from collections.abc import Callable

from ..protocol import PROTOCOL_VERSION, Hello, Leave, Left, Paired, PairingLink, PairRequest, decode, encode
from ..protocol.paths import HELLO, LEAVE, PAIR
from .journal import Journal
from .link import check_versions
from .ports import JournalPort, Transport
from .records import Membership

type TransportFactory = Callable[[tuple[str, ...], str | None], Transport]
"""Makes a transport to addresses (`host:port`, tried in order) and a certificate's fingerprint, or None."""


def new_token() -> str:
    """Return a new credential: 256 random bits, base64url."""
    return secrets.token_urlsafe(32)


async def pair(transport_factory: TransportFactory, link: PairingLink, token: str) -> Paired:
    """Exchange a link's code for a membership. With the same token it may be repeated when the answer was lost.

    Args:
        transport_factory: makes the way to the operator.
        link: the pairing link.
        token: made by this home (`new_token`).

    Raises:
        OperatorAway: no answer came (`WrongFingerprint`: someone else answered).
        ProtocolError: the operator refused, or one side is too old.
    """
    transport = transport_factory(link.addresses, link.fingerprint)
    check_versions(decode(await transport.request("GET", HELLO, b"", None), Hello))
    request = PairRequest(code=link.code, protocol_version=PROTOCOL_VERSION, token=token)
    return decode(await transport.request("POST", PAIR, encode(request), None), Paired)


async def join(journal: JournalPort, link: PairingLink, token: str, paired: Paired) -> Membership:
    """Journal a new membership and return it: the agent can be started, and meters from then on.

    Raises:
        JournalUnusable: nothing was stored.
    """
    membership = Membership(paired.member_id, token, link.addresses, link.fingerprint)

    def store(opened: Journal) -> None:
        opened.state.set_membership(membership)
        opened.state.set_hello(paired.hello)

    await journal.run(store)
    return membership


async def leave(transport: Transport, token: str) -> Left:
    """Tell the operator that this home leaves for good, and return what stays bound.

    Raises:
        OperatorAway: no answer came; it may be told again.
        Unauthorised: the operator does not know this home any more: it was sent away, or it has left, and the answer
            was lost. Then the home's own results of the days to come say what stays bound.
        ProtocolError: the operator refused.
    """
    return decode(await transport.request("POST", LEAVE, encode(Leave()), token), Left)
