"""The member's stream: snapshot, pushes, acknowledgements; nobody's stream harms another's (R2, R3, R10)."""

import asyncio

import pytest

from caravels_operator.api.limits import BURST
from caravels_operator.api.stream import BATCH
from caravels_operator.common.protocol import (
    AuctionResult,
    ErrorCode,
    Hello,
    MarketDay,
    RotateToken,
    Snapshot,
    Statement,
    StreamOpen,
    encode,
)
from caravels_operator.common.protocol.paths import TOKEN, result_path
from caravels_operator.ledger import members, meta, outbox
from caravels_operator.ledger.errors import LedgerCorrupt
from tests.operator_app.api.streams import Ended, MemberStream, open_stream, settled
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, Town, make_town, token_of


async def connected(town: Town, member: str, epoch: str | None = None, seq: int = 0) -> MemberStream:
    """Return a member's stream after its snapshot."""
    stream = open_stream(town, town.tokens[member])
    await stream.hello_and_snapshot(epoch, seq)
    return stream


async def open_market(town: Town) -> None:
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()


async def acked(town: Town, member: str) -> int:
    return await town.look(lambda conn: outbox.acked(conn, member))


async def test_a_first_stream_brings_the_whole_state_and_what_led_to_it_as_notifications() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    stream = open_stream(town, town.tokens["ana"])
    snapshot = await stream.hello_and_snapshot()
    assert snapshot.as_of == 2
    assert snapshot.hello.epoch == await town.look(meta.epoch)
    assert [result.day for result in snapshot.results] == [DAY]
    assert [market.day for market in snapshot.market_days] == [DAY], "its gate has closed, its prices still count"
    assert snapshot.market_days[0].gate_at <= town.clock.now()
    assert [type(push) for _, push in [await stream.event(), await stream.event()]] == [MarketDay, AuctionResult]
    await settled()
    assert stream.waiting() == 0
    await stream.leave()


async def test_what_was_seen_is_not_sent_again_and_what_happens_now_comes_at_once() -> None:
    town = await make_town()
    await open_market(town)
    stream = await connected(town, "ana", seq=1)
    await settled()
    assert stream.waiting() == 0
    await town.trade_a_day()
    await town.operator.runner.run_due()
    seq, push = await stream.event()
    assert (seq, type(push)) == (2, AuctionResult)
    stream.acknowledge(2)
    await settled()
    assert await acked(town, "ana") == 2
    await stream.leave()


async def test_who_is_sent_away_while_its_stream_is_being_opened_gets_nothing() -> None:
    town = await make_town()
    stream = open_stream(town, town.tokens["ana"])
    assert isinstance(await stream.frame(), Hello)
    await town.revoke("ana")
    stream.say(StreamOpen(protocol_version=1, epoch="", seq=0))
    with pytest.raises(Ended) as ended:
        await stream.frame()
    assert ended.value.status == 401
    await settled()
    assert "ana" not in town.operator.hub.online


async def test_an_acknowledgement_neither_runs_ahead_nor_back() -> None:
    town = await make_town()
    await open_market(town)
    stream = await connected(town, "ana")
    for said, held in ((1_000_000, 1), (0, 1), (1, 1)):
        stream.acknowledge(said)
        await settled()
        assert await acked(town, "ana") == held
    assert await acked(town, "bruno") == 0, "each one's own"
    await stream.leave()


async def test_another_epoch_starts_from_the_snapshot_alone() -> None:
    """A restored operator numbers anew: a member's number says nothing, and what the snapshot holds is not retold."""
    town = await make_town()
    await open_market(town)
    stream = open_stream(town, town.tokens["ana"])
    snapshot = await stream.hello_and_snapshot(epoch="before the restore", seq=0)
    assert (snapshot.as_of, len(snapshot.market_days)) == (1, 1)
    await settled()
    assert stream.waiting() == 0
    await stream.leave()


async def test_a_number_from_the_future_is_cut_to_what_was_sent() -> None:
    town = await make_town()
    stream = await connected(town, "ana", seq=500)
    await open_market(town)
    seq, push = await stream.event()
    assert (seq, type(push)) == (1, MarketDay)
    await stream.leave()


async def test_a_long_absence_is_caught_up_in_order_and_without_a_gap() -> None:
    town = await make_town()
    await open_market(town)
    (row,) = await town.look(lambda conn: outbox.since(conn, "ana", 0, 10))
    many = 2 * BATCH + 7
    await town.ledger.run(lambda conn: outbox.append_many(conn, [("ana", row.body)] * many, town.clock.now()))
    stream = await connected(town, "ana", seq=1)
    assert [(await stream.event())[0] for _ in range(many)] == list(range(2, many + 2))
    await stream.leave()


