"""The demo from its first program to its last: what is started in which order, and what people are told."""

import asyncio
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp

from caravels_operator.community.pairing import CODE_LIFETIME_S
from caravels_operator.virtual.scenario import load_scenario
from caravels_operator.virtual.scenario_types import Scenario

from . import community, home_assistant
from .children import Child, Children, free_ports
from .home_assistant_api import Login
from .home_assistant_config import write_config
from .office import OFFICE
from .past import office_devices, office_past
from .settings import SCENARIO, Ports, operator_options
from .times import DemoTimes, demo_times

REPOSITORY: Final = Path(__file__).resolve().parents[1]
INTEGRATION: Final = REPOSITORY / "custom_components" / "caravels"
PACKAGE: Final = REPOSITORY / "addons" / "caravels_operator"
HOME_ASSISTANT_PYTHON: Final = REPOSITORY / ".venvs" / "ha-run" / "bin" / "python"
GATE_IN_S: Final = 120
START_WITHIN_S: Final = 120
"""How long each program may take to start on a slow machine."""
PASSWORD_BYTES: Final = 9


@dataclass(frozen=True)
class Demo:
    """One run of the demo.

    Attributes:
        folder: of this run: logs, ledger, Home Assistant's configuration.
        now: when it began [Unix s].
    """

    folder: Path
    now: int

    @cached_property
    def scenario(self) -> Scenario:
        """The community."""
        return load_scenario(SCENARIO)

    @cached_property
    def times(self) -> DemoTimes:
        """The calendar."""
        return demo_times(self.now, self.scenario.time_zone)

    @cached_property
    def ports(self) -> Ports:
        """Where everything will listen."""
        return Ports(*free_ports(4))

    @cached_property
    def office_login(self) -> Login:
        """The first user of Home Assistant."""
        return Login("office", secrets.token_urlsafe(PASSWORD_BYTES))

    async def run(self) -> None:
        """Start everything, say where it is, and go on until cancelled.

        Raises:
            ChildEnded: a program ended that should have gone on.
            TimeoutError: one did not start.
        """
        options = operator_options(self.scenario, self.times.day, self.ports)
        place = community.prepare(self.folder, options)
        search_path = {"PYTHONPATH": f"{PACKAGE}:{REPOSITORY}"}
        async with Children(self.folder, search_path) as children:
            print("The last three days are replayed, and Home Assistant starts ...", flush=True)
            members = await self._start_members(children, place)
            replayed = await self._start_replay(children, place)
            async with asyncio.TaskGroup() as group:
                group.create_task(replayed.done(START_WITHIN_S))
                group.create_task(self._start_home_assistant(children))
            doors = await community.open_doors(place, self.times.traded, GATE_IN_S)
            await self._serve(children, place)
            await members.says("members are connected", START_WITHIN_S)
            self._say(place, doors)
            raise await children.one_ended()

    async def _start_members(self, children: Children, place: community.Place) -> Child:
        command = [sys.executable, "-m", "caravels_operator", "virtual-members", "--scenario", SCENARIO]
        command += ["--operator", self.ports.member_address, "--fingerprint", place.fingerprint]
        command += ["--home", OFFICE, "--meters-port", str(self.ports.meters)]
        members = await children.start("Virtual members", command)
        await members.says("The meters of", START_WITHIN_S)
        return members

    async def _start_replay(self, children: Children, place: community.Place) -> Child:
        command = [sys.executable, "-m", "demo.replay", str(place.options_file), str(place.data), str(self.now)]
        return await children.start("Replay", command, lasting=False)

    async def _start_home_assistant(self, children: Children) -> None:
        config = self.folder / "home_assistant"
        devices = {OFFICE: office_devices(self.scenario, self.now)}
        write_config(config, INTEGRATION, self.ports.home_assistant, self.ports.meters_url, devices)
        past = await asyncio.to_thread(office_past, self.scenario, self.now)
        past.write(config)
        child = await children.start("Home Assistant", home_assistant.command(HOME_ASSISTANT_PYTHON, config))
        async with aiohttp.ClientSession() as session:
            url = self.ports.home_assistant_url
            await home_assistant.furnish(session, url, self.office_login, child, self.scenario)

    async def _serve(self, children: Children, place: community.Place) -> None:
        command = [sys.executable, "-m", "caravels_operator", "serve"]
        serving = await children.start("Operator", [*command, "--options", place.options_file, "--data", place.data])
        await serving.says("The panel is at", START_WITHIN_S)

    def _say(self, place: community.Place, doors: community.Doors) -> None:
        zone = self.scenario.time_zone
        until = doors.gate_at - GATE_IN_S + CODE_LIFETIME_S
        print(
            f"""
Home Assistant, the office ({OFFICE}): {self.ports.home_assistant_url}/
    name {self.office_login.name}, password {self.office_login.password}
The operator's panel: https://127.0.0.1:{self.ports.panel}/ (its certificate is its own: accept it)
    name {place.panel_login.name}, password {place.panel_login.password}

The office pairs: in Home Assistant open Settings, Devices & services, Add integration, CARAVELS, and paste this link.
    {doors.link}
    It is good for one home until {_clock(until, zone)}; the panel's page Members makes another one.
The gate of {self.times.traded} closes at {_clock(doors.gate_at, zone)} ({zone}). A button on the
panel's page Market clears it now. Too late for it? End the demo and start it again: that takes ten seconds.

Logs are in {self.folder}. Ctrl-C ends everything.""",
            flush=True,
        )


def _clock(instant: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone)):%H:%M:%S}"
