"""The postings of a settled day, kind by kind, with what each costs every member and period (engines B.1)."""

from dataclasses import dataclass

import numpy as np

from .accounts import FEES, TAX, member_account, retailer_account
from .arithmetic import Ints, money_of
from .billing import Bill
from .contracts import settlement_of
from .netting import Netting
from .postings import PostingKind, Postings, post
from .transactions import Transactions


@dataclass(frozen=True, slots=True)
class DayBooks:
    """The accounts of a day: member i is account i, then the retailers, `fees` and `tax`."""

    accounts: tuple[str, ...]
    retailer: Ints
    """Account of each member's retailer, shape (M,)."""
    market_periods: int
    settlement_periods: int

    @classmethod
    def open(cls, members: tuple[str, ...], retailers: tuple[str, ...], periods: tuple[int, int]) -> DayBooks:
        """Return the books of some members and the retailer of each; `periods` of the market and of settlement."""
        known = sorted(set(retailers))
        place = {name: len(members) + index for index, name in enumerate(known)}
        accounts = (*map(member_account, members), *map(retailer_account, known), FEES, TAX)
        return cls(accounts, np.array([place[name] for name in retailers], np.int64), *periods)

    def trades(self, transactions: Transactions) -> tuple[Postings, Ints]:
        """Return the trades and what each member paid for them [micro-units], shape (M, T)."""
        period = settlement_of(transactions.period, self.market_periods, self.settlement_periods)
        rows = (period, transactions.buyer, transactions.seller, transactions.wh, transactions.micro)
        return self._transfers(PostingKind.TRADE, *rows)

    def netted(self, netting: Netting) -> tuple[Postings, Ints]:
        """Return the netted pairs, each rounded once, and what each member paid for them, shape (M, T)."""
        micro = money_of(netting.wh, netting.price_micro_kwh[netting.period])
        rows = (netting.period, netting.taker, netting.giver, netting.wh, micro)
        return self._transfers(PostingKind.NETTING, *rows)

    def _transfers(
        self, kind: PostingKind, period: Ints, payer: Ints, payee: Ints, wh: Ints, micro: Ints
    ) -> tuple[Postings, Ints]:
        cost = self._nothing()
        np.add.at(cost, (payer, period), micro)
        np.subtract.at(cost, (payee, period), micro)
        return post(self.accounts, kind, period, payer, payee, wh, micro), cost

    def fees(self, transactions: Transactions, buyer_micro_kwh: int, seller_micro_kwh: int) -> tuple[Postings, Ints]:
        """Return the local fee on what each member bought and sold in a market period, and its sum, shape (M, T)."""
        wh, micro = (np.zeros((self.retailer.size, self.market_periods), np.int64) for _ in range(2))
        for member, fee in ((transactions.buyer, buyer_micro_kwh), (transactions.seller, seller_micro_kwh)):
            traded = np.zeros_like(wh)
            np.add.at(traded, (member, transactions.period), transactions.wh)
            wh += traded if fee else 0
            micro += money_of(traded, fee)
        member, period = np.nonzero(micro)
        at = settlement_of(period, self.market_periods, self.settlement_periods)
        cost = self._nothing()
        np.add.at(cost, (member, at), micro[member, period])
        payee = self.accounts.index(FEES)
        rows = (at, member, payee, wh[member, period], micro[member, period])
        return post(self.accounts, PostingKind.LOCAL_FEE, *rows), cost

    def billed(self, legs: Bill, import_wh: Ints, residual_import_wh: Ints, residual_export_wh: Ints) -> list[Postings]:
        """Return the legs with the retailers and the tax; every argument has shape (M, T)."""
        member = np.arange(self.retailer.size)
        tax = np.full_like(member, self.accounts.index(TAX))
        no_energy = np.zeros_like(import_wh)
        return [
            self._every_period(PostingKind.RETAIL, member, self.retailer, residual_import_wh, legs.retail_micro),
            self._every_period(PostingKind.UNAVOIDABLE, member, self.retailer, import_wh, legs.unavoidable_micro),
            self._every_period(PostingKind.TAX, member, tax, no_energy, legs.tax_micro),
            self._every_period(PostingKind.FEED_IN, self.retailer, member, residual_export_wh, legs.feed_in_micro),
        ]

    def _every_period(self, kind: PostingKind, payer: Ints, payee: Ints, wh: Ints, micro: Ints) -> Postings:
        """Post cells of shape (M, T) between accounts of shape (M,)."""
        member, period = np.nonzero((wh != 0) | (micro != 0))
        cells = (wh[member, period], micro[member, period])
        return post(self.accounts, kind, period, payer[member], payee[member], *cells)

    def _nothing(self) -> Ints:
        return np.zeros((self.retailer.size, self.settlement_periods), np.int64)
