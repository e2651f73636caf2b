"""script/bench operator: the live operator as a process, with a SQLite file: its start, its memory, its throughput.

Clients in another process put books of 24 bids over TLS, one in flight each; a book counts when it is acknowledged,
that is after its commit is on disk. Every member stays below the operator's limit of requests. After each load the
operator is killed, and what it acknowledged is looked for in the file.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bench._clients import Task
from bench._report import machine, print_result, table
from bench._serving import OPTIONS, prepare, revisions, send, serving
from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.app.operator import next_delivery_day
from caravels_operator.common.periods import day_periods
from caravels_operator.options import options_from

HISTORY_DAYS: Final = 365
SIZES: Final = (27, 200)
BOOKS: Final = 50
"""A member may ask 60 times at once (api/limits): a first book opens its connection, these are timed."""
MOST: Final = {"start_s": 2.0, "rss_mb": 120.0}


@dataclass(frozen=True, slots=True)
class Load:
    """One load of one size; memory [MB], latencies [ms]."""

    start_s: float
    start_cpu_s: float
    idle_mb: float
    loaded_mb: float
    peak_mb: float
    bids_per_s: float
    p50_ms: float
    p99_ms: float


def main() -> int:
    """Run; exit code 1 where a bar is missed or an acknowledged book is lost."""
    parser = argparse.ArgumentParser(prog="script/bench operator")
    parser.add_argument("--runs", type=int, default=3, help="of each size (default %(default)s)")
    runs = parser.parse_args().runs
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as name:
        first_start_s = statistics.median(_first_start(Path(name) / f"new{n}") for n in range(runs))
        folder = Path(name) / "year"
        folder.mkdir()
        today = date.today()  # noqa: DTZ011  # the history ends where this machine's days do
        credentials = prepare(folder, max(SIZES), today - timedelta(days=HISTORY_DAYS), HISTORY_DAYS)
        size_mb = (folder / LEDGER_FILE).stat().st_size / 2**20
        loads = {
            size: [_load(folder, credentials, size, 1 + 2 * BOOKS * (turn * runs + n)) for n in range(runs)]
            for turn, size in enumerate(SIZES)
        }
    every = [load for one in loads.values() for load in one]
    print(f"A ledger of {HISTORY_DAYS} days and {size_mb:.0f} MB, {BOOKS} books a client.\n")
    print(table(_HEADER, [_row(size, load) for size, some in loads.items() for load in some]), end="\n\n")
    small, large = loads[SIZES[0]], loads[SIZES[1]]
    result = {
        "start_s": _median(load.start_s for load in every),
        "start_cpu_s": _median(load.start_cpu_s for load in every),
        "first_start_s": round(first_start_s, 2),
        "rss_mb": round(max(load.peak_mb for load in every), 1),
        "rss_idle_mb": _median(load.idle_mb for load in every),
        "bids_per_s": _median(load.bids_per_s for load in small),
        "p50_ms": _median(load.p50_ms for load in small),
        "p99_ms": _median(load.p99_ms for load in small),
        "bids_per_s_200": _median(load.bids_per_s for load in large),
        "p50_ms_200": _median(load.p50_ms for load in large),
        "p99_ms_200": _median(load.p99_ms for load in large),
        "ledger_mb": round(size_mb),
        "acknowledged_and_lost": 0,
    }
    print_result(result)
    return int(any(float(result[key]) > most for key, most in MOST.items()))


_HEADER: Final = ("clients", "start s", "start CPU s", "idle MB", "loaded MB", "peak MB", "bids/s", "p50 ms", "p99 ms")


def _row(size: int, load: Load) -> list[str]:
    memory = (load.idle_mb, load.loaded_mb, load.peak_mb)
    return [
        str(size),
        f"{load.start_s:.2f}",
        f"{load.start_cpu_s:.2f}",
        *(f"{mb:.1f}" for mb in memory),
        f"{load.bids_per_s:.0f}",
        f"{load.p50_ms:.1f}",
        f"{load.p99_ms:.1f}",
    ]


def _first_start(folder: Path) -> float:
    folder.mkdir()
    with serving(folder) as operator:
        return operator.start_s


def _load(folder: Path, credentials: dict[str, str], size: int, first_revision: int) -> Load:
    settings = options_from(OPTIONS).settings
    day = next_delivery_day(settings, int(time.time()))
    tokens = dict(list(credentials.items())[:size])
    with serving(folder) as operator:
        idle_mb, _ = operator.rss_mb()
        outcome = send(
            Task(
                address=f"127.0.0.1:{operator.port}",
                fingerprint=operator.fingerprint,
                tokens=tokens,
                day=day,
                starts=list(day_periods(day, settings.market_zone, settings.market_period_s)),
                first_revision=first_revision,
                books=BOOKS,
            )
        )
        loaded_mb, peak_mb = operator.rss_mb()
    stored = revisions(folder, day, list(tokens))
    if set(stored) != {first_revision + BOOKS}:
        raise RuntimeError(f"an acknowledged book is lost: {stored}")
    latencies = [1_000 * latency for latency in outcome.latencies_s]
    percentiles = statistics.quantiles(latencies, n=100)
    rate = len(latencies) / outcome.seconds
    return Load(
        operator.start_s, operator.start_cpu_s, idle_mb, loaded_mb, peak_mb, rate, percentiles[49], percentiles[98]
    )


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


if __name__ == "__main__":
    sys.exit(main())
