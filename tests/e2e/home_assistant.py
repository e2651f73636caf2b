"""Home Assistant 2026.11 with the integration, as a process: started, joined by its API, killed, started again."""

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from caravels_operator.virtual.scenario import load_scenario
from demo.children import Child, Children, free_ports
from demo.home_assistant import command, furnish, wait_until_running
from demo.home_assistant_api import Commands, HomeAssistantRefused, Login, commands
from demo.home_assistant_config import write_config, write_http
from demo.office import GRID_EXPORT, GRID_IMPORT, OFFICE
from demo.past import office_devices, office_past
from demo.run import HOME_ASSISTANT_PYTHON, INTEGRATION
from demo.settings import SCENARIO

PATIENCE_S = 120
LOOK_S = 0.1
WITHIN_A_MINUTE_S = 60
CURVES = 8
"""Consumption, generation, and flexibility in two parts: each for the days ahead and for the next hour."""
DAYS = 3
LOGIN = Login("office", "a password for a test")

needs_home_assistant = pytest.mark.skipif(
    not HOME_ASSISTANT_PYTHON.exists(), reason="no Home Assistant to run: script/setup ha-run"
)


@dataclass
class HomeAssistant:
    """A Home Assistant whose configuration folder outlives its process.

    Attributes:
        folder: for its configuration and what it prints.
        session: opened and closed by the test.
        meters_url: of the office's counters.
    """

    folder: Path
    children: Children
    session: aiohttp.ClientSession
    meters_url: str
    port: int = field(default_factory=lambda: free_ports(1)[0])
    tokens: Mapping[str, Any] = field(default_factory=dict)
    starts: int = 0
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def log(self) -> str:
        """What the last start has logged so far."""
        assert self.child is not None
        return self.child.said()

    async def start(self) -> None:
        """Start it, and wait until it runs."""
        if not self.config.exists():
            scenario, now = load_scenario(SCENARIO), int(time.time())
            devices = {OFFICE: office_devices(scenario, now)}
            write_config(self.config, INTEGRATION, self.port, self.meters_url, devices)
            office_past(scenario, now).write(self.config)
        write_http(self.config, self.port)
        self.starts += 1
        name = f"Home Assistant {self.starts}"
        self.child = await self.children.start(name, command(HOME_ASSISTANT_PYTHON, self.config))
        if not self.tokens:
            furnished = await furnish(self.session, self.url, LOGIN, self.child, load_scenario(SCENARIO))
            self.tokens = furnished.tokens
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    async with self.commands() as ask:
                        await wait_until_running(ask)
                        return
                except aiohttp.ClientError, HomeAssistantRefused, ConnectionError:
                    if self.child.process.returncode is not None:
                        raise self.child.ended() from None
                    await asyncio.sleep(LOOK_S)

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit code."""
        assert self.child is not None
        self.child.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.child.process.wait()

    def commands(self) -> AbstractAsyncContextManager[Commands]:
        """Open its WebSocket."""
        return commands(self.session, self.url, self.tokens["access_token"])

    async def join(self, link: str, further: Mapping[str, Any] | None = None) -> str:
        """Add the integration by a pairing link through its dialogues, as the frontend does; return the entry's id.

        Args:
            link: the pairing link.
            further: meters besides those of the grid, by register.
        """
        flow = await self._post("flow", handler="caravels")
        path = f"flow/{flow['flow_id']}"
        step = await self._post(path, next_step_id="join")
        assert step["step_id"] == "join", step
        step = await self._post(path, link=link)
        assert (step["step_id"], step["errors"]) == ("meters", {}), step
        grid = {"grid_import": [GRID_IMPORT.entity_id], "grid_export": [GRID_EXPORT.entity_id]}
        step = await self._post(path, **grid, further=further or {})
        if step["step_id"] == "meters_confirm":
            step = await self._post(path)
        assert (step["step_id"], step["errors"]) == ("bidding", {}), step
        made = await self._post(path, participate=True, buy_percent=100, sell_percent=-100)
        assert made["type"] == "create_entry", made
        entry_id: str = made["result"]["entry_id"]
        return entry_id

    async def _post(self, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        url = f"{self.url}/api/config/config_entries/{path}"
        async with self.session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


async def trades_of(ask: Commands, entry_id: str, day: date) -> dict[str, Any]:
    """Return what the action `caravels.get_trades` says of a day."""
    asked = {"config_entry": entry_id, "day": day.isoformat()}
    answer = await ask(
        "call_service", domain="caravels", service="get_trades", service_data=asked, return_response=True
    )
    (found,) = answer["response"]["days"]
    result: dict[str, Any] = found
    return result


async def forecast_of(ask: Commands, entry_id: str, hours: int = 51) -> dict[str, Any]:
    """Return what the action `caravels.get_forecast` says."""
    asked = {"config_entry": entry_id, "hours": hours}
    answer = await ask(
        "call_service", domain="caravels", service="get_forecast", service_data=asked, return_response=True
    )
    found: dict[str, Any] = answer["response"]
    return found


def curves_of(told: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the curves by target and horizon."""
    return {(one["target"], one["horizon"]): one for one in told["forecasts"]}


async def judged_curves(ask: Commands, entry_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the curves of all quantities and horizons, once it is known how each of them did: within a minute."""
    async with asyncio.timeout(WITHIN_A_MINUTE_S):
        while True:
            curves = curves_of(await forecast_of(ask, entry_id))
            if len(curves) == CURVES and all(curve["skill"] for curve in curves.values()):
                return curves
            await asyncio.sleep(LOOK_S)
