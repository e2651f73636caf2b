"""Whatever is wrong with a command has its code, and nothing of it is stored (issue: bad input and bad luck)."""

import json
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from caravels_operator.api.call import Response
from caravels_operator.common.protocol import Bid, BookAccepted, ErrorCode, Problem, Quality, Side, decode, encode
from caravels_operator.common.protocol.errors import ProtocolError
from caravels_operator.common.protocol.paths import READINGS, book_path
from caravels_operator.ledger import books, commands
from tests.operator_app.community.town import CONNECTION_W, DAY, EVE, GATE, HOUR, MARKET_OPEN, Town, code_of, make_town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """A town whose market for DAY is open."""
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    yield town
    await town.ledger.close()


async def refused(town: Town, code: ErrorCode, attempt: Coroutine[Any, Any, Response]) -> Problem:
    """Send something, see it refused, and see that nothing was stored."""
    before = await town.rows()
    answer = await attempt
    assert await town.rows() == before
    problem = decode(answer.body, Problem)
    assert problem.code is code, problem
    error = type(ProtocolError.of(code, ""))
    assert (answer.status, problem.sentence) == (error.status, error.sentence)
    return problem


# --- books --------------------------------------------------------------------------------------------------------


async def test_the_last_second_before_the_gate_counts_and_the_gate_does_not(town: Town) -> None:
    gate_at = town.clock.instant + 90 * 60
    town.clock.move_to(gate_at - 1)
    assert (await town.command("ana", town.book("ana"))).status == 200
    for instant in (gate_at, gate_at + 1, gate_at + HOUR):
        town.clock.move_to(instant)
        await refused(town, ErrorCode.GATE_CLOSED, town.command("ana", town.book("ana", revision=2)))


async def test_a_cleared_day_takes_no_book_even_if_the_clock_is_set_back(town: Town) -> None:
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    town.clock.instant -= 2 * HOUR
    await refused(town, ErrorCode.GATE_CLOSED, town.command("ana", town.book("ana")))


async def test_a_book_for_another_member(town: Town) -> None:
    book = town.book("bruno")
    await refused(town, ErrorCode.WRONG_MEMBER, town.command("ana", book))
    assert (await town.command("bruno", book)).status == 200, "the id is still bruno's to use"


async def test_a_book_for_a_day_that_is_not_open(town: Town) -> None:
    for days in (-1, 1, 400):
        book = town.book("ana", day=DAY + timedelta(days=days))
        await refused(town, ErrorCode.WRONG_DAY, town.command("ana", book))


async def test_a_book_whose_path_names_another_day(town: Town) -> None:
    other = book_path(DAY + timedelta(days=1))
    await refused(town, ErrorCode.WRONG_DAY, town.command("ana", town.book("ana"), other))


@pytest.mark.parametrize("day", ["2026-02-30", "today", "2026-7-7", "%00", "2026-07-07T00"])
async def test_a_path_that_names_no_day(town: Town, day: str) -> None:
    path = f"/api/v1/books/{day}"
    await refused(town, ErrorCode.NOT_FOUND, town.command("ana", town.book("ana"), path))


async def test_periods_that_the_day_does_not_have(town: Town) -> None:
    starts = town.periods()
    wrong = {
        "97 bids": [starts[0] + 900 * n for n in range(97)],
        "twice the same": [starts[0], starts[0]],
        "off the grid": [starts[0] + 1],
        "a quarter-hour of an hourly market": [starts[0] + 900],
        "the day before": [starts[0] - HOUR],
        "the day after": [starts[-1] + HOUR],
    }
    for what, chosen in wrong.items():
        bids = [Bid(start=at, side=Side.BUY, wh=1, price_micro_kwh=1) for at in chosen]
        book = town.book("ana", bids=bids)
        problem = await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", book))
        assert problem.detail == f"{len(chosen)} bids for 24 periods", what


async def test_more_periods_than_any_day_has(town: Town) -> None:
    bids = [Bid(start=n, side=Side.BUY, wh=1, price_micro_kwh=1) for n in range(201)]
    await refused(town, ErrorCode.MALFORMED, town.command("ana", town.book("ana", bids=bids)))


async def test_more_than_the_connection_carries(town: Town) -> None:
    at = town.periods()[5]
    over = [Bid(start=at, side=Side.SELL, wh=CONNECTION_W + 1, price_micro_kwh=1)]
    await refused(town, ErrorCode.ABOVE_LIMIT, town.command("ana", town.book("ana", bids=over)))
    full = [Bid(start=at, side=Side.SELL, wh=CONNECTION_W, price_micro_kwh=1)]
    assert (await town.command("ana", town.book("ana", bids=full))).status == 200


