"""What the panel shows, follows and does, below an ingress path and under the operator's own headers."""

from pathlib import Path

import msgspec
from playwright.async_api import expect

from caravels_operator.panel.messages import CloseGate, Login, NewMember

from .fake_panel import golden
from .panel_desk import MARKS, Desk, open_enrolment, open_gate, open_link, settled, violations

pytest_plugins = ["tests.e2e.panel_desk"]
pytestmark = MARKS


async def test_the_community_says_first_whether_it_is_balanced(desk: Desk) -> None:
    async with desk.page() as page:
        said = "The community takes 6.3 kWh an hour from the grid now; tomorrow's auction is open until 15:00."
        await expect(page.get_by_role("heading", level=1)).to_have_text(said)
        # 15:00 is the community's clock: this browser is in Kathmandu
        tomorrow = desk.backend.answers["community"]["tomorrow"]
        tomorrow |= {"state": "cleared", "wanted_wh": 40_000, "offered_wh": 31_000, "traded_wh": 30_000}
        await desk.backend.say(golden("changed"))
        await expect(page.get_by_role("heading", level=1)).to_contain_text("tomorrow it covers 75%")


async def test_the_matrix_is_what_the_operator_said_to_the_wh(desk: Desk) -> None:
    async with desk.page("#/market") as page:
        cells = page.locator("trade-matrix td[data-wh]")
        await expect(cells).to_have_count(3)
        shown = await cells.evaluate_all(
            "cells => cells.map(({dataset: d}) => ({seller: d.seller, buyer: d.buyer, wh: +d.wh, micro: +d.micro}))"
        )
        assert shown == golden("market")["cells"]
        totals = page.locator("trade-matrix tbody tr").last.locator("td")
        await expect(totals).to_have_text(["40.00", "13.70", "53.70"])
        await page.get_by_role("button", name="EUR", exact=True).click()
        await expect(totals).to_have_text(["4.30", "1.50", "5.80"])


async def test_tables_are_exported_as_whole_numbers_and_sorted_by_a_click(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await settled(page)
        names = page.locator("data-table tbody th")
        await expect(names).to_have_text(["ana", "bruno", "m-03"])
        await page.get_by_role("button", name="Owes").click()
        await page.get_by_role("button", name="Owes").click()
        await expect(names).to_have_text(["m-03", "bruno", "ana"])
        await expect(page.locator("th[aria-sort=descending]")).to_contain_text("Owes")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="CSV").click()
        file = await download.value
        assert file.suggested_filename == "members.csv"
        lines = Path(await file.path()).read_text(encoding="utf-8-sig").splitlines()
        assert lines[0] == (
            "id,state,last_seen_at,person,balance_micro,retailer,tariff,connection_w,zone,green,joined_at,left_at"
        )
        assert lines[1] == (
            "m-03,revoked,2026-07-06T00:50:00Z,,4200000,galp,flat,6900,north,false,2026-05-28T20:26:40Z,2026-07-06T01:06:40Z"
        )
        assert [line.split(",")[4] for line in lines[1:]] == ["4200000", "0", "-12345678"]
    async with desk.page("#/market") as page:
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Export as CSV: Who sells to whom").click()
        file = await download.value
        text = Path(await file.path()).read_text(encoding="utf-8-sig")
        assert text.splitlines()[:2] == ["day,seller,buyer,wh,micro", "2026-07-06,ana,bruno,30000,3200000"]


