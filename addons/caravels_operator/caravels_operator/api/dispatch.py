"""From a request to its answer: find the route, know the caller, decode, run in one transaction, encode."""

import hashlib
import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from ..common.protocol import Problem, ProtocolError, decode, encode
from ..common.protocol.errors import IdReused, InternalError, NotFound, ReadOnly, Unauthorised
from ..community.context import Context
from ..community.pairing import authenticate
from ..ledger import commands
from ..ledger.errors import LedgerReadOnly
from .call import Call, Request, Response, Role
from .limits import RateLimit
from .routes import ROUTES, Route

_LOGGER = logging.getLogger(__name__)


class Dispatcher:
    """Answers requests to the member port."""

    def __init__(self, context: Context, limit: RateLimit) -> None:
        self._context = context
        self._limit = limit

    async def __call__(self, request: Request) -> Response:
        """Return the answer to a request; a refusal is an answer too."""
        try:
            self._limit.spend(_credential(request), request.source, self._context.clock.now())
            route, parameters = _find(request)
            message = decode(request.body, route.takes) if route.takes else None
            ledger = self._context.ledger
            transaction = ledger.read if route.method == "GET" else ledger.run  # a full disk stops no reader
            body, afterwards = await transaction(lambda conn: self._answer(conn, route, request, parameters, message))
        except ProtocolError as error:
            return problem_response(error)
        except LedgerReadOnly as error:
            return problem_response(ReadOnly(str(error)))
        except Exception:
            _LOGGER.exception("%s %s failed", request.method, request.path)
            return problem_response(InternalError())
        for tell in afterwards:
            tell()
        return Response(200, body)

    def _answer(
        self,
        conn: Connection,
        route: Route,
        request: Request,
        parameters: dict[str, str],
        message: msgspec.Struct | None,
    ) -> tuple[bytes, list[Callable[[], None]]]:
        now = self._context.clock.now()
        caller = authenticate(conn, request.token, now) if route.role is Role.MEMBER else None
        call = Call(conn, self._context, caller, parameters, message, now)
        reply = _once(route, call, request.body) if route.idempotent else encode(route.handler(call))
        return reply, call.afterwards


def _credential(request: Request) -> str | None:
    """Return the token if the request needs one: at any other door a made-up one would buy a share of its own."""
    needed = any(route.role is Role.MEMBER and route.pattern.fullmatch(request.path) for route in ROUTES)
    return request.token if needed else None


def _find(request: Request) -> tuple[Route, dict[str, str]]:
    for route in ROUTES:
        if route.method == request.method and (match := route.pattern.fullmatch(request.path)):
            if route.role is Role.MEMBER and request.token is None:
                raise Unauthorised("no token")
            return route, match.groupdict()
    raise NotFound(f"{request.method} {request.path}")


def _once(route: Route, call: Call, body: bytes) -> bytes:
    """Run a command, or give its first answer again when its id was seen with the same payload."""
    digest = hashlib.sha256(route.path.encode() + body).digest()
    seen = commands.find(call.connection, call.member, call.message.id)
    if seen is not None:
        first_digest, first_reply = seen
        if first_digest != digest:
            raise IdReused(call.message.id)
        return first_reply
    reply = encode(route.handler(call))
    commands.store(call.connection, call.member, call.message.id, digest, reply, call.now)
    return reply


def problem_response(error: ProtocolError) -> Response:
    """Return a refusal as an answer."""
    problem = Problem(code=error.code, sentence=error.sentence, detail=error.detail)
    return Response(error.status, encode(problem))
