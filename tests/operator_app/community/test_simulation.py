"""A community in virtual time: the same seed gives the same bytes, a thousand homes balance, a year is a year."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from caravels_operator.app.simulation import Plan, Run, plan_run, simulate
from caravels_operator.ledger import auctions, chain, entries, members, months, settlements, transactions
from caravels_operator.market.accounts import member_account
from caravels_operator.virtual.scenario import load_scenario
from tests.e2e.processes import environment

FIRST = date(2026, 7, 6)


def plan_of(members: int, days: int, seed: int = 1, **rules: bool) -> Plan:
    scenario = replace(load_scenario("paper").resized(members), seed=seed)
    return plan_run(scenario, None, FIRST, days, **rules)


def look[T](run: Run, work: Callable[[Connection], T]) -> T:
    return asyncio.run(run.ledger.read(work))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    plan = plan_of(8, 2)
    first, again = simulate(plan).trace_hash, simulate(plan).trace_hash
    assert first == again
    assert simulate(plan_of(8, 2, seed=2)).trace_hash != first
    assert simulate(plan_of(8, 2)).trace_hash == first


def test_the_same_bytes_come_from_another_process() -> None:
    """Neither hash seeds nor addresses in memory decide anything."""
    program = (
        "from tests.operator_app.community.test_simulation import plan_of, simulate;"
        "print(simulate(plan_of(5, 1)).trace_hash)"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment({"PYTHONHASHSEED": seed}),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert hashes == {simulate(plan_of(5, 1)).trace_hash}


def balanced(conn: Connection) -> tuple[int, int, int]:
    """Return energy traded [Wh], money of all accounts [micro], lines settled, after a look at the chain of hashes."""
    assert list(chain.verify_chain(conn)) == []
    assert list(chain.verify_conservation(conn)) == []
    days = auctions.cleared_days(conn, date.min, date.max)
    traded = sum(row.wh for day in days for row in transactions.of_day(conn, day))
    lines = settlements.between(conn, date.min, date.max)
    for member in members.all(conn):
        closed = sum(line.total_micro for _, line in lines if line.member == member.id)
        month = sum(line.no_loss_micro for _, line in months.of_member(conn, member.id))
        assert entries.balance(conn, member_account(member.id)) == closed + month
    return traded, sum(entries.balances(conn).values()), len(lines)


@pytest.mark.long
def test_a_thousand_homes_trade_a_day_in_one_process() -> None:
    run = simulate(plan_of(1_000, 1))
    traded, money, lines = look(run, balanced)
    assert traded > 1_000_000
    assert (money, lines) == (0, 1_000)


@pytest.mark.parametrize("rules", [{"strict": True}, {"no_loss": False}, {"strict": True, "no_loss": False}])
def test_every_rule_of_settlement_balances(rules: dict[str, bool]) -> None:
    run = simulate(plan_of(27, 3, **rules))
    traded, money, lines = look(run, balanced)
    assert traded > 0
    assert (money, lines) == (0, 81)
    netted = sum(line.netted_in_wh for _, line in look(run, lambda c: settlements.between(c, date.min, date.max)))
    assert (netted == 0) is rules.get("strict", False)
    corrected = [line.no_loss_micro for line in look(run, lambda c: months.lines(c, "2026-07", 1))]
    if not rules.get("no_loss", True):
        assert set(corrected) == {0}


def test_after_the_month_nobody_paid_more_than_alone() -> None:
    run = simulate(plan_of(27, 3))
    lines = look(run, lambda conn: months.lines(conn, "2026-07", 1))
    assert len(lines) == 27
    assert [line.member for line in lines if line.before_micro + line.no_loss_micro > line.alone_micro] == []


def test_progress_is_told_a_day_at_a_time() -> None:
    told: list[date] = []
    simulate(plan_of(3, 3), told.append)
    assert told == [FIRST + timedelta(days=n) for n in range(3)]


SEEDS = range(1, 21)


@pytest.mark.long
def test_a_year_of_every_seed_is_the_same_twice() -> None:
    """Twenty years of 27 homes, each in two processes side by side."""
    program = (
        "import sys; from datetime import date; from dataclasses import replace;"
        "from caravels_operator.app.simulation import plan_run, simulate;"
        "from caravels_operator.virtual.scenario import load_scenario;"
        "from tests.operator_app.community.test_simulation import balanced, look;"
        "scenario = replace(load_scenario('paper'), seed=int(sys.argv[1]));"
        "run = simulate(plan_run(scenario, None, date(2026, 1, 1), 365));"
        "traded, money, lines = look(run, balanced);"
        "print(run.trace_hash, traded > 0, money, lines)"
    )
    hashes = set()
    for seed in SEEDS:
        pair = [
            subprocess.Popen(
                [sys.executable, "-c", program, str(seed)],
                env=environment(),
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        said = [process.communicate()[0].split() for process in pair]
        assert [process.returncode for process in pair] == [0, 0], seed
        assert said[0] == said[1], seed
        trace_hash, *rest = said[0]
        assert rest == ["True", "0", str(365 * 27)], seed
        hashes.add(trace_hash)
    assert len(hashes) == len(SEEDS)
