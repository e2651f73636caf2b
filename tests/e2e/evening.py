"""A community in whose time zone the auction of the next gate is open, also when it is late in the evening here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from caravels_operator.virtual.scenario import load_scenario
from caravels_operator.virtual.scenario_types import Scenario
from demo.settings import SCENARIO

WESTWARD = "Atlantic/Azores"
"""Whoever trades before midnight has an hour more there."""
LATE = timedelta(minutes=15)
"""The demo's gate that falls after midnight is one whose auction opens at midnight: no test waits for that."""


def scenario_of_now() -> Scenario:
    """Return the demo's scenario, an hour further west when the day is nearly over in its own zone."""
    scenario = load_scenario(SCENARIO)
    now = datetime.now(UTC).astimezone(ZoneInfo(scenario.time_zone))
    late = (now + LATE).date() > now.date()
    return replace(scenario, time_zone=WESTWARD, market_zone=WESTWARD) if late else scenario
