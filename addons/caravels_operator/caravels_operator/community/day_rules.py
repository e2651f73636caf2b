"""The rules of a delivery day, stored with its auction when it opens.

Whatever settings change later, that day is cleared, settled and restated by the rules under which people bid.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import msgspec
from sqlalchemy import Connection

from ..ledger import auctions
from ..ledger.auctions import Auction
from ..market.auction import AuctionRules
from .settings import CommunitySettings


@dataclass(frozen=True, slots=True)
class DayRules:
    """What of `CommunitySettings` a day keeps; the same names."""

    time_zone: str
    market_zone: str
    market_period_s: int
    settlement_period_s: int
    buyer_fee_micro_kwh: int
    seller_fee_micro_kwh: int
    auction: AuctionRules
    strict: bool
    no_loss: bool

    @classmethod
    def in_force(cls, settings: CommunitySettings) -> Self:
        """Return the rules of a day that opens now."""
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})

    def encode(self) -> str:
        """Return the rules as the JSON text that an auction's row holds."""
        return msgspec.json.encode(self).decode()


_DECODER = msgspec.json.Decoder(DayRules)


def stored_rules(auction: Auction) -> DayRules:
    """Return the rules under which an auction was opened."""
    return _DECODER.decode(auction.rules)


def settings_of_day(conn: Connection, settings: CommunitySettings, day: date) -> CommunitySettings:
    """Return the settings with the rules of a day in place; the present ones where the day was never opened."""
    auction = auctions.get(conn, day)
    if auction is None:
        return settings
    rules = stored_rules(auction)
    return replace(settings, **{field.name: getattr(rules, field.name) for field in fields(rules)})
