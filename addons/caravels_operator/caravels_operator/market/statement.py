"""One member's settled periods in sums: only what is its own (engines B.1, B.2)."""

from dataclasses import dataclass

import numpy as np

from .quality import ESTIMATED
from .settlement import Settlement, SettlementDay


@dataclass(frozen=True, slots=True)
class StatementSums:
    """Energy [Wh] and money [micro-units] of one member; money is what it pays, negative is what it receives."""

    import_wh: int
    export_wh: int
    bought_wh: int
    sold_wh: int
    netted_in_wh: int
    netted_out_wh: int
    residual_import_wh: int
    residual_export_wh: int
    estimated_periods: int
    trade_micro: int
    netting_micro: int
    retail_micro: int
    """Bill for all import, the unavoidable part and tax included."""
    feed_in_micro: int
    fees_micro: int

    @property
    def before_fees_micro(self) -> int:
        """Return what the member pays but the local fee."""
        return self.trade_micro + self.netting_micro + self.retail_micro + self.feed_in_micro

    @property
    def total_micro(self) -> int:
        """Return what the member pays."""
        return self.before_fees_micro + self.fees_micro


def statement_of(day: SettlementDay, settlement: Settlement, member: int) -> StatementSums:
    """Return the sums of the member at an index."""
    return StatementSums(
        import_wh=int(day.import_wh[member].sum()),
        export_wh=int(day.export_wh[member].sum()),
        bought_wh=int(day.bought_wh[member].sum()),
        sold_wh=int(day.sold_wh[member].sum()),
        netted_in_wh=int(settlement.netting.taken_wh[member].sum()),
        netted_out_wh=int(settlement.netting.given_wh[member].sum()),
        residual_import_wh=int(settlement.residual_import_wh[member].sum()),
        residual_export_wh=int(settlement.residual_export_wh[member].sum()),
        estimated_periods=int(np.count_nonzero(settlement.quality[member] == ESTIMATED)),
        trade_micro=int(settlement.trade_micro[member].sum()),
        netting_micro=int(settlement.netting_micro[member].sum()),
        retail_micro=int(settlement.retail_micro[member].sum()),
        feed_in_micro=int(settlement.feed_in_micro[member].sum()),
        fees_micro=int(settlement.fees_micro[member].sum()),
    )
