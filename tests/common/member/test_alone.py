"""A home without an operator: it meters, keeps and forecasts; what it tells an operator later begins the day before."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from caravels_operator.common.member.history import HISTORY_DAYS
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.pairing import join
from caravels_operator.common.member.ports import MeterAway
from caravels_operator.common.member.records import HomeReading, Membership, Rhythm
from caravels_operator.common.member.state import LinkState, NotPaired
from caravels_operator.common.protocol import Paired, PairingLink, Quality

from .fakes import DAY, HOUR, MEMBER, START, TOKEN, FlatMeter, Home, at_home, hello, instant

LINK = PairingLink(("a:1",), "CODE", "0a" * 32)
YESTERDAY = instant("2026-03-01T00:00:00")


class WholeMeter(FlatMeter):
    """A home with every kind of meter: it uses 1000 Wh by day and 200 by night, and generates 600 at noon."""

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        return [self.whole(row) for row in await super().readings(start, end, period_s)]

    @staticmethod
    def whole(row: HomeReading) -> HomeReading:
        sunny = row.export_wh > 0
        return HomeReading(
            row.start, row.import_wh, row.export_wh, 600 if sunny else 0, 30, 10, 1_000 if sunny else 200
        )


def alone(home: Home, journal: Journal | None = None) -> None:
    """Make the home one that was never paired."""
    home.journal = journal or Journal()
    home.restart()


async def pair_with(home: Home, **changes: object) -> None:
    paired = Paired(member_id=MEMBER, hello=hello(**changes))
    await join(InlineJournal(home.journal), LINK, TOKEN, paired)


def test_it_meters_in_its_own_rhythm_and_says_that_it_is_unpaired() -> None:
    async def story(home: Home) -> None:
        alone(home)
        heard: list[int] = []
        home.agent.subscribe_readings(lambda: heard.append(home.agent.state.read_until or 0))
        await home.agent.start()
        await home.settle()
        state = home.agent.state
        assert (state.link, state.member_id, state.hello, state.problem) == (LinkState.UNPAIRED, "", None, None)
        assert state.rhythm == Rhythm("Europe/Lisbon", HOUR, 600)
        assert state.read_until == START
        await home.until(START + HOUR + 601)
        assert home.agent.state.read_until == START + HOUR
        assert heard[-2:] == [START, START + HOUR]
        kept = await home.agent.readings(START - 2 * HOUR, START + HOUR)
        assert kept == [FlatMeter.reading(START + at * HOUR, HOUR) for at in (-2, -1, 0)]
        assert home.operator.requests == []
        assert home.journal.run(lambda j: j.queue.all()) == []
        assert await home.agent.preview(date(2026, 3, 3)) == ()
        with pytest.raises(NotPaired):
            await home.agent.wish(["m02"], wants_green=False)
        with pytest.raises(NotPaired):
            await home.agent.rotate_token("n" * 43)
        home.agent.try_again()
        home.agent.change_settings(home.agent._settings)
        await home.agent.stop()
        assert home.link() is LinkState.STOPPED

    at_home(story)


def test_a_membership_without_a_way_to_the_operator_is_as_good_as_none() -> None:
    async def story(home: Home) -> None:
        home.restart(transport=None)
        await home.agent.start()
        await home.settle()
        assert (home.link(), home.agent.state.member_id) == (LinkState.UNPAIRED, "")
        assert home.agent.state.read_until == START

    at_home(story)


def test_the_forecast_is_the_mean_of_the_days_before_at_the_same_hour() -> None:
    async def story(home: Home) -> None:
        home.meter = WholeMeter(home.clock)
        alone(home)
        await home.agent.start()
        assert await home.agent.forecast() == (), "nothing measured, nothing to say"
        await home.settle(HOUR // 2)
        rows = await home.agent.forecast(26)
        assert [row.start for row in rows] == list(range(START, START + 26 * HOUR, HOUR))
        dark, sunny = (220, 200, 0), (420, 1_000, 600)  # its batteries take 20 Wh more than they give
        expected = [dark, *[sunny] * 3, *[dark] * 21, sunny]
        assert [(row.net_wh, row.consumption_wh, row.generation_wh) for row in rows] == expected
        assert {(row.period_s, row.reduction_wh, row.shifting_wh) for row in rows} == {(HOUR, 0, 0)}
        assert all(row.consumption_p10_wh <= row.consumption_wh <= row.consumption_p90_wh for row in rows)
        assert [(row.generation_p10_wh, row.generation_p90_wh) for row in rows[:1]] == [(0, 0)]
        assert len(await home.agent.forecast()) == 51

    at_home(story)


def test_a_home_without_other_meters_forecasts_what_it_can_derive() -> None:
    async def story(home: Home) -> None:
        alone(home)
        await home.agent.start()
        await home.settle()
        rows = await home.agent.forecast(3)
        assert [(row.net_wh, row.consumption_wh, row.generation_wh) for row in rows] == [
            (400, 400, None),
            (-800, 0, None),
            (-800, 0, None),
        ]

    at_home(story)


def test_consumption_is_given_or_derived_and_never_below_nothing() -> None:
    assert HomeReading(0, 10, 4).consumption() == 6
    assert HomeReading(0, 10, 4, 100, 7, 3).consumption() == 10 + 100 + 3 - 4 - 7
    assert HomeReading(0, 10, 40, 20).consumption() == 0
    assert HomeReading(0, 10, 4, 100, 7, 3, 55).consumption() == 55
    told = HomeReading(5, 10, 4, 100, 7, 3, 55, Quality.ESTIMATED).for_operator()
    assert (told.start, told.import_wh, told.export_wh, told.quality) == (5, 10, 4, Quality.ESTIMATED)


@pytest.mark.parametrize(
    "impossible", [HomeReading(0, -1, 0), HomeReading(0, 0, 10_000_001), HomeReading(0, 1, 1, None, -1)]
)
def test_what_no_meter_can_have_shown_is_not_known(impossible: HomeReading) -> None:
    async def story(home: Home) -> None:
        class Glitch(FlatMeter):
            async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
                rows = await super().readings(start, end, period_s)
                return [replace(impossible, start=row.start) if row.start == START - HOUR else row for row in rows]

        home.meter = Glitch(home.clock)
        home.restart()
        await home.agent.start()
        await home.settle(10)
        assert home.agent.state.fault is None
        assert sorted(home.operator.readings) == list(range(YESTERDAY, START - HOUR, HOUR))

    at_home(story)


def test_what_was_metered_alone_is_told_from_the_day_before_on_and_only_once() -> None:
    async def story(home: Home) -> None:
        alone(home)
        await home.agent.start()
        await home.settle(3 * HOUR)
        await home.agent.stop()
        await pair_with(home)
        home.restart()
        await home.agent.start()
        await home.settle(700)
        assert home.link() is LinkState.CONNECTED
        sent = [row.start for batch in home.operator.batches for row in batch.readings]
        assert sent == list(range(YESTERDAY, START + 3 * HOUR, HOUR))
        home.operator.batches.clear()
        await home.agent.stop()
        home.restart()
        await home.agent.start()
        await home.settle(700)
        assert home.operator.batches == []

    at_home(story)


def test_metering_begins_before_the_first_connection() -> None:
    async def story(home: Home) -> None:
        alone(home)
        home.operator.unreachable = True
        await pair_with(home, settlement_period_s=900, reading_interval_s=600)
        await home.agent.start()
        await home.settle(1_600)
        state = home.agent.state
        assert state.link is LinkState.AWAY
        assert (state.member_id, state.rhythm) == (MEMBER, Rhythm("Europe/Lisbon", 900, 600))
        assert state.read_until == START + 900
        assert len(home.journal.run(lambda j: j.queue.all())) == 2
        home.operator.hello = hello(settlement_period_s=900, reading_interval_s=600)
        home.operator.unreachable = False
        await home.settle(200)
        assert sorted(home.operator.readings) == list(range(YESTERDAY, START + 900, 900))

    at_home(story)


def test_a_home_whose_zone_is_off_the_operators_grid_begins_anew_on_it() -> None:
    async def story(home: Home) -> None:
        alone(home)
        home.restart(rhythm=Rhythm("Asia/Kolkata", HOUR, 600))
        await home.agent.start()
        await home.settle()
        assert (home.agent.state.read_until or 0) % HOUR == HOUR // 2
        await home.agent.stop()
        await pair_with(home)
        home.restart()
        await home.agent.start()
        await home.settle(700)
        assert sorted(home.operator.readings) == list(range(YESTERDAY, START, HOUR))
        assert home.agent._home._metering.history.wh.shape == (4, HISTORY_DAYS * 24)

    at_home(story)


class OtherThread:
    """An executor that answers later: everything else may happen meanwhile."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.works = 0

    async def run[T](self, work: Callable[[], T]) -> T:
        self.works += 1
        result = work()
        await self.home.settle(30)
        return result


