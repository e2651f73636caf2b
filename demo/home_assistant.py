"""The Home Assistant of the office: started on a fresh folder, with its first user and its meters."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from caravels_operator.virtual.scenario_types import Scenario

from .children import Child
from .home_assistant_api import Commands, HomeAssistantRefused, Login, commands, create_first_user
from .office import BATTERY_CHARGE, BATTERY_DISCHARGE, GENERATION, GRID_EXPORT, GRID_IMPORT

LAUNCHER: Final = Path(__file__).with_name("home_assistant_launcher.py")
READY_WITHIN_S: Final = 120
"""The first start of an installation compiles it: three times as long as all others."""
_LOOK_S: Final = 0.1
_COUNTRY: Final = "PT"


@dataclass(frozen=True, slots=True)
class Furnished:
    """A Home Assistant that is ready for its people; the tokens are its first user's."""

    url: str
    login: Login
    tokens: Mapping[str, Any]


def command(python: Path, folder: Path) -> list[str | Path]:
    """Return how Home Assistant is started on a configuration folder, by the interpreter of its environment.

    What finds the operator's modules (PYTHONPATH, the launcher's folder) must not be found by Home Assistant.
    """
    return [python, "-E", "-P", LAUNCHER, "--config", folder, "--skip-pip", "--ignore-os-check"]


async def first_login(session: aiohttp.ClientSession, url: str, login: Login, child: Child) -> Mapping[str, Any]:
    """Make the first user as soon as Home Assistant answers; return the tokens.

    Raises:
        ChildEnded: it did not start.
        TimeoutError: it does not answer.
    """
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            if child.process.returncode is not None:
                raise child.ended()
            # not there yet, or there without its user pages
            with contextlib.suppress(aiohttp.ClientError, HomeAssistantRefused):
                return await create_first_user(session, url, login)
            await asyncio.sleep(_LOOK_S)


async def wait_until_running(ask: Commands) -> None:
    """Wait until Home Assistant has started everything.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(READY_WITHIN_S):
        while (await ask("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110  # another program's
            await asyncio.sleep(_LOOK_S)


async def furnish(
    session: aiohttp.ClientSession, url: str, login: Login, child: Child, scenario: Scenario
) -> Furnished:
    """Make the first user, say where the home is, and show its meters in the Energy dashboard.

    Raises:
        ChildEnded, TimeoutError, HomeAssistantRefused: it is not ready.
    """
    tokens = await first_login(session, url, login, child)
    async with commands(session, url, tokens["access_token"]) as ask:
        await ask(
            "config/core/update",
            location_name="Office",
            latitude=scenario.latitude,
            longitude=scenario.longitude,
            country=_COUNTRY,
            currency=scenario.currency,
            time_zone=scenario.time_zone,
            unit_system="metric",
        )
        await wait_until_running(ask)
        await ask("energy/save_prefs", energy_sources=_energy_sources())
    return Furnished(url, login, tokens)


def _energy_sources() -> list[dict[str, Any]]:
    return [
        {
            "type": "grid",
            "stat_energy_from": GRID_IMPORT.entity_id,
            "stat_energy_to": GRID_EXPORT.entity_id,
            "cost_adjustment_day": 0,
        },
        {"type": "solar", "stat_energy_from": GENERATION.entity_id, "config_entry_solar_forecast": None},
        {
            "type": "battery",
            "stat_energy_from": BATTERY_DISCHARGE.entity_id,
            "stat_energy_to": BATTERY_CHARGE.entity_id,
        },
    ]
