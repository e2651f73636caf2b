"""script/demo as people see it: Home Assistant joins by a pasted link, the gate closes, and both sides say the same."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, ViewportSize

from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.common.periods import HOUR_S, day_start
from caravels_operator.ledger import auctions, books, engine, readings, transactions
from demo.home_assistant_api import Commands, Login, commands
from demo.office import GRID_IMPORT, OFFICE
from demo.times import REPLAYED_DAYS
from tests.e2e.home_assistant import judged_curves, needs_home_assistant, trades_of
from tests.e2e.home_assistant_browser import PICTURES, add_integration, browser, log_in, logged_in, picture
from tests.e2e.processes import REPOSITORY, environment

START_S, GATE_S, END_S = 150, 240, 60
LOOK_S = 0.2
ZONE = "Europe/Lisbon"
MOST_FORMS = 6
SOLAR_TODAY = re.compile("Self-consumed solar energy|You have not produced any solar energy")
"""What the Energy dashboard says of the roof, by day and by night."""
TALL: ViewportSize = {"width": 1_280, "height": 2_700}

pytestmark = [pytest.mark.long, needs_home_assistant]


@dataclass(frozen=True)
class Told:
    """What the demo printed."""

    home_assistant: str
    office: Login
    panel: str
    operator: Login
    link: str
    traded: date
    folder: Path

    @classmethod
    def read(cls, said: str) -> Told:
        def found(pattern: str) -> str:
            match = re.search(pattern, said)
            assert match, said
            return match[1]

        return cls(
            home_assistant=found(r"the office \(m01\): (http://\S+)/\n"),
            office=Login("office", found(r"name office, password (\S+)")),
            panel=found(r"panel: (https://\S+)"),
            operator=Login("operator", found(r"name operator, password (\S+)")),
            link=found(r"(caravels://\S+)"),
            traded=date.fromisoformat(found(r"The gate of (\S+) closes")),
            folder=Path(found(r"Logs are in (\S+)\. ")),
        )


@dataclass(frozen=True)
class Running:
    """A demo that runs."""

    process: asyncio.subprocess.Process
    output: Path
    told: Told

    def said(self) -> str:
        return self.output.read_text()


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Running]:
    """Run the demo until the end of the block; whatever happens, nothing of it is left behind."""
    output = folder / "demo.log"
    command = [sys.executable, "-m", "demo"]
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment(), stdout=file, stderr=file, start_new_session=True
        )
    try:
        await wait_for(lambda: "Ctrl-C ends" in output.read_text() or process.returncode is not None, START_S)
        assert process.returncode is None, output.read_text()
        yield Running(process, output, Told.read(output.read_text()))
    finally:
        pids = family(process.pid)
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await process.wait()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def wait_for(look: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110  # what is looked at is another process's
            await asyncio.sleep(LOOK_S)


def family(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    pids, found = [pid], []
    while pids:
        one = pids.pop()
        with suppress(FileNotFoundError):
            for task in Path(f"/proc/{one}/task").glob("*/children"):
                pids += map(int, task.read_text().split())
            found.append(one)
    return found


def listening(pids: list[int]) -> set[IPv4Address | IPv6Address]:
    """Return the addresses on which processes listen or take datagrams."""
    sockets = {
        match[1]
        for pid in pids
        for file in Path(f"/proc/{pid}/fd").iterdir()
        if (match := re.fullmatch(r"socket:\[(\d+)\]", str(file.readlink())))
    }
    found = set()
    for table, states in (("tcp", {"0A"}), ("tcp6", {"0A"}), ("udp", {"07"}), ("udp6", {"07"})):  # net/tcp_states.h
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if inode in sockets and state in states:
                found.add(address_of(local.partition(":")[0]))
    return found


def address_of(text: str) -> IPv4Address | IPv6Address:
    """Return an address from how the kernel prints it: words of 32 bits in the machine's order."""
    words = (int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8))
    return ip_address(b"".join(words))


