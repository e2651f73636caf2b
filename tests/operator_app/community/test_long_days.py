"""Days of 23, 24 and 25 hours clear and settle, where the clocks change at one and where they change at midnight."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from caravels_operator.app.simulation import Run, plan_run, simulate
from caravels_operator.common.periods import HOUR_S, day_end, day_periods, day_start
from caravels_operator.ledger import auctions, entries, settlements, transactions
from caravels_operator.ledger.settlements import DayLine
from caravels_operator.ledger.transactions import Transaction
from caravels_operator.virtual.scenario import load_scenario

HOURS = {date(2026, 3, 29): 23, date(2026, 7, 6): 24, date(2026, 10, 25): 25}
QUARTER_S, HALF_S = HOUR_S // 4, HOUR_S // 2


def run_of(day: date, zone: str, market_s: int, settlement_s: int, market_zone: str | None = None) -> Run:
    """Return eight simulated homes that trade one day."""
    scenario = load_scenario("paper").resized(8)
    community = replace(scenario.community, market_period_s=market_s, settlement_period_s=settlement_s)
    scenario = replace(scenario, time_zone=zone, market_zone=market_zone or zone, community=community)
    return simulate(plan_run(scenario, None, day, 1))


def stored(run: Run, day: date) -> tuple[list[Transaction], list[DayLine]]:
    """Return a day's trades and settled lines, after a look at the sum of the ledger."""

    def read(conn: Connection) -> tuple[list[Transaction], list[DayLine]]:
        assert sum(entries.balances(conn).values()) == 0
        starts = day_periods(day, run.settings.market_zone, run.settings.market_period_s)
        assert {row.start for row in auctions.cleared_periods(conn, day)} <= set(starts)
        return transactions.of_day(conn, day), settlements.lines(conn, day, 1)

    return asyncio.run(run.ledger.read(read))


def check(run: Run, day: date) -> None:
    """See that a day was traded, and that each line of its settlement agrees with the trades and the houses' meters."""
    trades, lines = stored(run, day)
    assert trades
    bought = {line.member: sum(row.wh for row in trades if row.buyer == line.member) for line in lines}
    sold = {line.member: sum(row.wh for row in trades if row.seller == line.member) for line in lines}
    start, end = day_start(day, run.settings.market_zone), day_end(day, run.settings.market_zone)
    houses = {house.member.id: house for house in run.plan.houses}
    assert {line.member for line in lines} == set(houses)
    for line in lines:
        meter = houses[line.member].meter(start, end, run.settings.settlement_period_s)
        assert (line.import_wh, line.export_wh) == (int(meter.import_wh.sum()), int(meter.export_wh.sum()))
        assert (line.bought_wh, line.sold_wh) == (bought[line.member], sold[line.member])
        assert line.estimated_periods == 0
    assert sum(line.netted_in_wh for line in lines) == sum(line.netted_out_wh for line in lines)
    assert sum(line.trade_micro + line.netting_micro for line in lines) == 0


@pytest.mark.parametrize(("market_s", "settlement_s"), [(HOUR_S, HOUR_S), (QUARTER_S, QUARTER_S)])
@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Atlantic/Azores"])
@pytest.mark.parametrize("day", HOURS, ids=str)
def test_a_day_of_any_length(day: date, zone: str, market_s: int, settlement_s: int) -> None:
    assert len(day_periods(day, zone, market_s)) == HOURS[day] * HOUR_S // market_s
    check(run_of(day, zone, market_s, settlement_s), day)


@pytest.mark.parametrize(("market_s", "settlement_s"), [(HOUR_S, QUARTER_S), (QUARTER_S, HOUR_S), (HALF_S, QUARTER_S)])
@pytest.mark.parametrize("day", HOURS, ids=str)
def test_a_market_and_a_settlement_of_different_periods(day: date, market_s: int, settlement_s: int) -> None:
    check(run_of(day, "Atlantic/Azores", market_s, settlement_s), day)


@pytest.mark.parametrize("day", HOURS, ids=str)
def test_a_market_whose_day_is_another_zones(day: date) -> None:
    run = run_of(day, "Europe/Lisbon", HOUR_S, HOUR_S, market_zone="Europe/Madrid")
    check(run, day)
    assert day_start(day, "Europe/Madrid") == day_start(day, "Europe/Lisbon") - HOUR_S


def test_the_days_around_a_change_of_clocks_are_one_row_without_a_hole() -> None:
    for zone in ("Europe/Lisbon", "Atlantic/Azores"):
        for day, hours in HOURS.items():
            assert day_end(day, zone) == day_start(day + timedelta(days=1), zone)
            assert day_end(day, zone) - day_start(day, zone) == hours * HOUR_S
