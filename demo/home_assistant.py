"""The Home Assistant of the office: started on a fresh folder, with its first user, its meters and their past."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from caravels_operator.virtual.scenario_types import Scenario

from .children import Child
from .home_assistant_api import Commands, HomeAssistantRefused, Login, commands, create_first_user
from .office import BATTERY_CHARGE, BATTERY_DISCHARGE, GENERATION, GRID_EXPORT, GRID_IMPORT, REGISTERS, Register

LAUNCHER: Final = Path(__file__).with_name("home_assistant_launcher.py")
READY_WITHIN_S: Final = 120
"""The first start of an installation compiles it: three times as long as all others."""
LONG_BEFORE_S: Final = 10 * 365 * 86_400
"""How long before a meter's past its sums begin."""
_LOOK_S: Final = 0.1
_NO_VALUE: Final = ("unknown", "unavailable")
_COUNTRY: Final = "PT"


@dataclass(frozen=True, slots=True)
class Furnished:
    """A Home Assistant that is ready for its people; the tokens are its first user's."""

    url: str
    login: Login
    tokens: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MeteredHours:
    """What the counters showed [Wh] at the starts [Unix s] of the hours before now, and of the present one."""

    starts: Sequence[int]
    counters_wh: Mapping[str, Sequence[int]]


async def metered_hours(session: aiohttp.ClientSession, meters_url: str, count: int) -> MeteredHours:
    """Ask the building for the last `count` full hours.

    Raises:
        aiohttp.ClientError: it does not answer.
    """
    async with session.get(f"{meters_url}/hours", params={"count": count}) as answer:
        shown = await answer.json()
    counters = {register.key: [round(kwh * 1_000) for kwh in shown[register.key]] for register in REGISTERS}
    return MeteredHours(shown["starts"], counters)


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
    session: aiohttp.ClientSession, url: str, login: Login, child: Child, scenario: Scenario, hours: MeteredHours
) -> Furnished:
    """Make the first user, say where the home is, show its meters in the Energy dashboard, and import their past.

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
        for register in REGISTERS:
            await _import_past(ask, register, hours.starts, hours.counters_wh[register.key])
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


async def _import_past(ask: Commands, register: Register, starts: Sequence[int], counter_wh: Sequence[int]) -> None:
    """Import the statistics of the whole hours between `starts`.

    The recorder counts a new sensor's sum from 0 at its first value: the imported sums lead up to that, so that the
    hour that joins both is right. They begin below 0, and of an hour without any before it Home Assistant shows the
    whole sum as its energy: so one stands before them, where nobody looks.
    """
    zero_kwh = await _first_value(ask, register)
    hours = [starts[0] - LONG_BEFORE_S, *starts[:-1]]
    await ask(
        "recorder/import_statistics",
        metadata={
            "mean_type": 0,
            "has_sum": True,
            "name": None,
            "source": "recorder",
            "statistic_id": register.entity_id,
            "unit_class": "energy",
            "unit_of_measurement": "kWh",
        },
        stats=[
            {"start": _iso(start), "state": wh / 1_000, "sum": round(wh / 1_000 - zero_kwh, 3)}
            for start, wh in zip(hours, counter_wh, strict=True)
        ],
    )


async def _first_value(ask: Commands, register: Register) -> float:
    """Return the first value [kWh] that the recorder has of a sensor.

    Raises:
        TimeoutError: it has none.
    """
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            history = await ask(
                "history/history_during_period",
                start_time=_iso(0),
                entity_ids=[register.entity_id],
                minimal_response=True,
                no_attributes=True,
            )
            for state in history.get(register.entity_id, ()):
                if state["s"] not in _NO_VALUE:
                    return float(state["s"])
            await asyncio.sleep(_LOOK_S)


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()
