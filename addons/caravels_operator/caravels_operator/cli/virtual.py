"""`virtual`: a whole community in virtual time, from profile to ledger, and the report of what came of it."""

import argparse
import asyncio
import logging
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection

from ..app.simulation import Plan, Run, plan_run, simulate
from ..common.periods import day_end, day_start
from ..community.settings import CommunitySettings
from ..reports.report import Report, write_report
from ..reports.settled import ReportSettings
from ..reports.summary import Meters, Summary, summary_table
from ..virtual.measured import shared_data_folder
from ..virtual.scenario import load_scenario
from ..virtual.scenario_types import Scenario


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("virtual", help="run a community in virtual time and report on it")
    parser.add_argument("--scenario", default="paper", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument("--members", type=int, metavar="N", help="draw N members from the scenario's rows")
    parser.add_argument("--days", type=int, default=3, metavar="N", help="delivery days (default %(default)s)")
    parser.add_argument("--start", type=date.fromisoformat, metavar="DATE", help="first delivery day")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed than the scenario's")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with measurements of real homes")
    parser.add_argument("--out", type=Path, default=Path("report"), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--strict", action="store_true", help="residuals meet the retailer at once, as in the paper")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Simulate, report, and say where the report is. Exit code 1, and why, if the run is not sound."""
    logging.getLogger().setLevel(logging.WARNING)
    if chosen.days < 1:
        raise ValueError("--days must be at least 1.")
    console = Console()
    plan = _plan(chosen)
    _say_who(console, plan)
    finished = _simulate(console, plan)
    with console.status("Writing the report"):
        report = asyncio.run(finished.ledger.read(lambda conn: _report(conn, finished, chosen.out)))
    console.print(summary_table(report.summary))
    console.print(f"{len(report.files)} files of the report are in {chosen.out}. Trace {finished.trace_hash[:16]}.")
    fault = _fault(report.summary, plan)
    if fault is not None:
        console.print(fault)
    return 0 if fault is None else 1


def _fault(summary: Summary, plan: Plan) -> str | None:
    """Return in a sentence what is wrong with a run, or None."""
    if summary.settled_days < plan.days:
        return f"{summary.settled_days or 'None'} of {plan.days} days were settled."
    if not summary.ledger_closes:
        return "The ledger does not close."
    if plan.no_loss and summary.worse_off:
        return f"{summary.worse_off} of {len(summary.savings)} members paid more than alone, though no_loss is on."
    return None


def _plan(chosen: argparse.Namespace) -> Plan:
    scenario = load_scenario(chosen.scenario)
    if chosen.seed is not None:
        scenario = replace(scenario, seed=chosen.seed)
    if chosen.members is not None:
        scenario = scenario.resized(chosen.members)
    folder = chosen.data if chosen.data is not None else shared_data_folder()
    if chosen.data is not None and not chosen.data.is_dir():
        raise ValueError(f"There is no folder {chosen.data}.")
    return plan_run(scenario, folder, chosen.start or _first_day(scenario), chosen.days, strict=chosen.strict)


def _first_day(scenario: Scenario) -> date:
    """Return the first day of the scenario's last window."""
    return scenario.bench_starts[-1]


def _say_who(console: Console, plan: Plan) -> None:
    """Say which members are real and which are simulated."""
    real = [
        f"{house.member.id} ({house.load_source})" for house in plan.houses if house.load_source.startswith("measured")
    ]
    console.print(f"{len(plan.houses)} members, {plan.days} days from {plan.first}, seed {plan.scenario.seed}.")
    who = ", ".join(real) or "none, no measurements were found"
    console.print(f"Real households: {who}. The others are simulated.")


def _simulate(console: Console, plan: Plan) -> Run:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Trading days", total=plan.days)
        return simulate(plan, lambda _day: progress.advance(task))


def _report(conn: Connection, finished: Run, folder: Path) -> Report:
    plan, settings = finished.plan, finished.settings
    return write_report(
        conn,
        folder,
        plan.first,
        plan.last,
        ReportSettings(settings.name, settings.currency, settings.market_zone, settings.settlement_period_s),
        _meters(plan, settings),
    )


def _meters(plan: Plan, settings: CommunitySettings) -> Meters:
    """Return what every house used and made over the plan's days."""
    start, end = day_start(plan.first, settings.market_zone), day_end(plan.last, settings.market_zone)
    series = [house.meter(start, end, settings.settlement_period_s) for house in plan.houses]
    return Meters(
        members=tuple(house.member.id for house in plan.houses),
        starts=series[0].starts,
        consumption_wh=np.array([one.consumption_wh for one in series]),
        generation_wh=np.array([one.generation_wh for one in series]),
    )
