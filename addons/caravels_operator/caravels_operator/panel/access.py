"""Who may ask: the panel's peers, its persons, and its own pages alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import web

from .messages import HEADER
from .refusals import ForeignPage, HomeAssistantAway, NotAnAdministrator

USER_ID = "X-Remote-User-Id"
"""Set by the Supervisor, which removes any that came from outside: trusted because the peer is the Supervisor."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who may operate the community.

    Attributes:
        name: for people, who may share it with others.
        signature: for the audit log, nobody else's.
    """

    name: str
    signature: str


class Access(Protocol):
    """How the panel knows its persons."""

    async def who(self, request: web.Request) -> Operator:
        """Return who asks.

        Raises:
            LoginNeeded, NotAnAdministrator, HomeAssistantAway: nobody who may.
        """

    def still(self, request: web.Request) -> Awaitable[Operator]:
        """Do as `who` does, for a connection that was opened before and counts as no use."""


class IngressAccess:
    """Inside Home Assistant: whoever it says is one of its administrators."""

    def __init__(self, administrators: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        """Take what returns Home Assistant's administrators, name by id; it raises ConnectionError if it cannot."""
        self._administrators = administrators

    async def who(self, request: web.Request) -> Operator:
        """See `Access`."""
        user = request.headers.get(USER_ID, "")
        try:
            administrators = await self._administrators()
        except ConnectionError as error:
            raise HomeAssistantAway(str(error)) from error
        if user not in administrators:
            raise NotAnAdministrator
        return Operator(administrators[user], f"{administrators[user]} ({user})")

    def still(self, request: web.Request) -> Awaitable[Operator]:
        """See `Access`."""
        return self.who(request)


def refuse_foreign_page(request: web.Request, *, write: bool) -> None:
    """Let only this panel's own page write or listen.

    A browser says whether a request came from a page of the same origin, over plain HTTP only from which one; below
    ingress that is Home Assistant's address, which its proxy passes on. The header of a write cannot be set by another
    site's page without being allowed to, which nothing does.

    Raises:
        ForeignPage.
    """
    site = request.headers.get("Sec-Fetch-Site")
    host = urlsplit(request.headers.get("Origin", "")).netloc.lower()
    own = {request.headers.get(name, "").lower() for name in ("Host", "X-Forwarded-Host")}
    if site != "same-origin" and (site is not None or not host or host not in own):
        raise ForeignPage("another origin")
    if write and request.headers.get(HEADER) != "1":
        raise ForeignPage("no header")
