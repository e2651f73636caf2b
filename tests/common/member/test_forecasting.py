"""Forecasts of a home: they come whatever its meters do, from the present hour on, once for what is known, and told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice, HourPlan
from caravels_operator.common.forecasting.forecast import Basis, Forecast, Horizon, Method, Reason, Target
from caravels_operator.common.forecasting.series import Calendar
from caravels_operator.common.forecasting.weather import Site, SolarForecast, WeatherForecast
from caravels_operator.common.member.forecasting import FORECAST_HOURS
from caravels_operator.common.member.forecasts import Expected, Forecasts, Parts, mean_by_clock, parts_of, rows_of
from caravels_operator.common.member.history import MeterHistory
from caravels_operator.common.member.journal import Journal
from caravels_operator.common.member.ports import MeterAway
from caravels_operator.common.member.records import HomeReading
from caravels_operator.common.periods import day_periods, day_start
from caravels_operator.common.protocol import ForecastHorizon, ForecastReport, MarketDay
from caravels_operator.common.quantities import split_evenly

from .fakes import DAY, HOUR, START, ZONE, FlatMeter, Home, at_home, hello, instant, market_day

QUARTER = 900
TOMORROW = date(2026, 3, 3)
GATE = instant("2026-03-02T15:00:00")


@dataclass
class SunnyMeter(FlatMeter):
    """A home with a generator and a battery: 600 Wh by 12 h UTC, 300 Wh of use every hour, 40 Wh into it at 13 h."""

    away: bool = False
    since: int = 0

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        if self.away:
            raise MeterAway("no sensor")
        return [self.row(at, period_s) for at in range(max(start, self.since), end, period_s)]

    @staticmethod
    def row(at: int, period_s: int) -> HomeReading:
        hour, parts = at % DAY // HOUR, HOUR // period_s
        made, stored, used = 600 * (hour == 12) // parts, 40 * (hour == 13) // parts, 300 // parts
        net = used - made + stored
        return HomeReading(at, max(net, 0), max(-net, 0), made, stored, 0)


@dataclass
class View:
    """What a home may know besides."""

    where: Site | None = None
    said: list[WeatherForecast] = field(default_factory=list)
    sun: list[SolarForecast] = field(default_factory=list)
    flexible: tuple[FlexibleDevice, ...] = ()
    asked: list[tuple[date, date]] = field(default_factory=list)

    def holidays(self, first: date, last: date) -> frozenset[date]:
        self.asked.append((first, last))
        return frozenset({date(2026, 3, 3)})

    def site(self) -> Site | None:
        return self.where

    async def weather(self) -> WeatherForecast | None:
        return self.said[-1] if self.said else None

    async def solar(self) -> Sequence[SolarForecast]:
        return tuple(self.sun)

    def devices(self) -> Sequence[FlexibleDevice]:
        return self.flexible


DEVICE = FlexibleDevice("heater", 2_000, 4_000, 7, 0, 1_440, 0, 2.0, (HourPlan.REDUCE,) * 24)


def with_meter(home: Home, meter: FlatMeter, **changes: Any) -> None:
    home.meter = meter
    home.restart(**changes)


def alone(home: Home, meter: FlatMeter, **changes: Any) -> None:
    home.journal = Journal()
    with_meter(home, meter, **changes)


def test_six_forecasts_come_from_the_present_hour_on_and_say_what_they_rest_on() -> None:
    async def story(home: Home) -> None:
        alone(home, SunnyMeter(home.clock), outlook=View(flexible=(DEVICE,)))
        heard: list[Forecasts] = []
        home.agent.subscribe_forecasts(heard.append)
        await home.agent.start()
        await home.settle(5)
        found = await home.agent.forecasts()
        assert found is not heard[-1]
        assert found.day_ahead is heard[-1].day_ahead
        six = [(one.target, one.horizon) for one in found]
        assert six == [(target, horizon) for horizon in Horizon for target in Target]
        assert {(one.first, one.issued_at) for one in found} == {(START, START)}
        assert (found.day_ahead.end, found.hour_ahead.end) == (START + FORECAST_HOURS * HOUR, START + 2 * HOUR)
        assert all(np.isfinite(one.mean_wh).all() and (one.p10_wh <= one.p90_wh).all() for one in found)
        np.testing.assert_allclose(found.day_ahead.consumption.mean_wh, 300, atol=1)
        assert found.day_ahead.reduction.mean_wh.sum() > 0
        bases = {(one.target, one.horizon): one.basis for one in home.agent.state.bases}
        assert set(bases) == set(six)
        assert bases[Target.CONSUMPTION, Horizon.DAY_AHEAD].days > 80
        kept = home.journal.run(lambda j: j.expectations.since(Target.CONSUMPTION, Horizon.DAY_AHEAD, 0))
        assert [one.issued_at for one in kept] == [START]
        assert kept[0].wh[0].tolist() == np.rint(found.day_ahead.consumption.mean_wh).astype(int).tolist()
        times = len(heard)
        await home.agent.forecasts()
        assert len(heard) == times, "nothing new is known"
        await home.until(START + HOUR + 700)
        assert len(heard) > times
        assert heard[-1].issued_at == START + HOUR

    at_home(story)


def test_dead_meters_have_forecasts_with_reasons() -> None:
    async def story(home: Home) -> None:
        meter = SunnyMeter(home.clock)
        alone(home, meter)
        await home.agent.start()
        await home.settle(5)
        meter.away = True
        await home.until(START + 3 * DAY + 700)
        found = await home.agent.forecasts()
        assert home.agent.state.meter_problem == "no sensor"
        assert found.issued_at == START + 3 * DAY
        assert Reason.STALE in found.day_ahead.consumption.basis.reasons
        assert found.day_ahead.consumption.mean_wh.size == FORECAST_HOURS
        np.testing.assert_allclose(found.day_ahead.consumption.mean_wh, 300, atol=3)
        assert home.agent.state.fault is None

    at_home(story)


def test_a_home_that_never_measured_has_forecasts_of_nothing() -> None:
    async def story(home: Home) -> None:
        alone(home, SunnyMeter(home.clock, away=True))
        await home.agent.start()
        await home.settle(5)
        found = await home.agent.forecasts()
        assert found.day_ahead.consumption.basis.method is Method.NOTHING
        assert found.day_ahead.consumption.mean_wh.tolist() == [0.0] * FORECAST_HOURS
        assert found.day_ahead.generation is None
        assert await home.agent.forecast() == ()
        assert home.agent.state.fault is None

    at_home(story)


def test_services_are_asked_once_an_hour_and_what_they_say_is_kept_as_issued() -> None:
    async def story(home: Home) -> None:
        view = View(Site(38.7, -9.1))
        alone(home, SunnyMeter(home.clock), outlook=view)

        def say() -> None:
            now, columns = home.clock.now(), [np.full(48, 50.0)] * 3
            view.said.append(WeatherForecast(now, now // HOUR * HOUR, *columns))
            view.sun = [SolarForecast("sun", now, now // HOUR * HOUR, np.full(48, 7.0))]

        say()
        await home.agent.start()
        await home.settle(5)
        for _ in range(30):
            say()
            await home.agent.forecasts()
            await home.settle(HOUR)
        weather = home.journal.run(lambda j: j.outlooks.weather(0))
        halves = [(one.issued_at - instant("2026-03-02T00:00:00")) // (DAY // 2) for one in weather]
        assert halves == [0, 1, 2, 3]
        assert len(home.journal.run(lambda j: j.outlooks.solar(0))) == 4
        assert len(view.asked) == 2, "holidays are asked for once a day"
        assert all(first < date(2026, 1, 1) and last > date(2026, 3, 10) for first, last in view.asked)
        lookout = home.agent._home.forecasting._lookout
        heard = len((await lookout.look(ZONE)).weather)
        home.crash()
        home.restart(outlook=view)
        await home.agent.start()
        await home.settle(5)
        again = await home.agent._home.forecasting._lookout.look(ZONE)
        assert 0 < len(again.weather) <= heard + 1
        assert home.agent.state.fault is None

    at_home(story)


def reports(home: Home, horizon: ForecastHorizon) -> list[ForecastReport]:
    return [report for report in home.operator.forecasts if report.horizon is horizon]


def test_bids_come_from_the_day_ahead_forecast_which_is_told_once_and_kept_with_the_book() -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(protocol_version=3)
        with_meter(home, SunnyMeter(home.clock))
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(700)
        (report,) = home.operator.forecasts
        assert (report.horizon, report.first, report.issued_at) == (ForecastHorizon.DAY_AHEAD, START, START)
        assert len(report.consumption_wh) == FORECAST_HOURS
        assert report.generation_wh is not None
        assert (report.reduction_wh, report.shifting_wh) == (None, None)
        hours = range(14, 14 + 24)  # from midnight on
        net = [report.consumption_wh[at] - report.generation_wh[at] + 40 * (at - 14 == 13) for at in hours]
        kept = home.journal.run(lambda j: j.forecasts.latest(TOMORROW))
        assert kept is not None
        assert np.abs(kept - net).max() <= 1
        book = home.operator.books[TOMORROW]
        signed = {bid.start: bid.wh if bid.side == "buy" else -bid.wh for bid in book.bids}
        assert [signed.get(instant("2026-03-03T00:00:00") + at * HOUR, 0) for at in range(24)] == kept.tolist()
        home.operator.push(market_day(TOMORROW, GATE, 90_000))
        await home.settle(700)
        assert len(home.operator.forecasts) == 2, "a new book has its forecast"
        home.operator.push(market_day(TOMORROW, GATE, 90_000))
        await home.settle(700)
        assert len(home.operator.forecasts) == 2

    at_home(story)


def test_often_read_homes_tell_the_next_hours_and_what_waits_is_replaced() -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(protocol_version=3, reading_interval_s=600)
        with_meter(home, SunnyMeter(home.clock))
        await home.agent.start()
        await home.settle(700)
        first = reports(home, ForecastHorizon.HOUR_AHEAD)
        assert first
        assert (first[-1].first, len(first[-1].consumption_wh)) == (START, 2)
        home.operator.unreachable = True
        await home.operator.drop()
        await home.until(START + 6 * HOUR)
        waiting = [command for command in home.journal.run(lambda j: j.queue.all()) if "forecasts" in command.path]
        assert len(waiting) == 1
        home.operator.unreachable = False
        await home.settle(400)
        after = reports(home, ForecastHorizon.HOUR_AHEAD)[len(first) :]
        assert after
        assert after[0].issued_at >= START + 5 * HOUR

    at_home(story)


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_operator_is_not_told_what_it_does_not_know(version: int) -> None:
    async def story(home: Home) -> None:
        home.operator.hello = hello(protocol_version=version, reading_interval_s=600)
        with_meter(home, SunnyMeter(home.clock))
        home.operator.push(market_day(TOMORROW, GATE))
        await home.agent.start()
        await home.settle(2 * HOUR)
        assert home.operator.forecasts == []
        assert home.operator.books
        assert all("forecasts" not in path for _, path, _ in home.operator.requests)

    at_home(story)


def test_readings_say_what_was_generated_and_stored() -> None:
    async def story(home: Home) -> None:
        with_meter(home, SunnyMeter(home.clock))
        await home.agent.start()
        await home.settle(5)
        noon = home.operator.readings[instant("2026-03-01T12:00:00")]
        assert (noon.import_wh, noon.export_wh, noon.generation_wh) == (0, 300, 600)
        later = home.operator.readings[instant("2026-03-01T13:00:00")]
        assert (later.generation_wh, later.charge_wh, later.discharge_wh) == (0, 40, 0)

    at_home(story)


def test_late_readings_of_old_hours_change_the_forecast() -> None:
    async def story(home: Home) -> None:
        meter = SunnyMeter(home.clock, since=START - 3 * DAY)
        alone(home, meter)
        await home.agent.start()
        await home.settle(5)
        before = (await home.agent.forecasts()).day_ahead.consumption.basis.days
        meter.since = 0
        home.agent._home.begin_again()
        await home.settle(5)
        after = (await home.agent.forecasts()).day_ahead.consumption.basis.days
        assert (before <= 4, after > 80) == (True, True)

    at_home(story)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
@pytest.mark.parametrize("period_s", [HOUR, QUARTER])
def test_days_on_which_clocks_change_are_bid_whole(day: date, hours: int, period_s: int) -> None:
    begun = day_start(day - timedelta(days=1), ZONE) + 12 * HOUR

    async def story(home: Home) -> None:
        home.operator.hello = hello(protocol_version=3, settlement_period_s=period_s, market_period_s=period_s)
        with_meter(home, SunnyMeter(home.clock))
        market = market_day(day, begun + 3 * HOUR)
        starts = day_periods(day, ZONE, period_s)
        periods = [replace_start(market, start) for start in starts]
        home.operator.push(MarketDay(day=day, gate_at=begun + 3 * HOUR, period_s=period_s, periods=periods))
        await home.agent.start()
        await home.settle(700)
        kept = home.journal.run(lambda j: j.forecasts.latest(day))
        assert kept is not None
        assert kept.size == hours * HOUR // period_s
        assert home.agent.state.fault is None
        parts = HOUR // period_s
        if parts > 1:
            by_hour = kept.reshape(hours, parts)
            assert (by_hour.max(axis=1) - by_hour.min(axis=1)).max() <= 2, "flat within the hour, as it was measured"

    at_home(story, start=begun)


def replace_start(market: MarketDay, start: int) -> Any:
    return msgspec.structs.replace(market.periods[0], start=start)


# --- hours and their parts -------------------------------------------------------------------------------------------


def of_hours(target: Target, wh: list[float], first: int = START) -> Forecast:
    mean = np.array(wh)
    band = (mean * 0.5, mean, mean * 2)
    return Forecast(target, Horizon.DAY_AHEAD, first, first, mean, *band, Basis(Method.MODEL))


def expected(consumption: list[float], generation: list[float] | None, net: list[float]) -> Expected:
    nothing = of_hours(Target.REDUCTION, [0.0] * len(consumption))
    made = None if generation is None else of_hours(Target.GENERATION, generation)
    return Expected(of_hours(Target.CONSUMPTION, consumption), made, nothing, nothing, np.array(net))


@given(
    st.lists(st.floats(0, 5_000), min_size=5, max_size=5),
    st.lists(st.floats(0, 5_000), min_size=5, max_size=5),
    st.lists(st.floats(-500, 500), min_size=5, max_size=5),
    st.integers(0, 3),
)
def test_parts_of_an_hour_sum_to_the_hour_that_was_rounded_once(
    use: list[float], made: list[float], flow: list[float], seed: int
) -> None:
    shares = np.random.default_rng(seed).integers(0, 50, (24, 4))
    shares[shares.sum(axis=1) == 0] = 1
    even = np.ones((24, 4), np.int64)
    parts = Parts(ZONE, QUARTER, shares, shares[::-1], even)
    net = [u - m + f for u, m, f in zip(use, made, flow, strict=True)]
    found = parts.net(expected(use, made, net)).reshape(5, 4).sum(axis=1)
    assert found.tolist() == np.rint(net).astype(int).tolist()
    split = parts.split(START, np.array(use), shares).reshape(5, 4)
    assert split.sum(axis=1).tolist() == np.rint(use).astype(int).tolist()
    assert (split >= 0).all()
    assert parts.split(START, np.array([10.0]), even).tolist() == split_evenly(10, 4)


def test_parts_are_as_the_last_days_showed_them_by_the_hours_of_the_clock() -> None:
    first = day_start(date(2026, 3, 1), ZONE)
    rows = [
        HomeReading(at, 100 * (at % HOUR // QUARTER) * (at % DAY // HOUR == 7), 0)
        for at in range(first, first + 2 * DAY, QUARTER)
    ]
    periods = MeterHistory(ZONE, QUARTER).with_readings(rows).columns()
    parts = parts_of(periods, ZONE, QUARTER)
    assert parts.consumption[7].tolist() == [0, 200, 400, 600]
    assert parts.consumption[8].tolist() == [1, 1, 1, 1], "nothing was used then: even"
    assert parts_of(periods, ZONE, 1_800).consumption[7].tolist() == [200, 1_000]
    assert parts_of(periods, ZONE, HOUR).consumption.shape == (24, 1)
    hourly = MeterHistory(ZONE, HOUR).with_readings([replace(rows[0], start=first)]).columns()
    assert parts_of(hourly, ZONE, QUARTER).consumption.tolist() == [[1] * 4] * 24


def test_rows_say_of_the_first_hours_what_the_hour_ahead_forecast_says() -> None:
    later = expected([100.0] * 4, [10.0] * 4, [90.0] * 4)
    sooner = expected([500.0] * 2, [20.0] * 2, [480.0] * 2)
    even = np.ones((24, 2), np.int64)
    rows = rows_of(Forecasts(START, later, sooner), Parts(ZONE, 1_800, even, even, even), START + 1_800)
    assert [row.start for row in rows] == list(range(START + 1_800, START + 4 * HOUR, 1_800))
    assert [row.consumption_wh for row in rows] == [250] * 3 + [50] * 4
    assert [row.generation_wh for row in rows] == [10] * 3 + [5] * 4
    assert [row.net_wh for row in rows] == [240] * 3 + [45] * 4
    assert (rows[0].consumption_p10_wh, rows[0].consumption_p90_wh) == (125, 500)
    assert sum(row.generation_p10_wh or 0 for row in rows[-2:]) == 5


def test_the_mean_of_a_clock_hour_is_of_its_last_seven_known_days() -> None:
    calendar = Calendar("UTC")
    first = instant("2026-02-01T00:00:00")
    wh = np.repeat(np.arange(10.0), 24)
    wh[-24:] = np.nan
    wh[5::24] = np.nan  # five o'clock was never known
    found = mean_by_clock(first, wh, calendar, first + 30 * DAY, 24)
    assert found[0] == np.mean([2, 3, 4, 5, 6, 7, 8])
    assert found[5] == pytest.approx(np.nanmean(wh))
    assert mean_by_clock(first, wh * np.nan, calendar, first, 3).tolist() == [0.0] * 3
