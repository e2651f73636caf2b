"""script/bench year: a year of the scenario's 27 members in virtual time, each run in a process of its own.

The clock runs from the scenario's file to the last month's close: houses, agents, market, settlement, ledger in memory.
"""

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from bench._report import machine, print_result, table
from caravels_operator.app.simulation import plan_run, simulate
from caravels_operator.ledger.schema import metadata, outbox_heads, readings
from caravels_operator.virtual.measured import shared_data_folder
from caravels_operator.virtual.scenario import load_scenario

FIRST: Final = date(2026, 1, 1)
DAYS: Final = 365
MOST_S: Final = 60.0
LARGEST_TABLES: Final = 8


@dataclass(frozen=True, slots=True)
class YearRun:
    """What one run came to.

    Attributes:
        seconds: wall time; `cpu_s` is the process's own.
        rows: rows in the ledger by table at the end.
        commands: books and batches of readings that members sent; `pushes` is what they were sent.
        peak_mb: largest memory of the process.
    """

    seconds: float
    cpu_s: float
    trace_hash: str
    rows: dict[str, int]
    commands: int
    pushes: int
    peak_mb: float


def main() -> int:
    """Run; exit code 1 where the bar is missed or two runs differ."""
    parser = argparse.ArgumentParser(prog="script/bench year")
    parser.add_argument("--runs", type=int, default=3, help="default %(default)s")
    runs_wanted = parser.parse_args().runs
    print(f"27 members, {DAYS} days from {FIRST}, {machine()}\n")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        runs = [pool.submit(run_year).result() for _ in range(runs_wanted)]
    rows = [
        (f"run {n}", f"{r.seconds:.1f}", f"{r.cpu_s:.1f}", f"{r.peak_mb:.0f}", r.trace_hash[:16])
        for n, r in enumerate(runs, 1)
    ]
    print(table(("", "s", "CPU s", "peak MB", "trace hash"), rows), end="\n\n")
    counts = runs[0].rows
    largest = sorted(counts, key=counts.__getitem__, reverse=True)[:LARGEST_TABLES]
    print(
        table(
            ("ledger", "rows"),
            [*((name, f"{counts[name]:,}") for name in largest), ("all", f"{sum(counts.values()):,}")],
        )
    )
    seconds = statistics.median(run.seconds for run in runs)
    equal = len({run.trace_hash for run in runs}) == 1
    result = {
        "year_27_s": round(seconds, 1),
        "cpu_s": round(statistics.median(run.cpu_s for run in runs), 1),
        "runs": len(runs),
        "trace_equal": equal and len(runs) > 1,
        "trace_hash": runs[0].trace_hash,
        "ledger_rows": sum(counts.values()),
        "commands": runs[0].commands,
        "commands_per_s": round(runs[0].commands / seconds),
        "pushes": runs[0].pushes,
        "peak_mb": round(max(run.peak_mb for run in runs)),
    }
    print_result(result)
    return 0 if seconds <= MOST_S and equal else 1


def run_year() -> YearRun:
    """Run a year in this process."""
    begun, cpu = time.perf_counter(), time.process_time()
    run = simulate(plan_run(load_scenario("paper"), shared_data_folder(), FIRST, DAYS))
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    rows, commands, pushes = asyncio.run(run.ledger.read(_counts))
    return YearRun(
        seconds,
        cpu_s,
        run.trace_hash,
        rows,
        commands,
        pushes,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
    )


def _counts(conn: Connection) -> tuple[dict[str, int], int, int]:
    """Return rows by table, and how many commands and pushes there were: those long done with are forgotten."""
    counts = {each.name: _count(conn, select(each)) for each in metadata.sorted_tables}
    batches = _count(conn, select(readings.c.member, readings.c.received_at).distinct())
    pushes = conn.execute(select(func.sum(outbox_heads.c.last_seq))).scalar_one()
    return counts, counts["books"] + batches, int(pushes)


def _count(conn: Connection, rows: Select[Any]) -> int:
    return conn.execute(select(func.count()).select_from(rows.subquery())).scalar_one()


if __name__ == "__main__":
    sys.exit(main())
