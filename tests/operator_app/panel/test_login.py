"""The login of a panel that stands alone: one password, sessions that end, and few attempts."""

import asyncio
import stat
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from caravels_operator.panel import login as module
from caravels_operator.panel.login import COOKIE, LoginAccess
from caravels_operator.panel.password import FILE, Password
from tests.operator_app.community.town import Town, make_town

from .panels import Browser, changed_topics, panel_of

PASSWORD = "caravela vermelha"  # of a panel that lives for a test
RIGHT = {"name": "operator", "password": PASSWORD}
WRONG = RIGHT | {"password": PASSWORD.upper()}


@pytest.fixture
def password(tmp_path: Path) -> Password:
    password = Password.in_folder(tmp_path)
    password.set(PASSWORD)
    return password


async def access_of(password: Password) -> tuple[Town, LoginAccess]:
    town = await make_town()
    return town, LoginAccess(password, town.clock)


async def log_in(browser: Browser) -> SimpleCookie:
    """Log in, and hold the session's cookie: the test's server speaks no TLS, so the client would not send it."""
    async with browser.client.post("/api/login", json=RIGHT, headers=browser.writing()) as answer:
        assert (answer.status, (await answer.json())["known"]) == (200, True)
        cookies = answer.cookies
    browser.headers["Cookie"] = f"{COOKIE}={cookies[COOKIE].value}"
    return cookies


async def test_who_logs_in_may_ask_until_logging_out(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access, peers=()) as browser:
        status, session = await browser.get("/api/session")
        assert (status, session["known"], session["login"], session["person"]) == (200, False, True, "")
        assert session["community"] == town.settings.name, "for the page that asks for the password"
        for path in ("/api/community", "/api/members", "/api/market"):
            status, problem = await browser.get(path)
            assert (status, problem["code"]) == (401, "login_needed")
        assert (await browser.post("/api/members/ana/revoke"))[1]["code"] == "login_needed"

        cookie = (await log_in(browser))[COOKIE]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
        assert (cookie["domain"], cookie["max-age"], COOKIE.startswith("__Host-")) == ("", "", True)
        assert (await browser.get("/api/session"))[1]["person"] == "operator"
        assert (await browser.get("/api/members"))[0] == 200
        assert (await browser.post("/api/members/ana/link"))[0] == 200

        status, session = await browser.post("/api/logout")
        assert (status, session["known"]) == (200, False)
        assert (await browser.get("/api/members"))[0] == 401, "the old cookie is good for nothing"


async def test_a_session_ends_when_it_is_not_used_and_after_a_week(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        await log_in(browser)
        for _ in range(3):
            town.clock.move_to(town.clock.now() + module.IDLE_S)
            assert (await browser.get("/api/session"))[1]["known"], "in use"
        town.clock.move_to(town.clock.now() + module.IDLE_S + 1)
        assert not (await browser.get("/api/session"))[1]["known"]
        await log_in(browser)
        for _ in range(module.LONGEST_S // module.IDLE_S):
            town.clock.move_to(town.clock.now() + module.IDLE_S)
            assert (await browser.get("/api/session"))[1]["known"]
        town.clock.move_to(town.clock.now() + 1)
        assert not (await browser.get("/api/session"))[1]["known"]


async def test_another_password_ends_every_session_at_once(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        await log_in(browser)
        made = password.make()
        assert (await browser.get("/api/members"))[0] == 401
        assert (await browser.post("/api/login", RIGHT))[1]["code"] == "login_wrong"
        assert (await browser.post("/api/login", RIGHT | {"password": made}))[0] == 200


async def test_after_five_wrong_passwords_the_right_one_waits_too(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        for attempt in (WRONG, RIGHT | {"name": "maria"}, RIGHT | {"password": ""}, WRONG, WRONG):
            status, problem = await browser.post("/api/login", attempt)
            assert (status, problem["code"]) == (401, "login_wrong")
        for attempt in (WRONG, RIGHT):
            status, problem = await browser.post("/api/login", attempt)
            assert (status, problem["code"]) == (429, "login_later")
        town.clock.move_to(town.clock.now() + module.WRONG_FOR_S)
        await log_in(browser)
        assert (await browser.post("/api/login", WRONG))[1]["code"] == "login_wrong", "counted anew"


async def test_passwords_in_plenty_are_sent_away_before_they_cost_anything(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        answers = await asyncio.gather(*(browser.post("/api/login", WRONG) for _ in range(20)))
    codes = [problem["code"] for _, problem in answers]
    assert codes.count("login_wrong") == module.MOST_WRONG
    assert codes.count("login_later") == 20 - module.MOST_WRONG


async def test_a_login_from_another_sites_page_is_none(password: Password) -> None:
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        status, problem = await browser.post("/api/login", RIGHT, Origin="https://evil.example")
        assert (status, problem["code"]) == (403, "foreign_page")
        await log_in(browser)
        status, problem = await browser.post("/api/logout", Origin="https://evil.example")
        assert (status, problem["code"]) == (403, "foreign_page")
        assert (await browser.get("/api/members"))[0] == 200


async def test_a_stream_ends_with_its_session(password: Password, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caravels_operator.panel.changes.HEARTBEAT_S", 0.02)
    town, access = await access_of(password)
    async with panel_of(town, access) as browser:
        await log_in(browser)
        socket = await browser.stream()
        assert (await socket.receive_json())["type"] == "heartbeat"
        await town.revoke("dinis")
        await changed_topics(socket, "members")
        await browser.post("/api/logout")
        async with asyncio.timeout(30):
            assert [message async for message in socket if '"changed"' in message.data] == []
        assert socket.closed


# --- the file -----------------------------------------------------------------------------------------------------


def test_the_file_is_its_owners_alone_and_holds_no_password(password: Password) -> None:
    assert stat.S_IMODE(password.file.stat().st_mode) == 0o600
    assert PASSWORD.encode() not in password.file.read_bytes()
    assert password.fits("operator", PASSWORD) == password.stored() is not None
    assert password.fits("operator", PASSWORD + " ") is None
    assert password.fits("Operator", PASSWORD) is None


def test_made_passwords_differ_and_the_same_password_is_hashed_anew(password: Password) -> None:
    assert len({password.make() for _ in range(3)}) == 3
    password.set(PASSWORD)
    first = password.stored()
    password.set(PASSWORD)
    assert password.stored() != first
    assert [file.name for file in password.file.parent.iterdir()] == [FILE]


@pytest.mark.parametrize("unusable", ["", "x" * 11, "x" * 201])
def test_a_password_has_a_length(password: Password, unusable: str) -> None:
    before = password.stored()
    with pytest.raises(ValueError, match="12 to 200 characters"):
        password.set(unusable)
    assert password.stored() == before


def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(password: Password) -> None:
    password.file.write_bytes(password.file.read_bytes()[:-9])
    for look in (password.stored, lambda: password.fits("operator", PASSWORD)):
        with pytest.raises(ValueError, match="caravels login"):
            look()
