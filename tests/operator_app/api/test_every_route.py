"""Every route and the stream, by everyone who might call; a route that this table does not know fails (R13)."""

from dataclasses import dataclass

import pytest

from caravels_operator.api.call import Role
from caravels_operator.api.routes import PREFIX, ROUTES, STREAM_PATH
from caravels_operator.common.protocol import (
    ForecastHorizon,
    ForecastReport,
    Leave,
    Message,
    ModelReport,
    PairRequest,
    Problem,
    RotateToken,
    Side,
    Wishes,
    decode,
    encode,
)
from caravels_operator.community import models
from caravels_operator.ledger import transactions
from caravels_operator.models.registry import CheckedModel
from tests.operator_app.api.streams import Ended, open_stream
from tests.operator_app.community.town import DAY, EVE, HOUR, Town, make_town, token_of

MODEL = CheckedModel("consumption_day_ahead", "1", "ab" * 32, b"onnx", "{}")
CALLERS = ("nobody", "garbage", "owner", "other", "revoked", "paused")


@dataclass(frozen=True)
class Expected:
    """The status that each caller gets, where everything asked for is the owner's."""

    nobody: int
    garbage: int
    owner: int
    other: int
    revoked: int
    paused: int


OPEN = Expected(200, 200, 200, 200, 200, 200)

TABLE = {
    ("GET", "/hello"): OPEN,
    ("POST", "/pair"): OPEN,
    ("POST", "/token"): Expected(401, 401, 200, 200, 401, 200),
    ("POST", "/leave"): Expected(401, 401, 200, 200, 401, 200),
    ("PUT", "/books/{day}"): Expected(401, 401, 200, 403, 401, 403),
    ("PUT", "/wishes"): Expected(401, 401, 200, 200, 401, 200),
    ("GET", "/days/{day}/result"): Expected(401, 401, 200, 200, 401, 200),
    ("GET", "/trades/{trade}"): Expected(401, 401, 200, 404, 401, 404),
    ("POST", "/readings"): Expected(401, 401, 200, 200, 401, 200),
    ("POST", "/forecasts"): Expected(401, 401, 200, 200, 401, 200),
    ("GET", "/models/{sha256}"): Expected(401, 401, 200, 200, 401, 200),
    ("POST", "/model-reports"): Expected(401, 401, 200, 200, 401, 200),
    ("GET", "/days/{day}/statement"): Expected(401, 401, 200, 200, 401, 200),
    ("GET", STREAM_PATH.removeprefix(PREFIX)): Expected(401, 401, 200, 200, 401, 200),
}
"""A result's trades and a statement are the caller's own, whoever it is: see test_isolation."""


def test_the_table_knows_every_route_and_no_other() -> None:
    routes = {(route.method, route.path) for route in ROUTES}
    assert set(TABLE) == routes | {("GET", "/stream")}


def test_who_needs_no_token_is_told_apart_in_the_table_of_routes_alone() -> None:
    assert {route.path for route in ROUTES if route.role is Role.ANYONE} == {"/hello", "/pair"}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "path"), TABLE)
async def test_what_each_caller_gets(method: str, path: str, caller: str) -> None:
    town = await make_town(("ana", "bruno", "clara", "dinis", "eva"))
    if path == "/books/{day}":
        await town.at(EVE, 13 * 60 + 30)
        await town.operator.runner.run_due()
    else:
        await trade_and_settle(town)
    await town.revoke("clara")
    await town.set_state("dinis", "paused")
    member = {"owner": "ana", "other": "eva", "revoked": "clara", "paused": "dinis"}.get(caller)
    token = {"nobody": None, "garbage": "x" * 43}.get(caller, town.tokens.get(member or ""))
    expected: int = getattr(TABLE[method, path], caller)
    if path == "/stream":
        assert await stream_status(town, token) == expected
        return
    await town.ledger.run(lambda conn: models.publish(conn, MODEL, "test", town.clock.now()))
    target, body = await asked(town, path, caller)
    answer = await town.send(method, PREFIX + target, body, token)
    assert answer.status == expected, answer.body
    if expected >= 400:
        assert decode(answer.body, Problem).sentence


async def trade_and_settle(town: Town) -> None:
    """Let ana and bruno trade DAY, and settle it; the others have no part in it."""
    await town.at(EVE, 13 * 60 + 30)
    await town.operator.runner.run_due()
    assert (await town.command("ana", town.book("ana", Side.SELL, 500, 50_000))).status == 200
    assert (await town.command("bruno", town.book("bruno", Side.BUY, 500, 150_000))).status == 200
    await town.at(DAY, 36 * 60)
    await town.operator.runner.run_due()


async def asked(town: Town, path: str, caller: str) -> tuple[str, bytes]:
    """Return what is asked for: always ana's, the owner's."""
    body: Message | None = None
    if path == "/pair":
        link = await town.invite("eva")
        body = PairRequest(code=link.code, protocol_version=1, token=token_of("eva's new one"))
    elif path == "/token":
        body = RotateToken(token=token_of(f"{caller}'s next"))
    elif path == "/leave":
        body = Leave()
    elif path == "/books/{day}":
        body = town.book("dinis" if caller == "paused" else "ana")
    elif path == "/wishes":
        body = Wishes(id=town.new_id(), friends=["bruno"], wants_green=True)
    elif path == "/readings":
        body = town.batch(100, starts=town.periods(DAY)[:2])
    elif path == "/forecasts":
        now = town.clock.now() // HOUR * HOUR
        body = ForecastReport(
            id=town.new_id(), horizon=ForecastHorizon.HOUR_AHEAD, issued_at=now, first=now, consumption_wh=[100]
        )
    elif path == "/model-reports":
        body = ModelReport(id=town.new_id(), name=MODEL.name, version=MODEL.version, in_use=True)
    ids = [row.id for row in await town.look(lambda conn: transactions.of_day(conn, DAY))]
    target = path.format(day=DAY.isoformat(), trade=ids[0] if ids else "", sha256=MODEL.sha256)
    return target, b"" if body is None else encode(body)


async def stream_status(town: Town, token: str | None) -> int:
    """Return 200 if a stream opens, else the status of the refusal that was its last frame."""
    stream = open_stream(town, token)
    try:
        await stream.hello_and_snapshot()
    except Ended as ended:
        return ended.status
    finally:
        await stream.leave()
    return 200
