"""The panel's committed bundle in a browser: below an ingress path, under the operator's own headers."""

import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from caravels_operator.panel.messages import CloseGate, Login, NewMember

from .fake_panel import Backend, golden, serving

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("community", "members", "market")
BAD = {"serious", "critical"}

JUMPS = """() => new Promise(tell => {
    let sum = 0;
    const seen = entries => entries.forEach(entry => { sum += entry.hadRecentInput ? 0 : entry.value; });
    const observer = new PerformanceObserver(list => seen(list.getEntries()));
    observer.observe({type: 'layout-shift', buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => { seen(observer.takeRecords()); tell(sum); }));
})"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(not AXE.exists(), reason="the web packages are not installed: script/web does it"),
]


@dataclass(slots=True)
class Desk:
    """A browser at a panel, and what its console complained about."""

    browser: Browser
    backend: Backend
    url: str
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(self, place: str = "", *, width: int = 1280, height: int = 900, **more: Any) -> AsyncIterator[Page]:
        options = {"locale": "en-GB", "timezone_id": "Asia/Kathmandu"} | more
        context: BrowserContext = await self.browser.new_context(viewport={"width": width, "height": height}, **options)
        try:
            page = await context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
            await page.goto(self.url + place)
            yield page
        finally:
            await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    backend = Backend()
    async with serving(backend) as url:
        yield Desk(browser, backend, url)


async def settled(page: Page) -> None:
    """Wait until the page shows its data."""
    await expect(page.locator("main h1").first).to_be_visible()


async def violations(page: Page) -> list[str]:
    """Return what axe finds seriously wrong, each with where."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in BAD
        for node in rule["nodes"]
    ]


async def jumps(page: Page) -> float:
    """Return by how much of the page things have moved by themselves since it was opened."""
    moved: float = await page.evaluate(JUMPS)
    return moved


async def widest(page: Page) -> int:
    width: int = await page.evaluate("document.documentElement.scrollWidth")
    return width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 2560])
async def test_every_page_fits_is_quiet_and_can_be_used_by_everyone(desk: Desk, width: int, scheme: str) -> None:
    for name in PAGES:
        async with desk.page(f"#/{name}", width=width, color_scheme=scheme) as page:
            await settled(page)
            assert await widest(page) == width, name
            assert await violations(page) == [], name
            await expect(page.locator("nav [aria-current=page]")).to_have_text(name.capitalize())
            assert await jumps(page) < 0.1, name  # what counts as good for a page's cumulative layout shift
            await picture(page, f"{name}-{width}-{scheme}")
    assert desk.complaints == []


