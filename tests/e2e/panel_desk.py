"""A browser at the panel's committed bundle: its fixtures, and what can be seen of a page. A plugin of the tests."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from .fake_panel import Backend, serving

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


MARKS = [
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(not AXE.exists(), reason="the web packages are not installed: script/web does it"),
]
"""Of every module that uses the desk."""


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
async def panel_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(panel_browser: Browser) -> AsyncIterator[Desk]:
    backend = Backend()
    async with serving(backend) as url:
        yield Desk(panel_browser, backend, url)


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
