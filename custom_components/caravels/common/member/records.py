"""What a member's journal is made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..forecasting.forecast import Method
from ..protocol import Book, ErrorCode, MarketDay, ModelOffer, Quality, Reading

LARGEST_WH: Final = 10_000_000
"""The largest energy of a period in the contract [Wh]."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a home's metering goes by: its operator's periods, or its own where it has no operator.

    Attributes:
        zone: the time zone whose days are divided into periods.
        period_s: length of a period [s].
        interval_s: how often the meter is read [s].
    """

    zone: str
    period_s: int
    interval_s: int


@dataclass(frozen=True, slots=True)
class HomeReading:
    """What a home's meters showed in one period; None: there is no such meter, or it is not known.

    Attributes:
        start: start of the period [Unix s].
        import_wh, export_wh: what passed the grid connection, never netted [Wh].
        generation_wh: what the home generated [Wh].
        charge_wh, discharge_wh: what went into and came out of its batteries [Wh].
        consumption_wh: what it used, where that is measured; see `consumption` [Wh].
        quality: where the values come from.
    """

    start: int
    import_wh: int
    export_wh: int
    generation_wh: int | None = None
    charge_wh: int | None = None
    discharge_wh: int | None = None
    consumption_wh: int | None = None
    quality: Quality = Quality.MEASURED

    @property
    def net_wh(self) -> int:
        """Import less export [Wh]."""
        return self.import_wh - self.export_wh

    @property
    def is_possible(self) -> bool:
        """Whether a meter can have shown this: nothing below 0, nothing above what the contract can say."""
        parts = (self.import_wh, self.export_wh, self.generation_wh, self.charge_wh, self.discharge_wh)
        return all(0 <= (part or 0) <= LARGEST_WH for part in (*parts, self.consumption_wh))

    def consumption(self) -> int:
        """Return what the home used [Wh]: measured, else import + generation + discharge - export - charge, from 0."""
        if self.consumption_wh is not None:
            return self.consumption_wh
        inside = (self.generation_wh or 0) + (self.discharge_wh or 0) - (self.charge_wh or 0)
        return max(0, self.net_wh + inside)

    def for_operator(self) -> Reading:
        """Return what the operator is told: the grid connection, and generation and batteries where they are metered.

        What the home uses is not said: it follows from these.
        """
        return Reading(
            start=self.start,
            import_wh=self.import_wh,
            export_wh=self.export_wh,
            quality=self.quality,
            generation_wh=self.generation_wh,
            charge_wh=self.charge_wh,
            discharge_wh=self.discharge_wh,
        )


@dataclass(frozen=True, slots=True)
class Offering:
    """Which readings are the operator's: those of one membership and period, from an instant on.

    Attributes:
        member_id: to whose operator they go.
        period_s: length of their periods [s].
        since: start of the first [Unix s].
    """

    member_id: str
    period_s: int
    since: int


@dataclass(frozen=True, slots=True)
class Membership:
    """Who this home is to its operator, and how it reaches it.

    Attributes:
        member_id: the pseudonym that the operator gave.
        token: the credential, made by this home.
        addresses: `host:port`, tried in order.
        fingerprint: SHA-256 of the operator's certificate [hex], or None where the system's CAs vouch for it.
        next_token: a token that was sent to replace `token` and is not confirmed yet.
        next_fingerprint: announced by the operator, before its certificate changes.
    """

    member_id: str
    token: str
    addresses: tuple[str, ...] = ()
    fingerprint: str | None = None
    next_token: str | None = None
    next_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What was received from which operator's life.

    Attributes:
        epoch: the operator's epoch, "" before the first snapshot.
        applied: number up to which pushes are contained in the state.
        seen: number up to which pushes were received one by one and told to people, at most `applied`.
        balance_micro: the balance of the last snapshot or statement [micro-units].
    """

    epoch: str = ""
    applied: int = 0
    seen: int = 0
    balance_micro: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """When a day's auction was said to close.

    Attributes:
        gate_at: the instant [Unix s], by the operator's clock.
        epoch: the operator's epoch in which it was said.
    """

    gate_at: int
    epoch: str


def binding_gate(known: Gate | None, market: MarketDay, epoch: str) -> Gate:
    """Return the gate after which a home decides nothing new for a day.

    Within an epoch the operator's latest word counts. An operator that was restored from a backup opens again what it
    has forgotten; then the earlier gate stays, so that nobody bids with hindsight.
    """
    if known is None or known.epoch == epoch or market.gate_at < known.gate_at:
        return Gate(market.gate_at, epoch)
    return known


class BookState(StrEnum):
    """What became of a book of this home."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    """By a later revision, before it was sent."""


@dataclass(frozen=True, slots=True)
class OwnBook:
    """A book of this home and what became of it.

    Attributes:
        book: the book.
        state: what became of it.
        code: why it was refused.
        epoch: the operator's epoch in which it was answered: after a restore from a backup it may be forgotten.
    """

    book: Book
    state: BookState
    code: ErrorCode | None = None
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the offline queue. The same bytes and id are sent until the operator answers.

    Attributes:
        number: place in the queue.
        id: the command's id, also in its body.
        method: HTTP method.
        path: path of the request.
        body: encoded message.
        created_at: when it was made [Unix s].
        due_at: before this it is not sent [Unix s]; of readings, the end of the last by the home's clock.
    """

    number: int
    id: str
    method: str
    path: str
    body: bytes
    created_at: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Issue:
    """What the home once expected of consecutive hours.

    Attributes:
        issued_at: when it said so [Unix s].
        first: start of the first hour [Unix s].
        method: what the forecast was made by.
        wh: mean, P10, P50 and P90 of each hour [Wh], shape (4, m).
    """

    issued_at: int
    first: int
    method: Method
    wh: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class OfferState:
    """A model that the operator has put in force, and what this home made of it.

    Attributes:
        offer: the operator's latest word.
        refused: why the home does not use it, or None.
        reported_at: when the operator was last told how it does [Unix s], 0 before the first time.
    """

    offer: ModelOffer
    refused: str | None = None
    reported_at: int = 0


@dataclass(frozen=True, slots=True)
class KeptModel:
    """The last good model of a name.

    Attributes:
        version: the operator's name of it.
        sha256: digest of the file [hex].
        data: the file, ONNX.
    """

    version: str
    sha256: str
    data: bytes
