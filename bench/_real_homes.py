"""Real homes for script/bench integration: what their meters showed, hour by hour, on any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caravels_operator.common.member.journal import Journal
from caravels_operator.common.member.records import HomeReading
from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.virtual.measured import read_data_set, shared_data_folder

DATA_SET: Final = "fontana17"
CYCLE_DAYS: Final = 364


@dataclass(frozen=True, slots=True)
class RealHome:
    """A measured home: use and generation of every hour of a year of 364 days [Wh]."""

    load_wh: Sequence[int]
    pv_wh: Sequence[int]

    def reading(self, start: int, days_later: int) -> HomeReading:
        """Return what the home's meters showed in the hour from `start` [Unix s], on another day of the year."""
        hour = (start + days_later * DAY_S) // HOUR_S % len(self.load_wh)
        load, pv = self.load_wh[hour], self.pv_wh[hour]
        return HomeReading(start=start, import_wh=max(0, load - pv), export_wh=max(0, pv - load), generation_wh=pv)


def real_homes() -> list[RealHome]:
    """Return the measured homes of which both series are good.

    Raises:
        RuntimeError: the shared data are not there.
    """
    folder = shared_data_folder()
    data = read_data_set(folder, DATA_SET) if folder else None
    if data is None:
        raise RuntimeError(f"script/bench integration needs the shared data set {DATA_SET} (set CARAVELS_SHARED)")
    both = sorted(data.load.keys() & data.pv.keys())
    return [RealHome(data.load[name].ravel().tolist(), data.pv[name].ravel().tolist()) for name in both]


def home_readings(place: int, homes: Sequence[RealHome], start: int, end: int) -> list[HomeReading]:
    """Return the hours from `start` to `end` [Unix s] of the home of a member, by its place in the community.

    There are fewer homes than members: the next ones are the same homes, some weeks later.
    """
    home, later = homes[place % len(homes)], place // len(homes) * 91
    return [home.reading(at, later) for at in range(start, end, HOUR_S)]


def fill_journal(journal: Journal, readings: Sequence[HomeReading]) -> None:
    """Put hours into a journal, as a home's metering does."""
    journal.run(lambda opened: opened.readings.put(HOUR_S, readings))
