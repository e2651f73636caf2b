"""The operator's forecasts of the community: whose word counts, what nobody says, what is learnt, and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from sqlalchemy import Connection

from caravels_operator.common.forecasting.forecast import Horizon, Method, Target
from caravels_operator.common.periods import day_periods
from caravels_operator.common.protocol import ForecastHorizon, ForecastReport, Reading, ReadingBatch
from caravels_operator.common.protocol.paths import FORECASTS
from caravels_operator.community import forecasts, schedule, silent_homes
from caravels_operator.community.context import Context
from caravels_operator.community.estimates import ALWAYS_ANEW
from caravels_operator.community.lessons import Lessons
from caravels_operator.community.past import CommunityPast
from caravels_operator.community.steps import HANDLERS
from caravels_operator.community.words import Asked
from caravels_operator.ledger import community_forecasts, member_forecasts, steps
from caravels_operator.ledger.community_forecasts import CommunityForecast
from tests.operator_app.community.town import DAY, EVE, HOUR, MARKET_OPEN, Town, make_town

ISSUE = MARKET_OPEN + 15


async def say(town: Town, member: str, wh: int, **other: Sequence[int] | None) -> None:
    """Let a home say what it expects: the same of every hour up to the end of tomorrow."""
    now = town.clock.now()
    first = now // HOUR * HOUR + HOUR
    hours = 35
    fields = {name: None if value is None else list(value) * hours for name, value in other.items()}
    report = ForecastReport(
        id=town.new_id(),
        horizon=ForecastHorizon.DAY_AHEAD,
        issued_at=now,
        first=first,
        consumption_wh=[wh] * hours,
        **fields,
    )
    answer = await town.command(member, report, FORECASTS)
    assert answer.status == 200, answer


type Use = Callable[[int], Mapping[str, int]]
"""What a home measures in an hour of the day [Wh]."""


async def measure(town: Town, day: date, by_home: Mapping[str, Use]) -> None:
    """Let homes measure a day."""
    for member, use in by_home.items():
        starts = day_periods(day, town.settings.market_zone, HOUR)
        readings = [
            msgspec.convert({"start": start, "import_wh": 0, "export_wh": 0} | dict(use(hour)), Reading)
            for hour, start in enumerate(starts)
        ]
        answer = await town.command(member, ReadingBatch(id=town.new_id(), period_s=HOUR, readings=readings))
        assert answer.status == 200, answer


def used(import_wh: int) -> Use:
    return lambda _hour: {"import_wh": import_wh}


def giving(hour: int) -> Mapping[str, int]:
    """Give energy at day, and say nothing of what makes it."""
    return {"export_wh": 400} if 8 <= hour < 18 else {}


def metered(hour: int) -> Mapping[str, int]:
    """Use 500 Wh an hour, part of it from panels and a battery that are metered."""
    made = 500 if 8 <= hour < 18 else 0
    return {"import_wh": 700 - made, "generation_wh": made, "charge_wh": 300, "discharge_wh": 100}


async def issued(town: Town, target: Target, horizon: Horizon = Horizon.DAY_AHEAD) -> CommunityForecast:
    found = await town.look(
        lambda conn: community_forecasts.latest(conn, target.value, horizon.value, town.clock.now())
    )
    assert found is not None
    return found


async def test_the_mean_is_the_sum_of_what_homes_say_and_each_counts_once() -> None:
    town = await make_town(("ana", "bruno", "clara"))
    await say(town, "ana", 900)
    await town.at(EVE, MARKET_OPEN)
    await say(town, "ana", 300, generation_wh=[700], reduction_wh=[50], shifting_wh=[20])
    await say(town, "bruno", 200)
    await town.at(EVE, ISSUE)
    await town.operator.runner.run_due()
    by_target = {target: await issued(town, target) for target in Target}
    assert {target: set(one.mean_wh.tolist()) for target, one in by_target.items()} == {
        Target.CONSUMPTION: {500.0},
        Target.GENERATION: {700.0},
        Target.REDUCTION: {50.0},
        Target.SHIFTING: {20.0},
    }
    consumption = by_target[Target.CONSUMPTION]
    assert (consumption.basis.reported, consumption.basis.estimated, consumption.basis.unknown) == (2, (), ("clara",))
    assert consumption.basis.days == 0
    assert consumption.first == town.periods(EVE)[14]
    assert consumption.first + HOUR * consumption.mean_wh.size == town.periods()[-1] + HOUR
    assert np.all(consumption.p10_wh <= consumption.p50_wh)
    assert np.all(consumption.p50_wh <= consumption.p90_wh)
    seen = await town.look(lambda conn: forecasts.latest(conn, Target.CONSUMPTION, Horizon.DAY_AHEAD, town.clock.now()))
    assert seen is not None
    assert (seen.basis.method, seen.basis.skill, seen.mean_wh.tolist()) == (
        Method.SUM_OF_HOMES,
        None,
        consumption.mean_wh.tolist(),
    )


async def test_a_home_that_was_sent_away_does_not_count_and_one_that_pauses_does() -> None:
    town = await make_town(("ana", "bruno", "clara"))
    for member, wh in (("ana", 100), ("bruno", 20), ("clara", 3)):
        await say(town, member, wh)
    await town.revoke("bruno")
    await town.set_state("clara", "paused")
    await town.at(EVE, ISSUE)
    await town.operator.runner.run_due()
    found = await issued(town, Target.CONSUMPTION)
    assert set(found.mean_wh.tolist()) == {103.0}
    assert (found.basis.reported, found.basis.unknown) == (2, ())


async def test_homes_that_say_nothing_are_forecast_from_their_readings() -> None:
    town = await make_town(("ana", "bruno", "clara", "dinis"))
    await town.at(DAY, MARKET_OPEN)
    await measure(
        town,
        EVE,
        {"ana": used(100), "bruno": metered, "clara": giving},
    )
    await say(town, "ana", 1_000)
    await town.at(DAY, ISSUE)
    await town.operator.runner.run_due()
    consumption, generation = await issued(town, Target.CONSUMPTION), await issued(town, Target.GENERATION)
    assert consumption.mean_wh == pytest.approx(1_000 + 500 + 0)
    hour = (generation.first // HOUR + 1 + np.arange(generation.mean_wh.size)) % 24
    light = (hour >= 8) & (hour < 18)
    assert generation.mean_wh[light] == pytest.approx(500 + 400), "of clara's what it gave is all that can be known"
    assert generation.mean_wh[~light] == pytest.approx(0)
    assert consumption.basis.estimated == ("bruno", "clara")
    assert consumption.basis.unknown == ("dinis",)
    flexibility = await issued(town, Target.REDUCTION)
    assert (flexibility.basis.reported, flexibility.basis.unknown) == (1, ("bruno", "clara", "dinis"))


async def test_what_a_home_does_not_measure_but_gives_is_added_by_the_operator() -> None:
    town = await make_town(("ana", "bruno"))
    await town.at(DAY, MARKET_OPEN)
    await measure(town, EVE, {"ana": giving, "bruno": used(50)})
    await say(town, "ana", 30)
    await say(town, "bruno", 60)
    await town.at(DAY, ISSUE)
    await town.operator.runner.run_due()
    generation = await issued(town, Target.GENERATION)
    assert set(generation.mean_wh.round(6)) == {0.0, 400.0}
    assert (generation.basis.reported, generation.basis.estimated) == (1, ("ana",))
    consumption = await issued(town, Target.CONSUMPTION)
    assert consumption.mean_wh == pytest.approx(90.0), "its own word on what it uses stands"
    assert consumption.basis.reported == 2


async def test_a_word_that_is_stale_or_ends_too_soon_is_filled_up_and_not_added_twice() -> None:
    town = await make_town(("ana", "bruno"))
    await say(town, "ana", 100)
    await say(town, "bruno", 200)
    await town.at(DAY, 1)
    await measure(town, EVE, {"ana": used(70), "bruno": used(90)})
    await town.at(DAY, ISSUE)
    await town.operator.runner.run_due()
    found = await issued(town, Target.CONSUMPTION)
    tomorrow = (town.periods(DAY + timedelta(days=1))[0] - found.first) // HOUR
    assert found.mean_wh[: tomorrow - 1] == pytest.approx(300.0)
    assert found.mean_wh[tomorrow:] == pytest.approx(160.0)
    assert found.basis.estimated == ("ana", "bruno")


async def days_of(town: Town, count: int, said: int, measured: int) -> None:
    """Let days pass on which two homes say one thing and measure another."""
    for n in range(count):
        day = EVE + timedelta(days=n)
        await town.at(day, MARKET_OPEN)
        for member in ("ana", "bruno"):
            await say(town, member, said)
        await town.at(day + timedelta(days=1), 5)
        await measure(town, day, dict.fromkeys(("ana", "bruno"), used(measured)))


async def test_the_bias_of_the_sum_is_learnt_and_so_are_band_and_skill() -> None:
    town = await make_town(("ana", "bruno"))
    await days_of(town, 12, said=500, measured=600)
    await town.at(EVE + timedelta(days=12), MARKET_OPEN)
    await say(town, "ana", 500)
    await say(town, "bruno", 500)
    await town.at(EVE + timedelta(days=12), ISSUE)
    await town.operator.runner.run_due()
    found = await issued(town, Target.CONSUMPTION)
    assert found.sum_wh == pytest.approx(1_000.0)
    judged = found.basis.days
    assert 8 <= judged <= 11
    (mean,) = set(found.mean_wh.tolist())
    assert 1_020.0 < mean < 1_000.0 + 200.0 * judged / (judged + 28.0) + 1.0, "part of what was missing, not all of it"
    assert found.basis.mean_wh == pytest.approx(1_200.0)
    assert found.basis.over_mean_7_days is None, "what never changes is forecast by its mean without an error"
    assert found.basis.mae_wh is not None
    assert 100.0 < found.basis.mae_wh <= 200.0
    assert np.all(found.p90_wh - found.mean_wh > 50.0)


async def test_what_was_learnt_is_the_same_after_a_restart_and_after_late_readings() -> None:
    town = await make_town(("ana", "bruno"))
    await days_of(town, 40, said=500, measured=550)
    await town.at(EVE + timedelta(days=40), MARKET_OPEN)
    context = town.operator.context
    late = EVE + timedelta(days=35)
    await measure(town, late, {"ana": used(700)})
    today = EVE + timedelta(days=40)

    async def learnt(lessons: Lessons) -> str:
        target, far = Target.CONSUMPTION, Horizon.DAY_AHEAD
        return await town.look(lambda conn: repr(lessons.judge(conn, context, target, far, today)))

    kept = await learnt(context.lessons)
    past, context = context.past, replace(context, past=CommunityPast())
    assert await learnt(Lessons()) == kept
    assert past.version(late) == 3, "each batch of the day was noticed"


async def test_an_hour_in_which_too_few_homes_are_heard_is_not_known() -> None:
    names = tuple(f"h{n}" for n in range(11))
    town = await make_town(names)
    await town.at(DAY, 5)
    await measure(town, EVE, dict.fromkeys(names, used(100)))
    await town.at(DAY + timedelta(days=1), 5)
    await measure(town, DAY, dict.fromkeys(names[:10], used(100)))
    await town.at(DAY + timedelta(days=2), 5)
    await measure(town, DAY + timedelta(days=1), dict.fromkeys(names[:9], used(100)))
    past, zone = CommunityPast(), town.settings.market_zone
    used_, _ = await town.look(lambda conn: past.series(conn, zone, EVE, DAY + timedelta(days=1)))
    assert used_.wh[:48] == pytest.approx(1_100.0), "the others stand for one in ten"
    assert np.isnan(used_.wh[48:]).all()


async def test_the_day_is_forecast_after_its_prices_and_never_after_its_gate() -> None:
    town = await make_town()
    step = await town.look(lambda conn: steps.get(conn, "forecasts", DAY.isoformat()))
    assert step is not None
    assert step.due_at == town.periods(EVE)[0] + (13 * 60 + 45) * 60
    gate = schedule.gate_at(DAY, town.settings)
    assert step.due_at < gate


async def test_the_hours_ahead_are_forecast_every_hour_and_the_day_again_when_more_was_said() -> None:
    town = await make_town(("ana",))
    now = town.clock.now()
    await town.ledger.run(lambda conn: schedule.put_hour(conn, town.settings, now))
    await town.ledger.run(lambda conn: schedule.put_hour(conn, town.settings, now + 60))
    await town.at(EVE, 12 * 60 + 11)
    last = await town.look(community_forecasts.last_issue)
    assert last == now + 600
    report = ForecastReport(
        id=town.new_id(),
        horizon=ForecastHorizon.HOUR_AHEAD,
        issued_at=town.clock.now(),
        first=now,
        consumption_wh=[11, 12, 13],
    )
    await town.command("ana", report, FORECASTS)
    await town.at(EVE, 13 * 60 + 11)
    found = await issued(town, Target.CONSUMPTION, Horizon.HOUR_AHEAD)
    assert (found.issued_at, found.first) == (now + HOUR + 600, now + HOUR)
    assert found.mean_wh.tolist() == [12.0, 13.0]
    rows = [row for row in (await town.rows())["community_forecasts"] if row[1] == "hour_ahead"]
    assert len(rows) == 2 * len(Target), "at 12:10 and 13:10"
    await say(town, "ana", 40)
    await town.at(EVE, 14 * 60 + 30)
    assert (await issued(town, Target.CONSUMPTION)).issued_at == now + HOUR + 45 * 60
    await say(town, "ana", 41)
    await town.at(EVE, 15 * 60 + 30)
    again = await issued(town, Target.CONSUMPTION)
    assert again.issued_at == now + 3 * HOUR + 600
    assert set(again.mean_wh.tolist()) == {41.0}


async def test_after_a_stop_what_is_overdue_holds_nobody_up_and_the_next_hour_makes_up_for_it() -> None:
    town = await make_town(("ana",))
    await say(town, "ana", 40)
    await town.ledger.run(lambda conn: schedule.put_hour(conn, town.settings, town.clock.now()))
    town.clock.move_to(town.periods(EVE)[0] + (15 * 60 + 30) * 60)
    await town.operator.runner.run_due()
    assert (await town.rows())["community_forecasts"] == []
    await town.at(EVE, 16 * 60 + 11)
    day, hour = [await issued(town, Target.CONSUMPTION, horizon) for horizon in Horizon]
    assert day.issued_at == hour.issued_at == town.periods(EVE)[16] + 600
    assert set(day.mean_wh.tolist()) == {40.0}


async def test_a_step_that_is_run_again_changes_nothing_but_what_it_forecasts() -> None:
    town = await make_town(("ana",))
    await say(town, "ana", 40)
    await town.at(EVE, ISSUE)
    await town.operator.runner.run_due()
    before = await town.rows()
    handler = HANDLERS["forecasts"]
    prepared = await handler.prepare(town.operator.context, DAY.isoformat())
    now = town.clock.now()
    await town.ledger.run(lambda conn: handler.apply(conn, town.operator.context, DAY.isoformat(), prepared, now))
    assert await town.rows() == before


async def test_in_virtual_time_no_hour_is_forecast() -> None:
    town = await make_town(("ana",))
    await town.at(DAY, 0)
    assert {row[1] for row in (await town.rows())["community_forecasts"]} == {"day_ahead"}
    assert await town.look(lambda conn: member_forecasts.latest(conn, "hour_ahead", 0)) == []


async def test_many_silent_homes_are_not_forecast_anew_every_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    homes = [f"home_{n}" for n in range(ALWAYS_ANEW + 2)]
    town = await make_town(tuple(homes))
    await town.at(DAY, 60)
    await measure(town, EVE, {home: used(100) for home in homes[1:]})
    asked_of: list[str] = []
    estimate = silent_homes.estimate

    def counted(conn: Connection, context: Context, what: Asked, homes: Sequence[str]) -> Any:
        asked_of.extend(homes)
        return estimate(conn, context, what, homes)

    monkeypatch.setattr(silent_homes, "estimate", counted)
    counts = []
    await town.ledger.run(lambda conn: schedule.put_hour(conn, town.settings, town.clock.now()))
    for minute in (2 * 60 + 11, 3 * 60 + 11, ISSUE - 1, ISSUE, 14 * 60 + 11, 23 * 60 + 11):
        await town.at(DAY, minute)
        counts.append(len(asked_of))
        asked_of.clear()
        if minute != ISSUE:
            found = await issued(town, Target.CONSUMPTION, Horizon.HOUR_AHEAD)
            assert found.first == town.periods()[minute // 60]
        else:
            found = await issued(town, Target.CONSUMPTION)
            assert found.mean_wh.size == 10 + 24
        assert found.mean_wh == pytest.approx(100 * (len(homes) - 1))
        assert found.basis.estimated == tuple(sorted(homes[1:]))
        assert found.basis.unknown == (homes[0],)
    everyone = len(homes)
    assert counts[0] >= everyone, "there was nothing before"
    assert counts[1] == 1, "the one of which nothing is known"
    assert everyone <= counts[3] < everyone + 3
    assert counts[4] == 1
    assert counts[5] < everyone
