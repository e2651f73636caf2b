"""Bad luck, one test each: what people see, and that nothing acknowledged is lost and nothing is applied twice."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import func, select

from caravels_operator.common.protocol import Side
from caravels_operator.ledger import meta, outbox, schema
from custom_components.caravels.common.member.journal import Journal
from custom_components.caravels.common.member.records import HomeReading, Membership
from custom_components.caravels.common.member.state import AgentState
from custom_components.caravels.common.protocol import Quality
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.store import journal_path

from .conftest import HomeEntry, SetupHome
from .operator_in_memory import EVE, HOME, HOUR_S, MARKET_OPEN, NOON, InMemoryOperator

WAITING = ["/api/v1/readings", "/api/v1/forecasts"]
"""What a home has to say of an hour that it read: what it showed, and what it expects now."""
LOCAL = ("net_next_hour", "sold_tomorrow", "next_trade", "export_today")
FROM_OPERATOR = ("community_price", "balance", "gate")


def shown(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    """Return the state of an entity of an entry, by its key."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    (entity_id,) = [entity.entity_id for entity in entities if entity.translation_key == key]
    state = hass.states.get(entity_id)
    assert state, entity_id
    return state.state


def agent_state(entry: MockConfigEntry) -> AgentState:
    state = entry.runtime_data.agent.state
    assert isinstance(state, AgentState)
    return state


def loud(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration wrote that people see."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("custom_components.caravels")
    ]


async def waiting(entry: MockConfigEntry) -> list[str]:
    """Return the paths of the commands that wait in the home's queue."""
    commands_waiting = await entry.runtime_data.journal.run(lambda journal: journal.queue.all())
    return [command.path for command in commands_waiting]


async def membership_of(entry: MockConfigEntry) -> Membership:
    membership = await entry.runtime_data.journal.run(lambda journal: journal.state.membership())
    assert isinstance(membership, Membership)
    return membership


async def pushes_of(entry: MockConfigEntry) -> list[int]:
    """Return the numbers of the pushes that were taken one by one, in the operator's present life."""

    def numbers(journal: Journal) -> list[int]:
        progress = journal.state.progress()
        return [seq for seq, _kind, _applied in journal.events.of(progress.epoch)]

    found: list[int] = await entry.runtime_data.journal.run(numbers)
    return found


async def read_starts(operator: InMemoryOperator) -> list[int]:
    """Return the periods of which the operator has a reading of the home, in the order in which they were stored."""
    table = schema.readings
    rows = select(table.c.start).where(table.c.member == HOME).order_by(table.c.start)
    return await operator.look(lambda conn: list(conn.execute(rows).scalars()))


def hours(first: int, last: int) -> list[int]:
    """Return the starts of the hours [first, last) of `EVE`, local time."""
    midnight = int(dt_util.parse_datetime(f"{EVE}T00:00:00+01:00", raise_on_error=True).timestamp())
    return [midnight + hour * HOUR_S for hour in range(first, last)]


# --- the operator ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("steady_meter")
async def test_operator_gone_for_an_hour(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    await operator.advance(600)
    caplog.clear()
    await operator.cut()
    await operator.at(EVE, NOON + 70)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "link") == "away"
    assert {shown(hass, entry, key) for key in FROM_OPERATOR} == {STATE_UNAVAILABLE}
    assert STATE_UNAVAILABLE not in {shown(hass, entry, key) for key in LOCAL}
    assert await waiting(entry) == WAITING
    assert await read_starts(operator) == hours(-24, 12)
    operator.reachable = True
    await operator.at(EVE, MARKET_OPEN - 1)
    assert shown(hass, entry, "link") == "connected"
    assert STATE_UNAVAILABLE not in {shown(hass, entry, key) for key in FROM_OPERATOR}
    assert await waiting(entry) == []
    assert await read_starts(operator) == hours(-24, 13)
    down, up = loud(caplog)
    assert down == f"{entry.title}: {agent_away_sentence()}"
    assert up == f"{entry.title}: the operator is reached again"
    await operator.open_day()
    assert await operator.book_of()