async def test_a_new_stream_replaces_the_old_one() -> None:
    town = await make_town()
    old = await connected(town, "ana")
    new = await connected(town, "ana")
    with pytest.raises(Ended):
        await old.frame()
    assert town.operator.hub.online == {"ana"}
    await open_market(town)
    assert (await new.event())[0] == 1
    await new.leave()
    assert town.operator.hub.online == frozenset()


async def test_of_streams_that_come_at_once_the_last_one_stays_and_the_others_end() -> None:
    """Else one of them would stay open and never be told anything."""
    town = await make_town()
    streams = [await connected(town, "ana")]
    slow = streams[0].wire.close
    closing = asyncio.Event()

    async def close_slowly() -> None:
        await closing.wait()
        await slow()

    streams[0].wire.close = close_slowly  # type: ignore[method-assign]
    streams += [open_stream(town, town.tokens["ana"]) for _ in range(4)]
    for stream in streams[1:]:
        hello = await stream.frame()
        assert isinstance(hello, Hello)
        stream.say(StreamOpen(protocol_version=1, epoch=hello.epoch, seq=0))
    await settled()
    closing.set()
    await settled()
    assert [stream.wire.closed for stream in streams].count(False) == 1
    (open_one,) = [stream for stream in streams if not stream.wire.closed]
    assert isinstance(await open_one.frame(), Snapshot)
    await open_market(town)
    assert (await open_one.event())[0] == 1
    await open_one.leave()
    assert town.operator.hub.online == frozenset()


async def test_who_leaves_is_offline_wherever_it_leaves() -> None:
    town = await make_town()
    early = open_stream(town, town.tokens["ana"])
    await early.frame()
    await early.leave()
    half = open_stream(town, town.tokens["ana"])
    hello = await half.frame()
    half.wire.stuck.clear()
    half.say(StreamOpen(protocol_version=1, epoch=str(getattr(hello, "epoch", "")), seq=0))
    await settled()
    await half.leave()
    late = await connected(town, "ana")
    assert town.operator.hub.online == {"ana"}
    await late.leave()
    assert town.operator.hub.online == frozenset()


async def test_who_is_not_let_in_hears_why() -> None:
    town = await make_town()
    for token in (None, "", "x" * 43):
        with pytest.raises(Ended) as refusal:
            await open_stream(town, token).frame()
        assert refusal.value.problem is not None
        assert refusal.value.problem.code is ErrorCode.UNAUTHORISED
        assert "Pair again" in refusal.value.problem.sentence


async def test_a_member_that_is_too_old_is_told_what_to_update() -> None:
    town = await make_town()
    stream = open_stream(town, town.tokens["ana"])
    await stream.frame()
    stream.say(StreamOpen(protocol_version=0, epoch="", seq=0))
    with pytest.raises(Ended) as refusal:
        await stream.frame()
    assert refusal.value.status == 426
    assert refusal.value.problem is not None
    assert "Update CARAVELS in Home Assistant" in refusal.value.problem.sentence
    assert town.operator.hub.online == frozenset()


GARBAGE = [
    b"",
    b"garbage",
    b"\xff",
    b"null",
    b'{"type":"acknowledge"}',
    b'{"type":"acknowledge","seq":-1}',
    b'{"type":"acknowledge","seq":1.5}',
    b'{"type":"acknowledge","seq":true}',
    b'{"type":"acknowledge","seq":1,"seq":2}',
    b'{"type":"book"}',
    b'{"type":"stream_open","protocol_version":1,"epoch":"e","seq":0}',
    b"[" * 20_000,
]


@pytest.mark.parametrize("data", [*GARBAGE, b'{"type":"acknowledge","seq":' + b" " * 70_000 + b"1}"])
async def test_a_frame_that_is_none_ends_its_own_stream_with_a_problem(data: bytes) -> None:
    town = await make_town()
    ana, bruno = await connected(town, "ana"), await connected(town, "bruno")
    ana.say_bytes(data)
    with pytest.raises(Ended) as refusal:
        await ana.frame()
    assert refusal.value.status in (400, 413)
    await settled()
    assert town.operator.hub.online == {"bruno"}
    await open_market(town)
    assert (await bruno.event())[0] == 1
    await bruno.leave()


