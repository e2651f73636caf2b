"""Postings as columns: who pays whom, for what, and the energy that went the other way (engines B).

One integer of money is both legs of a posting, so what is paid is what is received.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .arithmetic import Flags, Ints

WHOLE_MONTH = -1
"""Period index of a posting that belongs to no period."""


class PostingKind(StrEnum):
    """What a posting is for."""

    TRADE = "trade"
    """Buyer to seller, the one integer of the transaction."""
    LOCAL_FEE = "local_fee"
    """Buyer or seller to `fees`, on traded energy."""
    NETTING = "netting"
    """Short member to long member."""
    RETAIL = "retail"
    """Member to retailer: the avoidable part of its residual import, without tax."""
    UNAVOIDABLE = "unavoidable"
    """Member to retailer, on every metered imported Wh, without tax."""
    TAX = "tax"
    """Member to `tax`: VAT of the two above."""
    FEED_IN = "feed_in"
    """Retailer to member for its residual export."""
    NO_LOSS = "no_loss"
    """Who gained to `community`, `community` to who would have lost."""


KINDS = tuple(PostingKind)


@dataclass(frozen=True, slots=True)
class Postings:
    """Money from payer to payee; every column has shape (n,)."""

    accounts: tuple[str, ...]
    """Names that `payer` and `payee` point to."""
    kind: Ints
    """Index into `KINDS`."""
    period: Ints
    """Index of the settlement period in the day, or `WHOLE_MONTH`."""
    payer: Ints
    payee: Ints
    wh: Ints
    """Energy that flowed to the payer [Wh]; negative where, at a negative price, it flowed from the payer."""
    micro: Ints
    """Money [micro-units], >= 0."""

    def __len__(self) -> int:
        return self.kind.size

    def rows(self) -> Iterator[tuple[PostingKind, int, str, str, int, int]]:
        """Yield (kind, period, payer, payee, wh, micro) with the accounts by name."""
        columns = (self.kind, self.period, self.payer, self.payee, self.wh, self.micro)
        for kind, period, payer, payee, wh, micro in zip(*(column.tolist() for column in columns), strict=True):
            yield KINDS[kind], period, self.accounts[payer], self.accounts[payee], wh, micro

    def at(self, rows: Ints | Flags) -> Postings:
        """Return some of the rows."""
        columns = (self.kind, self.period, self.payer, self.payee, self.wh, self.micro)
        return Postings(self.accounts, *(column[rows] for column in columns))

    def balances(self) -> dict[str, int]:
        """Return what every account received less what it paid [micro-units]; they sum to 0."""
        balance = np.zeros(len(self.accounts), np.int64)
        np.add.at(balance, self.payee, self.micro)
        np.subtract.at(balance, self.payer, self.micro)
        return dict(zip(self.accounts, balance.tolist(), strict=True))


def post(
    accounts: tuple[str, ...],
    kind: PostingKind,
    period: Ints,
    payer: Ints | int,
    payee: Ints | int,
    wh: Ints,
    micro: Ints,
) -> Postings:
    """Return postings of one kind: negative money swaps payer and payee, rows without money and energy are left out.

    Args:
        accounts: names of the accounts.
        kind: what the postings are for.
        period: settlement period of each, shape (n,).
        payer: account that pays positive money, an index or shape (n,).
        payee: account that receives it.
        wh: energy that flows to `payer` [Wh], shape (n,).
        micro: money, either sign [micro-units], shape (n,).
    """
    forward = micro >= 0
    rows = Postings(
        accounts=accounts,
        kind=np.full(micro.size, KINDS.index(kind)),
        period=period,
        payer=np.where(forward, payer, payee),
        payee=np.where(forward, payee, payer),
        wh=np.where(forward, wh, -wh),
        micro=np.abs(micro),
    )
    return rows.at((micro != 0) | (wh != 0))


def join(accounts: tuple[str, ...], parts: Iterable[Postings]) -> Postings:
    """Return the rows of all parts, one after the other; all know the same accounts."""
    several: Sequence[Postings] = tuple(parts)
    names = ("kind", "period", "payer", "payee", "wh", "micro")
    return Postings(accounts, *(np.concatenate([getattr(part, name) for part in several]) for name in names))
