"""The members' tariffs, as the ledger holds them and as the engines need them.

A tariff that nobody has entered for a day must not keep a whole community from trading: its last price holds on, and
the log says so.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from ..ledger import tariffs as documents
from ..market.tariffs import Tariff, TariffDay, buy_cap, carried_on, sell_floor, tariff_day
from .settings import CommunitySettings

_LOGGER = logging.getLogger(__name__)

_DECODER = msgspec.json.Decoder(Tariff)


@dataclass(slots=True)
class TariffBook:
    """All tariffs by name; the periods of a day are worked out once a tariff."""

    tariffs: dict[str, Tariff]
    _days: dict[tuple[str, int, int], TariffDay] = field(default_factory=dict)

    def day(self, name: str, starts: Sequence[int], settings: CommunitySettings) -> TariffDay:
        """Return a tariff at the periods of a day; where it has no price for it, or two, as `carried_on` has it.

        Raises:
            LookupError: there is no tariff of that name.
            ValueError: it has no feed-in price on any day.
        """
        key = (name, starts[0], len(starts))
        if key not in self._days:
            if name not in self.tariffs:
                raise LookupError(f"no tariff is called {name}")
            self._days[key] = _day(self.tariffs[name], starts, settings.time_zone)
        return self._days[key]

    def bounds(self, name: str, starts: Sequence[int], settings: CommunitySettings) -> tuple[list[int], list[int]]:
        """Return the highest bid and the lowest ask that serve a member, by period [micro-units per kWh]."""
        prices = self.day(name, starts, settings)
        caps = buy_cap(prices.avoidable_micro_kwh, settings.buyer_fee_micro_kwh)
        floors = sell_floor(prices.feed_in_micro_kwh, settings.seller_fee_micro_kwh)
        return caps.tolist(), floors.tolist()


def _day(tariff: Tariff, starts: Sequence[int], zone: str) -> TariffDay:
    try:
        return tariff_day(tariff, starts, zone)
    except ValueError as error:
        _LOGGER.warning("%s: its nearest earlier price holds; enter the right one with invite --tariff", error)
        return tariff_day(carried_on(tariff), starts, zone)


def load_tariffs(conn: Connection) -> TariffBook:
    """Return the tariffs in the ledger; the newest version of a name holds, and knows the dates of its parts."""
    return TariffBook({row.name: _DECODER.decode(row.document) for row in documents.all(conn)})


def store_tariff(conn: Connection, tariff: Tariff, valid_from: int) -> None:
    """Store a version of a tariff, from `valid_from` [Unix s] on."""
    document = msgspec.json.encode(tariff).decode()
    documents.put(conn, documents.Tariff(tariff.name, valid_from, document))
