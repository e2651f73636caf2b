"""What the panel's pages show is what the ledger holds."""

import json
from datetime import timedelta
from functools import partial

import numpy as np

from caravels_operator.common.forecasting.forecast import Target
from caravels_operator.ledger import auctions, community_forecasts, persons, settlements, steps
from caravels_operator.ledger.community_forecasts import CommunityBasis, CommunityForecast
from tests.operator_app.community.town import CONNECTION_W, DAY, EVE, GATE, MARKET_OPEN, make_town

from .panels import panel_of


async def test_an_empty_community_has_pages() -> None:
    town = await make_town(())
    async with panel_of(town) as browser:
        _, community = await browser.get("/api/community")
        assert (community["members_online"], community["members_total"], community["hours"]) == (0, 0, [])
        assert (community["today"]["day"], community["tomorrow"]["day"]) == (EVE.isoformat(), DAY.isoformat())
        assert {community[day]["state"] for day in ("today", "tomorrow")} == {"none"}
        assert community["tomorrow"]["periods"] == []
        status, members = await browser.get("/api/members")
        assert (status, members) == (200, {"members": [], "tariffs": ["flat"], "retailers": [], "zones": []})
        _, market = await browser.get("/api/market")
        assert (market["auction"], market["cleared_days"], market["open_days"]) == (None, [], [])


async def test_sealed_bids_are_counted_and_not_shown() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    for revision in (1, 2):
        await town.command("ana", town.book("ana", revision=revision))
    async with panel_of(town) as browser:
        _, market = await browser.get(f"/api/market?day={DAY}")
    auction = market["auction"]
    (open_day,) = market["open_days"]
    assert open_day == {"day": DAY.isoformat(), "gate_at": auction["gate_at"], "books": 1, "members": 4}
    assert (auction["state"], auction["books"], auction["wanted_wh"], auction["offered_wh"]) == ("open", 1, None, None)
    assert [period["start"] for period in auction["periods"]] == list(town.periods())
    assert {period["market_price_micro_kwh"] for period in auction["periods"]} == {100_000}
    assert {(p["price_micro_kwh"], p["wh"], p["wanted_wh"]) for p in auction["periods"]} == {(None, 0, None)}


async def test_the_matrix_is_the_sum_of_what_the_members_see() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    async with panel_of(town) as browser:
        _, market = await browser.get("/api/market")
    auction = market["auction"]
    seen: dict[tuple[str, str], list[int]] = {}
    for member in town.tokens:
        answer = await town.get(member, f"/api/v1/days/{DAY}/result")
        for trade in json.loads(answer.body)["trades"]:
            pair = (trade["counterparty"], member) if trade["side"] == "buy" else (member, trade["counterparty"])
            total = seen.setdefault(pair, [0, 0])
            total[0] += trade["wh"]
            total[1] += trade["micro"]
    assert {(cell["seller"], cell["buyer"]): [2 * cell["wh"], 2 * cell["micro"]] for cell in market["cells"]} == seen
    assert (market["sellers"], market["buyers"]) == (["ana"], ["bruno", "clara", "dinis"])
    assert auction["traded_wh"] == sum(cell["wh"] for cell in market["cells"]) == 24 * 3 * 900
    assert auction["traded_micro"] == sum(cell["micro"] for cell in market["cells"])
    (price,) = {period["price_micro_kwh"] for period in auction["periods"]}
    assert auction["mean_price_micro_kwh"] == price
    assert (auction["wanted_wh"], auction["offered_wh"]) == (24 * 3 * 900, 24 * 3_000)
    assert {(p["wanted_wh"], p["offered_wh"], p["wh"]) for p in auction["periods"]} == {(2_700, 3_000, 2_700)}
    assert market["cleared_days"] == [DAY.isoformat()]


async def test_the_newest_day_is_shown_and_any_other_when_asked() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.settle_a_day()
    following = (DAY + timedelta(days=1)).isoformat()
    async with panel_of(town) as browser:
        _, market = await browser.get("/api/market")
        assert (market["auction"]["day"], market["cells"]) == (following, []), "nobody bid for the day after"
        assert market["cleared_days"] == [following, DAY.isoformat()]
        _, market = await browser.get(f"/api/market?day={DAY}")
        assert (market["auction"]["day"], len(market["cells"])) == (DAY.isoformat(), 3)
        status, problem = await browser.get("/api/market?day=2020-01-01")
        assert (status, problem["code"]) == (404, "day_not_open")
        status, problem = await browser.get("/api/market?day=monday")
        assert (status, problem["code"]) == (404, "not_found")


