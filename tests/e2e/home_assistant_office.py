"""The office beside a real operator: a replayed community, Home Assistant as m01, and a wire between that can fail."""

import asyncio
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import Connection

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.app.wall_clock import WallClock
from caravels_operator.ledger import engine
from caravels_operator.virtual.counter_page import build_counter_app
from caravels_operator.virtual.counters import HouseCounters
from caravels_operator.virtual.houses import build_houses
from caravels_operator.virtual.scenario import load_scenario
from demo import community
from demo.children import Child, Children, free_ports
from demo.office import OFFICE
from demo.settings import SCENARIO, Ports, operator_options
from demo.times import demo_times
from tests.e2e.evening import scenario_of_now
from tests.e2e.home_assistant import LOOK_S, PATIENCE_S, HomeAssistant
from tests.e2e.processes import PACKAGE, REPOSITORY

GATE_S = 150
"""How long until the gate closes by itself: longer than a test needs; a home sends its book within half of this."""


@dataclass
class Wire:
    """What lies between home and operator: TCP, byte by byte, unless it is cut in one direction or both."""

    operator_port: int
    port: int = 0
    upward: bool = True
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def lose_what_the_home_says(self) -> None:
        """From now on nothing of what the home says arrives, on these connections and on new ones."""
        self.upward = False

    def mend(self) -> None:
        """Work again, for new connections; what was lost stays lost."""
        self.upward = True
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.operator_port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pump(reader, back, upward=True), self._pump(there, writer, upward=False))
        finally:
            self._writers -= {writer, back}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upward: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self.upward or not upward:
                    writer.write(data)
                    await writer.drain()
        if self.upward or not upward:  # a lost direction loses its end too
            writer.close()


@dataclass
class Office:
    """A home and its operator.

    Attributes:
        zone: of the market's days.
    """

    place: community.Place
    zone: str
    traded: date
    ports: Ports
    link: str
    children: Children
    wire: Wire
    home: HomeAssistant
    operator: Child | None = None
    starts: int = 0

    async def start_operator(self) -> None:
        self.starts += 1
        command = [sys.executable, "-m", "caravels_operator", "serve"]
        command += ["--options", str(self.place.options_file), "--data", str(self.place.data)]
        self.operator = await self.children.start(f"Operator {self.starts}", command)
        await self.operator.says("The panel is at", PATIENCE_S)

    async def stop_operator(self) -> None:
        assert self.operator is not None
        self.operator.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            assert await self.operator.process.wait() == 0, self.operator.said()

    async def close_gate(self) -> None:
        """Clear the traded day now, as the button of the panel does."""
        url = f"https://127.0.0.1:{self.ports.panel}"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        headers = {"Origin": url, "X-Caravels-Panel": "1"}
        jar = aiohttp.CookieJar(unsafe=True)  # the panel is at a number, not at a name
        async with aiohttp.ClientSession(headers=headers, cookie_jar=jar) as session:
            login = self.place.panel_login
            asked: list[tuple[str, dict[str, Any]]] = [
                ("login", {"name": login.name, "password": login.password}),
                (f"market/{self.traded}/close", {"day": self.traded.isoformat()}),
            ]
            for path, body in asked:
                async with session.post(f"{url}/api/{path}", json=body, ssl=context) as answer:
                    assert answer.status == 200, await answer.text()

    def look[T](self, work: Callable[[Connection], T]) -> T:
        """Read the operator's ledger from outside."""
        with engine.reading(engine.parse(f"sqlite:///{self.place.data / LEDGER_FILE}")).connect() as conn:
            return work(conn)

    async def until(self, work: Callable[[Connection], object], within_s: float = PATIENCE_S) -> None:
        """Wait until the ledger says so."""
        async with asyncio.timeout(within_s):
            while not self.look(work):  # noqa: ASYNC110  # another process's
                await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def office(folder: Path, gate_s: int = GATE_S) -> AsyncIterator[Office]:
    """Replay the days before now, and run operator and Home Assistant until the end of the block."""
    now = int(time.time())
    scenario = scenario_of_now()
    times = demo_times(now, scenario.time_zone)
    ports = Ports(*free_ports(4))
    wire = Wire(ports.members)
    await wire.start()
    options = operator_options(scenario, times.day, ports) | {"member_addresses": [f"127.0.0.1:{wire.port}"]}
    place = community.prepare(folder, options)
    async with meters() as meters_url, Children(folder, {"PYTHONPATH": f"{PACKAGE}:{REPOSITORY}"}) as children:
        command = [sys.executable, "-m", "demo.replay", str(place.options_file), str(place.data), str(now)]
        await (await children.start("Replay", command, lasting=False)).done(PATIENCE_S)
        async with aiohttp.ClientSession() as session:
            home = HomeAssistant(folder, children, session, meters_url)
            await home.start()
            doors = await community.open_doors(place, times.traded, gate_s)
            living = Office(place, scenario.market_zone, times.traded, ports, doors.link, children, wire, home)
            await living.start_operator()
            yield living
    await wire.close()


@asynccontextmanager
async def meters() -> AsyncIterator[str]:
    """Serve the office's counters until the end of the block."""
    (house,) = [one for one in build_houses(load_scenario(SCENARIO), None) if one.member.id == OFFICE]
    counters: asyncio.Future[HouseCounters] = asyncio.get_running_loop().create_future()
    counters.set_result(HouseCounters(house, int(time.time())))
    runner = web.AppRunner(build_counter_app(counters, WallClock()), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
