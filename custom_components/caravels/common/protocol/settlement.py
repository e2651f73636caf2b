"""Messages of the settlement: what a day or a month cost, by part (engines, section B)."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from .base import Message
from .units import Instant, Micro

DayWh = Annotated[int, Meta(ge=0, le=10**12)]


class Statement(Message):
    """Push and answer: a member's settled day. Money is what the member pays; negative is what it receives."""

    day: date
    version: Annotated[int, Meta(ge=1)]
    """Restated with a higher version when better data comes, never overwritten."""
    settled_at: Instant
    import_wh: DayWh
    export_wh: DayWh
    bought_wh: DayWh
    sold_wh: DayWh
    netted_in_wh: DayWh
    netted_out_wh: DayWh
    residual_import_wh: DayWh
    residual_export_wh: DayWh
    estimated_periods: Annotated[int, Meta(ge=0)]
    trade_micro: Micro
    netting_micro: Micro
    retail_micro: Micro
    """Residual import and the unavoidable part of all import, with tax."""
    feed_in_micro: Micro
    fees_micro: Micro
    total_micro: Micro
    alone_micro: Micro
    """What the same day would have cost without the community."""
    balance_micro: Micro | None = None
    """In a push: what the member owes (positive) or is owed (negative) with this booked (version 2)."""


class MonthStatement(Message):
    """Push: the month's correction, after which nobody paid more than alone, before fees (engines B.2, `no_loss`)."""

    month: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}$(?!\n)")]
    version: Annotated[int, Meta(ge=1)]
    settled_at: Instant
    alone_micro: Micro
    before_micro: Micro
    no_loss_micro: Micro
    """Paid (positive) to those who would have lost, or received (negative) by the member."""
    fees_micro: Micro
    total_micro: Micro
    balance_micro: Micro | None = None
    """In a push: what the member owes (positive) or is owed (negative) with this booked (version 2)."""
