"""What the panel works with, put together once by the app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..community.context import Context
from .access import Access


@dataclass(frozen=True, slots=True)
class PanelMeans:
    """What the panel works with.

    Attributes:
        online: the members whose streams are open.
        cut: ends a member's stream.
        peers: addresses that may open the panel; empty where everyone may who can log in.
        addresses: `host:port` at which homes reach this operator, for pairing links.
        fingerprint: of the certificate that homes will see there.
        early_gate: whether the operator may close a gate before its time.
    """

    context: Context
    access: Access
    online: Callable[[], frozenset[str]]
    cut: Callable[[str], Awaitable[None]]
    peers: frozenset[str]
    addresses: tuple[str, ...]
    fingerprint: Callable[[], str | None]
    early_gate: bool
