"""What the operator of a community decides, with the defaults of the design (architecture, section 6)."""

from dataclasses import dataclass, field
from typing import Literal

from ..common.periods import HOUR_S
from ..market.auction import AuctionRules


@dataclass(frozen=True, slots=True)
class DayTimes:
    """When the steps of a day are due, in minutes after local midnight.

    Attributes:
        prices: prices of the next day are fetched and published, the day before delivery.
        gate: the auction closes and is cleared, the day before delivery.
        settlement: the delivery day is settled, the day after it; a month an hour after its last day.
    """

    prices: int = 13 * 60 + 30
    gate: int = 15 * 60
    settlement: int = 10 * 60


@dataclass(frozen=True, slots=True)
class CommunitySettings:
    """The rules of one community.

    Attributes:
        currency: ISO 4217 code; all money is in its micro-units.
        time_zone: the zone of the steps' times.
        market_zone: the zone whose civil day is the delivery day.
        market_period_s: length of a bid's period [s]: 3600, 1800 or 900.
        settlement_period_s: length of a reading's period [s]: 3600 or 900.
        reading_interval_s: how often members send readings [s].
        buyer_fee_micro_kwh, seller_fee_micro_kwh: local fee on traded energy [micro-units per kWh].
        strict: residuals meet the retailer and the feed-in at once, without netting (the paper's bare rule).
        no_loss: at the month's end nobody has paid more than alone, before fees.
        token_overlap_s: how long a replaced token stays valid [s].
    """

    name: str = "Energy community"
    currency: str = "EUR"
    time_zone: str = "Europe/Lisbon"
    market_zone: str = "Europe/Lisbon"
    market_period_s: int = HOUR_S
    settlement_period_s: int = HOUR_S
    reading_interval_s: int = 600
    buyer_fee_micro_kwh: int = 0
    seller_fee_micro_kwh: int = 0
    auction: AuctionRules = field(default_factory=AuctionRules)
    strict: bool = False
    no_loss: bool = True
    price_fill: Literal["previous_day", "previous_period"] = "previous_day"
    times: DayTimes = field(default_factory=DayTimes)
    token_overlap_s: int = 24 * HOUR_S
