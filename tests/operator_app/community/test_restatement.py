"""Better readings after the settlement: a new version beside the old, and in the end the same money (engines B.6)."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from msgspec import structs
from sqlalchemy import Connection

from caravels_operator.common.protocol import (
    MonthStatement,
    Quality,
    ReadingsAccepted,
    Side,
    Statement,
    decode,
    decode_push,
)
from caravels_operator.common.protocol.paths import statement_path
from caravels_operator.community import market_day
from caravels_operator.community.context import Context
from caravels_operator.community.runner import StepHandler
from caravels_operator.community.schedule import RESTATE_DELAY_S, settle_at
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.community.steps import HANDLERS
from caravels_operator.ledger import entries, months, outbox, settlements, steps
from caravels_operator.market.accounts import member_account
from tests.operator_app.community.town import DAY, EVE, HOUR, MARKET_OPEN, NAMES, SETTLED, Town, make_town

ANA_SELLS_WH, OTHERS_BUY_WH = 3_000, 900


async def traded_town(settings: CommunitySettings | None = None) -> Town:
    """Return a town where ana sold DAY to the others and that day is over."""
    town = await make_town(settings=settings)
    await town.trade_a_day()
    await town.at(DAY + timedelta(days=1), 0)
    return town


async def meter(town: Town, members: Sequence[str], starts: Sequence[int] | None = None) -> None:
    """Send what the meters of members say of DAY: not quite what they had contracted."""
    for member in members:
        wh = (0, 2_800) if member == "ana" else (1_000 + 10 * NAMES.index(member), 0)
        assert (await town.command(member, town.batch(*wh, starts=starts))).status == 200


async def settle(town: Town) -> None:
    await town.at(DAY + timedelta(days=1), 10 * 60 + 1)
    await town.operator.runner.run_due()


async def restate(town: Town) -> None:
    """Let the restatement that late readings asked for become due."""
    town.clock.move_to(town.clock.now() + RESTATE_DELAY_S)
    await town.operator.runner.run_due()


async def balances(town: Town) -> dict[str, int]:
    found = await town.look(entries.balances)
    assert sum(found.values()) == 0
    return {account: micro for account, micro in found.items() if micro}


async def references(town: Town) -> list[str]:
    def read(conn: Connection) -> list[str]:
        names = (f"settlement:{DAY}:v{n}" for n in range(1, 5))
        both = [name for settled in names for name in (settled, f"reversal:{settled}")]
        return [name for name in both if entries.find(conn, name)]

    return await town.look(read)


async def test_missing_readings_are_estimated_and_flagged() -> None:
    town = await traded_town()
    await meter(town, NAMES[:2])
    await meter(town, NAMES[2:3], town.periods()[:20])
    await settle(town)
    flagged = {line.member: line.estimated_periods for line in await town.look(lambda c: settlements.lines(c, DAY, 1))}
    assert flagged == {"ana": 0, "bruno": 0, "clara": 4, "dinis": 24}


async def test_an_estimate_is_the_mean_of_the_last_days_at_the_same_hour() -> None:
    town = await traded_town()
    for back, wh in ((1, 100), (2, 300), (7, 500)):
        day = EVE - timedelta(days=back - 1)
        starts = [start - back * 24 * HOUR for start in town.periods()]
        assert (await town.command("dinis", town.batch(wh, starts=starts, day=day))).status == 200
    await meter(town, NAMES[:3])
    await settle(town)
    (line,) = [row for row in await town.look(lambda c: settlements.lines(c, DAY, 1)) if row.member == "dinis"]
    assert (line.import_wh, line.export_wh, line.estimated_periods) == (24 * 300, 0, 24)


async def test_late_readings_come_to_the_same_money_as_readings_on_time() -> None:
    punctual = await traded_town()
    await meter(punctual, NAMES)
    await settle(punctual)

    late = await traded_town()
    await meter(late, NAMES[:2])
    await settle(late)
    assert await balances(late) != await balances(punctual)
    await meter(late, NAMES[2:])
    await restate(late)

    assert await balances(late) == await balances(punctual)
    assert await references(late) == [f"settlement:{DAY}:v1", f"reversal:settlement:{DAY}:v1", f"settlement:{DAY}:v2"]
    lines = await late.look(lambda conn: settlements.lines(conn, DAY, 2))
    assert lines == await punctual.look(lambda conn: settlements.lines(conn, DAY, 1))
    assert await late.look(lambda conn: settlements.lines(conn, DAY, 1)) != lines, "the first version is kept"


async def test_the_member_is_told_the_new_version_and_reads_it() -> None:
    town = await traded_town()
    await meter(town, NAMES[:3])
    await settle(town)
    before = await town.look(lambda conn: outbox.last_seq(conn, "bruno"))
    await meter(town, NAMES[3:])
    await restate(town)
    (row,) = await town.look(lambda conn: outbox.since(conn, "bruno", before, 10))
    told = decode_push(row.body)
    assert isinstance(told, Statement)
    assert (told.day, told.version, told.estimated_periods) == (DAY, 2, 0)
    read = decode((await town.get("bruno", statement_path(DAY))).body, Statement)
    assert read == structs.replace(told, balance_micro=None), "a balance is of its moment: only pushes carry it"
    balance = await town.look(lambda conn: entries.balance(conn, member_account("bruno")))
    assert balance == told.total_micro == told.balance_micro


async def test_readings_that_say_the_same_change_nothing() -> None:
    town = await traded_town()
    await meter(town, NAMES)
    await settle(town)
    rows = await town.rows()
    await meter(town, NAMES)
    await restate(town)
    assert await references(town) == [f"settlement:{DAY}:v1"]
    assert (await town.rows())["settlement_lines"] == rows["settlement_lines"]
    assert (await town.rows())["steps"] == rows["steps"], "nothing was even put"


async def test_an_estimate_that_was_exact_is_an_estimate_no_more() -> None:
    town = await traded_town()
    await meter(town, NAMES[:3])
    await settle(town)
    assert (await town.command("dinis", town.batch(0, 0))).status == 200
    await restate(town)
    (line,) = [row for row in await town.look(lambda c: settlements.lines(c, DAY, 2)) if row.member == "dinis"]
    assert (line.import_wh, line.estimated_periods) == (0, 0)


async def test_a_worse_reading_never_replaces_a_better_one() -> None:
    town = await traded_town()
    await meter(town, NAMES)
    await settle(town)
    for quality, stored in ((Quality.ESTIMATED, 0), (Quality.MEASURED, 24)):
        answer = await town.command("bruno", town.batch(1_234, quality=quality))
        assert decode(answer.body, ReadingsAccepted).stored == stored
        await restate(town)
    assert await references(town) == [f"settlement:{DAY}:v1", f"reversal:settlement:{DAY}:v1", f"settlement:{DAY}:v2"]


async def test_a_member_may_send_estimates_and_they_are_flagged() -> None:
    town = await traded_town()
    await meter(town, NAMES[:3])
    assert (await town.command("dinis", town.batch(700, quality=Quality.ESTIMATED))).status == 200
    await settle(town)
    (line,) = [row for row in await town.look(lambda c: settlements.lines(c, DAY, 1)) if row.member == "dinis"]
    assert (line.import_wh, line.estimated_periods) == (24 * 700, 24)


async def test_late_batches_are_restated_once_and_the_runner_hears_of_them() -> None:
    town = await traded_town()
    await settle(town)
    heard: list[int] = []
    town.operator.context.steps_changed.subscribe(lambda: heard.append(town.clock.now()))
    await meter(town, NAMES)
    assert len(heard) == len(NAMES)
    pending = await town.look(lambda conn: steps.due(conn, town.clock.now() + RESTATE_DELAY_S, 10))
    assert [step.kind for step in pending] == ["restate"]
    await restate(town)
    assert (await references(town))[-1] == f"settlement:{DAY}:v2"


async def test_readings_of_a_day_that_is_not_settled_ask_for_nothing() -> None:
    town = await traded_town()
    heard: list[int] = []
    town.operator.context.steps_changed.subscribe(lambda: heard.append(1))
    await meter(town, NAMES)
    assert heard == []


def _again(step: StepHandler, context: Context, key: str, prepared: object, now: int, conn: Connection) -> None:
    step.apply(conn, context, key, prepared, now)


async def test_a_step_run_again_changes_nothing() -> None:
    """As after a kill between the commit and its notice."""
    town = await traded_town()
    await meter(town, NAMES)
    await settle(town)
    rows = await town.rows()
    context, now = town.operator.context, town.clock.now()
    for kind, key, prepared in (
        ("prices", DAY.isoformat(), dict.fromkeys(town.periods(), 100_000)),
        ("gate", DAY.isoformat(), None),
        ("settle", DAY.isoformat(), None),
        ("restate", f"{DAY}@1", None),
    ):
        await town.ledger.run(partial(_again, HANDLERS[kind], context, key, prepared, now))
        assert await town.rows() == rows, kind


async def month_town(settings: CommunitySettings) -> Town:
    """Return a town whose DAY is the last of its month."""
    last = DAY.replace(day=31)
    town = await make_town(settings=settings, first=last)
    eve = last - timedelta(days=1)
    await town.at(eve, MARKET_OPEN)
    await town.operator.runner.run_due()
    for member in NAMES:
        side, price = (Side.SELL, 80_000) if member == "ana" else (Side.BUY, 150_000)
        wh = ANA_SELLS_WH if member == "ana" else OTHERS_BUY_WH
        assert (await town.command(member, town.book(member, side, wh, price, day=last))).status == 200
    await town.at(last + timedelta(days=1), 0)
    return town


@pytest.mark.parametrize("no_loss", [True, False])
async def test_a_closed_month_is_restated_with_its_day(no_loss: bool) -> None:
    """Ana delivered too little of what she sold, and dinis was first thought to have used nothing that he bought."""
    town = await month_town(CommunitySettings(no_loss=no_loss, strict=True))
    last = DAY.replace(day=31)
    for member in NAMES[:3]:
        used_wh, fed_in_wh = (0, 1_100) if member == "ana" else (900, 0)
        assert (await town.command(member, town.batch(used_wh, fed_in_wh, day=last))).status == 200
    await town.at(last + timedelta(days=1), 12 * 60)
    await town.operator.runner.run_due()
    assert await town.look(lambda conn: months.latest_version(conn, "2026-07")) == 1
    assert (await town.command("dinis", town.batch(950, 0, day=last))).status == 200
    await restate(town)
    assert await town.look(lambda conn: months.latest_version(conn, "2026-07")) == 2
    for version, losers in ((1, {"ana", "dinis"}), (2, {"ana"})):
        lines = await town.look(partial(months.lines, month="2026-07", version=version))
        assert {line.member for line in lines if line.before_micro > line.alone_micro} == losers
        worse = {line.member for line in lines if line.before_micro + line.no_loss_micro > line.alone_micro}
        assert worse == (set() if no_loss else losers)
        assert sum(line.no_loss_micro for line in lines) == 0
        assert any(line.no_loss_micro for line in lines) is no_loss
    for line in lines:
        assert await town.look(partial(entries.balance, account=member_account(line.member))) == line.total_micro
    assert sum((await town.look(entries.balances)).values()) == 0
    pushes = [decode_push(row.body) for row in await town.look(lambda conn: outbox.since(conn, "ana", 0, 100))]
    told = [push.version for push in pushes if isinstance(push, Statement | MonthStatement)]
    assert told == [1, 1, 2, 2]
    assert isinstance(pushes[-1], MonthStatement)


async def test_a_day_that_is_settled_after_its_month_was_closed_counts_in_it() -> None:
    town = await month_town(CommunitySettings())
    last = DAY.replace(day=31)
    for member in NAMES:
        wh = (0, 1_100) if member == "ana" else (900, 0)
        assert (await town.command(member, town.batch(*wh, day=last))).status == 200
    again_at = settle_at(last, town.settings) + 2 * HOUR
    await town.ledger.run(lambda conn: steps.postpone(conn, "settle", last.isoformat(), again_at, "a disk was full"))
    await town.at(last + timedelta(days=1), 11 * 60 + 30)
    assert await town.look(partial(months.lines, month="2026-07", version=1)) == []
    await town.at(last + timedelta(days=1), 12 * 60 + 30)
    days = {line.member: line for line in await town.look(lambda conn: settlements.lines(conn, last, 1))}
    closed = await town.look(partial(months.lines, month="2026-07", version=2))
    assert [line.member for line in closed] == sorted(NAMES)
    for line in closed:
        assert line.alone_micro == days[line.member].alone_micro > 0 or line.member == "ana"
        assert line.before_micro + line.fees_micro == days[line.member].total_micro


async def test_an_open_month_is_left_to_its_own_close() -> None:
    town = await traded_town()
    await settle(town)
    await meter(town, NAMES)
    await restate(town)
    assert await town.look(lambda conn: months.latest_version(conn, "2026-07")) == 0
    assert settle_at(DAY, town.settings) < town.clock.now()


async def test_a_day_is_not_settled_before_its_auction_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that fails for a day must not cost everybody what was contracted."""
    town = await make_town()

    def fails(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr(market_day, "clear_day", fails)
        await town.trade_a_day()
        await town.settle_a_day()
        assert await town.look(lambda conn: settlements.settled_days(conn, DAY, DAY)) == {}
        waiting = await town.look(lambda conn: steps.get(conn, "settle", DAY.isoformat()))
        assert waiting is not None
        assert waiting.last_error == f"the auction of {DAY} has not been cleared"
    await town.at(DAY + timedelta(days=1), SETTLED + 240)
    (ana, *_) = await town.look(lambda conn: settlements.lines(conn, DAY, 1))
    assert (ana.member, ana.sold_wh) == ("ana", 24 * 2_700)
