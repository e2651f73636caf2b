"""The home of script/bench forecast whose six forecasts are timed and weighed: a real one with a year of hours, and the
devices of the scenario's m01 with what their meters showed.
"""

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Final

from bench._forecast_agent import HISTORY_S
from caravels_operator.common.forecasting.forecast import Target
from caravels_operator.common.member.forecasting import FORECAST_HOURS, HOUR_AHEAD_HOURS
from caravels_operator.common.periods import DAY_S, HOUR_S
from caravels_operator.models.data_folder import DataFolder
from caravels_operator.virtual.flexibility import devices_of, use_of_devices
from caravels_operator.virtual.scenario import load_scenario

HOME: Final = "h01"
MEMBER: Final = "m01"
USE_S: Final = 56 * DAY_S
LOADED_ANYWAY: Final = ("hashlib", "importlib.resources", "json", "msgspec", "sqlite3", "zoneinfo")
"""Of what Home Assistant and a home's journal use, whether it forecasts or not."""


def member_figures(folder: DataFolder) -> dict[str, float]:
    """Return what six forecasts cost a home, by key; measured in fresh processes."""
    load, pv = (folder.series[target][HOME] for target in (Target.CONSUMPTION, Target.GENERATION))
    scenario = load_scenario("paper")
    member = next(member for member in scenario.members if member.id == MEMBER)
    first = load.first + HISTORY_S - USE_S
    uses = use_of_devices(scenario, member, first, (load.end - first) // HOUR_S)
    devices = tuple(
        replace(device, use_wh=tuple(use.tolist()), use_first=first)
        for device, use in zip(devices_of(member, scenario), uses, strict=True)
    )
    home = pickle.dumps((load, pv, devices, folder.calendar, folder.site))
    agent = _said("bench._forecast_agent", home)
    hours = HOUR_AHEAD_HOURS, FORECAST_HOURS
    bare, usual = (_said("bench._forecast_six", pickle.dumps((home, hours, loaded))) for loaded in ((), LOADED_ANYWAY))
    return {**agent, **usual, "mb_beyond_bare_numpy": bare["mb_beyond_numpy"]}


def _said(module: str, asked: bytes) -> dict[str, float]:
    """Return what a program of its own answers."""
    said = subprocess.run([sys.executable, "-m", module], input=asked, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(said.stdout)
    return figures
