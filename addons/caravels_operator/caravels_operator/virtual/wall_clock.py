"""The simulation's grid: quarters of an hour in UTC, by month, and what a clock on the wall shows at each.

Everything is simulated in quarters and worked out a UTC month at a time; a month is the integer
12 * year + (month of the year - 1).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

QUARTER_S: Final = 900
QUARTERS_A_DAY: Final = 96
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class WallClock:
    """The local civil day (proleptic ordinal) and the quarter of that day (0 to 95) of each quarter, int64 (Q,)."""

    days: Integers
    quarters: Integers


def month_of(instant: int) -> int:
    """Return the UTC month of an instant [Unix s]."""
    when = datetime.fromtimestamp(instant, UTC)
    return when.year * 12 + when.month - 1


def month_start(month: int) -> int:
    """Return the first instant [Unix s] of a UTC month."""
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())


def month_starts(month: int) -> Integers:
    """Return the starts [Unix s] of a UTC month's quarters, int64 (Q,)."""
    return np.arange(month_start(month), month_start(month + 1), QUARTER_S, dtype=np.int64)


@lru_cache(maxsize=128)
def wall_clock(zone: str, month: int) -> WallClock:
    """Return what a clock in the zone shows in a UTC month: a skipped hour is absent, a doubled one there twice."""
    tz = ZoneInfo(zone)
    starts = month_starts(month)
    offsets = [datetime.fromtimestamp(int(start), tz).utcoffset() for start in starts]
    local = starts + np.array([offset.total_seconds() if offset else 0 for offset in offsets], dtype=np.int64)
    quarters = local // QUARTER_S
    return WallClock(quarters // QUARTERS_A_DAY + EPOCH_DAY, quarters % QUARTERS_A_DAY)
