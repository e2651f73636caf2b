"""Readings: when the meter is read, what is sent, what is not sent twice."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.member.history import HISTORY_DAYS, period_floor
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.metering import next_tick, reading_batches
from caravels_operator.common.member.ports import JournalUnusable, MeterAway
from caravels_operator.common.member.records import BookState, HomeReading
from caravels_operator.common.member.stable_jitter import stable_jitter_s
from caravels_operator.common.member.state import LinkState
from caravels_operator.common.periods import day_end, day_start, local_day
from caravels_operator.common.protocol import Quality

from .fakes import DAY, HOUR, START, FlatMeter, Home, at_home, hello, instant, market_day

ZONES = ("Europe/Lisbon", "Atlantic/Azores", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
QUARTER = 900


@given(
    now=st.integers(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from([60, 600, 900, 3_600, DAY]),
    member=st.sampled_from(["m01", "m27", "office"]),
)
def test_ticks_are_multiples_within_the_local_day_with_the_homes_own_offset(
    now: int, zone: str, interval: int, member: str
) -> None:
    tick = next_tick(now, zone, interval, member)
    offset = stable_jitter_s(member, "reading", min(600, interval))
    assert now < tick <= now + interval + 3_600
    bare = tick - offset
    start = day_start(local_day(bare, zone), zone)
    assert (bare - start) % interval == 0 if interval < DAY else bare == start
    # nothing lies between: the next tick of the instant before this one is this one
    assert next_tick(tick - 1, zone, interval, member) == tick


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Atlantic/Azores"])
def test_a_daily_tick_comes_soon_after_local_midnight_however_long_the_day(day: date, hours: int, zone: str) -> None:
    first = next_tick(day_start(day, zone) - 1, zone, DAY, "m01")
    second = next_tick(first, zone, DAY, "m01")
    assert first == day_start(day, zone) + stable_jitter_s("m01", "reading", 600)
    assert second - first == hours * HOUR
    assert second == day_end(day, zone) + stable_jitter_s("m01", "reading", 600)


def test_offsets_are_stable_bounded_and_spread() -> None:
    offsets = [stable_jitter_s(f"m{number:02}", "reading", 600) for number in range(1, 28)]
    assert offsets == [stable_jitter_s(f"m{number:02}", "reading", 600) for number in range(1, 28)]
    assert all(0 <= offset < 600 for offset in offsets)
    assert len(set(offsets)) >= 24
    assert stable_jitter_s("m01", "reading", 600) != stable_jitter_s("m01", "book", 600)
    assert stable_jitter_s("m01", "reading", 1) == stable_jitter_s("m01", "reading", -5) == 0


@given(st.integers(1_700_000_000, 1_900_000_000), st.sampled_from(ZONES), st.sampled_from([900, 1_800, 3_600]))
def test_periods_start_at_whole_steps_of_the_local_day(now: int, zone: str, period: int) -> None:
    start = period_floor(now, zone, period)
    assert start <= now < start + period
    assert (start - day_start(local_day(now, zone), zone)) % period == 0


def test_readings_fit_into_batches() -> None:
    rows = [HomeReading(at, 1, 0, generation_wh=at) for at in range(0, 1_001 * 900, 900)]
    batches = reading_batches(rows, 900)
    assert [len(batch.readings) for batch in batches] == [400, 400, 201]
    assert [row for batch in batches for row in batch.readings] == [row.for_operator() for row in rows]
    assert reading_batches([], 900) == []


def test_readings_every_ten_minutes_at_quarter_hours() -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(settlement_period_s=QUARTER, reading_interval_s=600)
        await home.agent.start()
        await home.settle()
        home.operator.batches.clear()
        await home.until(START + 3 * HOUR)
        sent = [row.start for batch in home.operator.batches for row in batch.readings]
        assert sent == list(range(START, START + 3 * HOUR - QUARTER, QUARTER)) or sent == list(
            range(START, START + 3 * HOUR, QUARTER)
        )
        assert len(sent) == len(set(sent))

    at_home(story)


@pytest.mark.parametrize("interval", [600, DAY])
@pytest.mark.parametrize("start", ["2026-03-28T12:00:00", "2026-10-24T12:00:00"])
def test_the_days_when_clocks_change_are_read_whole(start: str, interval: int) -> None:
    begun = instant(start)

    async def story(home: Home) -> None:
        home.operator.hello = hello(reading_interval_s=interval, settlement_period_s=QUARTER)
        await home.agent.start()
        await home.until(begun + 2 * DAY + 3 * HOUR)
        first = day_start(local_day(begun, "Europe/Lisbon") - timedelta(days=1), "Europe/Lisbon")
        last = day_end(local_day(begun, "Europe/Lisbon") + timedelta(days=1), "Europe/Lisbon")
        assert [at for at in sorted(home.operator.readings) if at < last] == list(range(first, last, QUARTER))

    at_home(story, start=begun)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Lisbon"])
def test_readings_are_on_the_grid_of_the_delivery_day_whatever_zone_the_steps_keep(zone: str) -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(time_zone=zone, market_zone="Asia/Kolkata", reading_interval_s=600)
        await home.agent.start()
        await home.until(START + 2 * DAY)
        read = sorted(home.operator.readings)
        first = day_start(local_day(START, "Asia/Kolkata") - timedelta(days=1), "Asia/Kolkata")
        assert first % HOUR == HOUR // 2, "Kolkata's midnight is half past an hour of UTC"
        assert read == list(range(first, read[-1] + HOUR, HOUR))
        assert read[-1] >= START + 2 * DAY - 2 * HOUR

    at_home(story)


class FaultyMeter(FlatMeter):
    """A meter with holes, estimates and outages."""

    away = False
    missing: frozenset[int] = frozenset()
    estimated: frozenset[int] = frozenset()

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        if self.away:
            raise MeterAway("the recorder is busy")
        rows = await super().readings(start, end, period_s)
        return [
            HomeReading(row.start, 7, 0, quality=Quality.ESTIMATED) if row.start in self.estimated else row
            for row in rows
            if row.start not in self.missing
        ]


def with_faults(home: Home) -> FaultyMeter:
    meter = FaultyMeter(home.clock)
    home.meter = meter
    home.restart()
    return meter


def test_a_hole_is_filled_when_the_meter_knows_it() -> None:
    async def story(home: Home) -> None:
        meter = with_faults(home)
        home.operator.hello = hello(reading_interval_s=600)
        hole = START - 3 * HOUR
        meter.missing = frozenset({hole})
        await home.agent.start()
        await home.settle(2 * HOUR)
        assert hole not in home.operator.readings
        assert START in home.operator.readings
        meter.missing = frozenset()
        await home.settle(HOUR)
        assert home.operator.readings[hole] == FlatMeter.reading(hole, HOUR).for_operator()
        count = sum(row.start == hole for batch in home.operator.batches for row in batch.readings)
        assert count == 1

    at_home(story)


def test_an_estimate_is_sent_once_and_replaced_by_a_measurement_and_not_the_other_way_round() -> None:
    async def story(home: Home) -> None:
        meter = with_faults(home)
        home.operator.hello = hello(reading_interval_s=600)
        at = START - 3 * HOUR
        meter.estimated = frozenset({at})
        await home.agent.start()
        await home.settle(2 * HOUR)
        meter.estimated = frozenset()
        await home.settle(HOUR)
        meter.estimated = frozenset({at})
        meter.missing = frozenset({START + 4 * HOUR})  # a hole, so that what comes after it is read again
        await home.settle(HOUR)
        meter.estimated = frozenset({START + 5 * HOUR, at})
        await home.settle(4 * HOUR)
        assert home.operator.readings[START + 5 * HOUR].quality is Quality.ESTIMATED
        meter.estimated = frozenset({at})
        await home.settle(HOUR)
        meter.estimated = frozenset({START + 5 * HOUR, at})
        await home.settle(HOUR)
        later = [row for batch in home.operator.batches for row in batch.readings if row.start == START + 5 * HOUR]
        assert [row.quality for row in later] == [Quality.ESTIMATED, Quality.MEASURED]
        sent = [row for batch in home.operator.batches for row in batch.readings if row.start == at]
        assert [row.quality for row in sent] == [Quality.ESTIMATED, Quality.MEASURED]
        (stored,) = [row for row in home.journal.run(lambda j: j.readings.since(HOUR, at)) if row.start == at]
        assert stored == FlatMeter.reading(at, HOUR)

    at_home(story)


def test_a_meter_that_is_away_at_the_start_is_read_later_and_trading_goes_on() -> None:
    async def story(home: Home) -> None:
        meter = with_faults(home)
        meter.away = True
        home.operator.push(market_day(date(2026, 3, 3), instant("2026-03-02T15:00:00")))
        await home.agent.start()
        await home.settle(700)
        assert home.agent.state.fault is None
        assert not home.agent.state.books  # nothing known, nothing to bid
        meter.away = False
        await home.settle(700)
        assert len(home.journal.run(lambda j: j.readings.since(HOUR, 0))) == HISTORY_DAYS * 24
        home.operator.push(market_day(date(2026, 3, 3), instant("2026-03-02T15:00:00"), price=90_000))
        await home.settle(700)
        assert [own.state for own in home.agent.state.books] == [BookState.ACCEPTED]

    at_home(story)


def test_a_home_that_was_off_for_days_sends_on_where_it_stopped() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        await home.agent.stop()
        await home.until(START + 5 * DAY)
        home.restart()
        await home.agent.start()
        await home.settle()
        yesterday = instant("2026-03-01T00:00:00")
        assert sorted(home.operator.readings) == list(range(yesterday, START + 5 * DAY, HOUR))

    at_home(story)


def test_older_readings_are_sent_when_asked() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.agent.offer_readings(START - 20 * DAY)
        await home.settle()
        assert sorted(home.operator.readings) == list(range(START - 20 * DAY, START, HOUR))

    at_home(story)


def test_another_settlement_period_is_read_from_the_beginning() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        home.operator.hello = hello(settlement_period_s=QUARTER)
        await home.operator.drop()
        await home.settle(300)
        assert len(home.journal.run(lambda j: j.readings.since(QUARTER, 0))) == HISTORY_DAYS * 96
        assert {batch.period_s for batch in home.operator.batches} == {HOUR, QUARTER}

    at_home(story)


def test_the_journal_is_pruned_as_time_goes_by() -> None:
    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        old = HomeReading(START - 401 * DAY, 1, 0)
        home.journal.run(lambda j: j.readings.put(HOUR, [old]))
        await home.until(START + 8 * DAY)
        starts = [row.start for row in home.journal.run(lambda j: j.readings.since(HOUR, 0))]
        assert starts[0] == START - HISTORY_DAYS * DAY
        assert len(starts) == HISTORY_DAYS * 24 + 8 * 24 - 10

    at_home(story)


class FailingJournal(InlineJournal):
    """A journal that can be used at times."""

    usable = True

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        if not self.usable:
            raise JournalUnusable("the disk is full")
        return await super().run(work)


@pytest.mark.parametrize("from_the_start", [True, False])
def test_a_journal_that_cannot_be_used_for_hours_is_said_once_and_nothing_is_missing_afterwards(
    from_the_start: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(reading_interval_s=600)
        home.journal.run(lambda j: j.state.set_hello(home.operator.hello))
        journal = FailingJournal(home.journal)
        home.restart(journal_port=journal)
        await home.agent.start()
        if not from_the_start:
            await home.settle()
        journal.usable = False
        await home.until(START + 5 * HOUR)
        assert max(home.operator.readings, default=0) < START
        journal.usable = True
        await home.settle(1_200)
        assert home.link() is LinkState.CONNECTED
        sent = [row.start for batch in home.operator.batches for row in batch.readings]
        assert sent == list(range(instant("2026-03-01T00:00:00"), START + 5 * HOUR, HOUR))
        assert len(home.journal.run(lambda j: j.readings.since(HOUR, 0))) == HISTORY_DAYS * 24 + (
            0 if from_the_start else 5
        )
        said = [record.getMessage() for record in caplog.records if record.name.endswith("worker")]
        assert said == ["m01: the disk is full", "m01: the journal can be used again"]

    with caplog.at_level("WARNING"):
        at_home(story)
