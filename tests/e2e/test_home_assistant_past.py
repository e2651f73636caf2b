"""Who pairs as a member that has lived before: its contracts by snapshot, its hours and forecasts by statistics."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Connection

from caravels_operator.app.wall_clock import WallClock
from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.common.protocol import Bid, Side
from caravels_operator.ledger import auctions, books, readings, transactions
from caravels_operator.virtual.scenario import load_scenario
from demo.home_assistant_api import Commands
from demo.office import BATTERY_CHARGE, BATTERY_DISCHARGE, GENERATION, GRID_EXPORT, GRID_IMPORT, OFFICE, Register
from demo.past import office_house
from demo.settings import SCENARIO
from demo.times import REPLAYED_DAYS
from tests.e2e.home_assistant import (
    DAYS,
    LOOK_S,
    PATIENCE_S,
    curves_of,
    forecast_of,
    judged_curves,
    needs_home_assistant,
    trades_of,
)
from tests.e2e.home_assistant_office import Office, office
from tests.e2e.test_home_assistant_bad_luck import joined

METERS = {"generation": GENERATION, "battery_charge": BATTERY_CHARGE, "battery_discharge": BATTERY_DISCHARGE}
TARGETS = ("consumption", "generation", "reduction", "shifting")
HORIZONS = ("day_ahead", "hour_ahead")

pytestmark = [pytest.mark.long, needs_home_assistant]


def contracts(living: Office) -> dict[date, list[tuple[str, int, int]]]:
    """Return the office's trades of every cleared day, as the operator booked them: id, energy [Wh], price."""

    def read(conn: Connection) -> dict[date, list[tuple[str, int, int]]]:
        return {
            day: sorted((t.id, t.wh, t.price_micro_kwh) for t in transactions.trades_of(conn, OFFICE, day))
            for day in auctions.cleared_days(conn, date.min, date.max)
        }

    return living.look(read)


async def hours_of(ask: Commands, register: Register, start: int, end: int) -> dict[int, int]:
    """Return what the recorder's statistics say that a counter rose by in each hour [Wh]."""
    answer = await ask(
        "recorder/statistics_during_period",
        start_time=datetime.fromtimestamp(start, UTC).isoformat(),
        end_time=datetime.fromtimestamp(end, UTC).isoformat(),
        statistic_ids=[register.entity_id],
        period="hour",
        types=["change"],
    )
    return {row["start"] // 1_000: round(row["change"] * 1_000) for row in answer[register.entity_id]}


async def test_its_three_days_are_there_as_soon_as_it_has_joined(tmp_path: Path) -> None:
    async with office(tmp_path) as living:
        entry_id = await joined(living)
        async with living.home.commands() as ask:
            booked = contracts(living)
            assert len(booked) >= REPLAYED_DAYS
            assert all(booked.values()), "it traded on each of them"
            for day, trades in booked.items():
                told = await trades_of(ask, entry_id, day)
                assert sorted((t["id"], t["wh"], t["price_micro_kwh"]) for t in told["trades"]) == trades

            now = WallClock().now()
            this_hour = now - now % HOUR_S
            first, last = this_hour - (DAYS * 24 - 1) * HOUR_S, this_hour - HOUR_S
            metered = living.look(lambda conn: readings.between(conn, [OFFICE], first, last))
            assert len(metered) >= (REPLAYED_DAYS - 1) * 24
            imported = await hours_of(ask, GRID_IMPORT, first, last)
            exported = await hours_of(ask, GRID_EXPORT, first, last)
            for hour in metered:
                assert (imported[hour.start], exported[hour.start]) == (hour.import_wh, hour.export_wh)


def battery_by_clock(zone: str, now: int) -> dict[int, float]:
    """Return what the batteries took less what they gave in each hour of the clock, mean of its last 7 values [Wh]."""
    end = now // HOUR_S * HOUR_S
    series = office_house(load_scenario(SCENARIO)).meter(end - 9 * DAY_S, end, HOUR_S)
    flows: dict[int, list[int]] = {}
    for start, flow in zip(series.starts.tolist(), (series.charge_wh - series.discharge_wh).tolist(), strict=True):
        flows.setdefault(datetime.fromtimestamp(start, ZoneInfo(zone)).hour, []).append(flow)
    return {hour: sum(values[-7:]) / 7 for hour, values in flows.items()}


async def test_a_year_of_statistics_gives_six_forecasts_with_their_skill_and_bids_come_from_them(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as living:
        entry_id = await living.home.join(living.link, {name: [meter.entity_id] for name, meter in METERS.items()})
        async with living.home.commands() as ask:
            curves = await judged_curves(ask, entry_id)
            assert curves.keys() == {(target, horizon) for target in TARGETS for horizon in HORIZONS}
            for (target, horizon), curve in curves.items():
                skill = curve["skill"]
                assert skill["days"] >= 21, (target, horizon)
                assert -50 < skill["over_last_week_percent"] < 100, (target, horizon, skill)
                assert -50 < skill["over_mean_7_days_percent"] < 100, (target, horizon, skill)
                assert 60 <= skill["coverage_percent"] <= 97, (target, horizon, skill)
                assert curve["reasons"] in ([], ["no_weather"])
            # an office rests at weekends, which the mean of seven days does not know
            assert curves["consumption", "day_ahead"]["skill"]["over_mean_7_days_percent"] > 10
            for target in ("consumption", "generation"):
                assert curves[target, "day_ahead"]["days"] >= 88
            assert curves["consumption", "day_ahead"]["hours"][0]["mean_wh"] > 0
            assert sum(hour["mean_wh"] for hour in curves["reduction", "day_ahead"]["hours"]) > 0
            assert sum(hour["mean_wh"] for hour in curves["shifting", "day_ahead"]["hours"]) > 0

            def bids() -> dict[int, int]:
                """Return the net that the home's own book bids [Wh], by period."""
                found = living.look(lambda conn: books.latest(conn, OFFICE, living.traded))
                if found is None or found.revision < 2:
                    return {}
                own = msgspec.json.decode(found.body, type=list[Bid])
                return {bid.start: bid.wh if bid.side is Side.BUY else -bid.wh for bid in own}

            zone = living.zone
            battery = battery_by_clock(zone, WallClock().now())
            async with asyncio.timeout(PATIENCE_S):
                while not (book := bids()):  # noqa: ASYNC110  # another process's
                    await asyncio.sleep(LOOK_S)
            curves = curves_of(await forecast_of(ask, entry_id))
            starts = {hour["start"]: hour for hour in curves["consumption", "day_ahead"]["hours"]}
            generation = {hour["start"]: hour["mean_wh"] for hour in curves["generation", "day_ahead"]["hours"]}
            looked = 0
            for start, hour in starts.items():
                at = datetime.fromisoformat(start)
                if at.astimezone(ZoneInfo(zone)).date() == living.traded:
                    net = hour["mean_wh"] - generation[start] + battery[at.astimezone(ZoneInfo(zone)).hour]
                    assert book.get(int(at.timestamp()), 0) == pytest.approx(net, abs=2), start
                    looked += 1
            assert looked >= 23
