"""Who may ask the panel, from where, and from which page."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from caravels_operator.panel.access import USER_ID, IngressAccess
from caravels_operator.panel.messages import HEADER
from tests.operator_app.community.town import DAY, make_town

from .panels import MARIA, panel_of

DATA = ("/api/community", "/api/members", "/api/market")
ACTS = (
    "/api/members",
    "/api/members/ana/link",
    "/api/members/ana/revoke",
    "/api/members/ana/erase",
    f"/api/market/{DAY}/close",
)


async def test_other_peers_see_nothing_of_it() -> None:
    town = await make_town()
    async with panel_of(town, peers=("172.30.32.2",)) as browser:
        for path in ("/", "/nothing", "/api/session", *DATA):
            status, problem = await browser.get(path)
            assert (status, problem["code"]) == (403, "wrong_peer")
        for path in ACTS:
            assert (await browser.post(path))[1]["code"] == "wrong_peer"


async def test_only_administrators_of_home_assistant_operate_the_community() -> None:
    town = await make_town()
    before = await town.rows()
    async with panel_of(town) as browser:
        _, session = await browser.get("/api/session")
        assert (session["known"], session["login"], session["person"]) == (True, False, "Maria")
        assert (session["community"], session["currency"], session["languages"]) == (
            town.settings.name,
            "EUR",
            ["en", "pt"],
        )
        for stranger in ("f" * 32, "", MARIA[:-1]):
            browser.headers = {USER_ID: stranger}
            for path in ("/api/session", *DATA):
                status, problem = await browser.get(path)
                assert (status, problem["code"]) == (403, "not_an_administrator"), path
            for path in ACTS:
                status, problem = await browser.post(path, {})
                assert (status, problem["code"]) == (403, "not_an_administrator"), path
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await browser.stream()
            assert refusal.value.status == 403
        assert (await browser.post("/api/login", {"name": "operator", "password": "x"}))[0] == 404
    assert await town.rows() == before


async def test_a_home_assistant_that_cannot_say_who_asks_is_a_clear_error() -> None:
    async def away() -> Mapping[str, str]:
        raise ConnectionError("the Core did not answer")

    town = await make_town()
    async with panel_of(town, IngressAccess(away)) as browser:
        status, problem = await browser.get("/api/community")
    assert (status, problem["code"], problem["detail"]) == (503, "home_assistant_away", "the Core did not answer")


async def test_another_sites_page_cannot_act() -> None:
    town = await make_town()
    before = await town.rows()
    async with panel_of(town) as browser:
        own = browser.origin
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": own + ".evil.example"},
            {HEADER: "0"},
            {HEADER: ""},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "none"},
        ):
            for path in ACTS:
                status, problem = await browser.post(path, {}, **headers)
                assert (status, problem["code"]) == (403, "foreign_page"), (path, headers)
        for origin in ("https://evil.example", ""):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await browser.client.ws_connect("/api/stream", headers=browser.headers | {"Origin": origin})
        assert await town.rows() == before
        browsed_at = "https://home.example:8123"
        through = {"Origin": browsed_at, "X-Forwarded-Host": "home.example:8123"}
        assert (await browser.post("/api/members/ana/link", **through))[0] == 200, "as ingress passes it on"
        renamed = {"Origin": browsed_at, "Sec-Fetch-Site": "same-origin"}
        assert (await browser.post("/api/members/ana/link", **renamed))[0] == 200, "behind a proxy that renames hosts"


async def test_every_answer_is_hardened_and_no_data_is_kept(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "panel.js").write_text("export {}")
    town = await make_town()
    async with panel_of(town, pages=tmp_path) as browser:
        for path, status, kind, caching in (
            ("/", 200, "text/html", "no-cache"),
            ("/assets/panel.js", 200, "text/javascript", "no-cache"),
            ("/api/community", 200, "application/json", "no-store"),
            ("/nothing", 404, "application/json", "no-store"),
            ("/assets/../../server.py", 404, "application/json", "no-store"),
            ("/index.html", 404, "application/json", "no-store"),
        ):
            async with browser.client.get(path, headers=browser.headers) as answer:
                assert (answer.status, answer.content_type) == (status, kind), path
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'self'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["Cache-Control"] == caching
        assert (await browser.post("/"))[0] == 405


async def test_a_copy_without_its_page_says_so(tmp_path: Path) -> None:
    town = await make_town()
    async with panel_of(town, pages=tmp_path / "none") as browser, browser.client.get("/") as answer:
        assert (answer.status, "script/web" in await answer.text()) == (503, True)
