"""A settled day as arrays, from what was booked: meters and parts of every member and settlement period.

Nothing is computed again. The energy of the legs with the retailers and of the netted pairs, and the contracts, leave
one unknown a period and member, its export: short - long = (import - export) - (bought - sold) (engines B.1).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from ..common.periods import day_periods
from ..ledger import auctions, entries, readings, settlements, transactions
from ..ledger.readings import QUALITIES
from ..market.arithmetic import Ints
from ..market.contracts import Deliveries, contracted, deliveries
from ..market.netting import Netting
from ..market.postings import PostingKind
from ..market.transactions import transactions_from

MEMBER: Final = "member:"
_BILLED = (PostingKind.RETAIL, PostingKind.UNAVOIDABLE, PostingKind.TAX)


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What a report must know of the community.

    Attributes:
        name: of the community.
        currency: ISO 4217 code.
        zone: the market zone, whose civil day is the delivery day.
        settlement_period_s: length of a settlement period [s].
        coefficient_decimals: decimals of the sharing coefficients.
    """

    name: str
    currency: str
    zone: str
    settlement_period_s: int
    coefficient_decimals: int = 6


@dataclass(frozen=True, slots=True)
class SettledDay:
    """The newest version of a day's settlement: M members, T settlement periods.

    Energy [Wh] and money [micro-units, what the member pays], int64 (M, T) each.
    """

    day: date
    version: int
    members: tuple[str, ...]
    starts: Ints
    import_wh: Ints
    export_wh: Ints
    bought_wh: Ints
    sold_wh: Ints
    netted_in_wh: Ints
    netted_out_wh: Ints
    residual_import_wh: Ints
    residual_export_wh: Ints
    trade_micro: Ints
    netting_micro: Ints
    retail_micro: Ints
    """For all import, the unavoidable part and tax included."""
    feed_in_micro: Ints
    """Negative: what the retailer pays."""
    fees_micro: Ints
    quality: Ints
    """Index into `ledger.readings.QUALITIES`."""
    due: Deliveries
    """The contracts by settlement period."""
    netting: Netting
    """The netted pairs."""


def days_between(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def months_between(first: date, last: date) -> list[str]:
    """Return the months `YYYY-MM` that the days from `first` to `last` touch."""
    return sorted({f"{day:%Y-%m}" for day in days_between(first, last)})


def settled_day(conn: Connection, settings: ReportSettings, day: date) -> SettledDay | None:
    """Return a day as it was last settled, or None where it was not."""
    version = settlements.latest_version(conn, day)
    entry = entries.find(conn, settlements.reference(day, version))
    if entry is None:
        return None
    members = tuple(line.member for line in settlements.lines(conn, day, version))
    starts = day_periods(day, settings.zone, settings.settlement_period_s)
    due = _due(conn, settings, day, members)
    bought, sold = contracted(due, len(members), len(starts))
    cells = _booked(conn, entry.id, members, starts)
    netting = _netting(cells)
    residual_import, residual_export = cells.wh[PostingKind.RETAIL], -cells.wh[PostingKind.FEED_IN]
    imported = cells.wh[PostingKind.UNAVOIDABLE]
    short_less_long = residual_import + netting.taken_wh - residual_export - netting.given_wh
    exported = imported - (bought - sold) - short_less_long
    return SettledDay(
        day=day,
        version=version,
        members=members,
        starts=np.array(starts, np.int64),
        import_wh=imported,
        export_wh=exported,
        bought_wh=bought,
        sold_wh=sold,
        netted_in_wh=netting.taken_wh,
        netted_out_wh=netting.given_wh,
        residual_import_wh=residual_import,
        residual_export_wh=residual_export,
        trade_micro=cells.micro[PostingKind.TRADE],
        netting_micro=cells.micro[PostingKind.NETTING],
        retail_micro=sum((cells.micro[kind] for kind in _BILLED), start=np.zeros_like(imported)),
        feed_in_micro=cells.micro[PostingKind.FEED_IN],
        fees_micro=cells.micro[PostingKind.LOCAL_FEE],
        quality=_quality(conn, members, starts, imported, exported),
        due=due,
        netting=netting,
    )


class _Cells:
    """What the postings of an entry give and take, by kind; each table (M, T), positive towards or from the member."""

    def __init__(self, members: int, periods: int) -> None:
        shape = (members, periods)
        self.wh: defaultdict[str, Ints] = defaultdict(lambda: np.zeros(shape, np.int64))
        """Energy that flowed to the member [Wh]."""
        self.micro: defaultdict[str, Ints] = defaultdict(lambda: np.zeros(shape, np.int64))
        """Money that the member paid [micro-units]."""
        self.pairs: list[tuple[int, int, int, int]] = []
        """Netted pairs (period, giver, taker, Wh)."""
        self.shape = shape


def _booked(conn: Connection, entry: int, members: tuple[str, ...], starts: tuple[int, ...]) -> _Cells:
    cells = _Cells(len(members), len(starts))
    index = {MEMBER + member: m for m, member in enumerate(members)}
    period = {start: t for t, start in enumerate(starts)}
    for kind, start, payer, payee, micro, wh in entries.postings_of(conn, entry):
        t = period[start]
        for account, sign in ((payer, 1), (payee, -1)):
            if (m := index.get(account)) is not None:
                cells.wh[kind][m, t] += sign * wh
                cells.micro[kind][m, t] += sign * micro
        if kind == PostingKind.NETTING:
            giver, taker = (payee, payer) if wh > 0 else (payer, payee)
            cells.pairs.append((t, index[giver], index[taker], abs(wh)))
    return cells


def _netting(cells: _Cells) -> Netting:
    period, giver, taker, wh = np.array(sorted(cells.pairs), np.int64).reshape(-1, 4).T
    taken, given = np.zeros(cells.shape, np.int64), np.zeros(cells.shape, np.int64)
    np.add.at(taken, (taker, period), wh)
    np.add.at(given, (giver, period), wh)
    return Netting(taken, given, np.zeros(cells.shape[1], np.int64), period, giver, taker, wh)


def _due(conn: Connection, settings: ReportSettings, day: date, members: tuple[str, ...]) -> Deliveries:
    auction = auctions.get(conn, day)
    period_s = auction.period_s if auction else settings.settlement_period_s
    market_starts = day_periods(day, settings.zone, period_s)
    period = {start: t for t, start in enumerate(market_starts)}
    index = {member: m for m, member in enumerate(members)}
    rows = [
        (period[row.start], index[row.seller], index[row.buyer], row.wh, row.price_micro_kwh)
        for row in transactions.of_day(conn, day)
    ]
    columns = np.array(rows, np.int64).reshape(-1, 5).T
    settlement_periods = len(day_periods(day, settings.zone, settings.settlement_period_s))
    return deliveries(transactions_from(*columns), len(market_starts), settlement_periods)


def _quality(
    conn: Connection, members: tuple[str, ...], starts: tuple[int, ...], imported: Ints, exported: Ints
) -> Ints:
    """Return where each settled value came from: a reading that says what was settled, else the operator's estimate."""
    quality = np.full(imported.shape, QUALITIES.index("estimated"), np.int64)
    index = {member: m for m, member in enumerate(members)}
    period = {start: t for t, start in enumerate(starts)}
    for row in readings.between(conn, members, starts[0], starts[-1] + 1):
        m, t = index[row.member], period.get(row.start)
        if t is not None and (row.import_wh, row.export_wh) == (imported[m, t], exported[m, t]):
            quality[m, t] = row.quality
    return quality
