"""Every page and dialog of the panel: phone to wall, light and dark, by keyboard, for everyone, in two languages.

CARAVELS_PICTURES names a folder for what is to be seen.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .fake_panel import golden
from .panel_desk import (
    MARKS,
    PAGES,
    Desk,
    jumps,
    open_enrolment,
    open_erase,
    open_gate,
    open_link,
    open_member,
    open_revoke,
    picture,
    settled,
    violations,
    widest,
)

pytest_plugins = ["tests.e2e.panel_desk"]
pytestmark = MARKS


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