def agent_away_sentence() -> str:
    return "The operator cannot be reached. This home keeps its messages and tries again."


@pytest.mark.usefixtures("steady_meter")
async def test_operator_restarted(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    await operator.open_day()
    book = await operator.book_of()
    before = await pushes_of(entry)
    caplog.clear()
    await operator.restart()
    await operator.advance(600)
    assert shown(hass, entry, "link") == "connected"
    await operator.neighbours_bid(Side.BUY, wh=500)
    await operator.close_gate()
    assert await operator.book_of() == book
    assert shown(hass, entry, "sold_tomorrow") == "36.0"
    after = await pushes_of(entry)
    assert after[: len(before)] == before
    assert after == list(range(1, len(after) + 1)), "every push once, none left out"
    assert len(loud(caplog)) == 2


@pytest.mark.usefixtures("steady_meter")
async def test_operator_restored_from_an_older_backup(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    backup = await operator.backup()
    first_epoch = await operator.look(meta.epoch)
    await operator.open_day()
    book, known = await operator.book_of(), await read_starts(operator)
    assert book
    await operator.restore(backup)
    assert await operator.book_of() is None, "the operator has forgotten it"
    await operator.advance(1_200)
    assert await operator.look(meta.epoch) != first_epoch
    assert shown(hass, entry, "link") == "connected"
    again = await operator.book_of()
    assert again
    assert again[1] == book[1]
    assert set(await read_starts(operator)) > set(known), "and those of a week besides"
    await operator.neighbours_bid(Side.BUY, wh=500)
    await operator.close_gate()
    assert shown(hass, entry, "sold_tomorrow") == "36.0"
    assert await pushes_of(entry) == sorted(set(await pushes_of(entry)))


@pytest.mark.usefixtures("steady_meter")
async def test_operators_address_changed(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    token = (await membership_of(entry)).token
    operator.addresses = ("new.operator.test:9443",)
    await operator.break_streams()
    await operator.at(EVE, NOON + 70)
    assert shown(hass, entry, "link") == "away"
    assert await waiting(entry) == WAITING
    flow = await entry.start_reconfigure_flow(hass)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "address"})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"address": "new.operator.test:9443"})
    assert flow["reason"] == "address_changed"
    await operator.advance(600)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "link") == "connected"
    membership = await membership_of(entry)
    assert (membership.token, membership.addresses) == (token, operator.addresses)
    assert await waiting(entry) == []
    assert await read_starts(operator) == hours(-24, 13)


