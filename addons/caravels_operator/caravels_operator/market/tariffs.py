"""Retail tariffs in parts, with validity dates and bands of local time; caps and floors of bids (engines A.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from .arithmetic import Ints

PPM: Final = 1_000_000
_MINUTES_A_DAY: Final = 1_440

type PartKind = Literal["energy", "network", "levies", "vat"]
type Bands = tuple[tuple[int, int], ...]
"""(minute of the local day from which it holds, micro-units per kWh), ascending, the first at minute 0."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A price by local time of day, over a range of local dates."""

    bands: Bands
    valid_from: date
    valid_until: date | None = None
    """First date on which it no longer holds."""

    def __post_init__(self) -> None:
        minutes = [minute for minute, _ in self.bands]
        if minutes[:1] != [0] or minutes != sorted(set(minutes)) or minutes[-1] >= _MINUTES_A_DAY:
            raise ValueError("the bands of a day start at minute 0 and rise")

    def holds_on(self, day: date) -> bool:
        """Tell whether a local date is in the range."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def price_micro_kwh(self, minute: int) -> int:
        """Return the price at a minute of the local day [micro-units per kWh]."""
        return [price for start, price in self.bands if start <= minute][-1]


@dataclass(frozen=True, slots=True)
class TariffPart:
    """One part of a tariff in one range of dates."""

    kind: PartKind
    schedule: Schedule
    avoided_ppm: int
    """Share of it that a kWh from the community does not pay [parts per million]."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a member pays its retailer, and gets for what it feeds in."""

    name: str
    parts: tuple[TariffPart, ...]
    """VAT is a part: the tax within the price, in micro-units per kWh."""
    feed_in: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True)
class TariffDay:
    """A tariff at the periods of a day; every column has shape (T,)."""

    retail_micro_kwh: Ints
    """All parts together, tax included [micro-units per kWh]."""
    avoidable_micro_kwh: Ints
    """What of it a community kWh does not pay."""
    vat_ppm: Ints
    """Share of the price that is VAT [parts per million]."""
    feed_in_micro_kwh: Ints

    @property
    def unavoidable_micro_kwh(self) -> Ints:
        """Return what is paid on every metered imported kWh [micro-units per kWh]."""
        return self.retail_micro_kwh - self.avoidable_micro_kwh


def tariff_day(tariff: Tariff, starts: Sequence[int], zone: str) -> TariffDay:
    """Return a tariff at the periods that start at `starts` [Unix s].

    Raises:
        ValueError: if on some date a part has no price, or two.
    """
    local = [datetime.fromtimestamp(start, UTC).astimezone(ZoneInfo(zone)) for start in starts]
    rows = [_at(tariff, moment.date(), moment.hour * 60 + moment.minute) for moment in local]
    retail, avoidable, vat, feed_in = np.array(rows, np.int64).reshape(-1, 4).T
    return TariffDay(retail, avoidable, vat, feed_in)


def _at(tariff: Tariff, day: date, minute: int) -> tuple[int, int, int, int]:
    retail = vat = avoided = 0
    for kind in dict.fromkeys(part.kind for part in tariff.parts):
        valid = [part for part in tariff.parts if part.kind == kind and part.schedule.holds_on(day)]
        _check_one(tariff, kind, day, len(valid))
        price = valid[0].schedule.price_micro_kwh(minute)
        retail += price
        avoided += price * valid[0].avoided_ppm
        vat += price if kind == "vat" else 0
    feed_in = [schedule for schedule in tariff.feed_in if schedule.holds_on(day)]
    _check_one(tariff, "feed-in", day, len(feed_in))
    share = (vat * PPM + retail // 2) // retail if retail else 0
    return retail, avoided // PPM, share, feed_in[0].price_micro_kwh(minute)


def _check_one(tariff: Tariff, what: str, day: date, count: int) -> None:
    if count != 1:
        raise ValueError(f"tariff {tariff.name} has {count} prices of its part {what} on {day}")


def carried_on(tariff: Tariff) -> Tariff:
    """Return a tariff whose gaps are filled and whose doubles are undone: a price holds until the next of its part.

    Its first price holds before, its last one holds on. A tariff without any feed-in price is left without.
    """
    kinds = dict.fromkeys(part.kind for part in tariff.parts)
    parts = tuple(part for kind in kinds for part in _parts_carried_on([p for p in tariff.parts if p.kind == kind]))
    return Tariff(tariff.name, parts, tuple(_carried_on(tariff.feed_in)))


def _parts_carried_on(parts: Sequence[TariffPart]) -> list[TariffPart]:
    ordered = sorted(parts, key=lambda part: part.schedule.valid_from)
    schedules = _carried_on([part.schedule for part in ordered])
    return [replace(part, schedule=schedule) for part, schedule in zip(ordered, schedules, strict=True)]


def _carried_on(schedules: Iterable[Schedule]) -> list[Schedule]:
    ordered = sorted(schedules, key=lambda schedule: schedule.valid_from)
    if not ordered:
        return []
    edges = [date.min, *(schedule.valid_from for schedule in ordered[1:]), None]
    return [
        replace(schedule, valid_from=start or date.min, valid_until=end)
        for schedule, (start, end) in zip(ordered, pairwise(edges), strict=True)
    ]


def tariff_from_shares(
    name: str,
    valid_from: date,
    retail: Bands,
    shares_ppm: Mapping[PartKind, int],
    avoidable_ppm: int,
    feed_in_micro_kwh: int,
) -> Tariff:
    """Return a tariff that is known as a retail price, all parts together, and the shares of the parts.

    Args:
        name: of the tariff.
        valid_from: first local date.
        retail: the price by local time, tax included.
        shares_ppm: share of each part in the price [parts per million]; they sum to a million.
        avoidable_ppm: share of the price that a community kWh avoids, the same for every part.
        feed_in_micro_kwh: paid for what is fed in [micro-units per kWh].

    Raises:
        ValueError: if the shares do not sum to a million.
    """
    if sum(shares_ppm.values()) != PPM:
        raise ValueError(f"the parts of tariff {name} do not sum to the whole")
    edges = np.cumsum([0, *shares_ppm.values()]).tolist()
    parts = tuple(
        TariffPart(kind, Schedule(tuple(_slice(retail, low, high)), valid_from), avoidable_ppm)
        for kind, low, high in zip(shares_ppm, edges, edges[1:], strict=False)
    )
    return Tariff(name, parts, (Schedule(((0, feed_in_micro_kwh),), valid_from),))


def _slice(bands: Bands, low: int, high: int) -> Iterable[tuple[int, int]]:
    """Cut the part [low, high) out of a price by the cumulative rule, so that the parts sum to it exactly."""
    for minute, price in bands:
        yield minute, price * high // PPM - price * low // PPM


def buy_cap(avoidable_micro_kwh: Ints, buyer_fee_micro_kwh: int) -> Ints:
    """Return the highest price at which a buyer is not worse off than with its retailer (engines A.1)."""
    return avoidable_micro_kwh - buyer_fee_micro_kwh


def sell_floor(feed_in_micro_kwh: Ints, seller_fee_micro_kwh: int) -> Ints:
    """Return the lowest price at which a seller is not worse off than feeding in (engines A.1)."""
    return feed_in_micro_kwh + seller_fee_micro_kwh
