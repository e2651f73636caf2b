"""Where the market prices of a day come from, and the named rules that fill what is missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..common.periods import DAY_S, local_hour
from ..common.protocol import PriceOrigin


class PriceSource(Protocol):
    """A publisher of market prices."""

    async def prices(self, starts: Sequence[int], period_s: int) -> Mapping[int, int]:
        """Return the price [micro-units per kWh] of each period start [Unix s] that is published; others are left out.

        Raises:
            OSError: the publisher cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class HourlyList:
    """The price of a tariff: 24 numbers, one for each hour that a clock shows in `zone` [micro-units per kWh]."""

    hourly_micro_kwh: tuple[int, ...]
    zone: str

    async def prices(self, starts: Sequence[int], period_s: int) -> Mapping[int, int]:
        """See `PriceSource`."""
        return {start: self.hourly_micro_kwh[local_hour(start, self.zone)] for start in starts}


@dataclass(frozen=True, slots=True)
class Computed:
    """A price that a function of the period starts gives: the market of a simulated community."""

    compute: Callable[[Sequence[int]], Sequence[int]]

    async def prices(self, starts: Sequence[int], period_s: int) -> Mapping[int, int]:
        """See `PriceSource`."""
        return dict(zip(starts, self.compute(starts), strict=True))


@dataclass(frozen=True, slots=True)
class FilledPrice:
    """A market price and how it was found [micro-units per kWh]."""

    start: int
    micro_kwh: int
    origin: PriceOrigin


def fill_gaps(
    starts: Sequence[int], known: Mapping[int, int], earlier: Mapping[int, int], rule: str
) -> list[FilledPrice]:
    """Return a price for every period, with what was not published filled in by a named rule.

    `previous_day` takes the price 24 hours before, and falls back to `previous_period`; `previous_period` takes the
    last price before the gap. OMIE's day is CET, so a Lisbon day lacks its last hour at gate closure (architecture,
    section 4).

    Args:
        starts: period starts of the day [Unix s], ascending.
        known: published prices by start [micro-units per kWh].
        earlier: prices of the days before, by start [micro-units per kWh].
        rule: `previous_day` or `previous_period`.

    Raises:
        LookupError: nothing at all is known to fill a gap from.
    """
    filled: list[FilledPrice] = []
    before = earlier[max(earlier)] if earlier else None
    for start in starts:
        if start in known:
            price = FilledPrice(start, known[start], PriceOrigin.PUBLISHED)
        elif rule == "previous_day" and start - DAY_S in earlier:
            price = FilledPrice(start, earlier[start - DAY_S], PriceOrigin.PREVIOUS_DAY)
        elif before is not None:
            price = FilledPrice(start, before, PriceOrigin.PREVIOUS_PERIOD)
        else:
            raise LookupError("no market price is known for this day or any before it")
        filled.append(price)
        before = price.micro_kwh
    return filled
