"""What was cleared and settled follows from what is stored; where it does not, the day is named."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from caravels_operator.community.replay import replay
from caravels_operator.ledger import engine, settlements, steps
from caravels_operator.ledger.store import Ledger
from caravels_operator.market.settlement import Settlement, SettlementDay, settle
from caravels_operator.market.transactions import Transactions
from tests.operator_app.community.town import DAY, Town, make_town

ENGINE = "caravels_operator.community.settlement_day.settle"


async def settled_town(ledger: Ledger | None = None) -> Town:
    town = await make_town(ledger=ledger)
    await town.trade_a_day()
    await town.settle_a_day()
    return town


async def faults(town: Town) -> list[str]:
    return await town.look(lambda conn: list(replay(conn, town.settings)))


async def test_a_settled_day_follows_from_its_books_and_readings() -> None:
    assert await faults(await settled_town()) == []


async def test_readings_that_wait_for_their_restatement_are_told() -> None:
    town = await settled_town()
    assert (await town.command("bruno", town.batch(77))).status == 200
    assert await faults(town) == [f"The settlement of {DAY} does not follow from its contracts and readings."]
    town.clock.move_to(town.clock.now() + 3_600)
    await town.operator.runner.run_due()
    assert await faults(town) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "UPDATE books SET body = CAST(replace(CAST(body AS TEXT), '150000', '140000') AS BLOB)",
            f"The auction of {DAY} does not follow",
        ),
        ("UPDATE transactions SET micro = micro + 1 WHERE n = 0", f"The auction of {DAY} does not follow"),
        ("UPDATE entries SET reference = 'x' WHERE kind = 'settlement'", f"The settlement of {DAY} is not booked."),
    ],
)
def test_what_was_changed_by_hand_is_found(tmp_path: Path, change: str, sentence: str) -> None:
    address = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"

    async def live() -> None:
        town = await settled_town(Ledger.open(address, inline=True, create=True))
        await town.ledger.close()

    asyncio.run(live())
    connection = sqlite3.connect(tmp_path / "ledger.sqlite3")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(change)
    connection.commit()

    async def look() -> list[str]:
        town = await make_town((), ledger=Ledger.open("sqlite://", inline=True))
        await town.ledger.close()
        with engine.reading(engine.parse(address)).connect() as conn:
            return list(replay(conn, town.settings))

    found = asyncio.run(look())
    connection.close()
    assert any(sentence in fault for fault in found), found


async def test_a_settlement_that_does_not_add_up_is_not_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is code of its own: if it and the engine disagree, nobody is billed, and the step says why."""
    town = await make_town()
    await town.trade_a_day()

    def wrong(day: SettlementDay, columns: Transactions) -> Settlement:
        settlement = settle(day, columns)
        settlement.postings.micro[0] += 1
        return settlement

    monkeypatch.setattr(ENGINE, wrong)
    await town.settle_a_day()
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 0
    step = await town.look(lambda conn: steps.get(conn, "settle", DAY.isoformat()))
    assert step is not None
    assert (step.state, DAY.isoformat() in (step.last_error or "")) == ("pending", True)
    monkeypatch.setattr(ENGINE, settle)
    town.clock.move_to(step.due_at)
    await town.operator.runner.run_due()
    assert await town.look(lambda conn: settlements.latest_version(conn, DAY)) == 1
