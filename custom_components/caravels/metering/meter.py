"""The Meter port of Home Assistant: listens to the sensors, asks the recorder, and adds registers up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    valid_entity_id,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from sqlalchemy.exc import SQLAlchemyError

from ..common.member.ports import MeterAway
from ..common.member.records import HomeReading
from ..common.periods import DAY_S
from .assembly import first_period, source_energy
from .curves import Amounts
from .findings import MeterFinding, sentence
from .flows import Flows
from .live import LiveCounter, LivePower, LiveRecord
from .missing import why_missing
from .registers import home_readings
from .sources import Kind, Meters, MeterSource, sample_of
from .statistics import Recorded, read_recorder, recorder_answers

MOST_W: Final = 250_000
"""What a low-voltage connection carries at most [W]."""
CHUNK_S: Final = 14 * DAY_S
"""So much of the past is held at once: months of rows of the recorder would take more memory than all else here."""
OVERLAP_S: Final = 2 * DAY_S
"""Rows around it are read as well: of a counter that was silent for a while, both ends must be seen."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the meters found.

    Attributes:
        readings: what is known, ascending.
        amounts: the same source by source.
        recorded: what the recorder held.
    """

    readings: Sequence[HomeReading]
    amounts: Mapping[MeterSource, Amounts]
    recorded: Recorded = field(default_factory=Recorded)


class HomeAssistantMeter:
    """The meters of a home. Made, then started once and stopped once.

    Args:
        hass: the Home Assistant whose sensors and recorder are read.
        meters: which of them.
        most_w: what the connection can carry at most [W]; what says more is not believed.
    """

    def __init__(self, hass: HomeAssistant, meters: Meters, most_w: int = MOST_W) -> None:
        self._hass = hass
        self._meters = meters
        self._most_w = most_w
        self._live: dict[str, LiveCounter | LivePower] = {}
        self._cancel: CALLBACK_TYPE | None = None
        self._findings: tuple[MeterFinding, ...] = ()
        self._told: frozenset[HomeReading] = frozenset()

    async def start(self) -> None:
        """Follow the sensors from now on."""
        entities = sorted(filter(valid_entity_id, self._meters.ids()))
        now = dt_util.utcnow().timestamp()
        for entity_id in entities:
            self._take(entity_id, self._hass.states.get(entity_id), now)
        self._cancel = async_track_state_change_event(self._hass, entities, self._state_changed)

    async def stop(self) -> None:
        """Follow them no more; may be called twice."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    @property
    def findings(self) -> tuple[MeterFinding, ...]:
        """What the last look found wrong, source by source; empty when all meters could be read."""
        return self._findings

    @property
    def problem(self) -> str | None:
        """The same in a sentence, or None."""
        return sentence(self._findings)

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        """See `Meter`. Periods begin and end at multiples of five minutes.

        Raises:
            MeterAway: the last period cannot be read, and of the others there is no news; with what is wrong.
        """
        now = dt_util.utcnow().timestamp()
        for live in self._live.values():
            live.advance(now)
        records = {entity_id: live.record() for entity_id, live in self._live.items()}
        readings: list[HomeReading] = []
        for begin in range(start, max(end, start + 1), CHUNK_S):
            rows = max(begin - OVERLAP_S, start), min(begin + CHUNK_S + OVERLAP_S, end)
            look = await self._look(records, rows, begin, min(begin + CHUNK_S, end), period_s)
            readings += look.readings
        self._findings = why_missing(self._hass, self._meters, look.amounts, look.recorded, end - period_s, now)
        told, self._told = self._told, frozenset(readings)
        last_is_known = bool(readings) and readings[-1].start == end - period_s
        if self._findings and not last_is_known and self._told <= told:
            raise MeterAway(self.problem)
        return readings

    def flows_now(self) -> Flows:
        """Return what flows now."""
        now = dt_util.utcnow().timestamp()
        return Flows(**{register: self._watts(sources, now) for register, sources in self._meters.registers()})

    def _watts(self, sources: Iterable[MeterSource], now: float) -> int | None:
        total, known = 0.0, False
        for source in sources:
            live = self._live.get(source.id)
            if live is None:
                return None
            live.advance(now)
            watts = live.watts(now)
            if watts is None:
                return None
            total += max(watts, 0.0) * source.share_permille / 1_000
            known = True
        return round(total) if known else None

    async def _look(
        self, records: Mapping[str, LiveRecord], rows: tuple[int, int], start: int, end: int, period_s: int
    ) -> Look:
        """Return what is known of [start, end) from the recorder's rows of a span [Unix s] and what was seen live."""
        recorded = Recorded()
        if recorder_answers(self._hass):
            ids, since = self._meters.ids(), min(rows[0], first_period(start, period_s))
            work = partial(read_recorder, self._hass, ids, since, rows[1])
            try:
                recorded = await get_instance(self._hass).async_add_executor_job(work)
            except SQLAlchemyError, RuntimeError:  # it logs why; what was seen live is still known
                recorded = Recorded()
        return await self._hass.async_add_executor_job(
            _assemble, self._meters, recorded, records, start, end, period_s, self._most_w
        )

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        at = event.time_fired_timestamp if state is None else state.last_updated_timestamp
        self._take(event.data["entity_id"], state, at)

    def _take(self, entity_id: str, state: State | None, at: float) -> None:
        sample, live = sample_of(state), self._live.get(entity_id)
        if sample is not None:
            wanted = LiveCounter if sample.kind is Kind.ENERGY else LivePower
            if not isinstance(live, wanted):
                live = self._live[entity_id] = wanted(at)
        if live is not None:
            live.take(at, sample)


def _assemble(
    meters: Meters, recorded: Recorded, live: Mapping[str, LiveRecord], start: int, end: int, period_s: int, most_w: int
) -> Look:
    amounts = {
        source: source_energy(
            source, recorded.records.get(source.id), live.get(source.id), start, end, period_s, most_w
        )
        for _, sources in meters.registers()
        for source in sources
    }
    return Look(home_readings(meters, amounts, range(start, end, period_s)), amounts, recorded)