async def picture(page: Page, name: str) -> None:
    """Write what is to be seen, where CARAVELS_PICTURES names a folder."""
    if folder := os.environ.get("CARAVELS_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def open_enrolment(page: Page) -> None:
    await page.get_by_role("button", name="Take in a member").click()


async def open_member(page: Page) -> None:
    await page.get_by_role("button", name="Manage ana").click()


async def open_link(page: Page) -> None:
    await page.get_by_role("button", name="Manage bruno").click()
    await page.get_by_role("button", name="Pairing link").click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()


async def open_revoke(page: Page) -> None:
    await open_member(page)
    await page.get_by_role("button", name="Revoke …").click()


async def open_erase(page: Page) -> None:
    await open_member(page)
    await page.get_by_role("button", name="Erase …").click()


async def open_gate(page: Page) -> None:
    await page.get_by_role("button", name="Clear it now …").click()


DIALOGS: dict[str, tuple[str, Callable[[Page], Any]]] = {
    "Take in a member": ("members", open_enrolment),
    "ana": ("members", open_member),
    "Pairing link for bruno": ("members", open_link),
    "Revoke the access of ana?": ("members", open_revoke),
    "Erase who ana is?": ("members", open_erase),
    "Clear Tue 7 Jul now?": ("market", open_gate),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_dialog_fits_a_phone_and_closes_by_escape(desk: Desk, scheme: str) -> None:
    for heading, (place, opened) in DIALOGS.items():
        async with desk.page(f"#/{place}", width=360, height=740, color_scheme=scheme) as page:
            await settled(page)
            await opened(page)
            dialog = page.get_by_role("dialog")
            await expect(dialog.get_by_role("heading", level=2)).to_have_text(heading)
            assert await widest(page) == 360, heading
            assert await violations(page) == [], heading
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
    assert desk.complaints == []
    assert [path for path, _ in desk.backend.written] == ["members/bruno/link"]


async def test_focus_goes_into_a_dialog_and_back_to_where_it_was(desk: Desk) -> None:
    async with desk.page("#/members") as page:
        await settled(page)
        await page.get_by_role("button", name="Take in a member").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Take in a member")).to_be_focused()


async def test_the_first_tab_leads_past_the_navigation(desk: Desk) -> None:
    async with desk.page("#/market") as page:
        await settled(page)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("main")).to_be_focused()
        assert page.url.endswith("#/market")


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


async def test_what_people_write_is_shown_as_they_wrote_it(desk: Desk) -> None:
    evil = "<img src=x onerror=alert(1)>${1+1}</td>"
    answers = desk.backend.answers
    answers["session"] |= {"community": evil, "person": evil}
    answers["members"]["members"][0] |= {"person": evil, "retailer": evil, "tariff": evil, "zone": evil}
    answers["members"] |= {"tariffs": [evil], "retailers": [evil], "zones": [evil]}
    answers["community"]["failed"] = [{"kind": evil, "key": evil, "attempts": 1, "again_at": 0, "why": evil}]
    for place in PAGES:
        async with desk.page(f"#/{place}") as page:
            await settled(page)
            await expect(page.locator("header .name")).to_have_text(evil)
            await expect(page).to_have_title(re.compile(re.escape(evil)))
            if place != "market":
                await expect(page.locator("data-table").get_by_text(evil).first).to_be_visible()
            if place == "members":
                await open_enrolment(page)
                await expect(page.locator("enrol-dialog option", has_text=evil).first).to_be_attached()
            await expect(page.locator("img[src=x]")).to_have_count(0)
    assert desk.complaints == []


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
        await dialog.get_by_label("Name of the tariff").fill("night and day")
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


async def test_the_language_is_the_browsers_and_can_be_chosen(desk: Desk) -> None:
    async with desk.page("#/market", locale="pt-PT") as page:
        await expect(page.get_by_role("heading", level=1)).to_contain_text("os membros transacionaram 53,7 kWh")
        assert await page.evaluate("document.documentElement.lang") == "pt"
        assert await violations(page) == []
        await page.get_by_label("Língua").select_option("English")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("members traded 53.7 kWh")
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("members traded 53.7 kWh")
    async with desk.page("#/members", width=360, locale="pt-PT") as page:
        await settled(page)
        assert await widest(page) == 360


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


async def test_a_community_that_has_just_begun_is_told_what_comes_next(desk: Desk) -> None:
    nothing = {"wanted_wh": None, "offered_wh": None, "traded_wh": 0, "traded_micro": 0, "mean_price_micro_kwh": None}
    day = golden("community")["tomorrow"] | nothing | {"state": "none", "books": 0, "periods": []}
    desk.backend.answers["community"] |= {"hours": [], "failed": [], "today": day, "tomorrow": day}
    desk.backend.answers["community"] |= {"members_online": 0, "members_total": 0}
    desk.backend.answers["members"] = {"members": [], "tariffs": [], "retailers": [], "zones": []}
    desk.backend.answers["market"] |= {"open_days": [], "cleared_days": [], "auction": None}
    desk.backend.answers["market"] |= {"sellers": [], "buyers": [], "cells": []}
    said = {
        "community": "No meter has sent anything yet; tomorrow's prices are not out yet.",
        "members": "Nobody belongs to the community yet.",
        "market": "No auction was cleared yet",
    }
    for name, words in said.items():
        async with desk.page(f"#/{name}", width=360) as page:
            await expect(page.get_by_text(words)).to_be_visible()
            assert await violations(page) == [], name
    assert desk.complaints == []


async def test_a_chart_is_read_by_arrow_keys(desk: Desk) -> None:
    async with desk.page("#/market") as page:
        chart = page.get_by_role("slider", name="Auction for Monday")
        await chart.focus()
        await page.keyboard.press("End")
        words = await chart.get_attribute("aria-valuetext")
        assert words is not None
        assert words.startswith("23:00–00:00, Market price 0.1245 EUR/kWh, Community price 0.1125 EUR/kWh")
        assert json.loads(await chart.get_attribute("aria-valuenow") or "") == 23
        await page.keyboard.press("ArrowLeft")
        await expect(chart).to_have_attribute("aria-valuenow", "22")
