"""What came of some days, in the few numbers that a person asks for first."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from rich.table import Table
from sqlalchemy import Connection

from ..common.periods import days_of_month
from ..common.quantities import MICRO, WH_PER_KWH
from ..ledger import chain, entries, months, settlements
from ..ledger.settlements import DayLine
from ..market.arithmetic import Ints
from ..market.savings import savings_by_part
from .market_tables import DayTrades
from .settled import months_between

PART_NAMES = {
    "shared_storage": "by shared storage",
    "trade_and_netting": "by trade and netting",
    "response": "by demand response",
    "fees_and_no_loss": "by fees and no_loss",
}
BUILT = ("trade_and_netting", "fees_and_no_loss")
"""The parts that a community has without batteries of its own and events."""


@dataclass(frozen=True, slots=True)
class Meters:
    """What the members used and made, int64 (M, T) each [Wh]; the ledger knows only what passed their grid meters."""

    members: tuple[str, ...]
    starts: Ints
    """UTC start of each settlement period [Unix s], shape (T,)."""
    consumption_wh: Ints
    generation_wh: Ints


@dataclass(frozen=True, slots=True)
class MemberSaving:
    """What one member would have paid alone, paid, and saved by part [micro-units]."""

    member: str
    alone_micro: int
    paid_micro: int
    by_part_micro: dict[str, int]

    @property
    def saved_micro(self) -> int:
        """Return the whole saving: the sum of its parts, exactly."""
        return self.alone_micro - self.paid_micro


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of the days from `first` to `last`; money in micro-units, energy in Wh.

    Attributes:
        settled_days: how many of the days are settled.
        traded_wh: contracted in the auction.
        traded_micro: what buyers paid sellers for it.
        netted_wh: met inside the community after delivery, before the retailer.
        savings: of each member, by id; `no_loss` of the months whose settled days all lie between the two.
        alone_import_wh: what the members would have bought from retailers alone.
        retailer_wh: what they bought.
        consumption_wh: what they used.
        worse_off_before: members who paid more than alone in any month, before `no_loss` and before fees.
        worse_off: the same after `no_loss`.
        worse_off_with_fees: the same after `no_loss`, fees included.
        accounts_sum_micro: of all accounts; 0.
        faults: what is wrong with the ledger, a sentence a fault.
    """

    first: date
    last: date
    currency: str
    settled_days: int
    traded_wh: int
    traded_micro: int
    netted_wh: int
    savings: tuple[MemberSaving, ...]
    alone_import_wh: int
    retailer_wh: int
    consumption_wh: int
    worse_off_before: int
    worse_off: int
    worse_off_with_fees: int
    accounts_sum_micro: int
    faults: tuple[str, ...]

    @property
    def saved_micro(self) -> int:
        """Return what all members saved together."""
        return sum(saving.saved_micro for saving in self.savings)

    @property
    def saved_by_part_micro(self) -> dict[str, int]:
        """Return what all members saved together, by part."""
        return {part: sum(saving.by_part_micro[part] for saving in self.savings) for part in PART_NAMES}

    @property
    def ledger_closes(self) -> bool:
        """Return whether the chain is whole and all accounts sum to zero."""
        return not self.faults and self.accounts_sum_micro == 0

    @property
    def self_sufficiency(self) -> tuple[float, float]:
        """Return the share of use that was not bought from retailers, alone and in the community."""
        if not self.consumption_wh:
            return 0.0, 0.0
        return 1 - self.alone_import_wh / self.consumption_wh, 1 - self.retailer_wh / self.consumption_wh


def summarise(
    conn: Connection, trades: DayTrades, first: date, last: date, currency: str, consumption_wh: int
) -> Summary:
    """Return what came of the days from `first` to `last`, as last settled; looks through the whole ledger once.

    Args:
        trades: the cleared auctions of those days.
        currency: ISO code.
        consumption_wh: what all members used on those days.
    """
    lines = settlements.between(conn, first, last)
    members = sorted({line.member for _, line in lines})
    sums = _Sums(members, months_between(first, last), lines)
    no_loss = _no_loss(conn, members, first, last)
    alone, fees = sums.of("alone_micro"), sums.of("fees_micro")
    before = sums.of("total_micro") - fees
    return Summary(
        first=first,
        last=last,
        currency=currency,
        settled_days=len({day for day, _ in lines}),
        traded_wh=sum(row.wh for _, rows in trades for row in rows),
        traded_micro=sum(row.micro for _, rows in trades for row in rows),
        netted_wh=int(sums.of("netted_in_wh").sum()),
        savings=_savings(members, *(of.sum(axis=1) for of in (alone, before, fees + no_loss))),
        alone_import_wh=int(sums.of("import_wh").sum()),
        retailer_wh=int(sums.of("residual_import_wh").sum()),
        consumption_wh=consumption_wh,
        worse_off_before=_worse_off(alone, before),
        worse_off=_worse_off(alone, before + no_loss),
        worse_off_with_fees=_worse_off(alone, before + no_loss + fees),
        accounts_sum_micro=sum(entries.balances(conn).values()),
        faults=(*chain.verify_chain(conn), *chain.verify_conservation(conn)),
    )


