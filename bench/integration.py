"""script/bench integration: what the integration asks of a Home Assistant, on real homes.

- live: Home Assistant 2026.11 beside an operator's process, over TLS, in wall time. The journals hold 28 days. The
  first config entry is set up and weighed; then there are 27, one for each member, which is more than any home has;
  the gate closes, and the time until every member's state shows what came of it is taken from that instant.
- day: Home Assistant 2026.10 with its recorder and an operator through a day of real readings, in frozen time.

How long a step holds the event loop up is judged by the processor time of its thread: by the clock, a step of a tenth
of a millisecond takes as long as other programs have the processor. Both are told.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench._real_homes import fill_journal, home_readings, real_homes
from bench._report import machine, print_result, table
from bench._serving import OPTIONS, Serving, prepare, serving
from caravels_operator.common.member.journal import Journal
from caravels_operator.common.member.records import Membership
from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.options import options_from
from demo.children import free_ports
from demo.home_assistant_config import write_config

REPOSITORY: Final = Path(__file__).resolve().parents[1]
INTEGRATION: Final = REPOSITORY / "custom_components" / "caravels"
PACKAGE: Final = REPOSITORY / "addons" / "caravels_operator"
INSIDE: Final = REPOSITORY / "bench" / "inside_home_assistant"
SIZE: Final = 27
HISTORY_DAYS: Final = 28
LEDGER_DAYS: Final = 3
GATE_AFTER_S: Final = 90
"""What the homes have at least to connect and to bid."""
MOST: Final = {
    "setup_ms": 300.0,
    "rss_mb_beyond_numpy": 15.0,
    "loop_block_ms": 10.0,
    "recorder_rows_day": 500.0,
    "push_p95_ms": 1_000.0,
}


@dataclass(frozen=True, slots=True)
class Live:
    """One run in wall time: times [ms], memory [MB], energy [Wh].

    Attributes:
        first_setup_ms: of the first entry, with what Home Assistant has to import.
        next_setup_ms: of the others.
        loop_ms: the longest step of the event loop with 27 entries, when all is set up.
    """

    first_setup_ms: float
    next_setup_ms: float
    rss_mb: float
    push_ms: Sequence[float]
    loop_ms: float
    loop_cpu_ms: float
    traded_wh: int


@dataclass(frozen=True, slots=True)
class Day:
    """One run of a day.

    Attributes:
        rows: states of our entities that were recorded.
        loop_ms, loop_cpu_ms: the longest step of the event loop, by the clock and by its thread's processor time.
        loop_what: what the latter was.
        readings: hours that were read from the meters.
        traded_wh: energy of the home's contracts.
    """

    rows: int
    loop_ms: float
    loop_cpu_ms: float
    loop_what: str
    readings: int
    traded_wh: int


def main() -> int:
    """Run; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="script/bench integration")
    parser.add_argument("--runs", type=int, default=3, help="of each part (default %(default)s)")
    runs = parser.parse_args().runs
    subprocess.run([REPOSITORY / "script" / "setup", "ha-test", "ha-run"], check=True)
    print(f"{machine()}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        days = [_day(Path(name) / f"day{n}") for n in range(runs)]
        lives = [_live(Path(name) / f"live{n}") for n in range(runs)]
    print(table(_DAY_HEADER, [_day_row(n, day) for n, day in enumerate(days, 1)]), end="\n\n")
    print(f"The longest steps were: {'; '.join(day.loop_what for day in days)}.\n")
    print(table(_LIVE_HEADER, [_live_row(n, live) for n, live in enumerate(lives, 1)]), end="\n\n")
    result = {
        "setup_ms": _median(live.first_setup_ms for live in lives),
        "next_setup_ms": _median(live.next_setup_ms for live in lives),
        "rss_mb_beyond_numpy": _median(live.rss_mb for live in lives),
        "loop_block_ms": _median(day.loop_cpu_ms for day in days),
        "loop_wall_ms": _median(day.loop_ms for day in days),
        "recorder_rows_day": _median(day.rows for day in days),
        "push_p50_ms": _median(_percentile(live.push_ms, 50) for live in lives),
        "push_p95_ms": _median(_percentile(live.push_ms, 95) for live in lives),
        "members": SIZE,
    }
    print_result(result)
    return int(any(float(result[key]) > most for key, most in MOST.items()))


_DAY_HEADER: Final = ("day", "rows", "step ms", "CPU ms", "hours read", "traded kWh")
_LIVE_HEADER: Final = (
    "live", "set-up ms", "next set-up ms", "memory MB", "push p50 ms", "push p95 ms", "step ms", "CPU ms", "traded kWh",
)  # fmt: skip


def _day_row(number: int, day: Day) -> list[str]:
    return [
        str(number),
        str(day.rows),
        f"{day.loop_ms:.1f}",
        f"{day.loop_cpu_ms:.1f}",
        str(day.readings),
        f"{day.traded_wh / 1_000:.1f}",
    ]


def _live_row(number: int, live: Live) -> list[str]:
    pushes = (_percentile(live.push_ms, 50), _percentile(live.push_ms, 95))
    figures = (live.first_setup_ms, live.next_setup_ms, live.rss_mb, *pushes, live.loop_ms, live.loop_cpu_ms)
    return [str(number), *(f"{figure:.1f}" for figure in figures), f"{live.traded_wh / 1_000:.1f}"]


# --- in wall time -----------------------------------------------------------------------------------------------------


def _live(place: Path) -> Live:
    operator, config = place / "operator", place / "home_assistant"
    operator.mkdir(parents=True)
    today = datetime.now(UTC).date()
    credentials = prepare(operator, SIZE, today - timedelta(days=LEDGER_DAYS), LEDGER_DAYS)
    write_config(config, INTEGRATION, free_ports(1)[0], None)
    with serving(operator, _with_a_gate_soon()) as reached:
        members = _write_journals(config, reached, credentials)
        task = {"config": str(config), "members": members, "bids_within_s": 2 * GATE_AFTER_S}
        found = _inside("ha-run", ["-m", "bench.inside_home_assistant.live"], place, task)
    if len(found["push_ms"]) != SIZE or not found["traded_wh"]:
        raise RuntimeError(f"not every member traded: {found}")
    first, *others = found["setup_ms"]
    loop = found["loop"]
    return Live(
        first,
        statistics.median(others),
        found["rss_mb"],
        found["push_ms"],
        loop["wall_ms"],
        loop["cpu_ms"],
        found["traded_wh"],
    )


def _with_a_gate_soon() -> Mapping[str, object]:
    """Return the operator's options with a gate at the first whole minute that leaves enough time."""
    zone = ZoneInfo(options_from(OPTIONS).settings.time_zone)
    gate = datetime.now(zone) + timedelta(seconds=GATE_AFTER_S + 60)
    return {**OPTIONS, "gate_at": f"{gate:%H:%M}"}


def _write_journals(config: Path, operator: Serving, credentials: Mapping[str, str]) -> list[dict[str, str]]:
    homes, end = real_homes(), int(time.time()) // HOUR_S * HOUR_S
    members = []
    for place, (member, token) in enumerate(credentials.items()):
        name = f"{place:032x}"
        membership = Membership(member, token, (f"127.0.0.1:{operator.port}",), operator.fingerprint)
        journal = Journal(config / ".storage" / f"caravels.{name}.sqlite3")
        journal.run(lambda opened, known=membership: opened.state.set_membership(known))  # type: ignore[misc]
        fill_journal(journal, home_readings(place, homes, end - HISTORY_DAYS * DAY_S, end))
        journal.close()
        members.append({"id": member, "journal": name})
    return members


# --- in frozen time ---------------------------------------------------------------------------------------------------


def _day(place: Path) -> Day:
    place.mkdir()
    until = int(time.time()) // HOUR_S * HOUR_S
    hours = [
        {"start": one.start, "import_wh": one.import_wh, "export_wh": one.export_wh, "generation_wh": one.generation_wh}
        for one in home_readings(0, real_homes(), until - HISTORY_DAYS * DAY_S, until + 3 * DAY_S)
    ]
    run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--show-capture=no", str(INSIDE / "day.py")]
    found = _inside("ha-test", run, place, {"until": until, "hours": hours})
    if not found["readings"] or not found["settled"] or not found["traded_wh"]:
        raise RuntimeError(f"the day is not one with readings, trades and a settlement: {found}")
    loop = found["loop"]
    return Day(
        sum(found["rows"].values()),
        loop["wall_ms"],
        loop["cpu_ms"],
        loop["what"].removeprefix(f"{REPOSITORY}/"),
        found["readings"],
        found["traded_wh"],
    )


def _inside(environment: str, arguments: Sequence[str], place: Path, task: Mapping[str, Any]) -> dict[str, Any]:
    """Run Python in an environment of Home Assistant; return what it wrote.

    Raises:
        RuntimeError: it failed; with what it printed last.
    """
    task_file, result, log = place / "task.json", place / "result.json", place / "output.log"
    task_file.write_text(json.dumps(task), encoding="utf-8")
    paths = {"PYTHONPATH": f"{REPOSITORY}:{PACKAGE}", "BENCH_TASK": str(task_file), "BENCH_RESULT": str(result)}
    command = [str(REPOSITORY / ".venvs" / environment / "bin" / "python"), *arguments]
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=REPOSITORY, env={**os.environ, **paths}, stdout=output, stderr=output, check=False
        )
    if done.returncode or not result.exists():
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{log.read_text('utf-8', 'replace')[-3_000:]}")
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    return found


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 1)


if __name__ == "__main__":
    sys.exit(main())
