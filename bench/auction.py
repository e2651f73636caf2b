"""script/bench auction: how long the auction takes, against the bars of engines A and against its peers.

Matching and assignment of a day in one thread, a tied book (whole percents about a market price, 60 % buyers, 50 to
3,000 Wh); the median of at least five runs. `--no-peers` leaves the peers out; else they are installed from the package
registry, each in an environment of its own below a temporary folder, and clear the same books in the same run.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from caravels_operator.market.auction import AuctionRules, clear
from caravels_operator.market.orders import Orders
from caravels_operator.market.preferred import Preferences

ROOT: Final = Path(__file__).resolve().parent.parent
BARS_MS: Final = {27: 5.0, 1_000: 15.0, 100_000: 800.0}
PEERS: Final = {
    # rule: (package, what to install, {members: runs}); what is not there takes minutes or more memory than there is
    "assume pay-as-clear": ("assume-framework", ("assume-framework",), {27: 7, 1_000: 5}),
    "pymarket muda": ("pymarket", ("pymarket", "pandas<3"), {27: 5, 1_000: 1}),
    "pymarket huang": ("pymarket", ("pymarket", "pandas<3"), {27: 5, 1_000: 1}),
    "pymarket p2p": ("pymarket", ("pymarket", "pandas<3"), {27: 5}),
}


def tied_book(n_members: int, n_periods: int = 24, seed: int = 1, *, prices: str = "percent") -> Orders:
    """Return a book in which everybody bids in every period."""
    chance = np.random.default_rng(seed)
    size = n_members * n_periods
    period, member = np.repeat(np.arange(n_periods), n_members), np.tile(np.arange(n_members), n_periods)
    market = chance.integers(40_000, 150_000, n_periods)[period]
    price = {
        "percent": market + market * chance.integers(-15, 16, size) // 100,
        "distinct": market + chance.integers(-6_000_000, 6_000_000, size) // 1_000 * 7 + np.arange(size) % 7,
        "zero": np.zeros(size, np.int64),
    }[prices]
    return Orders(period, member, chance.random(size) < 0.6, chance.integers(50, 3_000, size), price)


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of some runs in one process."""

    wall_ms: float
    cpu_ms: float
    """Processor time: what the wall clock shows when nothing else runs on the machine."""
    trades: int
    memory_mb: float


