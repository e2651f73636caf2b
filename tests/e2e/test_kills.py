"""kill -9 of the operator under the load of 27 homes, at every named point and at random (R1, R5, R7)."""

import asyncio
import random
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from caravels_operator.common.protocol import Book, decode
from caravels_operator.community.replay import replay
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import auctions, entries, outbox, steps
from caravels_operator.ledger import books as stored_books
from caravels_operator.ledger.verify import verify
from tests.e2e.load import HOMES, LISTENERS, REVISIONS, Home, Operator, all_of, furnish, street, until
from tests.e2e.processes import PACKAGE
from tests.operator_app.community.town import stored_rows

LAST_OF_MONTH = date(2026, 7, 31)
KEY = LAST_OF_MONTH.isoformat()

LATE = HOMES[-1]
"""Its readings come after the settlement, so that the day and its month are restated."""

POINTS = {
    "until the books are in": [
        *("prices_prepared", "prices_applied", "prices_done"),
        *("before_commit:5", "after_commit:5", "before_commit:9", "after_commit:12"),
    ],
    "gate and settlement": [
        *("forecasts_prepared", "forecasts_applied", "forecasts_done"),
        *("gate_prepared", "gate_cleared", "gate_applied", "gate_done"),
        *("prune_prepared", "prune_applied", "prune_done"),
        *("settle_prepared", "settle_computed", "settle_applied", "settle_done"),
    ],
    "month and restatement": [
        *("month_prepared", "month_applied", "month_done"),
        *("restate_prepared", "settle_computed", "restate_applied", "restate_done"),
    ],
}
"""In the order in which a day passes them."""


def test_every_named_point_is_tried() -> None:
    """A crash point of the code that no test kills at fails this."""
    kinds = ("prices", "forecasts", "gate", "settle", "month", "restate", "prune")
    source = "\n".join(path.read_text() for path in (PACKAGE / "caravels_operator").rglob("*.py"))
    named = set()
    for name in re.findall(r'at_crash_point\(f?"([^"]+)"\)', source):
        named |= {name.replace("{step.kind}", kind) for kind in kinds}
    assert named == {point.partition(":")[0] for group in POINTS.values() for point in group}


async def live_a_day(operator: Operator, homes: list[Home], day: date = LAST_OF_MONTH) -> None:
    """Let a day pass from its prices to its restatement, a step at a time, under load."""
    eve, morrow, key = day - timedelta(days=1), day + timedelta(days=1), day.isoformat()
    operator.set_clock(eve, 13 * 60 + 30)
    await operator.done("prices", key)
    await all_of([home.bid(day) for home in homes])
    operator.set_clock(eve, 15 * 60)
    await operator.done("gate", key)
    operator.set_clock(morrow, 9 * 60)
    await operator.done("prune", morrow.isoformat())  # due at 03:00: behind the forecasts of the night
    await all_of([home.meter(day) for home in homes if home.name != LATE])
    operator.set_clock(morrow, 10 * 60)
    await operator.done("settle", key)
    operator.set_clock(morrow, 10 * 60 + 5)
    await all_of([home.meter(day) for home in homes if home.name == LATE])
    if morrow.month != day.month:
        operator.set_clock(morrow, 11 * 60)
        await operator.done("month", f"{day:%Y-%m}")
    operator.set_clock(morrow, 11 * 60 + 5)
    restatement = operator.look(
        lambda conn: [step.key for step in steps.due(conn, 2**40, 99) if step.kind == "restate"]
    )
    for one in restatement:
        await operator.done("restate", one)


def what_is_stored(operator: Operator) -> Mapping[str, Any]:
    """Return all that is stored but what may differ: the epoch, when a home was last seen, what it acknowledged.

    Of a forecast it is what was expected: that depends on whose readings had come in at that moment.
    """
    rows = dict(operator.look(stored_rows))
    del rows["meta"]
    rows["members"] = [row[:7] for row in rows["members"]]
    rows["outbox_heads"] = [row[:2] for row in rows["outbox_heads"]]
    rows["community_forecasts"] = [row[:4] for row in rows["community_forecasts"]]
    return rows


def check(operator: Operator, homes: list[Home]) -> None:
    """See that nothing acknowledged is lost, nothing is doubled, and the ledger is sound."""
    report = verify(operator.url)
    assert report.sound, report.faults
    assert sum(operator.look(entries.balances).values()) == 0
    assert operator.look(lambda conn: list(replay(conn, CommunitySettings()))) == []
    for home in homes:
        operator.look(lambda conn, home=home: check_home(conn, home))  # type: ignore[misc]  # mypy cannot infer a default's type


def check_home(conn: Connection, home: Home) -> None:
    """See that a home's accepted books are stored as it sent them, and that it was told everything once."""
    for (day, revision), body in home.accepted.items():
        book = stored_books.latest(conn, home.name, day)
        assert book is not None
        assert book.revision >= revision
        if book.revision == revision:
            assert book.body == msgspec.json.encode(decode(body, Book).bids)
    numbers = sorted(home.pushes)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) <= outbox.last_seq(conn, home.name)


