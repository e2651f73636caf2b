"""The forecasts of a home: made from what its meters showed and what is known around it, kept, and told.

A forecast is issued on the hour: what was measured until then is known. It is made anew when something new is known.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np

from ..forecasting.consumption.forecaster import ConsumptionForecaster
from ..forecasting.flexibility.devices import FlexibleDevice
from ..forecasting.flexibility.forecaster import FlexibilityForecaster
from ..forecasting.forecast import Forecast, Horizon, Method, Skill
from ..forecasting.generation.forecaster import GenerationForecaster
from ..forecasting.model import Model
from ..forecasting.series import Calendar, Floats, Integers, Series
from ..forecasting.weather import Site, SolarForecast, WeatherForecast
from ..periods import HOUR_S
from ..protocol import MarketDay
from .forecasts import Expected, ForecastRow, Forecasts, mean_by_clock, parts_of, rows_of
from .held import Held
from .history import MeterHistory, Periods, period_floor
from .journal import Journal
from .listeners import Listeners
from .lookout import Lookout, Surroundings
from .model_store import ModelStore
from .ports import Ports
from .state import ForecastBasis

FORECAST_HOURS: Final = 51
"""The rest of a day and the next, also where clocks change."""
HOUR_AHEAD_HOURS: Final = 2
"""The present hour, which nobody has measured yet, and the next."""


class OfConsumption(Protocol):
    """A forecaster of consumption; see `ConsumptionForecaster`."""

    def forecast(
        self, series: Series, calendar: Calendar, horizon: Horizon, issued_at: int, first: int, hours: int
    ) -> Forecast: ...


class OfGeneration(Protocol):
    """A forecaster of generation; see `GenerationForecaster`."""

    def forecast(
        self,
        series: Series,
        calendar: Calendar,
        horizon: Horizon,
        issued_at: int,
        first: int,
        hours: int,
        weather: tuple[WeatherForecast, ...] = (),
        solar: tuple[SolarForecast, ...] = (),
    ) -> Forecast: ...


class OfFlexibility(Protocol):
    """A forecaster of what could be reduced and what could be shifted; see `FlexibilityForecaster`."""

    def forecast(
        self,
        devices: tuple[FlexibleDevice, ...],
        calendar: Calendar,
        horizon: Horizon,
        issued_at: int,
        first: int,
        hours: int,
    ) -> tuple[Forecast, Forecast]: ...


@dataclass(frozen=True, slots=True)
class Forecasters:
    """How a home forecasts: what makes each of its forecasters. Ours, unless somebody tries others.

    Attributes:
        consumption: from the models in use, by horizon.
        generation: from where the home is.
        flexibility: from nothing.
    """

    consumption: Callable[[Mapping[Horizon, Model]], OfConsumption] = ConsumptionForecaster
    generation: Callable[[Site | None], OfGeneration] = GenerationForecaster
    flexibility: Callable[[], OfFlexibility] = FlexibilityForecaster


@dataclass(frozen=True, slots=True)
class _Known:
    """What a forecast was made of. The same objects make the same forecast."""

    history: MeterHistory
    models: Mapping[Horizon, Model]
    around: Surroundings
    issued_at: int

    def is_that(self, other: _Known) -> bool:
        same = self.history is other.history and self.models is other.models and self.around is other.around
        return same and self.issued_at == other.issued_at


class Forecasting:
    """Makes a home's forecasts, each once for what is known.

    Args:
        ports: clock, journal, executor and outlook.
        held: the home's state.
        store: its models.
        forecasters: how it forecasts.
        history: returns what its meters showed.
        changed: called when what the forecasts rest on has changed.
    """

    def __init__(
        self,
        ports: Ports,
        held: Held,
        store: ModelStore,
        forecasters: Forecasters,
        history: Callable[[], MeterHistory],
        changed: Callable[[], None],
    ) -> None:
        self._ports = ports
        self._held = held
        self._store = store
        self._forecasters = forecasters
        self._history = history
        self._changed = changed
        self._lookout = Lookout(ports)
        self._order = asyncio.Lock()
        self._consumption: tuple[Mapping[Horizon, Model], OfConsumption] | None = None
        self._generation: tuple[Site | None, OfGeneration] | None = None
        self._flexibility = forecasters.flexibility()
        self._made: dict[Horizon, tuple[_Known, Expected]] = {}
        self._told: tuple[Expected, Expected] | None = None
        self.listeners: Listeners[[Forecasts]] = Listeners()

    async def forecasts(self, hours: int = FORECAST_HOURS) -> Forecasts:
        """Return the six forecasts from the present hour on, of at least so many hours; listeners hear of new ones.

        Raises:
            JournalUnusable: they could not be journalled.
        """
        issued_at = self._present_hour()
        later = await self.expected(Horizon.DAY_AHEAD, issued_at, hours)
        sooner = await self.expected(Horizon.HOUR_AHEAD, issued_at, HOUR_AHEAD_HOURS)
        found = Forecasts(issued_at, later, sooner)
        if self._told is None or self._told[0] is not later or self._told[1] is not sooner:
            self._told = later, sooner
            self.listeners.tell(found)
        return found

    async def rows(self, hours: int) -> tuple[ForecastRow, ...]:
        """Return what is expected period by period, from the present period on; nothing where nothing was measured.

        Raises:
            JournalUnusable: it could not be journalled.
        """
        rhythm, now = self._held.rhythm, self._ports.clock.now()
        start = period_floor(now, rhythm.zone, rhythm.period_s)
        found = await self.forecasts(-(-(start - self._present_hour()) // HOUR_S) + hours + 1)
        if not self._history().wh.size:
            return ()
        history = self._history()

        def work() -> tuple[ForecastRow, ...]:
            parts = parts_of(history.columns(), rhythm.zone, rhythm.period_s)
            return rows_of(found, parts, start)[: hours * HOUR_S // rhythm.period_s]

        return await self._ports.executor.run(work)

    async def market(self, market: MarketDay) -> tuple[Integers, Expected]:
        """Return the net of a market day's periods [Wh], shape (m,), and the day-ahead forecast that it is made of.

        Of a day that has begun it is what could have been said when it began.

        Raises:
            JournalUnusable: the forecast could not be journalled.
        """
        starts = np.array([period.start for period in market.periods], np.int64)
        begins = period_floor(int(starts[0]), self._held.rhythm.zone, HOUR_S)
        issued_at = min(self._present_hour(), begins)
        hours = -(-(int(starts[-1]) + market.period_s - issued_at) // HOUR_S)
        expected = await self.expected(Horizon.DAY_AHEAD, issued_at, hours)
        history, zone = self._history(), self._held.rhythm.zone

        def net() -> Integers:
            found = parts_of(history.columns(), zone, market.period_s).net(expected)
            return found[(starts - expected.first) // market.period_s]

        return await self._ports.executor.run(net), expected

    async def expected(self, horizon: Horizon, issued_at: int, hours: int) -> Expected:
        """Return the forecasts of a horizon as of an hour [Unix s], of at least so many hours from it on.

        Raises:
            JournalUnusable: they could not be journalled.
        """
        async with self._order:
            models = await self._store.models()
            around = await self._lookout.look(self._held.rhythm.zone)
            known = _Known(self._history(), models, around, issued_at)
            made = self._made.get(horizon)
            if made is not None and made[0].is_that(known) and made[1].end >= issued_at + hours * HOUR_S:
                return made[1]
            if horizon is Horizon.DAY_AHEAD:
                hours = max(hours, FORECAST_HOURS)
            found = await self._ports.executor.run(partial(self._expect, known, horizon, hours))
            if issued_at == self._present_hour():
                await self._ports.journal.run(partial(_keep, found))
                self._made[horizon] = known, found
                self._held.bases |= {
                    (one.target, one.horizon): ForecastBasis(one.target, one.horizon, one.basis) for one in found
                }
                self._changed()
            return found

    def skills(self) -> dict[Horizon, Skill | None]:
        """Return how the last consumption forecasts made by a model did, by horizon."""
        bases = {horizon: made.consumption.basis for horizon, (_, made) in self._made.items()}
        return {horizon: basis.skill for horizon, basis in bases.items() if basis.method is Method.MODEL}

    def _present_hour(self) -> int:
        return period_floor(self._ports.clock.now(), self._held.rhythm.zone, HOUR_S)

    def _expect(self, known: _Known, horizon: Horizon, hours: int) -> Expected:
        """Work: return what is expected. One call at a time, for forecasters remember."""
        periods = known.history.columns().in_periods(HOUR_S)
        around, issued_at = known.around, known.issued_at
        asked = (around.calendar, horizon, issued_at, issued_at, hours)
        if self._consumption is None or self._consumption[0] is not known.models:
            self._consumption = known.models, self._forecasters.consumption(known.models)
        consumption = self._consumption[1].forecast(periods.series(periods.consumption), *asked)
        generation = None
        if periods.generates:
            if self._generation is None or self._generation[0] != around.site:
                self._generation = around.site, self._forecasters.generation(around.site)
            series = periods.series(periods.generation)
            generation = self._generation[1].forecast(series, *asked, around.weather, around.solar)
        reduction, shifting = self._flexibility.forecast(around.devices, *asked)
        net = _net(periods, consumption, generation, around.calendar)
        return Expected(consumption, generation, reduction, shifting, net)


def _net(periods: Periods, consumption: Forecast, generation: Forecast | None, calendar: Calendar) -> Floats:
    """Return what passes the grid connection [Wh], shape (m,) (engines A.2), see `Expected`."""
    asked = consumption.first, consumption.mean_wh.size
    known = periods.until(consumption.issued_at)
    if periods.hides_generation:
        return mean_by_clock(known.first, known.net, calendar, *asked)
    net = consumption.mean_wh if generation is None else consumption.mean_wh - generation.mean_wh
    if np.isnan(known.battery).all():
        return net
    return net + mean_by_clock(known.first, known.battery, calendar, *asked)


def _keep(expected: Expected, journal: Journal) -> None:
    journal.expectations.put(expected)
