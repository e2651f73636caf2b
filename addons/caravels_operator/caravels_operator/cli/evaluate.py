"""`evaluate`: how good the forecasts are that members run, on measurements of homes: rolling origin, day by day."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.model import ModelRefused
from ..common.member.bundled import bundled_files
from ..models.data_folder import FILES, DataFolder, read_data_folder
from ..models.data_table import DataWrong
from ..models.evaluation import Evaluation, chosen_homes, evaluate
from ..models.evaluation_report import result_line, rows_of, write_evaluation
from ..models.evaluation_tables import home_table, method_table
from ..models.rolling_origin import LATEST_ISSUE_HOUR, Wanted

WRONG_DATA: int = 2
"""Exit code where the measurements, or what is asked of them, cannot be used."""
_PAPER_WIDTH = 180
"""Columns of tables that do not go to a terminal."""
_DEFAULT = Wanted()
_HORIZONS = {horizon.value.replace("_", "-"): horizon for horizon in Horizon}


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("evaluate", help="tell how good members' forecasts are on measurements of homes")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder with load_kwh.csv and/or pv_kwh.csv, meta.json"
    )
    parser.add_argument(
        "--issue-hour",
        type=_issue_hour,
        default=_DEFAULT.issue_hour,
        metavar="H",
        help="local hour of the day before at which a day is forecast; 24 is midnight (default %(default)s)",
    )
    parser.add_argument("--horizon", choices=list(_HORIZONS), default="day-ahead", help="default: %(default)s")
    targets = [target.value for target in FILES]
    parser.add_argument("--target", choices=targets, default=targets[0], help="default: %(default)s")
    parser.add_argument(
        "--test-days", type=whole_days, default=_DEFAULT.test_days, metavar="N", help="last days (default %(default)s)"
    )
    parser.add_argument("--homes", type=_names, default=(), metavar="A,B", help="these alone (default: all)")
    parser.add_argument("--out", type=Path, default=Path("report"), metavar="DIR", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Evaluate, print tables, write files, and print one line of JSON. Exit code 2, and why, if it cannot be done."""
    wanted = Wanted(Target(chosen.target), _HORIZONS[chosen.horizon], chosen.issue_hour, chosen.test_days, chosen.homes)
    console = wide_console()
    try:
        folder = read_data_folder(chosen.data)
        evaluation = _evaluate(console, folder, wanted)
    except (DataWrong, ModelRefused) as error:
        print(f"caravels: {error}", file=sys.stderr)
        return WRONG_DATA
    rows = rows_of(evaluation)
    _say(console, evaluation)
    console.print(method_table(rows, wanted.target))
    console.print(home_table(rows, evaluation))
    files = write_evaluation(evaluation, rows, chosen.out)
    console.print(f"All figures are in {files[0]} and {files[1]}.", soft_wrap=True)
    print(json.dumps(result_line(rows), allow_nan=False))
    return 0


def wide_console() -> Console:
    """Return a console on which tables are not cut where they go to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=_PAPER_WIDTH)


def _evaluate(console: Console, folder: DataFolder, wanted: Wanted) -> Evaluation:
    files = tuple(bundled_files().items())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Forecasting homes", total=len(chosen_homes(folder, wanted)))
        return evaluate(folder, wanted, files, lambda _home: progress.advance(task))


def _say(console: Console, evaluation: Evaluation) -> None:
    wanted = evaluation.wanted
    when = f"issued at hour {wanted.issue_hour}" if wanted.horizon is Horizon.DAY_AHEAD else "each hour at its start"
    console.print(
        f"{wanted.target.value}, {wanted.horizon.value}, {when}: {evaluation.first} to {evaluation.last}, "
        f"{len(evaluation.homes)} homes."
    )
    for home, why in evaluation.left_out.items():
        console.print(f"{home} is left out: {why}.", markup=False)
    for note in evaluation.notes:
        console.print(note, markup=False, soft_wrap=True)


def _issue_hour(text: str) -> int:
    hour = int(text)
    if not 0 <= hour <= LATEST_ISSUE_HOUR:
        raise argparse.ArgumentTypeError("an hour from 0 to 24")
    return hour


def whole_days(text: str) -> int:
    """Return a number of days that was typed.

    Raises:
        ValueError, argparse.ArgumentTypeError: it is none.
    """
    days = int(text)
    if days < 1:
        raise argparse.ArgumentTypeError("at least 1 day")
    return days


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
