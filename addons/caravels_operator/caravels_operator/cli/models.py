"""`models`: what homes are offered to forecast with. To change it the operator must be stopped; it may be looked at."""

import argparse
import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ..common.forecasting.model import ModelRefused
from ..common.member.bundled import bundled_files
from ..common.periods import iso
from ..community import models
from ..ledger import models as stored
from ..ledger.engine import parse, reading
from ..ledger.errors import LedgerInUse, LedgerMissing
from ..ledger.migrations import exists
from ..models.registry import CheckedModel, checked
from .common import add_place, address_of, open_ledger

WHO = "command line"


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("models", help="publish and roll back the models that homes forecast with")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, help_text, run in (
        ("list", "print every version that was published, and which is in force", run_list),
        ("publish", "check a file, sign it, and offer it to every home", run_publish),
        ("roll-back", "put an earlier version in force, or the one that came with the operator", run_roll_back),
        ("reports", "print what homes say of the models", run_reports),
    ):
        act = acts.add_parser(name, help=help_text)
        add_place(act)
        act.set_defaults(run=run)
        if name == "publish":
            act.add_argument("file", type=Path, metavar="FILE.onnx")
        if name == "roll-back":
            act.add_argument("name", help="of the model, as `models list` prints it")
            act.add_argument("version")


def run_list(chosen: argparse.Namespace) -> int:
    """Print what was published, and what came with the operator."""
    known, offers = _look(chosen, lambda conn: (stored.all(conn), {o.name: o.version for o in stored.offers(conn)}))
    for model in known:
        force = "in force" if offers[model.name] == model.version else ""
        print(
            f"{model.name} {model.version}  {model.sha256[:12]}  {model.size} bytes  "
            f"{iso(model.published_at)} by {model.published_by}  {force}".rstrip()
        )
    for own in _bundled():
        if not any((one.name, one.version) == (own.name, own.version) for one in known):
            force = "" if own.name in offers else "in force"
            print(
                f"{own.name} {own.version}  {own.sha256[:12]}  {len(own.data)} bytes  "
                f"came with the operator  {force}".rstrip()
            )
    return 0


def run_publish(chosen: argparse.Namespace) -> int:
    """Publish a file."""
    try:
        model = checked(chosen.file.read_bytes())
    except ModelRefused as refused:
        raise ValueError(f"{chosen.file} was not published. {refused}") from refused
    _write(chosen, lambda conn, now: models.publish(conn, model, WHO, now))
    print(f"{model.name} {model.version} is in force: each home is offered it when it next connects.")
    return 0


def run_roll_back(chosen: argparse.Namespace) -> int:
    """Put another version in force."""
    bundled = _bundled()
    _write(chosen, lambda conn, now: models.roll_back(conn, chosen.name, chosen.version, WHO, now, bundled))
    print(f"{chosen.name} {chosen.version} is in force again.")
    return 0


def run_reports(chosen: argparse.Namespace) -> int:
    """Print what homes say."""
    reports = _look(chosen, stored.reports)
    for report in reports:
        state = (
            "in use" if report.in_use else f"not in use: {_plain(report.refused)}" if report.refused else "not in use"
        )
        print(
            f"{report.name} {report.version}  {report.member}  {state}; better than last week by "
            f"{_percent(report.skill_last_week)}, than the mean of 7 days by {_percent(report.skill_mean_7_days)} "
            f"over {report.days} days"
        )
    if not reports:
        print("No home has said anything of a model yet.")
    return 0


def _plain(said: str) -> str:
    """Return what a home said without what would steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def _percent(permille: int | None) -> str:
    return "?" if permille is None else f"{permille / 10:.1f} %"


def _bundled() -> list[CheckedModel]:
    return [checked(data) for data in bundled_files().values()]


def _look[T](chosen: argparse.Namespace, work: Callable[[Connection], T]) -> T:
    url = parse(address_of(chosen))
    if not exists(url):
        raise LedgerMissing(f"There is no ledger in {chosen.data}.")
    with reading(url).connect() as conn:
        return work(conn)


def _write(chosen: argparse.Namespace, work: Callable[[Connection, int], object]) -> None:
    async def main() -> None:
        ledger = open_ledger(chosen, create=True)
        try:
            await ledger.run(lambda conn: work(conn, int(time.time())))
        finally:
            await ledger.close()

    try:
        asyncio.run(main())
    except LedgerInUse as error:
        raise LedgerInUse(f"{error} It takes a moment; homes keep their last model meanwhile.") from error
