"""What a member's agent holds in memory, and the frozen picture of it that others may see."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..forecasting.forecast import Basis, Horizon, Target
from ..protocol import AuctionResult, Hello, MarketDay, MonthStatement, Statement
from .records import OwnBook, Rhythm

WRONG_CLOCK_S: Final = 120
"""A clock that differs more than this from the operator's is told to people."""


class LinkState(StrEnum):
    """How things stand between this home and its operator."""

    UNPAIRED = "unpaired"
    """There is no operator: the home meters and forecasts for itself."""
    STOPPED = "stopped"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    AWAY = "away"
    """The operator cannot be reached; it is tried again and again."""
    REJECTED = "rejected"
    """The operator does not accept this home's token."""
    INCOMPATIBLE = "incompatible"
    """One side is too old; `problem` says which."""
    WRONG_FINGERPRINT = "wrong_fingerprint"
    """Another certificate than the pinned one."""
    FAILED_HERE = "failed_here"
    """This home cannot use its own journal."""


@dataclass(frozen=True, slots=True)
class ForecastBasis:
    """What one of a home's forecasts rests on.

    Attributes:
        target, horizon: which one.
        basis: what it rests on.
    """

    target: Target
    horizon: Horizon
    basis: Basis


@dataclass(frozen=True, slots=True)
class ModelState:
    """How things stand with one of a home's models.

    Attributes:
        name: what it is for.
        version: of the one in use; "" where there is none.
        bundled: whether it came with the software.
        offered: version that the operator has put in force, or None.
        refused: why that one is not used, in a sentence, or None.
    """

    name: str
    version: str
    bundled: bool
    offered: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class AgentState:
    """A picture of the agent at one moment; days ascending, the last five weeks.

    Attributes:
        link: how things stand with the operator.
        problem: one sentence that says what is wrong and what to do, or None.
        member_id: who this home is to its operator.
        hello: what the operator last said of itself, or None before the first time.
        market_days: open and recent markets.
        books: this home's own book of each day: the last that was not replaced unsent.
        results: auction results with this home's trades.
        statements: settled days.
        months: settled months.
        balance_micro: what the home owes (positive) or is owed, as of the last snapshot or statement [micro-units].
        fault: the last error that is a fault of this program, or None.
        rhythm: what the metering goes by.
        clock_skew_s: this home's clock less the operator's at its last hello [s], or None before the first.
        meter_problem: why the meters cannot be read now, or None.
        read_until: end of the last journalled reading [Unix s], or None.
        bases: what the last forecasts rest on, by target and horizon; nothing before the first.
        models: how things stand with the home's models, by name; nothing before they were read.
    """

    link: LinkState
    problem: str | None
    member_id: str
    hello: Hello | None
    market_days: tuple[MarketDay, ...]
    books: tuple[OwnBook, ...]
    results: tuple[AuctionResult, ...]
    statements: tuple[Statement, ...]
    months: tuple[MonthStatement, ...]
    balance_micro: int
    fault: str | None
    rhythm: Rhythm
    clock_skew_s: int | None
    meter_problem: str | None
    read_until: int | None
    bases: tuple[ForecastBasis, ...] = ()
    models: tuple[ModelState, ...] = ()


def rhythm_of(hello: Hello) -> Rhythm:
    """Return what an operator's members meter by."""
    return Rhythm(hello.market_zone, hello.settlement_period_s, hello.reading_interval_s)


class NotPaired(Exception):
    """This home has no operator: pair first."""
