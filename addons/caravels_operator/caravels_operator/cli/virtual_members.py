"""`virtual-members`: the scenario's members in wall time, with the real client, beside a real home's meters."""

import argparse
import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from ..app.wall_clock import WallClock
from ..common.member.ports import WrongFingerprint
from ..common.protocol import ProtocolError
from ..mechanisms import FORECASTERS
from ..virtual.counter_page import build_counter_app
from ..virtual.counters import HouseCounters
from ..virtual.houses import House, build_houses
from ..virtual.live import all_connected, neighbours
from ..virtual.measured import shared_data_folder
from ..virtual.scenario import load_scenario
from ..virtual.scenario_types import Scenario

LOOPBACK = "127.0.0.1"


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "virtual-members", help="let a scenario's members live beside a running operator that knows them, until stopped"
    )
    parser.add_argument("--scenario", default="paper", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with measurements of real homes")
    parser.add_argument("--operator", required=True, metavar="HOST:PORT", help="where members reach the operator")
    parser.add_argument("--fingerprint", required=True, metavar="HEX", help="SHA-256 of the operator's certificate")
    parser.add_argument("--home", required=True, metavar="MEMBER", help="lives elsewhere: only its meters are here")
    parser.add_argument("--meters-port", type=int, required=True, metavar="PORT", help="where its meters are served")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Live until SIGINT or SIGTERM."""
    scenario = load_scenario(chosen.scenario)
    if chosen.home not in {member.id for member in scenario.members}:
        raise LookupError(f"The scenario {scenario.name} has no member {chosen.home}.")
    asyncio.run(_live(chosen, scenario))
    return 0


async def _live(chosen: argparse.Namespace, scenario: Scenario) -> None:
    loop = asyncio.get_running_loop()
    living = asyncio.ensure_future(_all(chosen, scenario))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, living.cancel)
    try:
        await living
    except asyncio.CancelledError:
        return
    except (WrongFingerprint, ProtocolError) as error:
        raise ValueError(f"The operator at {chosen.operator}: {error}") from error


async def _all(chosen: argparse.Namespace, scenario: Scenario) -> None:
    clock = WallClock()
    counters: asyncio.Future[HouseCounters] = asyncio.get_running_loop().create_future()
    runner = web.AppRunner(build_counter_app(counters, clock), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, chosen.meters_port).start()
        print(f"The meters of {chosen.home} are at http://{LOOPBACK}:{chosen.meters_port}/ .", flush=True)
        folder = chosen.data if chosen.data is not None else shared_data_folder()
        home, others = await asyncio.to_thread(_build, scenario, folder, chosen.home)
        counters.set_result(HouseCounters(home, int(time.time())))
        ours = FORECASTERS["caravels"]
        async with neighbours(others, chosen.operator, chosen.fingerprint, scenario, clock, ours) as agents:
            await all_connected(agents)
            print(f"{len(agents)} members are connected.", flush=True)
            await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _build(scenario: Scenario, folder: Path | None, home: str) -> tuple[House, tuple[House, ...]]:
    """Return the house of `home`, and those of all others."""
    houses = {house.member.id: house for house in build_houses(scenario, folder)}
    return houses.pop(home), tuple(houses.values())
