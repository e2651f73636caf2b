"""What a home does with or without a community: it reads its meters, keeps what they showed, and forecasts."""

import logging
from collections.abc import Callable
from functools import partial

from ..periods import DAY_S, HOUR_S
from .forecasting import Forecasters, Forecasting
from .held import Held
from .listeners import Listeners
from .metering import Metering, next_tick
from .model_store import ModelStore
from .outgoing import Outgoing
from .ports import MeterAway, Ports, TellingMeter, Timer
from .records import Rhythm
from .worker import Job, Worker

_LOGGER = logging.getLogger(__name__)


class Home:
    """A home of its own; its work is done in order, one thing after the other.

    Args:
        ports: clock, journal, meter, executor and outlook.
        forecasters: how it forecasts.
        held: the home's state.
        outgoing: the queue to the operator, or None for a home without one.
        changed: called when the state has changed.
        is_watched: whether somebody looks at its forecasts.
    """

    def __init__(
        self,
        ports: Ports,
        forecasters: Forecasters,
        held: Held,
        outgoing: Outgoing | None,
        changed: Callable[[], None],
        is_watched: Callable[[], bool],
    ) -> None:
        self._ports = ports
        self._held = held
        self._changed = changed
        self._is_watched = is_watched
        self._metering = Metering(ports, held, outgoing, self._readings_kept)
        self.models = ModelStore(ports, held, outgoing, changed)
        self.forecasting = Forecasting(ports, held, self.models, forecasters, lambda: self._metering.history, changed)
        self._worker = Worker(ports.clock, held.member_id or "this home", self._job_done)
        self._timer: Timer | None = None
        self._followed: tuple[Rhythm, bool] | None = None
        self._forecast_for: tuple[int, int, Rhythm] | None = None
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
        self._forecast_for = None
        self.post("load", partial(self._metering.load, rhythm))
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

    def follow_models(self) -> None:
        """Do what the operator's offers of models ask for, and forecast by what is then in use."""
        self.post("models", self._follow_models)

    def _plan_tick(self, rhythm: Rhythm) -> None:
        self.stop()
        when = next_tick(self._ports.clock.now(), rhythm.zone, rhythm.interval_s, self._held.member_id)
        self._timer = self._ports.clock.call_at(when, partial(self._tick, rhythm))

    def _tick(self, rhythm: Rhythm) -> None:
        self.post("reading", self._metered(partial(self._metering.tick, rhythm)))
        self._forecast_if_new()  # also where the meters cannot be read
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
        self._forecast_if_new()

    def _forecast_if_new(self) -> None:
        """Forecast once an hour, and when an hour was read; seldom read homes only if somebody looks."""
        held = self._held
        if held.rhythm.interval_s >= DAY_S and not self._is_watched():
            return
        made_for = (self._ports.clock.now() // HOUR_S, (held.read_until or 0) // HOUR_S, held.rhythm)
        if made_for != self._forecast_for:
            self._forecast_for = made_for
            self.post("forecasts", self._forecast)

    async def _forecast(self) -> None:
        await self.forecasting.forecasts()

    async def _follow_models(self) -> None:
        before = await self.models.models()
        await self.models.follow()
        if await self.models.models() is not before:
            self._forecast_for = None
            self._forecast_if_new()

    def _job_done(self, fault: str | None) -> None:
        self._held.fault = fault or self._held.fault
        self._changed()
