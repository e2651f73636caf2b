"""What six forecasts cost a home's agent: metering, models, forecasters and a journal on disk as they run in a home.

A year of hours is in the journal. Every hour one more is read, and then timed is what the agent does to have its six
forecasts: it looks around, forecasts at both horizons, and journals them. Models run on numpy, as in a Home Assistant
without onnxruntime.
"""

import asyncio
import json
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice
from caravels_operator.common.forecasting.series import Calendar, Series
from caravels_operator.common.forecasting.weather import Site, SolarForecast, WeatherForecast
from caravels_operator.common.member.forecasting import Forecasters, Forecasting
from caravels_operator.common.member.held import Held
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.metering import Metering
from caravels_operator.common.member.model_store import ModelStore
from caravels_operator.common.member.ports import InlineExecutor, Ports, Timer
from caravels_operator.common.member.records import HomeReading, Rhythm
from caravels_operator.common.periods import DAY_S, HOUR_S

HOURS: Final = 72
HISTORY_S: Final = 350 * DAY_S


@dataclass(slots=True)
class House:
    """The home's clock, meters and surroundings."""

    load: Series
    pv: Series
    fleet: tuple[FlexibleDevice, ...]
    calendar: Calendar
    place: Site | None
    at: int

    def now(self) -> int:
        """See `Clock`."""
        return self.at

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """See `Clock`: nothing here waits."""
        raise NotImplementedError

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        """See `Meter`."""
        return self.shown(start, end)

    def shown(self, start: int, end: int) -> list[HomeReading]:
        """Return what the meters showed hour by hour."""
        use, made = (np.rint(series.between(start, end)).astype(int).tolist() for series in (self.load, self.pv))
        starts = range(start, end, HOUR_S)
        return [
            HomeReading(at, max(0, one - other), max(0, other - one), other)
            for at, one, other in zip(starts, use, made, strict=True)
        ]

    def holidays(self, first: date, last: date) -> frozenset[date]:
        """See `Outlook`."""
        return frozenset()

    def site(self) -> Site | None:
        """See `Outlook`."""
        return self.place

    async def weather(self) -> WeatherForecast | None:
        """See `Outlook`."""
        return None

    async def solar(self) -> Sequence[SolarForecast]:
        """See `Outlook`."""
        return ()

    def devices(self) -> Sequence[FlexibleDevice]:
        """See `Outlook`."""
        return self.fleet


async def measure(house: House, journal: Journal) -> dict[str, float]:
    """Return the median of an hour's forecasts, and what the first took after a start, in wall and in CPU time [ms]."""
    rhythm = Rhythm(house.calendar.zone, HOUR_S, HOUR_S)
    journal.run(lambda opened: opened.readings.put(HOUR_S, house.shown(house.load.first, house.at)))
    ports = Ports(house, InlineJournal(journal), house, InlineExecutor(), None, house)
    held = Held(None, rhythm)
    metering = Metering(ports, held, None, _nothing)
    store = ModelStore(ports, held, None, _nothing)
    forecasting = Forecasting(ports, held, store, Forecasters(), lambda: metering.history, _nothing)
    await metering.load(rhythm)
    await metering.begin(rhythm)
    walls, cpus = [], []
    for _ in range(HOURS + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        made = list(await forecasting.forecasts())
        walls.append(1_000 * (time.perf_counter() - wall))
        cpus.append(1_000 * (time.process_time() - cpu))
        if len(made) != 8:  # flexibility is told in two parts
            raise ValueError(f"{len(made)} forecasts")
        house.at += HOUR_S
        await metering.tick(rhythm)
    return {
        "six_ms": round(statistics.median(walls[1:]), 2),
        "six_cpu_ms": round(statistics.median(cpus[1:]), 2),
        "six_first_ms": round(walls[0], 1),
        "six_first_cpu_ms": round(cpus[0], 1),
    }


def _nothing() -> None:
    """Nobody listens."""


def main() -> None:
    """Measure the home that is pickled on the standard input, and print what it came to as JSON."""
    sys.modules["onnxruntime"] = None  # type: ignore[assignment]  # as in a home that has none
    load, pv, devices, calendar, site = pickle.load(sys.stdin.buffer)
    house = House(load, pv, devices, calendar, site, load.first + HISTORY_S)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measure(house, Journal(Path(folder) / "journal.sqlite")))))


if __name__ == "__main__":
    main()