def from_ledger(folder: Path, day: date) -> tuple[dict[tuple[str, str], int], bool]:
    """Return what the office traded by (seller, buyer) [Wh], and whether its last book was Home Assistant's."""
    url = engine.parse(f"sqlite:///{folder / 'operator' / LEDGER_FILE}")
    with engine.reading(url).connect() as conn:
        cells: dict[tuple[str, str], int] = {}
        for trade in transactions.trades_of(conn, OFFICE, day):
            cells[trade.seller, trade.buyer] = cells.get((trade.seller, trade.buyer), 0) + trade.wh
        auction, book = auctions.get(conn, day), books.latest(conn, OFFICE, day)
        assert auction is not None
        assert book is not None
        return cells, book.revision == 2 and book.accepted_at < auction.gate_at


async def matrix_of(chromium: Browser, told: Told) -> dict[tuple[str, str], int]:
    """Return the office's cells of the panel's matrix [Wh], as the page Market shows them."""
    context = await chromium.new_context(ignore_https_errors=True, viewport={"width": 1_280, "height": 900})
    page = await context.new_page()
    await page.goto(told.panel)
    await page.get_by_label("Name").fill(told.operator.name)
    await page.get_by_label("Password").fill(told.operator.password)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("link", name="Members").click()
    await page.get_by_text("m27").first.wait_for()
    await picture(page, "panel_members")
    await page.get_by_role("link", name="Market").click()
    await page.goto(f"{told.panel}#/market?day={told.traded}")
    cell = page.locator("trade-matrix td[data-seller]")
    await cell.first.wait_for()
    await picture(page, "panel_market")
    await page.locator("trade-matrix").scroll_into_view_if_needed()
    await picture(page, "panel_matrix")
    shown = await cell.evaluate_all("cells => cells.map(({dataset: d}) => [d.seller, d.buyer, Number(d.wh)])")
    await page.get_by_role("link", name="Community").click()
    await page.get_by_role("heading", level=1).first.wait_for()
    await page.evaluate("scrollTo(0, 0)")
    await picture(page, "panel_community")
    await context.close()
    return {(seller, buyer): wh for seller, buyer, wh in shown if OFFICE in (seller, buyer)}


async def entity_ids(ask: Commands, entry_id: str) -> dict[str, str]:
    """Return the integration's entities by what they are."""
    registered = await ask("config/entity_registry/list")
    prefix = f"{entry_id}_"
    return {
        one["unique_id"].removeprefix(prefix): one["entity_id"] for one in registered if one["platform"] == "caravels"
    }


def past_days(told: Told) -> tuple[int, int]:
    """Return the span [Unix s] of the days before today, which were replayed."""
    today = told.traded - timedelta(days=1)
    return day_start(today - timedelta(days=REPLAYED_DAYS), ZONE), day_start(today, ZONE)


