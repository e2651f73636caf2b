"""The settlement of a day: contracts, meters, netting, retailers; who pays whom (engines B.1, B.2)."""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Flags, Ints
from .billing import bill
from .day_books import DayBooks
from .netting import Netting, net_residuals, no_netting
from .postings import Postings, join
from .priority import draw, member_digests
from .quality import Qualities
from .transactions import Transactions


@dataclass(frozen=True, slots=True)
class SettlementRules:
    """What an operator can choose."""

    strict: bool = False
    """Residuals meet the retailer and the feed-in at once: the paper's bare rule."""
    buyer_fee_micro_kwh: int = 0
    seller_fee_micro_kwh: int = 0


@dataclass(frozen=True, slots=True)
class SettlementDay:
    """All that a settlement needs: M members, T settlement periods."""

    members: tuple[str, ...]
    retailers: tuple[str, ...]
    """Retailer of each member, shape (M,)."""
    starts: Ints
    """UTC start of each settlement period [Unix s], shape (T,)."""
    market_periods: int
    """Number of market periods of the day, to which transactions refer."""
    import_wh: Ints
    """Metered grid import [Wh], shape (M, T)."""
    export_wh: Ints
    """Metered grid export [Wh], shape (M, T)."""
    bought_wh: Ints
    """Contracted purchases [Wh], shape (M, T); see `contracts.contracted`."""
    sold_wh: Ints
    """Contracted sales [Wh], shape (M, T)."""
    retail_micro_kwh: Ints
    """Retail price, all parts [micro-units per kWh], shape (M, T)."""
    avoidable_micro_kwh: Ints
    """What of it a community kWh does not pay, shape (M, T)."""
    vat_ppm: Ints
    """Share of VAT in the retail price [parts per million], shape (M, T)."""
    feed_in_micro_kwh: Ints
    """Feed-in price [micro-units per kWh], shape (M, T)."""
    auction_micro_kwh: Ints
    """Price of the auction at settlement resolution, shape (T,); see `contracts.price_of_settlement`."""
    traded: Flags
    """Whether there was one, shape (T,)."""
    quality: Qualities
    """Source of each reading, shape (M, T)."""
    rules: SettlementRules = SettlementRules()

    def __post_init__(self) -> None:
        shape = (len(self.members), self.starts.size)
        for name in (
            *("import_wh", "export_wh", "bought_wh", "sold_wh", "quality"),
            *("retail_micro_kwh", "avoidable_micro_kwh", "vat_ppm", "feed_in_micro_kwh"),
        ):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape} instead of {shape}")
        for name in ("import_wh", "export_wh", "bought_wh", "sold_wh"):
            if (getattr(self, name) < 0).any():
                raise ValueError(f"{name} is negative")


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a day came to; money is what a member pays, negative is what it receives [micro-units]."""

    postings: Postings
    netting: Netting
    residual_import_wh: Ints
    """What each member still bought from its retailer [Wh], shape (M, T)."""
    residual_export_wh: Ints
    """What each member still fed in at its retailer's price [Wh], shape (M, T)."""
    trade_micro: Ints
    """Shape (M, T), like all money here; a trade stands in the settlement period in which it starts."""
    netting_micro: Ints
    retail_micro: Ints
    """Bill for all import, the unavoidable part and tax included."""
    feed_in_micro: Ints
    """Negative: what the retailer pays."""
    fees_micro: Ints
    quality: Qualities
    """Source of each reading, shape (M, T)."""

    @property
    def before_fees_micro(self) -> Ints:
        """Return what each member pays but the local fee, shape (M, T)."""
        return self.trade_micro + self.netting_micro + self.retail_micro + self.feed_in_micro

    @property
    def cost_micro(self) -> Ints:
        """Return what each member pays, shape (M, T); `no_loss` comes at the month's end."""
        return self.before_fees_micro + self.fees_micro


def residuals(day: SettlementDay) -> tuple[Ints, Ints]:
    """Return how short and how long each member is [Wh], each shape (M, T).

    short = max(0, import - bought) + max(0, sold - export); long = max(0, bought - import) + max(0, export - sold).
    The obligation is kept whatever happened (paper, section II.C).
    """
    more_import, more_export = day.import_wh - day.bought_wh, day.export_wh - day.sold_wh
    short: Ints = np.maximum(more_import, 0) + np.maximum(-more_export, 0)
    long: Ints = np.maximum(-more_import, 0) + np.maximum(more_export, 0)
    return short, long


def settle(day: SettlementDay, transactions: Transactions) -> Settlement:
    """Settle a day; the same inputs give the same postings in the same order.

    Args:
        day: meters, contracts, tariffs and rules.
        transactions: the auction's, by market period.
    """
    short, long = residuals(day)
    netting = _net(day, short, long)
    residual_import, residual_export = short - netting.taken_wh, long - netting.given_wh
    legs = bill(
        day.import_wh,
        residual_import,
        residual_export,
        day.retail_micro_kwh,
        day.avoidable_micro_kwh,
        day.vat_ppm,
        day.feed_in_micro_kwh,
    )
    books = DayBooks.open(day.members, day.retailers, (day.market_periods, day.starts.size))
    trades, trade_micro = books.trades(transactions)
    fees, fees_micro = books.fees(transactions, day.rules.buyer_fee_micro_kwh, day.rules.seller_fee_micro_kwh)
    netted, netting_micro = books.netted(netting)
    billed = books.billed(legs, day.import_wh, residual_import, residual_export)
    return Settlement(
        postings=join(books.accounts, [trades, fees, netted, *billed]),
        netting=netting,
        residual_import_wh=residual_import,
        residual_export_wh=residual_export,
        trade_micro=trade_micro,
        netting_micro=netting_micro,
        retail_micro=legs.total_micro,
        feed_in_micro=-legs.feed_in_micro,
        fees_micro=fees_micro,
        quality=day.quality,
    )


def _net(day: SettlementDay, short: Ints, long: Ints) -> Netting:
    if day.rules.strict:
        return no_netting(*short.shape)
    return net_residuals(
        short,
        long,
        day.feed_in_micro_kwh,
        day.avoidable_micro_kwh,
        day.auction_micro_kwh,
        day.traded,
        draw(member_digests(day.members, "netting")[:, None], day.starts),
    )
