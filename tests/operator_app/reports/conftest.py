"""Two finished simulations with their reports: days of two months by hours, and a day of 25 hours by quarters."""

import asyncio
import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from caravels_operator.app.simulation import Plan, Run, plan_run, simulate
from caravels_operator.common.periods import day_end, day_start
from caravels_operator.reports.report import Report, write_report
from caravels_operator.reports.settled import ReportSettings
from caravels_operator.reports.summary import Meters
from caravels_operator.virtual.houses import MeterSeries
from caravels_operator.virtual.scenario import load_scenario


@dataclass(frozen=True, slots=True)
class Written:
    """A report and what it was written from."""

    run: Run
    folder: Path
    report: Report
    settings: ReportSettings
    meters: Meters
    series: dict[str, MeterSeries]
    """What every house's meters showed on the days of the report."""

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def read[T](self, work: Callable[[Connection], T]) -> T:
        return asyncio.run(self.run.ledger.read(work))


def _written(plan: Plan, folder: Path) -> Written:
    run = simulate(plan)
    zone, period_s = run.settings.market_zone, run.settings.settlement_period_s
    start, end = day_start(plan.first, zone), day_end(plan.last, zone)
    series = {house.member.id: house.meter(start, end, period_s) for house in plan.houses}
    meters = Meters(
        tuple(series),
        next(iter(series.values())).starts,
        np.array([one.consumption_wh for one in series.values()]),
        np.array([one.generation_wh for one in series.values()]),
    )
    settings = ReportSettings(run.settings.name, run.settings.currency, zone, period_s)
    report = asyncio.run(
        run.ledger.read(lambda conn: write_report(conn, folder, plan.first, plan.last, settings, meters))
    )
    return Written(run, folder, report, settings, meters, series)


@pytest.fixture(scope="session")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Written:
    plan = plan_run(load_scenario("paper"), None, date(2026, 5, 30), 3)
    return _written(plan, tmp_path_factory.mktemp("hourly"))


@pytest.fixture(scope="session")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Written:
    scenario = load_scenario("paper")
    rules = replace(scenario.community, market_period_s=900, settlement_period_s=900)
    plan = plan_run(replace(scenario, community=rules), None, date(2026, 10, 25), 1)
    return _written(plan, tmp_path_factory.mktemp("quarters"))


@pytest.fixture(params=["hourly", "quarters"])
def written(request: pytest.FixtureRequest) -> Written:
    result: Written = request.getfixturevalue(request.param)
    return result
