"""What can be wrong with a meter, coded for flows and repairs, with a sentence for the state and the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FindingCode(StrEnum):
    """What is to be said of a meter."""

    MISSING = "missing"
    """There is no such entity or statistic."""
    UNAVAILABLE = "unavailable"
    """The sensor shows no number now."""
    NOT_ENERGY_NOR_POWER = "not_energy_nor_power"
    """It measures something else."""
    WRONG_UNIT = "wrong_unit"
    """It says that it measures energy or power, in a unit that is neither."""
    NO_STATISTICS = "no_statistics"
    """The recorder keeps no statistics of it: what happened while Home Assistant was off or before is not known."""
    STATISTIC_ONLY = "statistic_only"
    """No entity feeds it: it is read, but later, and what flows now is not known."""
    DUPLICATE = "duplicate"
    """It was chosen more than once."""
    SHARE_OVER_WHOLE = "share_over_whole"
    """With what other communities have of it, it is more than the whole meter."""
    IMPLAUSIBLE = "implausible"
    """It rose by more than the connection can carry: those periods are left out."""


HINTS: Final = frozenset({FindingCode.UNAVAILABLE, FindingCode.NO_STATISTICS, FindingCode.STATISTIC_ONLY})
"""What a person should know and may accept."""

_SAYS: Final = {
    FindingCode.MISSING: "does not exist",
    FindingCode.UNAVAILABLE: "shows no number",
    FindingCode.NOT_ENERGY_NOR_POWER: "measures neither energy nor power",
    FindingCode.WRONG_UNIT: "has a unit that is neither of energy nor of power",
    FindingCode.NO_STATISTICS: "has no new statistics",
    FindingCode.STATISTIC_ONLY: "has statistics only, no live data",
    FindingCode.DUPLICATE: "was chosen twice",
    FindingCode.SHARE_OVER_WHOLE: "is shared out over 100 %",
    FindingCode.IMPLAUSIBLE: "rose by more than the connection can carry",
}


@dataclass(frozen=True, slots=True)
class MeterFinding:
    """Something that is to be said of one meter.

    Attributes:
        id: of the entity or statistic.
        register: for what it was chosen: a field of `Meters`.
        code: what it is.
    """

    id: str
    register: str
    code: FindingCode

    @property
    def blocks(self) -> bool:
        """Whether the meter cannot be used as it is."""
        return self.code not in HINTS


def sentence(findings: Iterable[MeterFinding]) -> str | None:
    """Return findings as a sentence that says which meter and what, or None without any."""
    said = [f"{found.id} ({found.register.replace('_', ' ')}) {_SAYS[found.code]}" for found in findings]
    return f"Not every meter can be read: {'; '.join(said)}." if said else None
