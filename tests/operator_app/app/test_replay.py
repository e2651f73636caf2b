"""The replay of the days before now: what it leaves is what the simulation would have come to, and it goes on."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from caravels_operator.app.replay import replay
from caravels_operator.app.simulation import MOVE_IN_MINUTE, Plan, plan_run, settings_of, simulate
from caravels_operator.common.periods import HOUR_S, local_instant
from caravels_operator.community import schedule
from caravels_operator.ledger import auctions, books, engine, members, settlements, steps, transactions
from caravels_operator.ledger.errors import LedgerCorrupt
from caravels_operator.ledger.verify import verify
from caravels_operator.virtual.scenario import load_scenario

FIRST = date(2026, 7, 6)
DAYS = [FIRST + timedelta(days=n) for n in range(3)]


def plan_of(days: int) -> Plan:
    return plan_run(load_scenario("paper").resized(5), None, FIRST, days)


def replayed(folder: Path, minute: int) -> str:
    """Replay until a minute of the second delivery day; return the ledger's address."""
    plan = plan_of(3)
    settings = settings_of(plan)
    address = f"sqlite:///{folder / 'ledger.sqlite3'}"
    begin = local_instant(FIRST - timedelta(days=1), MOVE_IN_MINUTE, settings.time_zone)
    replay(plan, settings, address, begin, local_instant(DAYS[1], minute, settings.time_zone))
    return address


def look[T](address: str, work: Callable[[Connection], T]) -> T:
    with engine.reading(engine.parse(address)).connect() as conn:
        return work(conn)


def test_its_past_is_that_of_the_simulation_and_the_next_auction_is_open(tmp_path: Path) -> None:
    address = replayed(tmp_path, 14 * 60 + 45)
    run = simulate(plan_of(2))

    def past(conn: Connection) -> list[object]:
        trades = [transactions.of_day(conn, day) for day in DAYS[:2]]
        joined = [(member.id, member.joined_at) for member in members.all(conn)]
        return [*trades, settlements.lines(conn, FIRST, 1), joined]

    found = look(address, past)
    assert found == asyncio.run(run.ledger.read(past))
    assert all(found)

    def present(conn: Connection) -> tuple[object, ...]:
        auction, settings = auctions.get(conn, DAYS[2]), settings_of(run.plan)
        assert auction is not None
        bidders = books.count(conn, DAYS[2], auction.gate_at)
        return auction.state, auction.gate_at == schedule.gate_at(DAYS[2], settings), bidders

    assert look(address, present) == ("open", True, 5)
    assert verify(address).sound


def test_what_is_due_after_it_is_still_to_do(tmp_path: Path) -> None:
    address = replayed(tmp_path, 14 * 60 + 45)
    pending = look(address, lambda conn: steps.get(conn, schedule.StepKind.GATE, DAYS[2].isoformat()))
    assert pending is not None
    assert (pending.state, pending.attempts) == ("pending", 0)
    earlier = look(address, lambda conn: steps.next_due(conn) or 0)
    assert earlier == pending.due_at == local_instant(DAYS[1], 15 * 60, "Europe/Lisbon")
    assert look(address, lambda conn: settlements.latest_version(conn, DAYS[1])) == 0


def test_it_makes_the_ledger_and_touches_none_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"somebody's")
    with pytest.raises(LedgerCorrupt):
        replayed(tmp_path, 0)
    assert (tmp_path / "ledger.sqlite3").read_bytes() == b"somebody's"


def test_just_after_midnight_the_day_that_ended_is_not_settled_yet(tmp_path: Path) -> None:
    address = replayed(tmp_path, 1)
    step = look(address, lambda conn: steps.get(conn, schedule.StepKind.SETTLE, FIRST.isoformat()))
    assert step is not None
    assert step.state == "pending"
    assert (
        step.due_at
        == local_instant(DAYS[1], 10 * 60, "Europe/Lisbon")
        == local_instant(DAYS[1], 0, "Europe/Lisbon") + 10 * HOUR_S
    )
