"""Messages of the forecasts: what a home expects, which models there are, and how well they do (version 3)."""

from enum import StrEnum
from typing import Annotated, Self

from msgspec import Meta

from .base import Message
from .units import CommandId, EnergyWh, Instant, ShortText

MAX_HOURS = 200
"""A week ahead, and a day of 25 hours."""
MAX_MODEL_BYTES = 5_000_000

type Hours = Annotated[list[EnergyWh], Meta(min_length=1, max_length=MAX_HOURS)]
ModelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$(?!\n)", description="what a model is for")]
ModelVersion = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$(?!\n)", description="version of a model")
]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="SHA-256 of the file, hex")]
Signature = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$(?!\n)", description="Ed25519, hex")]
PublicKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="Ed25519 public key, hex")]
Permille = Annotated[int, Meta(ge=-1_000_000, le=1_000, description="parts per thousand")]


class ForecastHorizon(StrEnum):
    """How far ahead."""

    DAY_AHEAD = "day_ahead"
    HOUR_AHEAD = "hour_ahead"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")


class ForecastReport(Message):
    """Command: the mean of what a home expects of consecutive hours. The latest of a horizon counts."""

    id: CommandId
    horizon: ForecastHorizon
    issued_at: Instant
    """What was measured until then was known."""
    first: Instant
    """Start of the first hour; all lists have one value an hour, the same number of them."""
    consumption_wh: Hours
    generation_wh: Hours | None = None
    """None: the home does not measure it."""
    reduction_wh: Hours | None = None
    """Flexibility: what could be used less in each hour. None: no device was declared."""
    shifting_wh: Hours | None = None
    """Flexibility: what could be used in another hour instead."""

    def __post_init__(self) -> None:
        """Refuse lists of different length.

        Raises:
            ValueError: they differ.
        """
        lists = (self.generation_wh, self.reduction_wh, self.shifting_wh)
        if any(wh is not None and len(wh) != len(self.consumption_wh) for wh in lists):
            raise ValueError("a forecast has one value an hour of each quantity")


class ForecastAccepted(Message):
    """The forecast is stored; false if a later one of its horizon was there before."""

    latest: bool


class ModelOffer(Message):
    """Push: the operator's word which model is in force. The latest of a name counts, also if its version is lower."""

    name: ModelName
    version: ModelVersion
    sha256: Digest
    size: Annotated[int, Meta(ge=1, le=MAX_MODEL_BYTES, description="bytes")]
    signature: Signature
    """By the operator's model key over `signed_bytes`."""

    def signed_bytes(self) -> bytes:
        """Return what the signature is over: name, version and digest."""
        return f"caravels model\n{self.name}\n{self.version}\n{self.sha256}".encode()


class ModelFile(Message):
    """A model's file."""

    sha256: Digest
    data: Annotated[bytes, Meta(max_length=MAX_MODEL_BYTES)]
    """ONNX; base64 on the wire."""


class ModelReport(Message):
    """Command: what a home does with a model, and how well that does. A number, not data."""

    id: CommandId
    name: ModelName
    version: ModelVersion
    in_use: bool
    refused: ShortText | None = None
    """Why it is not used, as a sentence."""
    skill_last_week: Permille | None = None
    """1 - its error / error of the same hour last week, over the last 28 days."""
    skill_mean_7_days: Permille | None = None
    """1 - its error / error of the mean of the last seven days."""
    days: Annotated[int, Meta(ge=0, le=400, description="days that were judged")] = 0


class ModelReportAccepted(Message):
    """The report is stored."""
