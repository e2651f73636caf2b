"""A call to the member port, free of any web server: the same bytes come over TLS and from virtual members."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from ..common.protocol import Message
from ..common.protocol.errors import Forbidden
from ..community.context import Context


class Role(StrEnum):
    """Who may use a route."""

    ANYONE = "anyone"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    Attributes:
        token: the bearer token, or None.
        source: where it came from, for limits only; identity comes from the token alone.
    """

    method: str
    path: str
    token: str | None
    body: bytes
    source: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: HTTP status and JSON body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the table of routes, inside its transaction.

    Attributes:
        caller: the member whose token it was, None for anyone.
        parameters: the named parts of the path.
        message: the decoded body, None where the route has none.
        now: the operator's clock [Unix s]; the only one that judges a deadline.
        afterwards: what is to be called once the transaction is on disk.
    """

    connection: Connection
    context: Context
    caller: str | None
    parameters: Mapping[str, str]
    message: Any
    now: int
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def member(self) -> str:
        """The calling member."""
        if self.caller is None:
            raise Forbidden("this needs a member's token")
        return self.caller


type Reply = Message
