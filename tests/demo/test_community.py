"""The demo's community before it is served: its past at any hour, its next gate, the link for the office."""

import asyncio
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.common.periods import local_day
from caravels_operator.common.protocol import parse_pairing_link
from caravels_operator.community import schedule
from caravels_operator.ledger import auctions, engine, settlements, steps
from caravels_operator.ledger.verify import verify
from caravels_operator.virtual.scenario import load_scenario
from caravels_operator.virtual.scenario_types import Scenario
from demo import community
from demo.settings import SCENARIO, Ports, operator_options
from demo.times import demo_times
from tests.e2e.evening import scenario_of_now
from tests.e2e.processes import OperatorProcess

ZONE = "Europe/Lisbon"
PORTS = Ports(members=1, panel=2, meters=3, home_assistant=4)


def at(text: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE), fold=fold).timestamp())


def replayed(folder: Path, now: int, scenario: Scenario) -> community.Place:
    """Replay the days before `now` with the demo's settings, as the demo does."""
    options = operator_options(scenario, demo_times(now, scenario.time_zone).day, PORTS)
    place = community.prepare(folder, options)
    command = ("-m", "demo.replay", place.options_file, place.data, str(now))
    program = OperatorProcess(command, folder / "replay.log")
    assert program.wait() == 0, program.said
    return place


def auction_of(place: community.Place, day: date) -> auctions.Auction | None:
    with engine.reading(engine.parse(f"sqlite:///{place.data / LEDGER_FILE}")).connect() as conn:
        return auctions.get(conn, day)


@pytest.mark.parametrize(
    ("now", "settled", "is_open"),
    [
        pytest.param(at("2026-11-22T23:57"), 3, False, id="late in the evening the next auction opens at midnight"),
        pytest.param(at("2026-11-22T00:03"), 2, True, id="just after midnight yesterday is settled in minutes"),
        pytest.param(at("2026-11-22T00:20"), 3, True, id="a little later it is settled", marks=pytest.mark.long),
        pytest.param(
            at("2026-10-25T01:30", fold=1), 3, True, id="inside an hour that comes twice", marks=pytest.mark.long
        ),
        pytest.param(at("2026-03-29T02:10"), 3, True, id="after an hour that was skipped", marks=pytest.mark.long),
        pytest.param(at("2026-03-30T01:10"), 3, True, id="the day after, at a time that yesterday did not have"),
    ],
)
def test_whenever_it_begins_its_past_is_whole(tmp_path: Path, now: int, settled: int, *, is_open: bool) -> None:
    place = replayed(tmp_path, now, load_scenario(SCENARIO))
    times = demo_times(now, ZONE)
    today = local_day(now, ZONE)

    def past(conn: Connection) -> tuple[list[bool], int, list[steps.Step]]:
        days = [times.first + timedelta(days=n) for n in range((today - times.first).days + 1)]
        cleared = [bool(auctions.cleared_periods(conn, day)) for day in days]
        versions = settlements.settled_days(conn, times.first, today)
        return cleared, sum(version >= 1 for version in versions.values()), steps.failing(conn)

    with engine.reading(engine.parse(f"sqlite:///{place.data / LEDGER_FILE}")).connect() as conn:
        assert past(conn) == ([True] * 4, settled, [])
    auction = auction_of(place, times.traded)
    assert (auction is not None) is is_open
    if auction is not None:
        assert (auction.state, auction.gate_at) == ("open", times.gate_at)
    assert verify(f"sqlite:///{place.data / LEDGER_FILE}").sound


def test_the_gate_is_moved_and_the_link_leads_to_the_operator(tmp_path: Path) -> None:
    now = int(time.time())
    scenario = scenario_of_now()
    place = replayed(tmp_path, now, scenario)
    times = demo_times(now, scenario.time_zone)
    before = int(time.time())
    doors = asyncio.run(community.open_doors(place, times.traded, 120))
    assert before + 120 <= doors.gate_at <= int(time.time()) + 120
    moved = auction_of(place, times.traded)
    assert moved is not None
    assert moved.gate_at == doors.gate_at
    link = parse_pairing_link(doors.link)
    assert (link.addresses, link.fingerprint) == (("127.0.0.1:1",), place.fingerprint)
    assert len(place.panel_login.password) >= 12
    assert place.options_file.stat().st_mode & 0o077 == 0

    later = times.traded + timedelta(days=1)
    assert auction_of(place, later) is None
    kept = asyncio.run(community.open_doors(place, later, 120))
    assert kept.gate_at == schedule.gate_at(later, place.options.settings), "one that opens later keeps its own"
    assert kept.link != doors.link