def test_numbers_are_worked_on_elsewhere() -> None:
    async def story(home: Home) -> None:
        executor = OtherThread(home)
        alone(home)
        home.restart(executor=executor)
        await home.agent.start()
        await home.settle(1_000)
        await home.agent.forecasts()
        before = executor.works
        rows = await home.agent.forecast(1)
        assert executor.works == before + 1, "what was made for the hour is kept; its rows are worked out"
        assert [row.net_wh for row in rows] == [400]

    at_home(story)


class MovingMeter(FlatMeter):
    """A meter that is away when it is told to be."""

    away: str | None = None

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        if self.away:
            raise MeterAway(self.away)
        return await super().readings(start, end, period_s)


def meter_state(home: Home) -> tuple[str | None, int | None]:
    return home.agent.state.meter_problem, home.agent.state.read_until


def test_a_meter_that_is_away_for_a_day_is_said_once_and_read_once_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    async def story(home: Home) -> None:
        meter = home.meter = MovingMeter(home.clock)
        alone(home)
        await home.agent.start()
        await home.settle()
        assert meter_state(home) == (None, START)
        meter.away = "no sensor"
        await home.settle(DAY)
        assert meter_state(home) == ("no sensor", START)
        assert len(home.agent._home._worker._failed) == 1, "a day of failed readings is one job to do again"
        meter.away = None
        await home.settle(700)
        assert meter_state(home) == (None, START + DAY)
        said = [record.message for record in caplog.records if "meters" in record.message]
        assert said == ["The meters cannot be read: no sensor", "The meters can be read again"]

    with caplog.at_level("WARNING"):
        at_home(story)