def measure(n_members: int, n_periods: int, prices: str, rules: AuctionRules, runs: int) -> Measured:
    """Clear a book some times, after one that does not count."""
    orders = tied_book(n_members, n_periods, prices=prices)
    members = [f"m{index:06d}" for index in range(n_members)]
    wishes = None
    if rules.assignment == "preferred":
        chance = np.random.default_rng(2)
        wishes = Preferences(
            frozenset((int(one), int(other)) for one, other in chance.integers(0, n_members, (n_members, 2))),
            chance.random(n_members) < 0.5,
            chance.random(n_members) < 0.3,
            chance.integers(0, 3, n_members),
        )
    wall, processor, trades = [], [], 0
    for run in range(runs + 1):
        start, used = time.perf_counter(), time.process_time()
        trades = len(clear(orders, n_periods, members, f"run {run}", rules, wishes).transactions)
        wall.append((time.perf_counter() - start) * 1_000)
        processor.append((time.process_time() - used) * 1_000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    return Measured(statistics.median(wall[1:]), statistics.median(processor[1:]), trades, memory)


def alone(*case: object) -> Measured:
    """Measure a case in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *case).result()  # type: ignore[arg-type]


def ours() -> dict[str, float]:
    """Measure our engine, print its table, return the figures of the bars."""
    uniform, pair = AuctionRules(), AuctionRules(price_rule="pair")
    preferred = AuctionRules(assignment="preferred")
    cases = [
        ("uniform, corner", 27, 24, "percent", uniform, 51),
        ("uniform, corner", 1_000, 24, "percent", uniform, 31),
        ("uniform, corner", 100_000, 24, "percent", uniform, 7),
        ("uniform, corner", 1_000, 96, "percent", uniform, 11),
        ("uniform, distinct prices", 100_000, 24, "distinct", uniform, 5),
        ("uniform, all at price 0", 100_000, 24, "zero", uniform, 5),
        ("pair, whole levels", 27, 24, "percent", pair, 11),
        ("pair, whole levels", 1_000, 24, "percent", pair, 5),
        ("uniform, preferred", 27, 24, "percent", preferred, 11),
    ]
    figures: dict[str, float] = {}
    print(f"{'rule':<28}{'members':>9}{'periods':>9}{'ms':>10}{'CPU ms':>10}{'trades':>11}{'MB':>7}{'bar ms':>8}")
    for name, n_members, n_periods, prices, rules, runs in cases:
        result = alone(n_members, n_periods, prices, rules, runs)
        bar = BARS_MS[n_members] if (name, n_periods) == ("uniform, corner", 24) else None
        print(
            f"{name:<28}{n_members:>9}{n_periods:>9}{result.wall_ms:>10.2f}{result.cpu_ms:>10.2f}"
            f"{result.trades:>11}{result.memory_mb:>7.0f}{bar or '':>8}"
        )
        if bar:
            figures[f"auction_{n_members}_ms"] = round(result.wall_ms, 3)
            figures[f"auction_{n_members}_cpu_ms"] = round(result.cpu_ms, 3)
            if n_members == 100_000:
                figures["rss_100000_mb"] = round(result.memory_mb, 1)
    return figures


def peers(figures: dict[str, float]) -> dict[str, object]:
    """Install and measure the peers, print their table; a peer that cannot run is a sentence that says why."""
    found: dict[str, object] = {}
    print(f"\n{'peer':<28}{'members':>9}{'CPU ms':>11}{'times ours':>12}{'welfare':>9}")
    with tempfile.TemporaryDirectory(prefix="caravels-bench-") as folder:
        for rule, (package, wanted, sizes) in PEERS.items():
            try:
                python = environment(Path(folder) / ".venvs" / package, wanted)
                for n_members, runs in sizes.items():
                    result = run_peer(python, rule, n_members, runs, Path(folder))
                    found[f"{rule} {n_members}"] = result
                    times = result["cpu_ms"] / figures[f"auction_{n_members}_cpu_ms"]
                    print(
                        f"{rule:<28}{n_members:>9}{result['cpu_ms']:>11.2f}{times:>12.1f}{result['welfare_share']:>9.3f}"
                    )
            except (subprocess.SubprocessError, OSError) as failure:
                output = getattr(failure, "stderr", None) or str(failure)
                found[rule] = f"not run: {output.strip().splitlines()[-1]}"
                print(f"{rule:<28} {found[rule]}")
    return found


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """Return the interpreter of an environment with the packages, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        uv = ROOT / ".tools" / "uv" / "bin" / "uv"
        quiet = {**os.environ, "UV_HTTP_RETRIES": "0", "VIRTUAL_ENV": str(folder)}
        for command in (["venv", "-q", "--python", ">=3.11,<3.14", str(folder)], ["pip", "install", "-q", *packages]):
            subprocess.run([uv, *command], check=True, capture_output=True, text=True, timeout=300, env=quiet)
    return python


def run_peer(python: Path, rule: str, n_members: int, runs: int, folder: Path) -> dict[str, float]:
    """Return the peer's median processor time [ms] and its share of the welfare that ours reaches, on the same book."""
    orders = tied_book(n_members)
    path = folder / f"book_{n_members}.npz"
    np.savez(path, period=orders.period, buy=orders.buy, wh=orders.wh, price=orders.price_micro_kwh)
    # -P: beside the worker stands operator.py, which must not hide the standard library's.
    worker = Path(__file__).with_name("_auction_peer.py")
    command = [str(python), "-P", str(worker), rule, str(path), str(runs)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, env=clean)
    answer = json.loads(result.stdout.splitlines()[-1])
    members = [f"m{index:06d}" for index in range(n_members)]
    filled = clear(orders, 24, members, "run", AuctionRules()).filled_wh
    welfare = int((np.where(orders.buy, 1, -1) * filled * orders.price_micro_kwh).sum())
    return {"cpu_ms": answer["cpu_ms"], "welfare_share": round(answer["welfare"] / welfare, 4)}


def main() -> None:
    """Print the tables, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peers", action="store_true", help="measure our engine alone")
    arguments = parser.parse_args()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    print(f"numpy {np.__version__}, Python {sys.version.split()[0]}, one thread\n")
    figures = ours()
    compared: object = "left out" if arguments.no_peers else peers(figures)
    print(json.dumps({**figures, "peers": compared}))


if __name__ == "__main__":
    main()