async def test_a_revision_that_is_not_newer(town: Town) -> None:
    assert (await town.command("ana", town.book("ana", revision=3))).status == 200
    for revision in (1, 2, 3):
        book = town.book("ana", revision=revision)
        await refused(town, ErrorCode.STALE_REVISION, town.command("ana", book))
    assert (await town.command("ana", town.book("ana", revision=4))).status == 200
    latest = await town.look(lambda conn: books.latest(conn, "ana", DAY))
    assert latest is not None
    assert latest.revision == 4


async def test_an_id_used_for_something_else(town: Town) -> None:
    first = town.book("ana")
    assert (await town.command("ana", first)).status == 200
    again = msgspec.structs.replace(first, revision=2)
    await refused(town, ErrorCode.ID_REUSED, town.command("ana", again))
    batch = msgspec.structs.replace(town.batch(starts=[town.periods(EVE)[0]]), id=first.id)
    await refused(town, ErrorCode.ID_REUSED, town.command("ana", batch))
    theirs = msgspec.structs.replace(town.book("bruno"), id=first.id)
    assert (await town.command("bruno", theirs)).status == 200, "ids are each member's own"


async def test_the_same_command_gets_its_first_answer_byte_by_byte(town: Town) -> None:
    book = town.book("ana")
    first = await town.command("ana", book)
    assert decode(first.body, BookAccepted).accepted_at == town.clock.now()
    assert (await town.command("ana", town.book("ana", revision=2))).status == 200
    before = await town.rows()
    for minutes in (1, 30, 24 * 60):
        town.clock.instant += minutes * 60
        assert await town.command("ana", book) == first, "even past its successor and the gate"
    assert await town.rows() == before


async def test_a_refused_command_may_be_said_again_when_it_is_right(town: Town) -> None:
    tomorrow = DAY + timedelta(days=1)
    book = town.book("ana", day=tomorrow)
    await refused(town, ErrorCode.WRONG_DAY, town.command("ana", book))
    await town.at(DAY, MARKET_OPEN)
    await town.operator.runner.run_due()
    assert (await town.command("ana", book)).status == 200


async def test_a_paused_home_does_not_trade_but_is_metered(town: Town) -> None:
    await town.set_state("ana", "paused")
    await refused(town, ErrorCode.FORBIDDEN, town.command("ana", town.book("ana")))
    assert (await town.command("ana", town.batch(100, starts=[town.periods(EVE)[3]]))).status == 200
    await town.set_state("ana", "active")
    assert (await town.command("ana", town.book("ana"))).status == 200


async def test_a_revoked_home_is_a_stranger(town: Town) -> None:
    await town.revoke("ana")
    await refused(town, ErrorCode.UNAUTHORISED, town.command("ana", town.book("ana")))
    await refused(town, ErrorCode.UNAUTHORISED, town.command("ana", town.batch(starts=[town.periods(EVE)[0]])))


# --- numbers ------------------------------------------------------------------------------------------------------

NOT_ENERGY = [
    "NaN",
    "-Infinity",
    "Infinity",
    "1e400",
    "-1",
    "0",
    "true",
    "false",
    "null",
    '"12"',
    "1.5",
    "10000001",
    "9223372036854775808",
    "1" + "0" * 400,
    "[1]",
    "{}",
    "",
    "1 2",
    "0x10",
    "1_000",
]


