"""The dialogues in a real Home Assistant 2026.11, beside a real operator over TLS: changed, rejected, paired again."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from caravels_operator.common.member.client import HttpTransport
from caravels_operator.common.member.pairing import new_token, pair
from caravels_operator.common.protocol import parse_pairing_link
from demo.home_assistant_api import Commands
from demo.office import BATTERY_CHARGE, BATTERY_DISCHARGE, GENERATION, GRID_EXPORT, GRID_IMPORT, OFFICE
from tests.e2e.home_assistant import LOOK_S, PATIENCE_S, HomeAssistant, needs_home_assistant
from tests.e2e.home_assistant_office import Office, office

pytestmark = [pytest.mark.long, needs_home_assistant]
GRID: dict[str, Any] = {"grid_import": [GRID_IMPORT.entity_id], "grid_export": [GRID_EXPORT.entity_id]}


async def until_link(ask: Commands, entry_id: str, wanted: str) -> None:
    """Wait until the home's link state is as wanted."""
    found = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while found != wanted:
                registered = await ask("config/entity_registry/list")
                (link,) = [one["entity_id"] for one in registered if one["unique_id"] == f"{entry_id}_link"]
                states = {one["entity_id"]: one["state"] for one in await ask("get_states")}
                found = states.get(link)
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"the link stayed {found}") from None


async def reconfigure(home: HomeAssistant, entry_id: str, choice: str) -> dict[str, Any]:
    menu = await home._post("flow", handler="caravels", entry_id=entry_id)
    assert (menu["type"], menu["menu_options"]) == ("menu", ["meters", "address"])
    step: dict[str, Any] = await home._post(f"flow/{menu['flow_id']}", next_step_id=choice)
    assert (step["step_id"], step["errors"]) == (choice, {})
    return step


async def new_link(living: Office) -> str:
    """Return a new pairing link of the office, as the panel makes it."""
    url = f"https://127.0.0.1:{living.ports.panel}"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    headers = {"Origin": url, "X-Caravels-Panel": "1"}
    jar = aiohttp.CookieJar(unsafe=True)  # the panel is at a number, not at a name
    login = {"name": living.place.panel_login.name, "password": living.place.panel_login.password}
    async with aiohttp.ClientSession(headers=headers, cookie_jar=jar) as session:
        async with session.post(f"{url}/api/login", json=login, ssl=context) as answer:
            assert answer.status == 200, await answer.text()
        async with session.post(f"{url}/api/members/{OFFICE}/link", json={}, ssl=context) as answer:
            assert answer.status == 200, await answer.text()
            link: str = (await answer.json())["link"]
            return link


async def reauth_flow(ask: Commands) -> str:
    """Return the dialogue that Home Assistant shows after the operator rejected the token."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for flow in await ask("config_entries/flow/progress"):
                if flow["handler"] == "caravels" and flow["context"]["source"] == "reauth":
                    flow_id: str = flow["flow_id"]
                    return flow_id
            await asyncio.sleep(LOOK_S)


async def trading_form(home: HomeAssistant, entry_id: str) -> Any:
    """Open the options, and the form in which a home says how it trades."""
    menu = await home._post("options/flow", handler=entry_id)
    form = await home._post(f"options/flow/{menu['flow_id']}", next_step_id="trading")
    assert form["step_id"] in ("prices", "wishes")
    return form


async def test_changed_rejected_and_paired_again(tmp_path: Path) -> None:
    async with office(tmp_path) as living:
        home = living.home
        entry_id = await home.join(living.link)
        async with home.commands() as ask:
            await until_link(ask, entry_id, "connected")

            form = await trading_form(home, entry_id)
            wishes: dict[str, Any] = {"participate": True, "buy_percent": 15, "sell_percent": -15}
            wishes |= {"tradeable_share": 99.5, "smallest_trade_wh": 10}
            kept = await home._post(f"options/flow/{form['flow_id']}", **wishes)
            assert kept["type"] == "create_entry"
            form = await trading_form(home, entry_id)
            proposed = {one["name"]: one["description"]["suggested_value"] for one in form["data_schema"]}
            assert proposed == wishes

            step = await reconfigure(home, entry_id, "address")
            ended = await home._post(f"flow/{step['flow_id']}", address=f"127.0.0.1:{living.ports.members}")
            assert (ended["type"], ended["reason"]) == ("abort", "address_changed")
            await until_link(ask, entry_id, "connected")
            await living.wire.close()  # it is not needed any more

            step = await reconfigure(home, entry_id, "meters")
            ended = await home._post(f"flow/{step['flow_id']}", **GRID, further={"generation": [GENERATION.entity_id]})
            assert (ended["type"], ended["reason"]) == ("abort", "meters_changed")
            await until_link(ask, entry_id, "connected")

            link = parse_pairing_link(await new_link(living))
            async with aiohttp.ClientSession() as session:  # somebody else uses the link: the home's token ends
                await pair(
                    lambda at, fingerprint: HttpTransport(session, at, fingerprint), link_at(living, link), new_token()
                )
            await home.session.post(
                f"{home.url}/api/config/config_entries/entry/{entry_id}/reload",
                headers={"Authorization": f"Bearer {home.tokens['access_token']}"},
            )
            flow_id = await reauth_flow(ask)
            (entry,) = await ask("config_entries/get", domain="caravels")
            assert entry["state"] == "loaded"
            used = await home._post(f"flow/{flow_id}", link=str(link_at(living, link)))
            assert used["errors"] == {"link": "pairing_used"}
            fresh = link_at(living, parse_pairing_link(await new_link(living)))
            ended = await home._post(f"flow/{flow_id}", link=str(fresh))
            assert (ended["type"], ended["reason"]) == ("abort", "paired_again")
            await until_link(ask, entry_id, "connected")
            assert await ask("config_entries/flow/progress") == []

            flow = await home._post("flow", handler="caravels")
            await home._post(f"flow/{flow['flow_id']}", next_step_id="alone")
            made = await home._post(
                f"flow/{flow['flow_id']}",
                grid_import=[BATTERY_CHARGE.entity_id],
                grid_export=[BATTERY_DISCHARGE.entity_id],
            )
            assert made["type"] == "create_entry", made
            entries = await ask("config_entries/get", domain="caravels")
            assert {one["title"]: one["state"] for one in entries} == {entry["title"]: "loaded", "Home": "loaded"}
        wrong = [
            line for line in home.log.splitlines() if "caravels" in line and (" ERROR " in line or "deprecat" in line)
        ]
        assert wrong == []


def link_at(living: Office, link: Any) -> Any:
    """Return a link whose operator is reached without the wire."""
    return type(link)((f"127.0.0.1:{living.ports.members}",), link.code, link.fingerprint)
