"""The metering of a home: read, journal, hand on; at ticks of the local day that are each home's own."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from ..periods import DAY_S, day_end, day_start, local_day
from ..protocol import Quality, ReadingBatch
from ..protocol.metering import MAX_READINGS
from .commands import NO_ID, enqueue
from .held import Held
from .history import HISTORY_DAYS, MeterHistory, days_before, period_floor
from .journal import Journal
from .outgoing import Outgoing
from .ports import Ports
from .records import HomeReading, Offering, Rhythm
from .stable_jitter import stable_jitter_s

MOST_JITTER_S: Final = 600
PRUNE_EVERY_S: Final = 7 * DAY_S
_BETTER: Final = {Quality.UNKNOWN: 0, Quality.ESTIMATED: 1, Quality.MEASURED: 2, Quality.OFFICIAL: 3}


def next_tick(now: int, zone: str, interval_s: int, member_id: str) -> int:
    """Return the next instant [Unix s] after `now` at which a home reads its meter.

    Ticks are multiples of the interval within the local day, and the day's end, each moved by the home's own offset
    of at most ten minutes: at an interval of a day, soon after local midnight.
    """
    offset = stable_jitter_s(member_id, "reading", min(MOST_JITTER_S, interval_s))
    day = local_day(now - offset, zone)
    start, end = day_start(day, zone), day_end(day, zone)
    if interval_s >= DAY_S:
        return end + offset  # once a day, also on the day of 25 hours
    return min(start + ((now - offset - start) // interval_s + 1) * interval_s, end) + offset


def reading_batches(readings: Sequence[HomeReading], period_s: int) -> list[ReadingBatch]:
    """Return what the operator is told of readings, in batches of the wire's size, without ids."""
    told = [reading.for_operator() for reading in readings]
    return [
        ReadingBatch(id=NO_ID, period_s=period_s, readings=told[first : first + MAX_READINGS])
        for first in range(0, len(told), MAX_READINGS)
    ]


