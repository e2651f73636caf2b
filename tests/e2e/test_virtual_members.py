"""`virtual-members` beside a real operator: 26 homes with the real client, and the meters of the one that is not."""

import asyncio
import json
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.ledger import books, engine, readings
from caravels_operator.virtual.counters import COUNTERS
from caravels_operator.virtual.scenario import load_scenario
from demo import community
from demo.children import free_ports
from demo.office import OFFICE
from demo.settings import SCENARIO, Ports, operator_options
from demo.times import demo_times
from tests.e2e.evening import scenario_of_now
from tests.e2e.processes import OperatorProcess, caravels, served, wait_for

GATE_S = 75
"""Books leave up to a minute before it: soon."""
OTHERS = tuple(member.id for member in load_scenario(SCENARIO).members if member.id != OFFICE)


def command(ports: Ports, fingerprint: str, home: str = OFFICE) -> list[str]:
    return [
        *("virtual-members", "--scenario", SCENARIO, "--operator", ports.member_address),
        *("--fingerprint", fingerprint, "--home", home, "--meters-port", str(ports.meters)),
    ]


@dataclass(frozen=True)
class Town:
    """An operator with a past, and where virtual members live."""

    place: community.Place
    traded: date
    ports: Ports

    def revisions(self) -> set[int]:
        """Return the revisions of the last books of all homes but the office."""
        with engine.reading(engine.parse(f"sqlite:///{self.place.data / LEDGER_FILE}")).connect() as conn:
            return {books.latest_revision(conn, member, self.traded) for member in OTHERS}

    def metered(self, member: str, start: int) -> int:
        """Return how many readings of a home since an instant the operator has."""
        with engine.reading(engine.parse(f"sqlite:///{self.place.data / LEDGER_FILE}")).connect() as conn:
            return len(readings.between(conn, [member], start, int(time.time())))


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Replay the days before now and serve until the end of the block."""
    now = int(time.time())
    scenario = scenario_of_now()
    times = demo_times(now, scenario.time_zone)
    ports = Ports(*free_ports(4))
    place = community.prepare(folder, operator_options(scenario, times.day, ports))
    replay = ("-m", "demo.replay", place.options_file, place.data, str(now))
    assert OperatorProcess(replay, folder / "replay.log").wait() == 0
    asyncio.run(community.open_doors(place, times.traded, GATE_S))
    with served(place.options_file, place.data):
        yield Town(place, times.traded, ports)


def test_all_but_one_live_here_and_its_meters_are_served(tmp_path: Path) -> None:
    with town(tmp_path) as living:
        program = OperatorProcess(
            ("-m", "caravels_operator", *command(living.ports, living.place.fingerprint)), tmp_path / "members.log"
        )
        try:
            program.wait_until_it_says(f"{len(OTHERS)} members are connected.")
            wait_for(lambda: living.revisions() == {2}, "a book of each from here, after that of the replay")
            this_hour = int(time.time()) // 3_600 * 3_600
            wait_for(lambda: living.metered("m02", this_hour - 3_600) == 1, "the last full hour")
            with urllib.request.urlopen(f"{living.ports.meters_url}/", timeout=30) as answer:
                shown = json.load(answer)
            assert list(shown) == list(COUNTERS)
            assert all(kwh > 0 for kwh in shown.values())
            program.signal(signal.SIGINT)
            assert program.wait() == 0, program.said
        finally:
            program.kill()
        refused = caravels(*command(living.ports, "00" * 32))
        assert refused.returncode == 1
        assert "The operator's certificate is not the one" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("home", ["m28", ""])
def test_a_home_that_the_scenario_does_not_have_is_refused(home: str) -> None:
    said = caravels(*command(Ports(1, 2, 3, 4), "00" * 32, home))
    assert (said.returncode, said.stderr) == (1, f"caravels: The scenario paper has no member {home}.\n")
