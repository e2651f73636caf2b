"""A real browser at a real Home Assistant: logged in, and set up by hand as people do it."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from demo.home_assistant_api import Login

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # tests may run as root, where Chromium has none
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH, HEIGHT = 1_280, 900
PATIENCE_MS = 60_000
LOOK_S = 0.1
GO_ON = re.compile("^(Next|Submit|Finish|Skip and finish)$")
PICTURES = os.environ.get("CARAVELS_PICTURES")
"""Folder for pictures of what the tests saw, for the docs; none are taken without it."""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            await chromium.close()


async def log_in(session: aiohttp.ClientSession, url: str, login: Login) -> dict[str, Any]:
    """Return the tokens that a user's name and password are exchanged for."""
    client_id = f"{url}/"
    begin = {"client_id": client_id, "handler": ["homeassistant", None], "redirect_uri": client_id}
    async with session.post(f"{url}/auth/login_flow", json=begin) as answer:
        flow = (await answer.json())["flow_id"]
    person = {"client_id": client_id, "username": login.name, "password": login.password}
    async with session.post(f"{url}/auth/login_flow/{flow}", json=person) as answer:
        outcome = await answer.json()
    assert outcome["type"] == "create_entry", outcome
    code = {"grant_type": "authorization_code", "code": outcome["result"], "client_id": client_id}
    async with session.post(f"{url}/auth/token", data=code) as answer:
        tokens: dict[str, Any] = await answer.json()
    return tokens


async def logged_in(chromium: Browser, url: str, tokens: Mapping[str, Any]) -> BrowserContext:
    """Return a browser's context in which Home Assistant knows its user."""
    context = await chromium.new_context(ignore_https_errors=True, viewport={"width": WIDTH, "height": HEIGHT})
    context.set_default_timeout(PATIENCE_MS)
    expires = int(time.time() * 1_000) + tokens["expires_in"] * 1_000
    known = json.dumps({**tokens, "hassUrl": url, "clientId": f"{url}/", "expires": expires})
    await context.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(known)})")
    return context


async def add_integration(page: Page, url: str, link: str) -> int:
    """Add CARAVELS by pasting a pairing link; return how many forms that took, from the choice to the last button."""
    await page.goto(f"{url}/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.get_by_placeholder("Search for a brand name").fill("CARAVELS")
    await page.get_by_text("CARAVELS", exact=True).last.click()
    dialog = page.locator("dialog-data-entry-flow")
    await dialog.get_by_text("Join a community").first.click()
    forms = 1
    title = await _next_title(page, "CARAVELS")
    field = dialog.locator("ha-form input")
    await field.click()
    await field.fill(link)
    while title is not None:
        await picture(page, f"add_{forms}")
        await dialog.get_by_role("button", name=GO_ON).click()
        forms += 1
        title = await _next_title(page, title)
    return forms


async def _next_title(page: Page, before: str) -> str | None:
    """Return the title of the dialogue once it is another one than before, None once it is closed."""
    titles = page.locator("dialog-data-entry-flow .dialog-title")
    async with asyncio.timeout(PATIENCE_MS / 1_000):
        while True:
            found = [text.strip() for text in await titles.all_text_contents()]
            if found not in ([before], [""]):
                break
            await asyncio.sleep(LOOK_S)
    return found[0] if found else None


async def picture(page: Page, name: str) -> None:
    """Take a picture of a page once it stands still."""
    if PICTURES:
        await page.wait_for_timeout(800)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")
