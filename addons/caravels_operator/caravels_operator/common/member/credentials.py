"""What a home keeps secret or trusts: its token, replaced without a gap, and the operator's certificate."""

from dataclasses import replace

from ..protocol import Hello, RotateToken, TokenRotated, decode, encode
from ..protocol.paths import TOKEN
from .held import Held
from .journal import Journal
from .ports import JournalPort, PinnedTransport, Transport
from .records import Membership


class Credentials:
    """Journals every change before it counts."""

    def __init__(self, journal: JournalPort, transport: Transport, held: Held) -> None:
        self._journal = journal
        self._transport = transport
        self._held = held

    def membership(self) -> Membership:
        """Return who this home is, with the token that it presents now."""
        return self._held.paired

    async def follow_certificate(self, hello: Hello) -> None:
        """Keep which certificate is pinned, and which one the operator announced over it.

        Raises:
            JournalUnusable: nothing was stored.
        """
        if not isinstance(self._transport, PinnedTransport) or self._transport.fingerprint is None:
            return
        if hello.next_fingerprint:
            self._transport.announce(hello.next_fingerprint)
        await self._keep(
            replace(
                self._held.paired,
                fingerprint=self._transport.fingerprint,
                next_fingerprint=hello.next_fingerprint,
            )
        )

    async def begin_rotation(self, token: str) -> None:
        """Journal a new token: it will replace the present one, whatever happens in between.

        Raises:
            JournalUnusable: nothing was stored.
        """
        await self._keep(replace(self._held.paired, next_token=token))

    async def finish_rotation(self) -> None:
        """Tell the operator of the new token, if there is one; may be repeated when the answer was lost.

        Raises:
            OperatorAway: no answer came.
            ProtocolError: the operator refused.
            JournalUnusable: nothing was stored.
        """
        membership = self._held.paired
        if membership.next_token is None:
            return
        request = encode(RotateToken(token=membership.next_token))
        decode(await self._transport.request("POST", TOKEN, request, membership.token), TokenRotated)
        await self._use_next(membership.next_token)

    async def rejected(self) -> bool:
        """Return whether there is another token to try: the new one, if the answer to its rotation was lost.

        Raises:
            JournalUnusable: nothing was stored.
        """
        token = self._held.paired.next_token
        if token is None:
            return False
        await self._use_next(token)
        return True

    async def _use_next(self, token: str) -> None:
        await self._keep(replace(self._held.paired, token=token, next_token=None))

    async def _keep(self, membership: Membership) -> None:
        before = self._held.paired

        def store(journal: Journal) -> bool:
            if journal.state.membership() != before:
                return False  # this home was paired anew under our feet: the agent after this one uses that
            journal.state.set_membership(membership)
            return True

        if membership != before and await self._journal.run(store):
            self._held.membership = membership
