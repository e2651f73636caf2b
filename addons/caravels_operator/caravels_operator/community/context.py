"""What every use case needs, put together once by the app."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..common.member.ports import Clock
from ..ledger.store import Ledger
from ..prices.source import PriceSource
from .estimates import Estimates
from .lessons import Lessons
from .past import CommunityPast
from .settings import CommunitySettings


@dataclass(slots=True)
class Signal:
    """Tells listeners that something happened; what happened, they read from the ledger."""

    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` from now on; returns the way to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def fire(self) -> None:
        """Tell everyone."""
        for listener in tuple(self._listeners):
            listener()


@dataclass(frozen=True, slots=True)
class Context:
    """The community's means.

    Attributes:
        random_bytes: unguessable bytes; seeded in virtual time, where every run must be the same.
        next_fingerprint: of the certificate that will replace the present one, announced to members beforehand.
        outbox_grew: fired after a transaction that left pushes in the outbox.
        steps_changed: fired after a transaction that put a step, so that the runner looks when the next is due.
        streams_changed: fired when a member's stream was opened or has ended.
        past: what the community used and made lately, so that it is not read anew for each forecast.
        lessons: how the community's forecasts came out, likewise.
        estimates: what is expected of homes that say nothing, likewise.
    """

    ledger: Ledger
    clock: Clock
    settings: CommunitySettings
    prices: PriceSource
    random_bytes: Callable[[int], bytes]
    next_fingerprint: Callable[[], str | None]
    outbox_grew: Signal = field(default_factory=Signal)
    steps_changed: Signal = field(default_factory=Signal)
    streams_changed: Signal = field(default_factory=Signal)
    past: CommunityPast = field(default_factory=CommunityPast)
    lessons: Lessons = field(default_factory=Lessons)
    estimates: Estimates = field(default_factory=Estimates)