# --- the way --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("steady_meter")
async def test_requests_arrive_and_no_answer_comes(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    operator.answers = False
    stored = await command_count(operator)
    await operator.at(EVE, NOON + 71)
    assert await read_starts(operator) == hours(-24, 13), "it arrived"
    assert await waiting(entry) == WAITING, "but that is not known here"
    await operator.break_streams()
    await operator.advance(300)
    assert shown(hass, entry, "link") == "away"
    operator.answers = True
    await operator.at(EVE, MARKET_OPEN - 1)
    assert shown(hass, entry, "link") == "connected"
    assert await waiting(entry) == []
    assert operator.requests.count(("POST", "/api/v1/readings")) >= 2
    assert await command_count(operator) == stored + len(WAITING), "the same commands, once each"
    assert await read_starts(operator) == hours(-24, 13)
    assert len(loud(caplog)) == 2


async def command_count(operator: InMemoryOperator) -> int:
    rows = select(func.count()).select_from(schema.commands).where(schema.commands.c.member == HOME)
    return await operator.look(lambda conn: int(conn.execute(rows).scalar_one()))


@pytest.mark.usefixtures("steady_meter")
async def test_a_stream_that_opens_and_says_nothing(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    operator.silent = True
    await operator.break_streams()
    await operator.advance(1_200)
    assert shown(hass, entry, "link") == "away"
    assert {shown(hass, entry, key) for key in FROM_OPERATOR} == {STATE_UNAVAILABLE}
    operator.silent = False
    await operator.advance(1_800)
    assert shown(hass, entry, "link") == "connected"
    assert len(loud(caplog)) == 2
    await operator.open_day()
    assert await operator.book_of()


# --- this home ------------------------------------------------------------------------------------------------------


def snapshot_of(path: Path, folder: Path) -> Path:
    """Copy the files of an open journal as a killed process leaves them."""
    folder.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(file, folder / file.name)
    return folder


@pytest.mark.usefixtures("steady_meter")
async def test_killed_between_journal_and_acknowledgement(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, tmp_path: Path
) -> None:
    entry = await setup_home()
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=500)
    operator.deaf = True
    await operator.close_gate()
    path = journal_path(hass, entry.data["journal"])
    left = snapshot_of(path, tmp_path / "left")  # what kill -9 leaves: written, but not acknowledged
    taken, results = await pushes_of(entry), agent_state(entry).results
    assert await acknowledged(operator) < len(taken)
    await hass.config_entries.async_unload(entry.entry_id)
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    for file in left.iterdir():
        shutil.copyfile(file, path.parent / file.name)
    operator.deaf = False
    await hass.config_entries.async_setup(entry.entry_id)
    await operator.settled()
    assert shown(hass, entry, "link") == "connected"
    assert shown(hass, entry, "sold_tomorrow") == "36.0"
    assert agent_state(entry).results == results
    assert await pushes_of(entry) == taken
    await operator.settle()
    after = await pushes_of(entry)
    assert await acknowledged(operator) == len(after)
    assert after == list(range(1, len(after) + 1))
    (statement,) = agent_state(entry).statements
    assert statement.sold_wh == 36_000
    assert agent_state(entry).balance_micro == statement.total_micro


async def acknowledged(operator: InMemoryOperator) -> int:
    """Return the number up to which the operator knows that the home has its pushes."""
    return await operator.look(lambda conn: outbox.acked(conn, HOME))


@pytest.mark.usefixtures("steady_meter")
async def test_home_assistant_restarted_without_the_operator(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    await operator.open_day()
    await operator.neighbours_bid(Side.BUY, wh=500)
    await operator.close_gate()
    await hass.config_entries.async_unload(entry.entry_id)
    await operator.cut()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await operator.advance(600)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "link") == "away"
    assert shown(hass, entry, "sold_tomorrow") == "36.0"
    assert shown(hass, entry, "next_trade") == "2026-07-06T23:00:00+00:00"
    assert shown(hass, entry, "net_next_hour") == "-2.0"
    assert {shown(hass, entry, key) for key in FROM_OPERATOR} == {STATE_UNAVAILABLE}
    answer: Any = await hass.services.async_call(DOMAIN, "get_trades", blocking=True, return_response=True)
    assert answer["days"][1]["sold"]["wh"] == 36_000


@pytest.mark.usefixtures("steady_meter")
async def test_token_revoked(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await setup_home()
    caplog.clear()
    await operator.revoke()
    await operator.at(EVE, NOON + 135)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "link") == "rejected"
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == entry.entry_id
    assert agent_state(entry).read_until == hours(14, 15)[0], "metering goes on"
    assert shown(hass, entry, "net_next_hour") == "-2.0"
    assert len(loud(caplog)) == 1


async def test_sensors_unavailable_for_a_day(
    recorder_mock: object,
    hass: HomeAssistant,
    operator: InMemoryOperator,
    home_entry: HomeEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = Counters(hass)
    house.show()
    entry = await home_entry()
    days_before = [HomeReading(start=at, import_wh=504, export_wh=0) for at in hours(-36, 12)]
    journal = Journal(journal_path(hass, entry.data["journal"]))
    journal.run(lambda opened: opened.readings.put(HOUR_S, days_before))
    journal.close()
    await hass.config_entries.async_setup(entry.entry_id)
    await house.run(operator, minutes=3 * 60 + 15)
    known = agent_state(entry).read_until
    assert known == hours(15, 16)[0]
    house.gone()
    await operator.advance(24 * HOUR_S)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "meter_problem") == "on"
    assert agent_state(entry).read_until == known
    assert shown(hass, entry, "link") == "connected"
    assert len(loud(caplog)) == 1, "not once every ten minutes"
    house.wh += 24 * 504
    await house.run(operator, minutes=3 * 60)
    assert shown(hass, entry, "meter_problem") == "off"
    assert len(loud(caplog)) == 2
    assert agent_state(entry).read_until == known + 27 * HOUR_S
    read = await entry.runtime_data.agent.readings(hours(12, 13)[0], known + 27 * HOUR_S)
    assert [reading.start for reading in read] == hours(12, 42), "no hour is left out"
    assert sum(reading.import_wh for reading in read) == 30 * 504, "and no Wh"
    assert {reading.quality for reading in read[4:26]} == {Quality.ESTIMATED}
    assert {reading.quality for reading in read[:3] + read[28:]} == {Quality.MEASURED}
    assert (await read_starts(operator))[-30:] == hours(12, 42)


@pytest.mark.usefixtures("steady_meter")
async def test_a_meter_disappears_and_comes_back(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    assert issues(hass) == {}
    hass.states.async_remove("sensor.grid_export")
    await operator.settled()
    assert issues(hass)["meters_missing"].translation_placeholders == {
        "home": entry.title,
        "meters": "sensor.grid_export",
    }
    hass.states.async_set("sensor.grid_export", "1")
    await operator.settled()
    assert issues(hass) == {}
    hass.states.async_remove("sensor.grid_export")
    await hass.config_entries.async_unload(entry.entry_id)
    await operator.settled()
    assert issues(hass) == {}


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return what is shown in the list of repairs, by its key."""
    mine = [issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN and issue.active]
    return {str(issue.translation_key): issue for issue in mine}


async def test_recorder_empty(
    recorder_mock: object, hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    house = Counters(hass)
    house.show()
    entry = await setup_home()
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "link") == "connected"
    assert shown(hass, entry, "net_next_hour") == STATE_UNKNOWN
    await house.run(operator, minutes=3 * 60 + 15)
    assert agent_state(entry).read_until == hours(15, 16)[0]
    assert shown(hass, entry, "net_next_hour") == "0.504"
    assert await read_starts(operator) == hours(12, 15)


class Counters:
    """An import counter that runs at 504 W, and an export counter that stands."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.wh = 100_000

    def show(self) -> None:
        shape = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
        self._hass.states.async_set("sensor.grid_import", f"{self.wh / 1_000:.3f}", shape)
        self._hass.states.async_set("sensor.grid_export", "7.000", shape, force_update=True)

    def gone(self) -> None:
        for name in ("import", "export"):
            self._hass.states.async_set(f"sensor.grid_{name}", STATE_UNAVAILABLE)

    async def run(self, operator: InMemoryOperator, minutes: int) -> None:
        """Let time pass, the counter showing every five minutes what it has counted."""
        for _ in range(minutes // 5):
            await operator.advance(150)
            self.wh += 504 // 12
            self.show()
            await operator.advance(150)


@pytest.mark.usefixtures("steady_meter")
@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S], ids=["slow", "fast"])
async def test_clock_wrong_by_an_hour(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, ahead_s: int
) -> None:
    if ahead_s < 0:
        await operator.advance(-ahead_s)
    await operator.set_clock(ahead_s)
    entry = await setup_home()
    assert issues(hass).keys() == {"clock_wrong"}
    assert issues(hass)["clock_wrong"].translation_placeholders == {"home": entry.title, "minutes": "60"}
    assert agent_state(entry).clock_skew_s == -ahead_s
    gate_at = hours(15, 16)[0]
    await operator.advance(gate_at - 1_800 - operator.clock.now())
    assert await operator.book_of(), "before the gate, by the operator's clock"
    await operator.neighbours_bid(Side.BUY, wh=500)
    await operator.advance(1_860)
    assert shown(hass, entry, "sold_tomorrow") == "36.0"
    await operator.set_clock(0)
    await operator.break_streams()
    await operator.advance(600)
    assert issues(hass) == {}