async def test_what_changes_is_shown_without_a_reload_and_a_lost_stream_is_seen(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 members are online.")
        await expect(page.locator(".live")).to_have_text("Live")
        desk.backend.answers["members"]["members"][1]["online"] = True
        await desk.backend.say({"type": "changed", "topics": ["market"]})
        await desk.backend.say({"type": "changed", "topics": ["members"]})
        await expect(page.get_by_role("heading", level=1)).to_have_text("2 of 2 members are online.")
        assert [asked for asked in desk.backend.asked if asked == "GET market"] == []

        desk.backend.away = True
        await desk.backend.cut()
        await expect(page.locator(".live")).to_contain_text("Not live")
        desk.backend.answers["members"]["members"][1]["online"] = False
        desk.backend.away = False
        await expect(page.locator(".live")).to_have_text("Live", timeout=15_000)
        # what was missed meanwhile is asked for
        await expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 members are online.")


async def test_a_day_has_an_address_of_its_own(desk: Desk) -> None:
    desk.backend.answers["market"]["cleared_days"] = ["2026-07-06", "2026-07-05"]
    async with desk.page("#/market?day=2026-07-06") as page:
        await settled(page)
        assert "GET market?day=2026-07-06" in desk.backend.asked
        desk.backend.answers["market"]["auction"]["day"] = "2026-07-05"
        await page.get_by_role("button", name="Earlier day").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("5 July 2026")
        assert page.url.endswith("#/market?day=2026-07-05")
        assert "GET market?day=2026-07-05" in desk.backend.asked
        await expect(page.get_by_role("button", name="Earlier day")).to_be_disabled()
        desk.backend.answers["market"]["auction"]["day"] = "2026-07-06"
        await page.go_back()
        await expect(page.get_by_role("combobox", name="Delivery day")).to_have_value("2026-07-06")


async def test_the_gate_is_closed_after_a_question_and_only_where_the_operator_may(desk: Desk) -> None:
    async with desk.page("#/market") as page:
        await open_gate(page)
        dialog = page.locator("close-gate-dialog")
        await expect(dialog).to_contain_text("The bids of 3 of 4 members count")
        desk.backend.refusals["market/2026-07-07/close"] = (409, "gate_has_closed")
        await dialog.get_by_role("button", name="Clear now").click()
        await expect(dialog.get_by_role("alert")).to_have_text("The auction of this day was cleared already.")
        del desk.backend.refusals["market/2026-07-07/close"]
        await dialog.get_by_role("button", name="Clear now").click()
        await expect(dialog).to_have_count(0)
        for path, body in desk.backend.written:
            assert path == f"market/{msgspec.convert(body, CloseGate).day}/close"
    desk.backend.answers["session"]["may_close_gate"] = False
    async with desk.page("#/market") as page:
        await settled(page)
        await expect(page.get_by_role("button", name="Clear it now …")).to_have_count(0)


async def test_a_member_is_taken_in_and_gets_its_link_next(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await open_enrolment(page)
        dialog = page.locator("enrol-dialog")
        await dialog.get_by_label("Pseudonym").fill("m04")
        await dialog.get_by_role("combobox", name="Retailer").fill("galp")
        await dialog.get_by_role("combobox", name="Tariff", exact=True).select_option("A new one")
        await dialog.get_by_label("Name of the tariff").fill("flat")
        assert await dialog.get_by_label("Name of the tariff").evaluate("field => field.validity.customError")
        await dialog.get_by_label("Name of the tariff").fill("cheap nights")
        assert await dialog.get_by_label("Name of the tariff").evaluate("field => field.validity.valid")
        await dialog.get_by_label("Valid from").fill("2026-01-01")
        await dialog.get_by_label("Price with tax").fill("0.2214")
        await dialog.get_by_label("Other price").fill("0.1599")
        await dialog.get_by_label("from", exact=True).fill("22:00")
        await dialog.get_by_label("until", exact=True).fill("08:00")
        await dialog.get_by_label("Paid for feed-in").fill("0.04")
        await dialog.get_by_label("Name", exact=True).fill("Rui Costa")
        await dialog.get_by_role("button", name="Take in").click()
        await expect(page.get_by_role("heading", name="Pairing link for ana")).to_be_visible()
    (path, body), (link, _) = desk.backend.written
    new = msgspec.convert(body, NewMember)
    assert (path, link) == ("members", "members/ana/link")
    assert (new.id, new.retailer, new.connection_w, new.person.name) == ("m04", "galp", 6900, "Rui Costa")
    assert new.new_tariff is not None
    energy, vat = new.new_tariff.parts
    assert (energy.kind, energy.schedule.bands) == ("energy", ((0, 130_000), (480, 180_000), (1320, 130_000)))
    assert (vat.kind, vat.schedule.bands) == ("vat", ((0, 29_900), (480, 41_400), (1320, 29_900)))
    assert [schedule.bands for schedule in new.new_tariff.feed_in] == [((0, 40_000),)]


async def test_a_pairing_link_counts_down_by_the_operators_clock(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await settled(page)
        await expect(page.locator(".live")).to_have_text("Live")  # the stream has said what the operator's clock is
        await open_link(page)
        dialog = page.locator("link-dialog")
        await expect(dialog.get_by_role("textbox", name="Pairing link")).to_have_value(golden("link")["link"])
        await expect(dialog.get_by_role("timer")).to_contain_text("Good for 14:")  # 900 s by a clock of July 2026


async def test_a_panel_of_its_own_asks_who_one_is(desk: Desk) -> None:
    desk.backend.answers["session"] |= {"known": False, "login": True, "person": ""}
    desk.backend.refusals["login"] = (401, "login_wrong")
    async with desk.page("#/market", width=360) as page:
        await page.get_by_label("Name").fill("operator")
        await page.get_by_label("Password").fill(" correct horse ")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
        assert await violations(page) == []
        assert "GET market" not in desk.backend.asked
        del desk.backend.refusals["login"]
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("members traded 53.7 kWh")
        sent = msgspec.convert(desk.backend.written[-1][1], Login)
        assert (sent.name, sent.password) == ("operator", " correct horse ")

        # a session that ended while the page was open leads back to the login
        desk.backend.refusals["market"] = (401, "login_needed")
        await desk.backend.say(golden("changed"))
        await expect(page.get_by_label("Password")).to_be_visible()
        del desk.backend.refusals["market"]
        await page.get_by_label("Name").fill("operator")
        await page.get_by_label("Password").fill("another")
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_label("Password")).to_be_visible()
        assert desk.backend.written[-1] == ("logout", {})


async def test_a_session_that_an_operators_restart_forgot_leads_to_the_login(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await expect(page.locator(".live")).to_have_text("Live")
        desk.backend.away = True
        await desk.backend.cut()
        await expect(page.locator(".live")).to_contain_text("Not live")
        desk.backend.answers["session"] |= {"known": False, "login": True}
        await expect(page.get_by_label("Password")).to_be_visible(timeout=15_000)


async def test_what_cannot_be_asked_is_said_and_asked_again(desk: Desk) -> None:
    desk.backend.refusals["community"] = (500, "internal")
    async with desk.page() as page:
        await expect(page.get_by_role("alert")).to_contain_text("Something went wrong at the operator.")
        del desk.backend.refusals["community"]
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("6.3 kWh")
        # what was there stays in sight while asking fails
        desk.backend.refusals["community"] = (503, "internal")
        await desk.backend.say(golden("changed"))
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("6.3 kWh")
