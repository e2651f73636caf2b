"""What an operator does in the panel is done once, in the audit log, and refused with a code where it cannot be."""

import asyncio
from typing import Any

import pytest

from caravels_operator.common.protocol import PairRequest, Side, encode, parse_pairing_link
from caravels_operator.common.protocol.paths import HELLO, PAIR, result_path
from caravels_operator.ledger import audit, members, persons
from caravels_operator.ledger.errors import LedgerReadOnly
from tests.operator_app.api.streams import open_stream, settled
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, Town, make_town, token_of

from .panels import FINGERPRINT, MARIA, changed_topics, panel_of

SIGNED = f"panel: Maria ({MARIA})"
NIGHT: dict[str, Any] = {
    "name": "night",
    "parts": [
        {
            "kind": "energy",
            "schedule": {"bands": [[0, 150_000], [480, 250_000]], "valid_from": "2025-01-01"},
            "avoided_ppm": 900_000,
        }
    ],
    "feed_in": [{"bands": [[0, 40_000]], "valid_from": "2025-01-01"}],
}
NEW: dict[str, Any] = {"id": "eva", "retailer": " edp ", "tariff": "flat", "connection_w": 10_350}


async def acts(town: Town) -> list[tuple[str, str, str]]:
    """Return what was done in the panel."""
    found = await town.look(lambda conn: audit.since(conn, 0))
    return [(act.who, act.what, act.detail) for act in found if act.who.startswith("panel")]


async def test_a_home_is_taken_in_given_a_link_and_pairs_with_it() -> None:
    town = await make_town()
    person = {"name": "Eva Lima", "contact": "", "metering_point": " PT01 "}
    async with panel_of(town) as browser:
        status, row = await browser.post("/api/members", NEW | {"zone": "north", "green": True, "person": person})
        assert status == 200
        assert {
            key: row[key] for key in ("id", "state", "retailer", "tariff", "zone", "green", "person", "paired")
        } == {
            "id": "eva",
            "state": "active",
            "retailer": "edp",
            "tariff": "flat",
            "zone": "north",
            "green": True,
            "person": "Eva Lima",
            "paired": False,
        }
        assert await town.look(lambda conn: persons.get(conn, "eva")) == persons.Person("Eva Lima", "", "PT01")
        status, made = await browser.post("/api/members/eva/link")
        assert (status, made["member"], made["expires_at"]) == (200, "eva", town.clock.now() + 900)
        link = parse_pairing_link(made["link"])
        assert (link.addresses, link.fingerprint) == (("op.example:8443",), FINGERPRINT)
        request = PairRequest(code=link.code, protocol_version=1, token=token_of("eva"))
        assert (await town.send("POST", PAIR, encode(request))).status == 200
        _, shown = await browser.get("/api/members")
        (eva,) = [row for row in shown["members"] if row["id"] == "eva"]
        assert (eva["paired"], eva["link_until"]) == (True, None)
    assert await acts(town) == [(SIGNED, "enrol", "eva"), (SIGNED, "invite", "eva")]


async def test_a_new_tariff_comes_with_its_first_member() -> None:
    town = await make_town()
    async with panel_of(town) as browser:
        status, row = await browser.post("/api/members", NEW | {"tariff": None, "new_tariff": NIGHT})
        assert (status, row["tariff"]) == (200, "night")
        assert (await browser.get("/api/members"))[1]["tariffs"] == ["flat", "night"]
        assert (await browser.post("/api/members", NEW | {"id": "fabio", "tariff": "night"}))[0] == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "Eva"}, "pseudonym_wrong"),
        ({"id": "ana"}, "member_known"),
        ({"retailer": " "}, "retailer_wrong"),
        ({"retailer": "a\nb"}, "retailer_wrong"),
        ({"connection_w": 0}, "connection_wrong"),
        ({"connection_w": 1_000_001}, "connection_wrong"),
        ({"zone": "x" * 65}, "zone_wrong"),
        ({"person": {"name": "x" * 201}}, "person_wrong"),
        ({"tariff": "none"}, "tariff_unknown"),
        ({"tariff": None, "new_tariff": NIGHT | {"parts": []}}, "tariff_wrong"),
        ({"tariff": None, "new_tariff": NIGHT | {"name": "flat"}}, "tariff_wrong"),
        ({"tariff": None}, "malformed"),
        ({"new_tariff": NIGHT}, "malformed"),
        ({"connection_w": "much"}, "malformed"),
        ({"id": None}, "malformed"),
    ],
)
async def test_what_is_wrong_with_a_new_member_is_said_and_nothing_is_stored(
    change: dict[str, object], code: str
) -> None:
    town = await make_town()
    await town.at(DAY, 0)
    before = await town.rows()
    async with panel_of(town) as browser:
        status, problem = await browser.post("/api/members", NEW | change)
    assert (status, problem["code"]) == (400 if code == "malformed" else 409 if code == "member_known" else 422, code)
    assert problem["sentence"]
    assert await town.rows() == before


