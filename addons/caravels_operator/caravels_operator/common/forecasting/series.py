"""What was measured of one quantity, hour by hour, and the local clock that people live by."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ..periods import DAY_S, HOUR_S

HOURS_A_DAY: Final = 24

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """Energy of consecutive hours, oldest first.

    Attributes:
        first: start of the first hour [Unix s].
        wh: energy of each hour [Wh], shape (n,); nan where it is not known.
    """

    first: int
    wh: Floats

    @property
    def end(self) -> int:
        """End of the last hour [Unix s]."""
        return self.first + HOUR_S * self.wh.size

    def between(self, start: int, end: int) -> Floats:
        """Return the hours in [start, end) [Unix s], both on hours of the series; nan before and after it."""
        low, high = (start - self.first) // HOUR_S, (end - self.first) // HOUR_S
        found = np.full(max(high - low, 0), np.nan)
        inside = slice(max(low, 0), min(high, self.wh.size))
        if inside.start < inside.stop:
            found[inside.start - low : inside.stop - low] = self.wh[inside]
        return found

    def until(self, end: int) -> Series:
        """Return what was known at an instant [Unix s]: the hours that were over."""
        return Series(self.first, self.wh[: max((end - self.first) // HOUR_S, 0)])


@dataclass(frozen=True, slots=True)
class LocalHours:
    """What a clock and a calendar on the wall show at the start of consecutive hours, shape (n,) each.

    Attributes:
        day: day as its ordinal (`date.toordinal`).
        hour: hour of the day, 0 to 23; on days when clocks change one is missing or comes twice.
        weekday: 0 is Monday.
        holiday: whether the day is a public holiday.
    """

    day: Integers
    hour: Integers
    weekday: Integers
    holiday: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A place's clock and its holidays; the shell passes them in.

    Attributes:
        zone: IANA name of the time zone.
        holidays: public holidays, past and coming.
    """

    zone: str
    holidays: frozenset[date] = field(default_factory=frozenset)

    def hours(self, first: int, count: int) -> LocalHours:
        """Return what is shown at the starts of `count` hours from `first` [Unix s] on."""
        starts = first + HOUR_S * np.arange(count, dtype=np.int64)
        local = starts + _offsets(first, count, self.zone)
        day = local // DAY_S + _EPOCH
        known = np.array(sorted(holiday.toordinal() for holiday in self.holidays), np.int64)
        return LocalHours(day, local % DAY_S // HOUR_S, (day - 1) % 7, np.isin(day, known))


_EPOCH: Final = date(1970, 1, 1).toordinal()


def _offsets(first: int, count: int, zone: str) -> Integers:
    """Return the local time less UTC [s] at the starts of consecutive hours, shape (count,)."""
    blocks = range(first // DAY_S, (first + HOUR_S * max(count - 1, 0)) // DAY_S + 1)
    table = np.array([_offsets_of_day(block, zone) for block in blocks], np.int64)
    hour = first // HOUR_S + np.arange(count) - blocks[0] * HOURS_A_DAY
    return table.ravel()[hour]


@lru_cache(maxsize=4_096)
def _offsets_of_day(day: int, zone: str) -> tuple[int, ...]:
    """Return the local time less UTC [s] in each hour of a UTC day, counted from 1970."""
    tz = ZoneInfo(zone)
    edges = [_offset(day * DAY_S, tz), _offset((day + 1) * DAY_S - HOUR_S, tz)]
    if edges[0] == edges[1]:
        return (edges[0],) * HOURS_A_DAY
    return tuple(_offset(day * DAY_S + hour * HOUR_S, tz) for hour in range(HOURS_A_DAY))


def _offset(instant: int, tz: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(instant, UTC).astimezone(tz).utcoffset()
    return 0 if shift is None else int(shift.total_seconds())
