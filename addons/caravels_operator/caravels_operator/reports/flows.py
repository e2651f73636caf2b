"""What members use and make behind their grid meters: known of simulated homes, not of the ledger's."""

from dataclasses import dataclass

from ..market.arithmetic import Ints


@dataclass(frozen=True, slots=True)
class Flows:
    """Energy by hour, from the start of the first day of a report to the end of its last; int64 (M, H) each [Wh]."""

    consumption_wh: Ints
    generation_wh: Ints
