"""`train`: the pooled consumption models from measurements of homes, as files that members run."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..common.forecasting.consumption.card import Card, check_model
from ..common.forecasting.forecast import Horizon, Target
from ..common.member.bundled import FILE_NAMES
from ..common.member.engines import best_engine
from ..models.data_folder import FILES, DataFolder, read_data_folder
from ..models.data_table import DataWrong
from ..models.evaluation import window
from ..models.rolling_origin import Wanted
from .evaluate import WRONG_DATA, whole_days, wide_console


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("train", help="train consumption models on measurements of homes")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with load_kwh.csv, meta.json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the model files go")
    parser.add_argument(
        "--leave-out", type=whole_days, default=0, metavar="N", help="last days that are not learnt (default: none)"
    )
    parser.add_argument(
        "--about", default="", metavar="TEXT", help="for the models' card: what the data are, and their licence"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Train, check and write the files, and say what they are. Exit code 2, and why, if it cannot be done."""
    console = wide_console()
    try:
        folder = read_data_folder(chosen.data)
        files = _train(console, folder, chosen)
    except ModuleNotFoundError as missing:
        print(
            f"caravels: training needs {missing.name}, which is not in the running app: it is in the group `train` of "
            "pyproject.toml. On a clone, script/caravels train has it.",
            file=sys.stderr,
        )
        return WRONG_DATA
    except DataWrong as error:
        print(f"caravels: {error}", file=sys.stderr)
        return WRONG_DATA
    engine = best_engine()
    cards = {horizon: check_model(engine(file), horizon) for horizon, file in files.items()}
    chosen.out.mkdir(parents=True, exist_ok=True)
    for horizon, file in files.items():
        (chosen.out / FILE_NAMES[horizon]).write_bytes(file)
    console.print(_table(cards, files))
    print(f"The models are in {chosen.out}.")
    return 0


def _train(console: Console, folder: DataFolder, chosen: argparse.Namespace) -> dict[Horizon, bytes]:
    """Return the model files.

    Raises:
        DataWrong: there is nothing to learn from.
        ModuleNotFoundError: a library for training is not installed.
    """
    from ..models.training import NothingToTrain, train  # noqa: PLC0415 - its libraries are not in the running image

    homes = folder.series.get(Target.CONSUMPTION)
    if not homes:
        raise DataWrong(f"There is no home in {FILES[Target.CONSUMPTION]} of {chosen.data}.")
    for note in folder.notes:
        console.print(note, markup=False, soft_wrap=True)
    until = window(folder, Wanted(test_days=chosen.leave_out))[0] if chosen.leave_out else None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Learning from homes", total=len(homes))
        try:
            return train(
                homes,
                folder.calendar,
                until=until,
                data=chosen.about or chosen.data.resolve().name,
                progress=lambda _home: progress.advance(task),
            )
        except NothingToTrain as error:
            raise DataWrong(str(error)) from error


def _table(cards: Mapping[Horizon, Card], files: Mapping[Horizon, bytes]) -> Table:
    table = Table("model", "version", "homes", "days", "from", "until", "kB")
    for horizon, card in cards.items():
        about = card.about()
        cells = [about[key] for key in ("name", "version", "homes", "days", "trained_from", "trained_until")]
        table.add_row(*(str(cell) for cell in cells), f"{len(files[horizon]) / 1_000:.0f}")
    return table