async def imported_past(ask: Commands, told: Told) -> dict[int, int]:
    """Return the grid import [Wh] of every past hour as Home Assistant's statistics have it."""
    start, end = (datetime.fromtimestamp(instant, UTC).isoformat() for instant in past_days(told))
    answer = await ask(
        "recorder/statistics_during_period",
        start_time=start,
        end_time=end,
        statistic_ids=[GRID_IMPORT.entity_id],
        period="hour",
        types=["change"],
    )
    rows = answer[GRID_IMPORT.entity_id]
    return {row["start"] // 1_000: round(row["change"] * 1_000) for row in rows[1:]}  # before the first there is none


def metered_past(told: Told) -> dict[int, int]:
    """Return the grid import [Wh] of every past hour as the stand-in sent it to the operator."""
    start, end = past_days(told)
    url = engine.parse(f"sqlite:///{told.folder / 'operator' / LEDGER_FILE}")
    with engine.reading(url).connect() as conn:
        rows = readings.between(conn, [OFFICE], start + HOUR_S, end)
    return {row.start: row.import_wh for row in rows}


def as_shown(wh: int) -> str:
    """Return energy as Home Assistant's pages show it."""
    return f"{(Decimal(wh) / 1_000).quantize(Decimal('0.01'), ROUND_HALF_UP)} kWh"


async def show_home(page: Page, told: Told, ask: Commands, shown: list[str]) -> None:
    """See the entities' values on the page of the home's device."""
    (device,) = [one for one in await ask("config/device_registry/list") if one["name"] == "Community of the demo"]
    await page.goto(f"{told.home_assistant}/config/devices/device/{device['id']}")
    for text in shown:
        await page.get_by_text(text).first.wait_for()
    await picture(page, "home_assistant_device")
    if PICTURES:
        usual = page.viewport_size
        await page.set_viewport_size(TALL)
        await picture(page, "home_assistant_forecasts")
        if usual:
            await page.set_viewport_size(usual)


async def test_home_assistant_joins_by_a_pasted_link_and_its_trades_are_those_of_the_operators_matrix(
    tmp_path: Path,
) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
    async with demo(tmp_path) as running, browser() as chromium, aiohttp.ClientSession() as session:
        told = running.told
        tokens = await log_in(session, told.home_assistant, told.office)
        context = await logged_in(chromium, told.home_assistant, tokens)
        page = await context.new_page()
        assert await add_integration(page, told.home_assistant, told.link) <= MOST_FORMS
        async with commands(session, told.home_assistant, tokens["access_token"]) as ask:
            (entry,) = await ask("config_entries/get", domain="caravels")
            curves = await judged_curves(ask, entry["entry_id"])
            entities = await entity_ids(ask, entry["entry_id"])

            async with asyncio.timeout(GATE_S):
                while not (day := await trades_of(ask, entry["entry_id"], told.traded))["cleared"]:  # noqa: ASYNC110  # another process's
                    await asyncio.sleep(LOOK_S)

            cells: dict[tuple[str, str], int] = {}
            for trade in day["trades"]:
                other = trade["counterparty"]
                pair = (other, OFFICE) if trade["side"] == "buy" else (OFFICE, other)
                cells[pair] = cells.get(pair, 0) + trade["wh"]
            assert sum(cells.values()) > 0
            assert await matrix_of(chromium, told) == cells
            assert from_ledger(told.folder, told.traded) == (cells, True), "its own book counted, not the stand-in's"

            states = {one["entity_id"]: one["state"] for one in await ask("get_states")}
            bought = sum(wh for (_, buyer), wh in cells.items() if buyer == OFFICE)
            sold = sum(wh for (seller, _), wh in cells.items() if seller == OFFICE)
            assert float(states[entities["bought_tomorrow"]]) == bought / 1_000
            assert float(states[entities["sold_tomorrow"]]) == sold / 1_000
            assert states[entities["link"]] == "connected"
            for target in ("consumption", "generation", "reduction", "shifting"):
                assert float(states[entities[f"{target}_tomorrow"]]) > 0
                skill = curves[target, "day_ahead"]["skill"]["over_last_week_percent"]
                assert float(states[entities[f"{target}_skill_last_week"]]) == skill
            assert await imported_past(ask, told) == metered_past(told)
            await show_home(page, told, ask, [as_shown(bought), as_shown(sold)])
            await page.goto(f"{told.home_assistant}/energy")
            await page.get_by_text(SOLAR_TODAY).filter(visible=True).first.wait_for()
            await picture(page, "home_assistant_energy")

        programs = family(running.process.pid)
        assert len(programs) >= 4
        addresses = listening(programs)
        assert addresses
        assert all(address.is_loopback for address in addresses), addresses

        running.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(END_S):
            assert await running.process.wait() == 0, running.said()
        assert "The demo has ended." in running.said()
        assert not [pid for pid in programs if Path(f"/proc/{pid}").exists()]
        assert not told.folder.exists()


async def test_when_one_of_its_programs_ends_the_demo_says_which_and_ends(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        programs = family(running.process.pid)
        (members,) = [
            pid for pid in programs if b"virtual-members" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        ]
        os.kill(members, signal.SIGKILL)
        async with asyncio.timeout(END_S):
            assert await running.process.wait() == 1
        assert "The demo failed: Virtual members ended (code -9)" in running.said()
        assert not [pid for pid in programs if Path(f"/proc/{pid}").exists()]
        assert running.told.folder.is_dir(), "its logs are kept"
        assert REPOSITORY in running.told.folder.parents
        shutil.rmtree(running.told.folder)
