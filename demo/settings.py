"""What the demo's operator is told: the community of the scenario, on this machine, with the demo's times."""

from dataclasses import dataclass
from typing import Any, Final

from caravels_operator.common.quantities import MICRO
from caravels_operator.community.settings import DayTimes
from caravels_operator.virtual.scenario_types import Scenario

LOOPBACK: Final = "127.0.0.1"
SCENARIO: Final = "paper"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, on the loopback address."""

    members: int
    panel: int
    meters: int
    home_assistant: int

    @property
    def member_address(self) -> str:
        """Where homes reach the operator."""
        return f"{LOOPBACK}:{self.members}"

    @property
    def meters_url(self) -> str:
        """Where the office's meters are served."""
        return f"http://{LOOPBACK}:{self.meters}"

    @property
    def home_assistant_url(self) -> str:
        """Where Home Assistant is."""
        return f"http://{LOOPBACK}:{self.home_assistant}"


def operator_options(scenario: Scenario, times: DayTimes, ports: Ports) -> dict[str, Any]:
    """Return the operator's options, as its file has them."""
    rules = scenario.community
    return {
        "community": "Community of the demo",
        "currency": scenario.currency,
        "time_zone": scenario.time_zone,
        "market_zone": scenario.market_zone,
        "market_period_minutes": rules.market_period_s // 60,
        "settlement_period_minutes": rules.settlement_period_s // 60,
        "buyer_fee": rules.local_fee_micro_kwh / MICRO,
        "prices_at": _clock(times.prices),
        "gate_at": _clock(times.gate),
        "settlement_at": _clock(times.settlement),
        "early_gate": True,
        "hourly_prices": [micro / MICRO for micro in scenario.market_price.hourly_micro_kwh],
        "member_host": LOOPBACK,
        "member_port": ports.members,
        "member_addresses": [ports.member_address],
        "panel_host": LOOPBACK,
        "panel_port": ports.panel,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