class Metering:
    """Reads the meters into the journal and hands what the operator is to know to the queue.

    Args:
        ports: clock, journal, meter and executor.
        held: the home's state.
        outgoing: the queue to the operator, or None for a home without one.
        told: called when readings were journalled.
    """

    def __init__(self, ports: Ports, held: Held, outgoing: Outgoing | None, told: Callable[[], None]) -> None:
        self._ports = ports
        self._held = held
        self._outgoing = outgoing
        self._told = told
        self._pruned_at = 0
        self._offered_since: int | None = None
        self._begun = False
        self.history = MeterHistory(held.rhythm.zone, held.rhythm.period_s)

    async def load(self, rhythm: Rhythm) -> None:
        """Start for a time zone and period with what is in the journal.

        Raises:
            JournalUnusable: the journal cannot be read.
        """
        self._begun = False
        _, known = await self._journalled(rhythm)
        history = MeterHistory(rhythm.zone, rhythm.period_s)
        self.history = await self._ports.executor.run(lambda: history.with_readings(known))
        self._held.read_until = known[-1].start + rhythm.period_s if known else None
        self._told()

    async def begin(self, rhythm: Rhythm) -> None:
        """Read as far back as forecasts look, as far as that is not known.

        An operator that is new to this home gets nothing older than yesterday; another one gets what it missed.

        Raises:
            MeterAway: the meters cannot be read.
            JournalUnusable: the journal cannot be read or written.
        """
        since, known = await self._journalled(rhythm)
        await self._offer_first(rhythm, known)
        self._begun = True
        await self._read(rhythm, since, known)

    async def tick(self, rhythm: Rhythm) -> None:
        """Read what is new, and what was missing or estimated since yesterday.

        Raises:
            MeterAway: the meters cannot be read.
            JournalUnusable: the journal cannot be written.
        """
        if not self._begun:
            return  # what a home reads before it knows what its operator has would never be sent
        now, period_s = self._ports.clock.now(), rhythm.period_s
        since = days_before(now, 1, rhythm.zone)
        last = await self._ports.journal.run(lambda journal: journal.readings.last_start(period_s))
        if last is not None:
            since = max(min(since, _floor(rhythm, last + period_s)), _floor(rhythm, now - HISTORY_DAYS * DAY_S))
        known = await self._ports.journal.run(partial(_known, rhythm, since, now))
        await self._read(rhythm, since, known)
        if now - self._pruned_at >= PRUNE_EVERY_S:
            await self._ports.journal.run(lambda journal: journal.prune(now))
            self._pruned_at = now

    async def offer(self, rhythm: Rhythm, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more.

        Raises:
            JournalUnusable: the journal cannot be written.
        """
        if self._outgoing is not None:
            await self._ports.journal.run(partial(self.store_offer, rhythm, since))
            self._outgoing.wake()

    def store_offer(self, rhythm: Rhythm, since: int, journal: Journal) -> None:
        """In a transaction: queue the journalled readings from `since` [Unix s] on."""
        self._queue(journal, _known(rhythm, since, self._ports.clock.now(), journal), rhythm.period_s)

    async def _journalled(self, rhythm: Rhythm) -> tuple[int, list[HomeReading]]:
        """Return from when on [Unix s] forecasts look back, and the readings from then on that are journalled."""
        now = self._ports.clock.now()
        since = _floor(rhythm, now - HISTORY_DAYS * DAY_S)
        return since, await self._ports.journal.run(partial(_known, rhythm, since, now))

    async def _offer_first(self, rhythm: Rhythm, known: Sequence[HomeReading]) -> None:
        """Decide from when on readings are the operator's, and queue those that were made without it."""
        if self._outgoing is None or self._held.hello is None:
            self._offered_since = None
            return
        member_id = self._held.member_id
        offering = await self._ports.journal.run(lambda journal: journal.state.offering())
        if offering is None or (offering.member_id, offering.period_s) != (member_id, rhythm.period_s):
            offering = Offering(member_id, rhythm.period_s, days_before(self._ports.clock.now(), 1, rhythm.zone))
            await self._ports.journal.run(partial(self._store_offering, offering, known))
            self._outgoing.wake()
        self._offered_since = offering.since

    def _store_offering(self, offering: Offering, known: Sequence[HomeReading], journal: Journal) -> None:
        journal.state.set_offering(offering)
        self._queue(journal, [reading for reading in known if reading.start >= offering.since], offering.period_s)

    async def _read(self, rhythm: Rhythm, since: int, known: Sequence[HomeReading]) -> None:
        period_s, now = rhythm.period_s, self._ports.clock.now()
        end = _floor(rhythm, min(now, self._held.operators_time(now)))  # over by both clocks
        settled = {reading.start: reading for reading in known}
        start = since
        while start < end and (row := settled.get(start)) and _BETTER[row.quality] >= _BETTER[Quality.MEASURED]:
            start += period_s
        if start >= end:
            return
        read = await self._ports.meter.readings(start, end, period_s)
        fresh, untold = await self._ports.executor.run(partial(_sift, read, settled))
        if not fresh:
            return
        await self._ports.journal.run(partial(self._store, fresh, untold, period_s))
        history = self.history
        self.history = await self._ports.executor.run(lambda: history.with_readings(fresh))
        self._held.read_until = max(self._held.read_until or 0, fresh[-1].start + period_s)
        if self._outgoing is not None:
            self._outgoing.wake()
        self._told()

    def _store(
        self, readings: Sequence[HomeReading], untold: Sequence[HomeReading], period_s: int, journal: Journal
    ) -> None:
        journal.readings.put(period_s, readings)
        if (since := self._offered_since) is not None:
            self._queue(journal, [reading for reading in untold if reading.start >= since], period_s)

    def _queue(self, journal: Journal, readings: Sequence[HomeReading], period_s: int) -> None:
        now = self._ports.clock.now()
        for batch in reading_batches(readings, period_s):
            enqueue(journal, self._held.member_id, batch, now, batch.readings[-1].start + period_s)


def _floor(rhythm: Rhythm, instant: int) -> int:
    return period_floor(instant, rhythm.zone, rhythm.period_s)


def _known(rhythm: Rhythm, since: int, now: int, journal: Journal) -> list[HomeReading]:
    """Return the journalled readings in [since, now) [Unix s], but those of another zone's half hours.

    What lies ahead was journalled while this home's clock was ahead.
    """
    readings = journal.readings.between(rhythm.period_s, since, now)
    return [reading for reading in readings if reading.start == _floor(rhythm, reading.start)]


def _sift(read: Sequence[HomeReading], known: Mapping[int, HomeReading]) -> tuple[list[HomeReading], list[HomeReading]]:
    """Return what is new of what was read, and what of that is new to the operator too."""
    fresh = [row for row in read if row.is_possible and _is_news(known.get(row.start), row)]
    return fresh, [row for row in fresh if _is_news_to_operator(known.get(row.start), row)]


def _is_news(known: HomeReading | None, reading: HomeReading) -> bool:
    return known is None or (reading != known and _BETTER[reading.quality] >= _BETTER[known.quality])


def _is_news_to_operator(known: HomeReading | None, reading: HomeReading) -> bool:
    return known is None or reading.for_operator() != known.for_operator()
