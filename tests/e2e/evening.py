"""A community whose next auction is open and has its first books, also around midnight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from caravels_operator.virtual.scenario import load_scenario
from caravels_operator.virtual.scenario_types import Scenario
from demo.settings import SCENARIO

WESTWARD = "Atlantic/Azores"
"""It is an hour earlier there."""
MARGIN = timedelta(minutes=15)
"""The demo's gate that falls after midnight is one whose auction opens at midnight, and books take ten minutes."""


def scenario_of_now() -> Scenario:
    """Return the demo's scenario, an hour further west when it is about midnight in its own zone."""
    scenario = load_scenario(SCENARIO)
    now = datetime.now(UTC).astimezone(ZoneInfo(scenario.time_zone))
    if (now - MARGIN).date() == (now + MARGIN).date():
        return scenario
    return replace(scenario, time_zone=WESTWARD, market_zone=WESTWARD)
