"""What a member's agent needs from outside. Home Assistant and virtual homes implement these, and decide nothing."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from ..forecasting.flexibility.devices import FlexibleDevice
from ..forecasting.weather import Site, SolarForecast, WeatherForecast
from ..protocol.forecasting import MAX_MODEL_BYTES
from .records import HomeReading

if TYPE_CHECKING:
    from .journal import Journal


LARGEST_ANSWER_BYTES: Final = MAX_MODEL_BYTES * 4 // 3 + 1_000
"""The largest answer that is read from an operator: room for the largest model, in base64."""


class OperatorAway(Exception):
    """The operator could not be reached, or went away before it answered: the outcome is unknown, send again later."""


class WrongFingerprint(OperatorAway):
    """Someone answered at the operator's address with another certificate than the pinned one."""

    sentence: ClassVar[str] = (
        "The operator's certificate is not the one this home was paired with. "
        "Ask your operator whether it was changed; if so, pair again with a new link."
    )

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.sentence} ({detail})" if detail else self.sentence)


class MeterAway(Exception):
    """The meter, or what records it, cannot be read now."""


class JournalUnusable(Exception):
    """The member's journal cannot be written or read: a full disk, a damaged file. Nothing is acted on without it."""


class Timer(Protocol):
    """A call that is due."""

    def cancel(self) -> None:
        """Drop the call; no effect once it ran."""


class Clock(Protocol):
    """Wall time, or virtual time."""

    def now(self) -> int:
        """Return the present [Unix s]."""

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """Run `action` once, at or soon after `when` [Unix s]."""


class Stream(Protocol):
    """An open stream of frames from and to the operator."""

    async def send(self, frame: bytes) -> None:
        """Send one frame.

        Raises:
            OperatorAway: the stream is broken.
        """

    def frames(self) -> AsyncIterator[bytes]:
        """Yield the operator's frames until the stream ends; a broken one ends quietly."""

    async def close(self) -> None:
        """End the stream; may be called twice."""


class Transport(Protocol):
    """The way to the operator. The credential is its own: the agent names the token, the transport presents it."""

    async def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        """Return the body of the operator's answer.

        Raises:
            OperatorAway: no answer came.
            ProtocolError: the operator refused, with its code.
        """

    async def open_stream(self, token: str) -> Stream:
        """Open the member's stream.

        Raises:
            OperatorAway: no answer came.
            ProtocolError: the operator refused, with its code.
        """


@runtime_checkable
class PinnedTransport(Protocol):
    """What a transport has besides, where it knows the operator by its certificate."""

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate that is pinned [hex], or None where the system's CAs are trusted."""

    def announce(self, fingerprint: str) -> None:
        """Accept the certificate [SHA-256, hex] that the operator announced, besides the present one."""


class Meter(Protocol):
    """The home's meters: its grid connection, and what else it has."""

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        """Return what is known of the whole periods in [start, end) [Unix s], ascending; unknown ones are left out.

        Raises:
            MeterAway: nothing can be read now.
        """


@runtime_checkable
class TellingMeter(Protocol):
    """What a meter has besides, where it knows what is wrong with itself also while it still finds old readings."""

    @property
    def problem(self) -> str | None:
        """What the last look found wrong, in a sentence, or None."""


class Outlook(Protocol):
    """What a home's forecasts need from outside besides its meters. Where something is not known, less is answered.

    Nothing here raises: a weather service that is away is a forecast that is not there.
    """

    def holidays(self, first: date, last: date) -> frozenset[date]:
        """Return the public holidays at the home from one day to another, both included.

        Called in the executor: it may read files, and must not touch what belongs to an event loop.
        """

    def site(self) -> Site | None:
        """Return where the home is, or None."""

    async def weather(self) -> WeatherForecast | None:
        """Return the latest forecast of the home's weather service, or None."""

    async def solar(self) -> Sequence[SolarForecast]:
        """Return what each service last said about the home's own generation."""

    def devices(self) -> Sequence[FlexibleDevice]:
        """Return the flexible devices that the people of the home declared, as they are now."""


class NoOutlook:
    """The outlook of a home that knows nothing but its meters."""

    def holidays(self, first: date, last: date) -> frozenset[date]:
        """See `Outlook`."""
        return frozenset()

    def site(self) -> Site | None:
        """See `Outlook`."""
        return None

    async def weather(self) -> WeatherForecast | None:
        """See `Outlook`."""
        return None

    async def solar(self) -> Sequence[SolarForecast]:
        """See `Outlook`."""
        return ()

    def devices(self) -> Sequence[FlexibleDevice]:
        """See `Outlook`."""
        return ()


class JournalPort(Protocol):
    """The member's own state on disk: in the executor where there is an event loop to protect, inline elsewhere."""

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        """Run `work` in one transaction: all of it is stored when this returns, or none.

        Raises:
            JournalUnusable: nothing was stored.
        """


class Executor(Protocol):
    """Where numeric work is done: in other threads where there is an event loop to protect, inline elsewhere."""

    async def run[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""


class InlineExecutor:
    """The executor where nothing else waits: virtual homes, tools and tests."""

    async def run[T](self, work: Callable[[], T]) -> T:
        """See `Executor`."""
        return work()


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that an agent needs from outside.

    Attributes:
        clock: wall or virtual time.
        journal: the home's own state.
        meter: the home's meters.
        executor: where numeric work is done.
        transport: the way to the operator, or None for a home without one.
        outlook: what its forecasts need besides the meters.
    """

    clock: Clock
    journal: JournalPort
    meter: Meter
    executor: Executor
    transport: Transport | None
    outlook: Outlook = field(default_factory=NoOutlook)