async def test_members_are_shown_with_their_balance_their_person_and_what_lets_them_in() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.settle_a_day()
    await town.ledger.run(lambda conn: persons.put(conn, "ana", persons.Person("Ana Reis", "", "")))
    await town.revoke("dinis")
    await town.invite("clara")
    now = town.clock.now()
    async with panel_of(town, online=frozenset({"bruno"})) as browser:
        _, shown = await browser.get("/api/members")
    rows = {row["id"]: row for row in shown["members"]}
    totals = {line.member: line.total_micro for line in await town.look(lambda c: settlements.lines(c, DAY, 1))}
    assert {name: row["balance_micro"] for name, row in rows.items()} == totals
    assert any(totals.values())
    assert [name for name, row in rows.items() if row["online"]] == ["bruno"]
    assert {name: (row["person"], row["paired"]) for name, row in rows.items()} == {
        "ana": ("Ana Reis", True),
        "bruno": ("", True),
        "clara": ("", True),
        "dinis": ("", False),
    }
    assert {name: row["link_until"] for name, row in rows.items() if row["link_until"]} == {"clara": now + 900}
    assert (rows["dinis"]["state"], rows["dinis"]["left_at"]) == ("revoked", now)
    assert (rows["ana"]["retailer"], rows["ana"]["tariff"], rows["ana"]["connection_w"]) == (
        "galp",
        "flat",
        CONNECTION_W,
    )
    assert (shown["tariffs"], shown["retailers"], shown["zones"]) == (["flat"], ["galp"], [])


async def test_the_community_shows_the_last_day_of_its_meters_and_who_sent_it() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.settle_a_day()
    await town.revoke("dinis")
    async with panel_of(town, online=frozenset({"ana", "dinis"})) as browser:
        _, community = await browser.get("/api/community")
    assert (community["members_online"], community["members_total"]) == (1, 3)
    assert [hour["start"] for hour in community["hours"]] == list(town.periods())[10:], "it is ten on the day after"
    assert {(hour["import_wh"], hour["export_wh"], hour["members"]) for hour in community["hours"]} == {
        (1_000 * 3 + 10 * (1 + 2 + 3), 2_800, 4)
    }
    assert (community["tomorrow"]["state"], community["today"]["state"]) == ("none", "cleared")


async def test_what_could_not_be_done_is_shown_until_it_is() -> None:
    town = await make_town()
    due_at = town.clock.now() + 60
    async with panel_of(town) as browser:
        assert (await browser.get("/api/community"))[1]["failed"] == []
        await town.ledger.run(lambda conn: steps.postpone(conn, "gate", DAY.isoformat(), due_at, "no <b>reason</b>"))
        (failed,) = (await browser.get("/api/community"))[1]["failed"]
        assert failed == {
            "kind": "gate",
            "key": DAY.isoformat(),
            "attempts": 1,
            "again_at": due_at,
            "why": "no <b>reason</b>",
        }
        await town.ledger.run(lambda conn: steps.finish(conn, "gate", DAY.isoformat(), due_at))
        assert (await browser.get("/api/community"))[1]["failed"] == []


async def test_a_day_that_was_closed_early_says_when_it_was_cleared() -> None:
    town = await make_town()
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    async with panel_of(town) as browser:
        _, community = await browser.get("/api/community")
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert (community["tomorrow"]["state"], community["tomorrow"]["cleared_at"]) == ("cleared", auction.cleared_at)
    assert community["tomorrow"]["mean_price_micro_kwh"] is None


async def test_each_hour_is_shown_by_its_last_forecast() -> None:
    town = await make_town(("ana", "bruno"))
    async with panel_of(town) as browser:
        assert (await browser.get("/api/community"))[1]["expected"] is None
    midnight, noon = town.periods(EVE)[0], town.clock.now()
    skilled = CommunityBasis(1, ("bruno",), (), 28, 150.4, 900.0, 0.2149, -0.0301, None)
    for issued_at, first, wh, basis in (
        (midnight - 36_000, midnight - 32_400, 600.0, skilled),
        (noon, noon + 3_600, 700.0, skilled),
    ):
        hours = np.full((midnight + 48 * 3_600 - first) // 3_600, wh)
        for target in Target:
            forecast = CommunityForecast(
                target.value, "day_ahead", issued_at, first, hours, hours, hours / 2, hours, hours * 2, basis
            )
            await town.ledger.run(partial(community_forecasts.put, forecast=forecast))
    async with panel_of(town) as browser:
        expected = (await browser.get("/api/community"))[1]["expected"]
    assert [hour["start"] for hour in expected["hours"]] == list(town.periods(EVE) + town.periods(DAY))
    assert [hour["consumption_wh"] for hour in expected["hours"]] == [600] * 13 + [700] * 35
    assert expected["hours"][-1] == {
        "start": town.periods(DAY)[-1],
        "consumption_wh": 700,
        "consumption_p10_wh": 350,
        "consumption_p90_wh": 1_400,
        "generation_wh": 700,
        "generation_p10_wh": 350,
        "generation_p90_wh": 1_400,
        "reduction_wh": 700,
        "shifting_wh": 700,
    }
    assert (expected["issued_at"], expected["reported"], expected["estimated"], expected["unknown"]) == (noon, 1, 1, 0)
    assert expected["consumption"] == {
        "mae_wh": 150,
        "mean_wh": 900,
        "over_last_week_permille": 215,
        "over_mean_7_days_permille": -30,
        "coverage_permille": None,
        "days": 28,
    }