def run_day(folder: Path, points: list[str]) -> tuple[Operator, list[Home], Mapping[str, Any]]:
    """Run one day with deaths at some points; return the operator, the homes, and what was stored at the end."""
    furnish(folder, LAST_OF_MONTH)
    operator = Operator(folder, list(points))

    async def run() -> list[Home]:
        async with street(operator) as homes:
            await live_a_day(operator, homes)
            await all_of([heard_all(operator, home) for home in homes])
            return homes

    homes = asyncio.run(run())
    return operator, homes, what_is_stored(operator)


async def heard_all(operator: Operator, home: Home) -> None:
    """Wait until a home has heard everything that was said to it."""
    last = operator.look(lambda conn: outbox.last_seq(conn, home.name)) if home.name in LISTENERS else 0
    await until(lambda: len(home.pushes) >= last)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What a day comes to when nobody is killed."""
    operator, homes, stored = run_day(tmp_path_factory.mktemp("undisturbed") / "data", [])
    check(operator, homes)
    assert operator.deaths == []
    assert len(stored["books"]) == len(HOMES) * REVISIONS
    assert len(stored["transactions"]) > 100
    assert len(stored["settlement_days"]) == 2
    assert len(stored["settlement_months"]) == 2
    return stored


@pytest.mark.parametrize("part", POINTS)
def test_killed_at_each_named_point_the_day_ends_the_same(
    part: str, undisturbed: Mapping[str, Any], tmp_path: Path
) -> None:
    operator, homes, stored = run_day(tmp_path / "data", POINTS[part])
    assert operator.deaths == POINTS[part], "each of them was passed and died at"
    check(operator, homes)
    for table, rows in undisturbed.items():
        assert stored[table] == rows, table


def test_a_gate_that_comes_in_the_middle_of_the_load_counts_what_was_acknowledged(tmp_path: Path) -> None:
    """Whoever was told `accepted` is in the auction with that revision or a later one, also when the gate kills."""
    furnish(tmp_path / "data", LAST_OF_MONTH)
    operator = Operator(tmp_path / "data", ["gate_cleared", "gate_applied"])

    async def run() -> list[Home]:
        async with street(operator) as homes:
            operator.set_clock(LAST_OF_MONTH - timedelta(days=1), 13 * 60 + 30)
            await operator.done("prices", KEY)
            load = asyncio.create_task(all_of([home.bid(LAST_OF_MONTH) for home in homes]))
            await until(lambda: sum(len(home.accepted) for home in homes) >= len(homes))
            operator.set_clock(LAST_OF_MONTH - timedelta(days=1), 15 * 60)
            await load
            await operator.done("gate", KEY)
            return homes

    homes = asyncio.run(run())
    assert operator.deaths == ["gate_cleared", "gate_applied"]
    check(operator, homes)
    auction = operator.look(lambda conn: auctions.get(conn, LAST_OF_MONTH))
    assert auction is not None
    assert auction.state == "cleared"
    counted = operator.look(lambda conn: stored_books.books(conn, LAST_OF_MONTH, auction.gate_at))
    revision = {book.member: book.revision for book in counted}
    for home in homes:
        newest = max((number for _, number in home.accepted), default=0)
        assert revision.get(home.name, 0) >= newest


KILLS = 200


def has_come_back(operator: Operator, deaths: int, *, while_it_starts: bool) -> bool:
    """Return whether an operator has died more often than so, and serves again, or at least begins to."""
    back = operator.running.ended() is None and (operator.serving or while_it_starts)
    return len(operator.deaths) > deaths and back


@pytest.mark.long
def test_killed_two_hundred_times_at_random_the_days_end_the_same(tmp_path: Path) -> None:
    chance = random.Random(20260731)
    furnish(tmp_path / "killed", LAST_OF_MONTH)
    operator = Operator(tmp_path / "killed")

    async def kill_now_and_then() -> None:
        while len(operator.deaths) < KILLS:
            deaths = len(operator.deaths)
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            operator.running.signal(9)
            while_it_starts = chance.random() < 0.1
            await until(partial(has_come_back, operator, deaths, while_it_starts=while_it_starts))

    async def run(disturb: bool, days: int) -> tuple[list[Home], int]:
        async with street(operator) as homes:
            killer = asyncio.create_task(kill_now_and_then()) if disturb else None
            passed = 0
            while passed < days or (killer and not killer.done()):
                await live_a_day(operator, homes, LAST_OF_MONTH + timedelta(days=passed))
                passed += 1
            if killer:
                await killer
            await all_of([heard_all(operator, home) for home in homes])
            return homes, passed

    homes, days = asyncio.run(run(True, 1))
    assert len(operator.deaths) == KILLS
    check(operator, homes)
    killed = what_is_stored(operator)

    furnish(tmp_path / "undisturbed", LAST_OF_MONTH)
    operator = Operator(tmp_path / "undisturbed")
    homes, _ = asyncio.run(run(False, days))
    check(operator, homes)
    for table, rows in what_is_stored(operator).items():
        assert killed[table] == rows, table
