"""Types of the wire with their ranges, so that a value out of range never leaves the codec."""

from enum import StrEnum
from typing import Annotated, Self

from msgspec import Meta

Instant = Annotated[int, Meta(ge=0, le=4_102_444_800, description="Unix seconds, UTC")]
Seconds = Annotated[int, Meta(ge=1, le=31_536_000, description="seconds")]
EnergyWh = Annotated[int, Meta(ge=0, le=10_000_000, description="energy of one period, Wh")]
TradedWh = Annotated[int, Meta(ge=1, le=10_000_000, description="energy of one period, Wh, at least 1")]
PriceMicroKwh = Annotated[int, Meta(ge=-100_000_000, le=100_000_000, description="micro-units of the currency per kWh")]
Micro = Annotated[int, Meta(ge=-(2**53), le=2**53, description="micro-units of the currency")]
Sequence = Annotated[int, Meta(ge=0, le=2**53, description="per-member number of a push")]
Revision = Annotated[int, Meta(ge=1, le=1_000_000, description="revision of a member's book for one day")]
MemberId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)", description="pseudonym of a member")]
CommandId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)", description="made by the member, new for each command")
]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)", description="256 random bits, base64url")]
PairingCode = Annotated[str, Meta(min_length=1, max_length=64, description="one-time code")]
Fingerprint = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="SHA-256 of the certificate, hex")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217 code")]
ShortText = Annotated[str, Meta(max_length=200)]


class Side(StrEnum):
    """The side of an order."""

    BUY = "buy"
    SELL = "sell"


class Quality(StrEnum):
    """Where a value comes from; a better one replaces a worse one (engines B.6)."""

    ESTIMATED = "estimated"
    MEASURED = "measured"
    OFFICIAL = "official"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")


class PriceOrigin(StrEnum):
    """How a market price was found: published, or filled in by a named rule because none was published."""

    PUBLISHED = "published"
    PREVIOUS_DAY = "previous_day"
    PREVIOUS_PERIOD = "previous_period"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")