class _Sums:
    """Day lines summed by member and month, column by column."""

    def __init__(self, members: list[str], keys: list[str], lines: list[tuple[date, DayLine]]) -> None:
        member, month = ({name: at for at, name in enumerate(names)} for names in (members, keys))
        self._shape = (len(members), len(keys))
        self._rows = [(member[line.member], month[f"{day:%Y-%m}"], line) for day, line in lines]

    def of(self, column: str) -> Ints:
        """Return the sums of a column, shape (M, months)."""
        sums = np.zeros(self._shape, np.int64)
        for m, month, line in self._rows:
            sums[m, month] += getattr(line, column)
        return sums


def _no_loss(conn: Connection, members: list[str], first: date, last: date) -> Ints:
    """Return what each member paid by `no_loss`, shape (M, months); 0 in months with settled days outside the range."""
    index = {member: m for m, member in enumerate(members)}
    keys = months_between(first, last)
    paid = np.zeros((len(members), len(keys)), np.int64)
    for at, month in enumerate(keys):
        if all(first <= day <= last for day in settlements.settled_days(conn, *days_of_month(month))):
            for line in months.lines(conn, month, months.latest_version(conn, month)):
                paid[index[line.member], at] = line.no_loss_micro
    return paid


def _worse_off(alone: Ints, cost: Ints) -> int:
    """Return how many members paid more than alone in any month; both shape (M, months)."""
    return int((cost > alone).any(axis=1).sum())


def _savings(members: list[str], alone: Ints, before_fees: Ints, fees_and_no_loss: Ints) -> tuple[MemberSaving, ...]:
    """Return each member's saving by part; what is not built yet (storage, response) repeats the cost before it."""
    paid = before_fees + fees_and_no_loss
    parts = savings_by_part(alone, [alone, before_fees, before_fees, paid])
    return tuple(
        MemberSaving(member, int(alone[m]), int(paid[m]), {part: int(values[m]) for part, values in parts.items()})
        for m, member in enumerate(members)
    )


def summary_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return the summary as lines of (what, how much) for people."""
    currency, members = summary.currency, len(summary.savings)
    mean = summary.traded_micro / summary.traded_wh * WH_PER_KWH / MICRO if summary.traded_wh else None
    rows = [
        ("Days settled", f"{summary.settled_days} ({summary.first} to {summary.last}), {members} members"),
        ("Traded in the auction", f"{summary.traded_wh / WH_PER_KWH:,.1f} kWh"),
        ("Mean price", "nothing was traded" if mean is None else f"{mean:.4f} {currency}/kWh"),
        ("Netted after delivery", f"{summary.netted_wh / WH_PER_KWH:,.1f} kWh"),
        ("Cost alone", f"{sum(saving.alone_micro for saving in summary.savings) / MICRO:,.2f} {currency}"),
        ("Saved", f"{summary.saved_micro / MICRO:,.2f} {currency}"),
    ]
    for part, micro in summary.saved_by_part_micro.items():
        if micro or part in BUILT:
            rows.append((f"  {PART_NAMES[part]}", f"{micro / MICRO:,.2f} {currency}"))
    before, after = summary.self_sufficiency
    rows += [
        ("Self-sufficiency", f"{before:.1%} alone, {after:.1%} together"),
        ("Worse off than alone", f"{summary.worse_off} of {members} ({summary.worse_off_before} before no_loss)"),
        ("  fees included", f"{summary.worse_off_with_fees} of {members}"),
        ("Ledger", _ledger_row(summary)),
    ]
    return rows


def summary_table(summary: Summary) -> Table:
    """Return the summary as a table for a terminal."""
    table = Table(show_header=False, title="What the community did", title_justify="left", pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("how much")
    for what, how_much in summary_rows(summary):
        table.add_row(what, how_much)
    return table


def _ledger_row(summary: Summary) -> str:
    total = f"all accounts sum to {summary.accounts_sum_micro / MICRO:.2f} {summary.currency}"
    return f"closes: {total}" if summary.ledger_closes else f"DOES NOT CLOSE: {'; '.join((total, *summary.faults))}"