class DoubtfulMeter(FlatMeter):
    """A meter that finds what is old, and knows that nothing new will come."""

    problem: str | None = None


def test_a_meter_that_finds_only_what_is_old_says_so_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async def story(home: Home) -> None:
        meter = home.meter = DoubtfulMeter(home.clock)
        alone(home)
        await home.agent.start()
        await home.settle()
        assert meter_state(home)[0] is None
        meter.problem = "sensor.import is unavailable"
        await home.settle(2 * HOUR)
        assert meter_state(home)[0] == "sensor.import is unavailable"
        meter.problem = None
        await home.settle(2 * HOUR)
        assert meter_state(home)[0] is None
        said = [record.message for record in caplog.records if "meters" in record.message]
        assert said == ["The meters cannot be read: sensor.import is unavailable", "The meters can be read again"]

    with caplog.at_level("WARNING"):
        at_home(story)


def test_a_membership_that_is_journalled_stays_what_it_was_when_another_agent_writes() -> None:
    """An agent that is being replaced must not bring its own key back."""

    async def story(home: Home) -> None:
        await home.agent.start()
        await home.settle()
        new = Membership(MEMBER, "z" * 43)
        home.journal.run(lambda j: j.state.set_membership(new))
        await home.agent.rotate_token("n" * 43)
        await home.settle()
        assert home.journal.run(lambda j: j.state.membership()) == new

    at_home(story)
