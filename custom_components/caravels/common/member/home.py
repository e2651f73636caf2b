"""What a home does with or without a community: it reads its meters, keeps what they showed, and forecasts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..forecasting.predictor import History, Predictor
from ..periods import HOUR_S
from ..protocol import MarketDay
from .held import Held
from .history import NetHistory, clock_slot, period_floor
from .listeners import Listeners
from .metering import Metering, next_tick
from .outgoing import Outgoing
from .ports import MeterAway, Ports, TellingMeter, Timer
from .records import Rhythm
from .worker import Job, Worker

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What is expected of one period.

    Attributes:
        start: start of the period [Unix s].
        period_s: its length [s].
        net_wh: import less export [Wh].
        consumption_wh: what the home will use [Wh].
        generation_wh: what it will generate [Wh], or None where that is not known.
    """

    start: int
    period_s: int
    net_wh: int
    consumption_wh: int
    generation_wh: int | None


class Home:
    """A home of its own; its work is done in order, one thing after the other.

    Args:
        ports: clock, journal, meter and executor.
        predictor: the forecaster.
        held: the home's state.
        outgoing: the queue to the operator, or None for a home without one.
        changed: called when the state has changed.
    """

    def __init__(
        self, ports: Ports, predictor: Predictor, held: Held, outgoing: Outgoing | None, changed: Callable[[], None]
    ) -> None:
        self._ports = ports
        self._predictor = predictor
        self._held = held
        self._changed = changed
        self._metering = Metering(ports, held, outgoing, self._readings_kept)
        self._worker = Worker(ports.clock, held.member_id or "this home", self._job_done)
        self._timer: Timer | None = None
        self._followed: tuple[Rhythm, bool] | None = None
        self.listeners: Listeners[[]] = Listeners()
        self.run = self._worker.run
        self.post = self._worker.post
        self.store_offer = self._metering.store_offer

    def begin_again(self) -> None:
        """Load and read anew: this home's clock was set."""
        self._followed = None
        self.follow()

    def follow(self) -> bool:
        """Meter in the rhythm that is now known, and for the operator if it is; return False if that is not new."""
        rhythm = self._held.rhythm
        followed = (rhythm, self._held.hello is not None)
        if followed == self._followed:
            return False
        self._followed = followed
        self.post("first reading", self._metered(partial(self._metering.begin, rhythm)))
        self._plan_tick(rhythm)
        return True

    def stop(self) -> None:
        """End the timer."""
        if self._timer:
            self._timer.cancel()

    def offer_readings(self, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more."""
        self.post("offer", partial(self._metering.offer, self._held.rhythm, since))

    async def forecast(self, hours: int) -> tuple[ForecastRow, ...]:
        """Return what is expected from the present period on; nothing where nothing was ever measured."""
        rhythm, history = self._held.rhythm, self._metering.history
        first = period_floor(self._ports.clock.now(), rhythm.zone, rhythm.period_s)
        starts = range(first, first + hours * HOUR_S, rhythm.period_s)
        return await self._ports.executor.run(partial(_forecast, self._predictor, history, starts, rhythm))

    def market_forecast(self, market: MarketDay) -> Callable[[], NDArray[np.int64]]:
        """See `MarketForecast`."""
        history, zone = self._metering.history, self._held.rhythm.zone
        starts = [period.start for period in market.periods]
        return lambda: _predict(self._predictor, history.net(market.period_s), starts, zone, market.period_s)

    def _plan_tick(self, rhythm: Rhythm) -> None:
        self.stop()
        when = next_tick(self._ports.clock.now(), rhythm.zone, rhythm.interval_s, self._held.member_id)
        self._timer = self._ports.clock.call_at(when, partial(self._tick, rhythm))

    def _tick(self, rhythm: Rhythm) -> None:
        self.post("reading", self._metered(partial(self._metering.tick, rhythm)))
        self._plan_tick(rhythm)

    def _metered(self, job: Job) -> Job:
        """Return a job that tells how things stand with the meters."""

        async def work() -> None:
            try:
                await job()
            except MeterAway as error:
                self._tell_meters(str(error))
                raise
            meter = self._ports.meter
            self._tell_meters(meter.problem if isinstance(meter, TellingMeter) else None)

        return work

    def _tell_meters(self, problem: str | None) -> None:
        if problem is not None and self._held.meter_problem is None:
            _LOGGER.warning("The meters cannot be read: %s", problem)
        if problem is None and self._held.meter_problem is not None:
            _LOGGER.warning("The meters can be read again")  # as what it takes back, or it would not be seen
        self._held.meter_problem = problem

    def _readings_kept(self) -> None:
        self._changed()
        self.listeners.tell()

    def _job_done(self, fault: str | None) -> None:
        self._held.fault = fault or self._held.fault
        self._changed()


def _forecast(predictor: Predictor, history: NetHistory, starts: range, rhythm: Rhythm) -> tuple[ForecastRow, ...]:
    if not history.start.size:
        return ()
    period_s = rhythm.period_s
    expected = partial(_predict, predictor, starts=starts, zone=rhythm.zone, period_s=period_s)
    net_wh = expected(history.net(period_s)).tolist()
    consumption_wh = np.maximum(expected(history.consumption(period_s)), 0).tolist()
    known = history.generation(period_s)
    generation_wh = [None] * len(starts) if known is None else np.maximum(expected(known), 0).tolist()
    columns = zip(starts, net_wh, consumption_wh, generation_wh, strict=True)
    return tuple(ForecastRow(start, period_s, *expectation) for start, *expectation in columns)


def _predict(
    predictor: Predictor, history: History, starts: range | list[int], zone: str, period_s: int
) -> NDArray[np.int64]:
    slots = [clock_slot(start, zone, period_s) for start in starts]
    return predictor.predict(history, np.array(slots, np.int64))
