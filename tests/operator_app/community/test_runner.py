"""The runner: what is due is done once, in order; what fails is tried again; what cannot be stored waits."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from caravels_operator.community.context import Context, Signal
from caravels_operator.community.runner import MAX_RETRY_S, RETRY_S, Runner, StepHandler
from caravels_operator.community.schedule import month_key, put_day
from caravels_operator.ledger import steps
from caravels_operator.ledger.errors import LedgerBroken, LedgerReadOnly
from tests.operator_app.api.streams import settled
from tests.operator_app.community.town import DAY, Town, make_town

HOUR = 3_600


class Work:
    """A kind of step that notes what it was asked, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, error: type[Exception] = RuntimeError) -> None:
        self.done: list[tuple[str, int]] = []
        self.failures = failures
        self.error = error

    def __call__(self, conn: Connection, context: Context, key: str, prepared: Any, now: int) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error("not now")
        self.done.append((key, now))


async def town_with(**kinds: Work) -> tuple[Town, Runner]:
    """Return a town whose only steps are of these kinds."""
    town = await make_town(("ana",))
    await town.ledger.run(finish_all)
    return town, Runner(town.operator.context, {kind: StepHandler(work) for kind, work in kinds.items()})


def finish_all(conn: Connection) -> None:
    for step in steps.due(conn, 2**40, 100):
        steps.finish(conn, step.kind, step.key, 0)


async def put(town: Town, kind: str, key: str, due_in: int) -> None:
    due_at = town.clock.now() + due_in
    await town.ledger.run(lambda conn: steps.put(conn, kind, key, due_at))


async def test_steps_are_done_in_the_order_of_their_time_and_once() -> None:
    work, other = Work(), Work()
    town, runner = await town_with(b=work, a=other)
    for kind, key, due_in in (("b", "2", -5), ("b", "1", -9), ("a", "3", -5), ("b", "later", 60)):
        await put(town, kind, key, due_in)
    now = town.clock.now()
    assert await runner.run_due() == now + 60
    assert ([key for key, _ in work.done], [key for key, _ in other.done]) == (["1", "2"], ["3"])
    assert await runner.run_due() == now + 60
    assert len(work.done) == 2
    town.clock.move_to(now + 60)
    assert await runner.run_due() is None
    assert work.done[-1] == ("later", now + 60)


async def test_a_step_that_fails_is_tried_again_ever_later(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(failures=9)
    town, runner = await town_with(a=work)
    await put(town, "a", "x", 0)
    waits = []
    while not work.done:
        due_at = await runner.run_due()
        if due_at is not None:
            waits.append(due_at - town.clock.now())
            town.clock.move_to(due_at)
    assert waits == [min(MAX_RETRY_S, RETRY_S * 2**n) for n in range(9)]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 9, "each time, not only the first"
    assert caplog.messages[-1] == "step a x failed 9 times: not now"


async def test_a_step_that_fails_holds_up_no_other() -> None:
    bad, good = Work(failures=1), Work()
    town, runner = await town_with(a=bad, b=good)
    await put(town, "a", "x", -1)
    await put(town, "b", "y", 0)
    assert await runner.run_due() == town.clock.now() + RETRY_S
    assert [key for key, _ in good.done] == ["y"]


async def test_what_cannot_be_stored_waits_without_an_attempt_counted_and_the_runner_lives() -> None:
    work = Work(failures=2, error=LedgerReadOnly)
    town, runner = await town_with(a=work)
    await put(town, "a", "x", 0)
    task = asyncio.create_task(runner.run_for_ever())
    for _ in range(2):
        await settled()
        assert not work.done
        town.clock.move_to(town.clock.now() + RETRY_S)
    await settled()
    assert [key for key, _ in work.done] == ["x"]
    step = await town.look(lambda conn: steps.get(conn, "a", "x"))
    assert step is not None
    assert (step.state, step.attempts) == ("done", 0)
    await end(task)


async def test_a_ledger_that_cannot_be_trusted_ends_the_runner() -> None:
    """The process must end: what the disk holds is unknown."""
    town, runner = await town_with(a=Work())
    broken = LedgerBroken("A write did not reach the disk.")

    async def read(_work: object) -> None:
        raise broken

    await put(town, "a", "x", 0)
    town.ledger.read = read  # type: ignore[method-assign, assignment]  # this one ledger is to fail
    with pytest.raises(LedgerBroken):
        await runner.run_for_ever()


async def test_the_runner_sleeps_until_the_next_step_and_wakes_when_an_earlier_one_is_put() -> None:
    work = Work()
    town, runner = await town_with(a=work)
    await put(town, "a", "late", 10 * HOUR)
    task = asyncio.create_task(runner.run_for_ever())
    await settled()
    await put(town, "a", "early", HOUR)
    town.operator.context.steps_changed.fire()
    await settled()
    town.clock.move_to(town.clock.now() + HOUR)
    await settled()
    assert [key for key, _ in work.done] == ["early"]
    town.clock.move_to(town.clock.now() + 9 * HOUR)
    await settled()
    assert [key for key, _ in work.done] == ["early", "late"]
    await end(task)
    assert town.operator.context.steps_changed._listeners == [town.operator.runner._wake.set]


async def test_a_runner_with_nothing_to_do_waits_for_news() -> None:
    work = Work()
    town, runner = await town_with(a=work)
    task = asyncio.create_task(runner.run_for_ever())
    await settled()
    await put(town, "a", "x", 0)
    town.operator.context.steps_changed.fire()
    await settled()
    assert work.done
    await end(task)


def test_a_signal_tells_those_who_listen() -> None:
    heard: list[int] = []
    signal = Signal()
    stop = signal.subscribe(lambda: heard.append(1))
    signal.fire()
    stop()
    signal.fire()
    assert heard == [1]


async def test_the_last_day_of_a_month_puts_its_close() -> None:
    town = await make_town(("ana",))
    last = DAY.replace(day=31)
    for day in (last - timedelta(days=1), last, last):
        await town.ledger.run(partial(put_day, day=day, settings=town.settings))
    step = await town.look(lambda conn: steps.get(conn, "month", month_key(last)))
    settle = await town.look(lambda conn: steps.get(conn, "settle", last.isoformat()))
    assert step is not None
    assert settle is not None
    assert step.due_at == settle.due_at + HOUR


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