@pytest.mark.parametrize("data", [*GARBAGE[:-2], b'{"type":"acknowledge","seq":1}'])
async def test_a_first_frame_that_is_no_opening(data: bytes) -> None:
    town = await make_town()
    stream = open_stream(town, town.tokens["ana"])
    await stream.frame()
    stream.say_bytes(data)
    with pytest.raises(Ended) as refusal:
        await stream.frame()
    assert refusal.value.status == 400
    assert town.operator.hub.online == frozenset()


async def test_a_member_that_does_not_read_keeps_no_other_waiting() -> None:
    town = await make_town()
    ana, bruno = await connected(town, "ana"), await connected(town, "bruno")
    ana.wire.stuck.clear()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    assert [(await bruno.event())[0] for _ in range(2)] == [1, 2]
    assert ana.waiting() == 0
    assert (await town.get("ana", result_path(DAY))).status == 200, "its own commands go on as well"
    ana.wire.stuck.set()
    assert [(await ana.event())[0] for _ in range(2)] == [1, 2], "and once it reads, all of it comes"
    await ana.leave()
    await bruno.leave()


async def test_who_connects_and_says_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caravels_operator.api.stream.OPENING_S", 0.01)
    town = await make_town()
    stream = open_stream(town, town.tokens["ana"])
    await stream.frame()
    with pytest.raises(Ended) as end:
        await stream.frame()
    assert end.value.problem is None
    await stream.task


async def test_streams_are_limited_like_requests() -> None:
    town = await make_town()
    for _ in range(BURST):
        await (await connected(town, "ana")).leave()
    with pytest.raises(Ended) as refusal:
        await open_stream(town, town.tokens["ana"]).frame()
    assert refusal.value.status == 429
    bruno = await connected(town, "bruno")
    await bruno.leave()


async def test_cutting_and_closing_end_streams_at_once_even_if_one_does_not_answer() -> None:
    town = await make_town()
    streams = [await connected(town, member) for member in town.tokens]
    await town.operator.hub.cut("ana")
    with pytest.raises(Ended):
        await streams[0].frame()
    await town.operator.hub.cut("nobody")
    assert len(town.operator.hub.online) == 3
    await town.operator.hub.close()
    assert town.operator.hub.online == frozenset()
    await asyncio.gather(*(stream.task for stream in streams))


async def test_an_outbox_that_cannot_be_read_ends_the_stream_instead_of_leaving_it_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = await make_town()
    stream = await connected(town, "ana")

    def damaged(*_: object) -> None:
        raise LedgerCorrupt("The ledger is damaged.")

    monkeypatch.setattr(outbox, "since", damaged)
    await open_market(town)
    with pytest.raises(Ended):
        await stream.frame()
    await stream.task


async def test_an_open_stream_outlives_the_token_that_opened_it_and_reopens_with_the_next() -> None:
    town = await make_town()
    stream = await connected(town, "ana")
    old, new = town.tokens["ana"], token_of("ana's next")
    assert (await town.send("POST", TOKEN, encode(RotateToken(token=new)), old)).status == 200
    town.tokens["ana"] = new
    again = await connected(town, "ana")
    with pytest.raises(Ended):
        await stream.frame()
    await again.leave()


async def test_the_state_of_a_settled_day_and_the_last_time_a_member_was_seen() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.at(DAY, 34 * 60)
    await town.operator.runner.run_due()
    stream = open_stream(town, town.tokens["ana"])
    snapshot = await stream.hello_and_snapshot(seq=0)
    assert [statement.day for statement in snapshot.statements] == [DAY]
    assert snapshot.balance_micro == snapshot.statements[0].total_micro
    pushes = [(await stream.event())[1] for _ in range(snapshot.as_of)]
    assert [type(push) for push in pushes] == [MarketDay, AuctionResult, MarketDay, AuctionResult, Statement]
    row = await town.look(lambda conn: members.get(conn, "ana"))
    assert row is not None
    assert row.last_seen_at == town.clock.now()
    await stream.leave()


async def test_a_paused_member_is_told_results_but_offered_no_market() -> None:
    town = await make_town()
    await town.set_state("ana", "paused")
    await open_market(town)
    stream = open_stream(town, town.tokens["ana"])
    snapshot = await stream.hello_and_snapshot()
    assert (snapshot.as_of, snapshot.market_days) == (0, [])
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    assert isinstance((await stream.event())[1], AuctionResult)
    await stream.leave()
