"""The login of a panel that stands alone: sessions that end when they are not used, and few wrong passwords."""

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from aiohttp import web

from ..common.member.ports import Clock
from .access import Operator
from .messages import Login
from .password import MOST_CHARACTERS, NAME, Password
from .refusals import LoginLater, LoginNeeded, LoginWrong

_LOGGER = logging.getLogger(__name__)

COOKIE = "__Host-caravels"
"""By this name a browser takes it over HTTPS alone, and gives it to this host alone."""
IDLE_S = 8 * 3_600
LONGEST_S = 7 * 86_400
MOST_SESSIONS = 100
MOST_WRONG = 5
WRONG_FOR_S = 15 * 60
MOST_WAITING = 8
"""Passwords are looked at one by one; who comes while so many wait is sent away."""
MOST_SOURCES = 10_000


@dataclass(slots=True)
class _Session:
    begun_at: int
    used_at: int
    password: bytes


class _WrongPasswords:
    """How many came from where within `WRONG_FOR_S`."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, list[int]] = OrderedDict()

    def refuse(self, source: str, now: int) -> None:
        if len(self._recent(source, now)) >= MOST_WRONG:
            raise LoginLater

    def note(self, source: str, now: int) -> None:
        self._times[source] = [*self._recent(source, now), now]
        self._times.move_to_end(source)
        if len(self._times) > MOST_SOURCES:
            self._times.popitem(last=False)

    def forget(self, source: str) -> None:
        self._times.pop(source, None)

    def _recent(self, source: str, now: int) -> list[int]:
        return [at for at in self._times.get(source, []) if now - at < WRONG_FOR_S]


class LoginAccess:
    """A session cookie, given for the password."""

    operator = Operator(NAME, NAME)

    def __init__(self, password: Password, clock: Clock) -> None:
        self._password = password
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._wrong = _WrongPasswords()
        self._one_by_one = asyncio.Lock()
        self._waiting = 0

    async def who(self, request: web.Request) -> Operator:
        """See `Access`."""
        session = await self._session(request)
        session.used_at = self._clock.now()
        return self.operator

    async def still(self, request: web.Request) -> Operator:
        """See `Access`."""
        await self._session(request)
        return self.operator

    async def log_in(self, request: web.Request, login: Login) -> str:
        """Return a new session's cookie.

        Raises:
            LoginWrong, LoginLater.
        """
        source, now = _source(request), self._clock.now()
        if self._waiting >= MOST_WAITING:
            raise LoginLater
        self._waiting += 1
        try:
            async with self._one_by_one:
                self._wrong.refuse(source, now)
                right = await asyncio.to_thread(self._password.fits, login.name, login.password[: MOST_CHARACTERS + 1])
                if right is None:
                    self._wrong.note(source, now)
                    _LOGGER.warning("a wrong password for the panel came from %s", source)
                    raise LoginWrong
        finally:
            self._waiting -= 1
        self._wrong.forget(source)
        cookie = secrets.token_urlsafe(32)
        self._sessions[_digest(cookie)] = _Session(now, now, right)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return cookie

    def log_out(self, request: web.Request) -> None:
        """End a session."""
        self._sessions.pop(_digest(request.cookies.get(COOKIE, "")), None)

    async def _session(self, request: web.Request) -> _Session:
        key = _digest(request.cookies.get(COOKIE, ""))
        session = self._sessions.get(key)
        if session is None:
            raise LoginNeeded
        now = self._clock.now()
        over = now - session.used_at > IDLE_S or now - session.begun_at > LONGEST_S
        if over or session.password != await asyncio.to_thread(self._password.stored):
            self._sessions.pop(key, None)
            raise LoginNeeded
        return session


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).digest()


def _source(request: web.Request) -> str:
    """Return where a request comes from; a home's whole IPv6 network counts as one."""
    try:
        address = ip_address(request.remote or "")
    except ValueError:
        return request.remote or ""
    return str(IPv6Address(int(address) >> 64 << 64)) if address.version == 6 else str(address)
