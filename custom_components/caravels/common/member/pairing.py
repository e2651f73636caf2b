"""Pairing: a one-time link becomes a membership."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from ..protocol import PROTOCOL_VERSION, Hello, Leave, Left, Paired, PairingLink, PairRequest, decode, encode
from ..protocol.paths import HELLO, LEAVE, PAIR
from .journal import Journal
from .link import check_versions
from .ports import JournalPort, Transport
from .records import Membership
from .state import NotPaired

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
    """Journal a membership and return it: an agent that is started now uses it, and meters from then on.

    No agent may be running over the journal. Where it is the same membership with a new key, what waits for the
    operator goes out under that; what waits for another operator, or in another member's name, is set aside and comes
    back with the membership that it belongs to.

    Raises:
        JournalUnusable: nothing was stored.
    """
    membership = Membership(paired.member_id, token, link.addresses, link.fingerprint)

    def store(opened: Journal) -> None:
        before, hello = opened.state.membership(), opened.state.hello()
        if before is not None and not _is_the_same(before, hello, membership, paired.hello):
            opened.former.set_aside(_name_of(before), paired.hello.now)
            opened.former.bring_back(_name_of(membership))
        opened.state.set_membership(membership)
        opened.state.set_hello(paired.hello)
        if paired.hello.model_key is not None:
            opened.state.set_model_key(paired.hello.model_key)

    await journal.run(store)
    return membership


async def move(journal: JournalPort, addresses: tuple[str, ...], fingerprint: str | None) -> Membership:
    """Journal where the operator is now and return the membership, with the token and all that waits unchanged.

    No agent may be running over the journal.

    Args:
        addresses: `host:port`, tried in order.
        fingerprint: SHA-256 of the certificate [hex], or None where the system's CAs vouch for it.

    Raises:
        NotPaired: there is no operator.
        JournalUnusable: nothing was stored.
    """

    def store(opened: Journal) -> Membership:
        before = opened.state.membership()
        if before is None:
            raise NotPaired("this home is not paired with an operator")
        announced = before.next_fingerprint if fingerprint == before.fingerprint else None
        after = replace(before, addresses=addresses, fingerprint=fingerprint, next_fingerprint=announced)
        opened.state.set_membership(after)
        return after

    return await journal.run(store)


def _is_the_same(before: Membership, heard: Hello | None, after: Membership, hello: Hello) -> bool:
    """Return whether two memberships are one: the member's name, and the operator's certificate, epoch or address."""
    if before.member_id != after.member_id:
        return False
    if heard is not None and heard.epoch == hello.epoch:
        return True
    if after.fingerprint is None and before.fingerprint is None:
        return not set(after.addresses).isdisjoint(before.addresses)
    return after.fingerprint in (before.fingerprint, before.next_fingerprint)


def _name_of(membership: Membership) -> str:
    return f"{membership.member_id}@{membership.fingerprint or ' '.join(membership.addresses)}"


async def leave(transport: Transport, token: str) -> Left:
    """Tell the operator that this home leaves for good, and return what stays bound.

    Raises:
        OperatorAway: no answer came; it may be told again.
        Unauthorised: the operator does not know this home any more: it was sent away, or it has left, and the answer
            was lost. Then the home's own results of the days to come say what stays bound.
        ProtocolError: the operator refused.
    """
    return decode(await transport.request("POST", LEAVE, encode(Leave()), token), Left)
