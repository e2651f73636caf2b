"""What the community used and made lately, day by day, as the meters of its homes told (`ledger.readings`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.series import Floats, Series
from ..common.periods import HOUR_S, day_end, day_start
from ..ledger import members, readings

CONSUMPTION: Final = 0
GENERATION: Final = 1
SILENT_SHARE: Final = 0.1
"""Of the homes that were heard lately so many may be silent in an hour: the others stand for them."""
_HEARD_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """A delivery day: sums over the homes that were heard.

    Attributes:
        first: start of its first hour [Unix s].
        wh: consumption and generation of its hours [Wh], shape (2, n).
        heard: of how many homes each hour is known, shape (n,).
        hiding: homes that made more than they used in an hour, and did not tell what.
    """

    first: int
    wh: Floats
    heard: Floats
    hiding: frozenset[str]


class CommunityPast:
    """Measured days in memory; one is read again after readings of it came in.

    Days are read by one thread at a time; `changed` may be called beside it.
    """

    def __init__(self) -> None:
        self._days: dict[date, tuple[int, MeasuredDay]] = {}
        self._changes: dict[date, int] = {}

    def changed(self, days: Iterable[date]) -> None:
        """Note that readings of days are on disk; call it afterwards, never within their transaction."""
        for day in days:
            self._changes[day] = self.version(day) + 1

    def version(self, day: date) -> int:
        """Return how often a day has changed."""
        return self._changes.get(day, 0)

    def day(self, conn: Connection, zone: str, day: date) -> MeasuredDay:
        """Return a delivery day of a zone."""
        version = self.version(day)
        kept = self._days.get(day)
        if kept is None or kept[0] != version:
            kept = self._days[day] = version, measured_day(conn, zone, day)
        return kept[1]

    def series(self, conn: Connection, zone: str, first: date, last: date) -> tuple[Series, Series]:
        """Return consumption and generation of the community from the first to the last of some delivery days.

        Hours in which too few homes were heard are nan; days before the first are looked at to see how many they are.
        """
        wanted = [first + timedelta(days=n) for n in range(-_HEARD_DAYS, (last - first).days + 1)]
        days = [self.day(conn, zone, day) for day in wanted]
        most = [day.heard.max(initial=0.0) for day in days]
        known = []
        for n, day in enumerate(days[_HEARD_DAYS:]):
            homes = max(most[n : n + _HEARD_DAYS + 1])
            enough = day.heard >= max(1.0, (1.0 - SILENT_SHARE) * homes)
            known.append(np.where(enough, day.wh * homes / np.maximum(day.heard, 1.0), np.nan))
        start, wh = days[_HEARD_DAYS].first, np.concatenate(known, axis=1)
        return Series(start, wh[CONSUMPTION]), Series(start, wh[GENERATION])

    def forget(self, before: date) -> None:
        """Let go of days before one."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]


def measured_day(conn: Connection, zone: str, day: date) -> MeasuredDay:
    """Read a delivery day of a zone from the ledger: of all homes that ever were members."""
    first, end = day_start(day, zone), day_end(day, zone)
    homes = [member.id for member in members.all(conn)]
    hours = readings.used_hours(conn, homes, first, end)
    wh, heard = _sums(hours, -(-(end - first) // HOUR_S))
    hides = any(hour.hiding for hour in hours)
    return MeasuredDay(first, wh, heard, readings.hiding(conn, homes, first, end) if hides else frozenset())


def home_series(conn: Connection, member: str, first: int, end: int) -> tuple[Series, Series]:
    """Return consumption and generation of a home in [first, end) [Unix s], both on its hours; nan if not known."""
    wh, heard = _sums(readings.used_hours(conn, [member], first, end), (end - first) // HOUR_S)
    known = np.where(heard > 0, wh, np.nan)
    return Series(first, known[CONSUMPTION]), Series(first, known[GENERATION])


def _sums(rows: Sequence[readings.UsedHour], hours: int) -> tuple[Floats, Floats]:
    """Return what was used and made, shape (2, hours), and by how many homes, shape (hours,)."""
    wh, heard = np.zeros((2, hours)), np.zeros(hours)
    for row in rows:
        wh[:, row.hour] = row.used_wh, row.made_wh
        heard[row.hour] = row.homes
    return wh, heard
