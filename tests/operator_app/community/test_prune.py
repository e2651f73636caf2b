"""Housekeeping: the old goes, the young and the unacknowledged stay, and what is left verifies."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from caravels_operator.common.member.journal import KEPT_DAYS
from caravels_operator.common.member.metering import PRUNE_EVERY_S
from caravels_operator.common.periods import DAY_S, local_instant
from caravels_operator.community.prune import CODE_DAYS, COMMAND_DAYS, PUSH_DAYS, STEP_DAYS
from caravels_operator.community.replay import replay
from caravels_operator.community.steps import HANDLERS
from caravels_operator.ledger import outbox, steps
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify
from tests.operator_app.community.town import DAY, HOUR, NAMES, Town, make_town

PRUNED = ("commands", "outbox", "steps", "pairing_codes")
BOOKED = ("books", "readings", "transactions", "entries", "postings", "settlement_days", "settlement_lines", "audit")


async def lived_town(ledger: Ledger | None = None) -> Town:
    """Return a town that traded and settled DAY; all but dinis have acknowledged what they were told."""
    town = await make_town(ledger=ledger)
    await town.trade_a_day()
    await town.settle_a_day()
    await town.invite("ana")

    def acknowledge(conn: Connection) -> None:
        for member in NAMES[:3]:
            outbox.acknowledge(conn, member, outbox.last_seq(conn, member))

    await town.ledger.run(acknowledge)
    return town


async def prune_at(town: Town, now: int) -> dict[str, list[tuple[Any, ...]]]:
    """Do the housekeeping of an instant and return what is stored."""
    await town.ledger.run(lambda conn: HANDLERS["prune"].apply(conn, town.operator.context, "x", None, now))
    return dict(await town.rows())


async def test_each_kind_is_kept_as_long_as_is_said_and_not_longer() -> None:
    town = await lived_town()
    start, now = dict(await town.rows()), town.clock.now()
    assert all(start[table] for table in PRUNED)
    seen = start
    for days, gone in ((CODE_DAYS, "pairing_codes"), (PUSH_DAYS, "outbox"), (COMMAND_DAYS, "commands")):
        # The first row is of the noon before DAY, the last of the settlement two days later.
        kept = await prune_at(town, now - 3 * DAY_S + days * DAY_S)
        assert kept[gone] == start[gone], f"{gone}: young"
        seen = await prune_at(town, now + days * DAY_S + HOUR)
        assert len(seen[gone]) < len(start[gone]), f"{gone}: old"
    assert seen["commands"] == seen["pairing_codes"] == []
    assert {row[0] for row in seen["outbox"]} == {"dinis"}, "only who has not acknowledged"
    assert len(seen["outbox"]) == sum(row[0] == "dinis" for row in start["outbox"])
    assert seen["steps"] == start["steps"]
    left = (await prune_at(town, now + STEP_DAYS * DAY_S + 1))["steps"]
    assert left == [row for row in start["steps"] if "pending" in row]
    assert left
    assert {table: seen[table] for table in BOOKED} == {table: start[table] for table in BOOKED}


async def test_pruning_again_changes_nothing() -> None:
    town = await lived_town()
    now = town.clock.now() + 100 * DAY_S
    assert await prune_at(town, now) == await prune_at(town, now)


async def test_a_pruned_ledger_verifies_and_follows_from_its_books(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    town = await lived_town(Ledger.open(url, inline=True, create=True))
    before = dict(await town.rows())
    after = await prune_at(town, town.clock.now() + 2 * STEP_DAYS * DAY_S)
    assert all(len(after[table]) < len(before[table]) for table in PRUNED)
    assert await town.look(lambda conn: list(replay(conn, town.settings))) == []
    await town.ledger.close()
    assert verify(url).faults == ()


async def test_it_is_due_every_day_at_three() -> None:
    town = await lived_town()
    step = await town.look(lambda conn: steps.get(conn, "prune", DAY.isoformat()))
    assert step is not None
    assert (step.state, step.due_at) == ("done", local_instant(DAY, 180, town.settings.time_zone))
    assert step.done_at == step.due_at


def test_a_command_is_known_for_longer_than_it_can_wait_in_a_homes_queue() -> None:
    assert KEPT_DAYS["queue"][1] * DAY_S + PRUNE_EVERY_S < COMMAND_DAYS * DAY_S
