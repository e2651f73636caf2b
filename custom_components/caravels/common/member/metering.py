"""The metering of a home: read, journal, send; at ticks of the local day that are each home's own."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from ..periods import day_end, day_start, local_day
from ..protocol import Hello, Quality, Reading, ReadingBatch
from ..protocol.metering import MAX_READINGS
from .history import DAY_S, HISTORY_DAYS, NetHistory, days_before, period_floor
from .journal import Journal
from .outgoing import NO_ID, Outgoing, enqueue
from .ports import Clock, JournalPort, Meter
from .stable_jitter import stable_jitter_s
from .state import Held

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


def reading_batches(readings: Sequence[Reading], period_s: int) -> list[ReadingBatch]:
    """Return readings in batches of the wire's size, without ids."""
    return [
        ReadingBatch(id=NO_ID, period_s=period_s, readings=list(readings[first : first + MAX_READINGS]))
        for first in range(0, len(readings), MAX_READINGS)
    ]


class Metering:
    """Reads the meter into the journal and hands the readings to the queue."""

    def __init__(self, clock: Clock, journal: JournalPort, meter: Meter, held: Held, outgoing: Outgoing) -> None:
        self._clock = clock
        self._journal = journal
        self._meter = meter
        self._held = held
        self._outgoing = outgoing
        self._pruned_at = 0
        self.history = NetHistory("UTC", DAY_S)

    async def begin(self, hello: Hello) -> None:
        """Start for an operator's time zone and settlement period: load the journal, then read 28 days back.

        A home that was never read here sends nothing older than yesterday; another one sends on where it stopped.

        Raises:
            MeterAway: the meter cannot be read; the journal is loaded.
            JournalUnusable: the journal cannot be read or written.
        """
        period_s = hello.settlement_period_s
        since = self._floor(hello, self._clock.now() - HISTORY_DAYS * DAY_S)
        known = await self._journal.run(lambda journal: journal.readings.since(period_s, since))
        self.history = NetHistory(hello.market_zone, period_s)
        self.history.add(known)
        yesterday = days_before(self._clock.now(), 1, hello.market_zone)
        await self._read(hello, since, known, send_since=yesterday if not known else since)

    async def tick(self, hello: Hello) -> None:
        """Read what is new, and what was missing or estimated since yesterday.

        Raises:
            MeterAway: the meter cannot be read.
            JournalUnusable: the journal cannot be written.
        """
        now, period_s = self._clock.now(), hello.settlement_period_s
        since = days_before(self._clock.now(), 1, hello.market_zone)
        last = await self._journal.run(lambda journal: journal.readings.last_start(period_s))
        if last is not None:
            since = max(min(since, last + period_s), self._floor(hello, now - HISTORY_DAYS * DAY_S))
        known = await self._journal.run(lambda journal: journal.readings.since(period_s, since))
        await self._read(hello, since, known, send_since=since)
        if now - self._pruned_at >= PRUNE_EVERY_S:
            await self._journal.run(lambda journal: journal.prune(now))
            self._pruned_at = now

    async def offer(self, hello: Hello, since: int) -> None:
        """Send the journalled readings from `since` [Unix s] on once more.

        Raises:
            JournalUnusable: the journal cannot be written.
        """
        await self._journal.run(partial(self.store_offer, hello, since))
        self._outgoing.wake()

    def store_offer(self, hello: Hello, since: int, journal: Journal) -> None:
        """In a transaction: queue the journalled readings from `since` [Unix s] on."""
        readings = journal.readings.since(hello.settlement_period_s, since)
        self._queue(journal, readings, hello.settlement_period_s)

    async def _read(self, hello: Hello, since: int, known: Sequence[Reading], send_since: int) -> None:
        period_s = hello.settlement_period_s
        end = self._floor(hello, self._clock.now())
        settled = {reading.start: reading for reading in known}
        start = since
        while start < end and (row := settled.get(start)) and _BETTER[row.quality] >= _BETTER[Quality.MEASURED]:
            start += period_s
        if start >= end:
            return
        read = await self._meter.readings(start, end, period_s)
        fresh = [reading for reading in read if _is_news(settled.get(reading.start), reading)]
        if not fresh:
            return
        await self._journal.run(partial(self._store, fresh, period_s, send_since))
        self.history.add(fresh)
        self._outgoing.wake()

    def _store(self, readings: Sequence[Reading], period_s: int, send_since: int, journal: Journal) -> None:
        journal.readings.put(period_s, readings)
        self._queue(journal, [reading for reading in readings if reading.start >= send_since], period_s)

    def _queue(self, journal: Journal, readings: Sequence[Reading], period_s: int) -> None:
        now = self._clock.now()
        for batch in reading_batches(readings, period_s):
            enqueue(journal, self._held.membership.member_id, batch, now, now)

    def _floor(self, hello: Hello, instant: int) -> int:
        return period_floor(instant, hello.market_zone, hello.settlement_period_s)


def _is_news(known: Reading | None, reading: Reading) -> bool:
    return known is None or (reading != known and _BETTER[reading.quality] >= _BETTER[known.quality])