def spoilt(message: msgspec.Struct, old: str, new: str) -> bytes:
    """Return a message with one value replaced by text of any kind."""
    text = msgspec.json.encode(message).decode()
    assert text.count(old) >= 1, (old, text)
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize("value", NOT_ENERGY)
async def test_no_number_but_a_whole_one_in_range_is_energy(town: Town, value: str) -> None:
    body = spoilt(town.book("ana"), '"wh":1000', f'"wh":{value}')
    await refused(town, ErrorCode.MALFORMED, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


@pytest.mark.parametrize("value", [value for value in NOT_ENERGY if value not in ("-1", "0", "10000001")])
async def test_no_number_but_a_whole_one_in_range_is_a_price(town: Town, value: str) -> None:
    body = spoilt(town.book("ana"), '"price_micro_kwh":120000', f'"price_micro_kwh":{value}')
    await refused(town, ErrorCode.MALFORMED, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


@pytest.mark.parametrize("value", [*NOT_ENERGY, "1000001"])
async def test_no_number_but_a_whole_one_in_range_is_a_revision(town: Town, value: str) -> None:
    body = spoilt(town.book("ana"), '"revision":1', f'"revision":{value}')
    await refused(town, ErrorCode.MALFORMED, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


@pytest.mark.parametrize("value", [value for value in NOT_ENERGY if value != "0"])
async def test_no_number_but_a_whole_one_in_range_is_a_reading(town: Town, value: str) -> None:
    batch = town.batch(100, starts=[town.periods(EVE)[0]])
    body = spoilt(batch, '"import_wh":100', f'"import_wh":{value}')
    await refused(town, ErrorCode.MALFORMED, town.send("POST", READINGS, body, town.tokens["ana"]))


async def test_a_negative_price_is_a_price(town: Town) -> None:
    assert (await town.command("ana", town.book("ana", price=-5_000))).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"type":"book"}',
        b'{"type":"hello"}',
        b"[" * 30_000 + b"]" * 30_000,
        b'{"type":"book",' + b'"id":"0",' * 3 + b'"id":"0"}',
        json.dumps({"type": "acknowledge", "seq": 1}).encode(),
    ],
)
async def test_what_is_not_a_book_at_all(town: Town, body: bytes) -> None:
    await refused(town, ErrorCode.MALFORMED, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


async def test_a_repeated_key_is_refused_although_either_value_would_do(town: Town) -> None:
    body = spoilt(town.book("ana"), '"revision":1', '"revision":1,"revision":2')
    await refused(town, ErrorCode.MALFORMED, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


async def test_a_body_over_the_limit(town: Town) -> None:
    body = encode(town.book("ana")) + b" " * 65_536
    await refused(town, ErrorCode.TOO_LARGE, town.send("PUT", book_path(DAY), body, town.tokens["ana"]))


async def test_fields_of_a_later_version_are_let_pass(town: Town) -> None:
    body = spoilt(town.book("ana"), '"revision":1', '"revision":1,"since_version_2":{"a":[1]}')
    assert (await town.send("PUT", book_path(DAY), body, town.tokens["ana"])).status == 200


# --- readings -----------------------------------------------------------------------------------------------------


async def test_readings_that_fit_no_period_or_no_meter(town: Town) -> None:
    past, now = town.periods(EVE)[0], town.clock.now()
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", town.batch(starts=[past + 1])))
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", town.batch(starts=[past + 900])))
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", town.batch(starts=[past, now + HOUR])))
    official = town.batch(starts=[past], quality=Quality.OFFICIAL)
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", official))
    quarter = msgspec.structs.replace(town.batch(starts=[past]), period_s=900)
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("ana", quarter))
    await refused(town, ErrorCode.ABOVE_LIMIT, town.command("ana", town.batch(3 * CONNECTION_W + 1, starts=[past])))
    await refused(town, ErrorCode.ABOVE_LIMIT, town.command("ana", town.batch(0, 3 * CONNECTION_W + 1, starts=[past])))
    empty = msgspec.structs.replace(town.batch(starts=[past]), readings=[])
    await refused(town, ErrorCode.MALFORMED, town.command("ana", empty))


async def test_a_quality_that_only_later_versions_know_is_refused(town: Town) -> None:
    body = spoilt(town.batch(1, starts=[town.periods(EVE)[0]]), '"measured"', '"guessed"')
    await refused(town, ErrorCode.WRONG_PERIOD, town.send("POST", READINGS, body, town.tokens["ana"]))


async def test_a_period_that_ends_within_the_tolerated_skew_is_taken(town: Town) -> None:
    """A meter whose clock runs a quarter of an hour ahead is a meter; one that runs more is not."""
    end = town.clock.now() // HOUR * HOUR + HOUR
    town.clock.instant = end - 15 * 60
    assert (await town.command("ana", town.batch(1, starts=[end - HOUR]))).status == 200
    town.clock.instant -= 1
    await refused(town, ErrorCode.WRONG_PERIOD, town.command("bruno", town.batch(1, starts=[end - HOUR])))


async def test_readings_said_twice_are_stored_once_and_answered_the_same(town: Town) -> None:
    batch = town.batch(500, starts=town.periods(EVE)[:4])
    first = await town.command("ana", batch)
    rows = await town.rows()
    assert await town.command("ana", batch) == first
    assert await town.rows() == rows
    assert await town.look(lambda conn: commands.find(conn, "ana", batch.id)) is not None


# --- not of this house ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/"),
        ("GET", "/api/v2/hello"),
        ("POST", "/api/v1/hello"),
        ("GET", "/api/v1/books/2026-07-07"),
        ("DELETE", "/api/v1/books/2026-07-07"),
        ("GET", "/api/v1/hello/"),
        ("GET", "/api/v1/trades/"),
        ("GET", "/api/v1/trades/a/b"),
        ("GET", "/api/v1/trades/" + "x" * 101),
    ],
)
async def test_what_is_not_in_the_table_of_routes_does_not_exist(town: Town, method: str, path: str) -> None:
    await refused(town, ErrorCode.NOT_FOUND, town.send(method, path, b"", town.tokens["ana"]))


async def test_a_fault_of_the_operators_own_says_nothing_of_its_inside(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(books, "put", broken)
    answer = await town.command("ana", town.book("ana"))
    assert (answer.status, code_of(answer)) == (500, ErrorCode.INTERNAL)
    assert b"secret" not in answer.body