async def test_who_is_revoked_is_cut_at_once_and_for_good() -> None:
    town = await make_town()
    await town.ledger.run(lambda conn: persons.put(conn, "ana", persons.Person("Ana Reis", "", "")))
    home = open_stream(town, town.tokens["ana"])
    await home.hello_and_snapshot()
    assert town.operator.hub.online == {"ana"}
    async with panel_of(town) as browser:
        status, row = await browser.post("/api/members/ana/revoke")
        assert (status, row["state"], row["online"], row["paired"]) == (200, "revoked", False, False)
        assert town.operator.hub.online == frozenset()
        assert (await town.get("ana", result_path(DAY))).status == 401
        for act in ("revoke", "link"):
            status, problem = await browser.post(f"/api/members/ana/{act}")
            assert (status, problem["code"]) == (409, "member_revoked")
        for _ in range(2):
            status, row = await browser.post("/api/members/ana/erase")
            assert (status, row["person"], row["has_person"]) == (200, "", False)
        for act in ("revoke", "link", "erase"):
            status, problem = await browser.post(f"/api/members/nobody/{act}")
            assert (status, problem["code"]) == (404, "member_unknown")
    assert await acts(town) == [(SIGNED, "revoke", "ana"), (SIGNED, "erase", "ana")]
    assert await town.look(lambda conn: persons.get(conn, "ana")) is None
    await settled()


async def test_what_a_revoked_home_has_bid_for_is_not_traded_any_more() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    for member in town.tokens:
        side = Side.SELL if member == "ana" else Side.BUY
        assert (await town.command(member, town.book(member, side, 900, 100_000))).status == 200
    async with panel_of(town) as browser:
        await browser.post("/api/members/bruno/revoke")
        (open_day,) = (await browser.get("/api/market"))[1]["open_days"]
        assert (open_day["books"], open_day["members"]) == (3, 3)
        await town.at(EVE, GATE)
        await town.operator.runner.run_due()
        _, market = await browser.get("/api/market")
    assert market["buyers"] == ["clara", "dinis"]
    assert market["auction"]["traded_wh"] == 24 * 900


async def test_without_addresses_no_link_is_made_that_no_home_could_use() -> None:
    town = await make_town()
    async with panel_of(town, addresses=()) as browser:
        assert (await browser.get("/api/session"))[1]["may_invite"] is False
        status, problem = await browser.post("/api/members/ana/link")
        assert (status, problem["code"], "member_addresses" in problem["sentence"]) == (409, "addresses_missing", True)


async def test_a_gate_is_closed_now_only_where_that_is_allowed_and_confirmed() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    runner = asyncio.create_task(town.operator.runner.run_for_ever())
    await settled()
    assert (await town.command("ana", town.book("ana"))).status == 200
    path, confirmed = f"/api/market/{DAY}/close", {"day": DAY.isoformat()}
    try:
        async with panel_of(town, early_gate=False) as browser:
            assert (await browser.get("/api/session"))[1]["may_close_gate"] is False
            status, problem = await browser.post(path, confirmed)
            assert (status, problem["code"]) == (403, "early_gate_off")
        async with panel_of(town) as browser:
            status, problem = await browser.post(path, {"day": EVE.isoformat()})
            assert (status, problem["code"]) == (422, "day_not_confirmed")
            status, problem = await browser.post("/api/market/2020-01-01/close", {"day": "2020-01-01"})
            assert (status, problem["code"]) == (404, "day_not_open")
            socket = await browser.stream()
            now = town.clock.now()
            status, moved = await browser.post(path, confirmed)
            assert (status, moved) == (200, {"day": DAY.isoformat(), "gate_at": now + 1})
            await settled()
            town.clock.move_to(now + 1)
            while (await browser.get("/api/market"))[1]["cleared_days"] != [DAY.isoformat()]:
                await changed_topics(socket, "market", "community")
            status, problem = await browser.post(path, confirmed)
            assert (status, problem["code"]) == (409, "gate_has_closed")
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
    assert [(who, what) for who, what, _ in await acts(town)] == [(SIGNED, "move gate")]


async def test_a_full_disk_and_a_fault_are_said_without_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    town = await make_town()

    def full(*_: object) -> None:
        raise LedgerReadOnly("Nothing can be stored.")

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    async with panel_of(town) as browser:
        monkeypatch.setattr(members, "add", full)
        status, problem = await browser.post("/api/members", NEW)
        assert (status, problem["code"]) == (507, "read_only")
        monkeypatch.setattr(members, "add", broken)
        status, problem = await browser.post("/api/members", NEW)
        assert (status, problem["code"], problem["detail"]) == (500, "internal", "")
        status, problem = await browser.post("/api/members", b" " * 70_000)
        assert (status, problem["code"]) == (413, "too_large")
        status, problem = await browser.post("/api/members", b"{" * 50)
        assert (status, problem["code"]) == (400, "malformed")
    assert (await town.send("GET", HELLO)).status == 200
