"""What the panel's page asks and does: each reads or changes the ledger in one transaction and answers one message."""

import asyncio
from datetime import date

import msgspec
from aiohttp import web
from sqlalchemy import Connection

from ..common.protocol import decode
from ..common.protocol.errors import MalformedMessage, MessageTooLarge
from ..community import enrolment, gate
from ..community.enrolment import Application
from .access import Operator, refuse_foreign_page
from .changes import Changes
from .community_view import community_of
from .login import COOKIE, LoginAccess
from .market_view import market_of
from .means import PanelMeans
from .members_view import member_of, members_of
from .messages import HEARTBEAT_S, LANGUAGES, CloseGate, GateMoved, Link, Login, MemberRow, NewMember, Session
from .refusals import DayNotConfirmed, EarlyGateOff, LoginNeeded, Malformed, NotFound, TooLarge

BODY_S = 30
"""Who takes longer to send a body is refused."""
MAX_FRAME_BYTES = 1_024


class Handlers:
    """The handlers of `./api/*`."""

    def __init__(self, means: PanelMeans, changes: Changes) -> None:
        self._means = means
        self._context = means.context
        self._changes = changes

    def add_to(self, app: web.Application) -> None:
        """Add every route of the panel's data."""
        app.router.add_get("/api/session", self.session)
        app.router.add_post("/api/login", self.login)
        app.router.add_post("/api/logout", self.logout)
        app.router.add_get("/api/community", self.community)
        app.router.add_get("/api/members", self.members)
        app.router.add_post("/api/members", self.enrol)
        app.router.add_post("/api/members/{member}/link", self.link)
        app.router.add_post("/api/members/{member}/revoke", self.revoke)
        app.router.add_post("/api/members/{member}/erase", self.erase)
        app.router.add_get("/api/market", self.market)
        app.router.add_post("/api/market/{day}/close", self.close_gate)
        app.router.add_get("/api/stream", self.stream)

    # --- who asks -----------------------------------------------------------------------------------------------------

    async def session(self, request: web.Request) -> web.Response:
        """Say who asks and what may be done, also to who has yet to log in."""
        try:
            operator: Operator | None = await self._means.access.who(request)
        except LoginNeeded:
            operator = None
        return _answer(self._session(operator))

    async def login(self, request: web.Request) -> web.Response:
        """Give a session for the password."""
        refuse_foreign_page(request, write=True)
        access = self._login_access()
        cookie = await access.log_in(request, await _body(request, Login))
        response = _answer(self._session(access.operator))
        response.set_cookie(COOKIE, cookie, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session."""
        refuse_foreign_page(request, write=True)
        self._login_access().log_out(request)
        response = _answer(self._session(None))
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    def _login_access(self) -> LoginAccess:
        if not isinstance(self._means.access, LoginAccess):
            raise NotFound("this panel has no login of its own")
        return self._means.access

    def _session(self, operator: Operator | None) -> Session:
        settings = self._context.settings
        return Session(
            known=operator is not None,
            login=isinstance(self._means.access, LoginAccess),
            person="" if operator is None else operator.name,
            community=settings.name,
            currency=settings.currency,
            time_zone=settings.time_zone,
            market_zone=settings.market_zone,
            languages=LANGUAGES,
            may_close_gate=self._means.early_gate,
            may_invite=bool(self._means.addresses),
        )

    # --- what is asked ------------------------------------------------------------------------------------------------

    async def community(self, request: web.Request) -> web.Response:
        """Answer whether the community is balanced."""
        await self._means.access.who(request)
        read = self._context.ledger.read
        return _answer(await read(lambda conn: community_of(conn, self._context, self._means.online())))

    async def members(self, request: web.Request) -> web.Response:
        """Answer who is in the community."""
        await self._means.access.who(request)
        read = self._context.ledger.read
        return _answer(await read(lambda conn: members_of(conn, self._context, self._means.online())))

    async def market(self, request: web.Request) -> web.Response:
        """Answer how a day was cleared."""
        await self._means.access.who(request)
        day = _day(request.query["day"]) if "day" in request.query else None
        return _answer(await self._context.ledger.read(lambda conn: market_of(conn, self._context, day)))

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Say what changes, until the page leaves."""
        refuse_foreign_page(request, write=False)
        await self._means.access.who(request)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_FRAME_BYTES, compress=False)
        await socket.prepare(request)
        await self._changes.serve(socket, lambda: self._means.access.still(request))
        return socket

    # --- what is done -------------------------------------------------------------------------------------------------

    async def enrol(self, request: web.Request) -> web.Response:
        """Take a home in."""
        who = await self._writer(request)
        new = await _body(request, NewMember)
        if (new.tariff is None) == (new.new_tariff is None):
            raise Malformed("either tariff or new_tariff")
        tariff = new.new_tariff or new.tariff or ""
        home = Application(new.id, new.retailer, tariff, new.connection_w, new.zone, new.green)
        person = {part: text for part, text in msgspec.structs.asdict(new.person).items() if text.strip()}

        def work(conn: Connection) -> MemberRow:
            enrolment.enrol(conn, self._context, home, who)
            enrolment.keep_person(conn, home.id, **person)
            return self._row(conn, home.id)

        return _answer(await self._context.ledger.run(work))

    async def link(self, request: web.Request) -> web.Response:
        """Make a pairing link."""
        who = await self._writer(request)
        member, means = request.match_info["member"], self._means
        fingerprint = means.fingerprint()

        def work(conn: Connection) -> Link:
            made = enrolment.invite(conn, self._context, member, means.addresses, fingerprint, who)
            return Link(member=member, link=made.link, expires_at=made.expires_at)

        return _answer(await self._context.ledger.run(work))

    async def revoke(self, request: web.Request) -> web.Response:
        """Send a member away, and end its stream."""
        who = await self._writer(request)
        member = request.match_info["member"]

        def work(conn: Connection) -> MemberRow:
            enrolment.revoke(conn, self._context, member, who)
            return self._row(conn, member)

        row = await self._context.ledger.run(work)
        await self._means.cut(member)
        return _answer(msgspec.structs.replace(row, online=False))

    async def erase(self, request: web.Request) -> web.Response:
        """Destroy a member's personal data."""
        who = await self._writer(request)
        member = request.match_info["member"]

        def work(conn: Connection) -> MemberRow:
            enrolment.erase(conn, self._context, member, who)
            return self._row(conn, member)

        return _answer(await self._context.ledger.run(work))

    async def close_gate(self, request: web.Request) -> web.Response:
        """Close an open auction's gate now; the runner clears it."""
        who = await self._writer(request)
        if not self._means.early_gate:
            raise EarlyGateOff
        day = _day(request.match_info["day"])
        if (await _body(request, CloseGate)).day != day:
            raise DayNotConfirmed
        gate_at = await self._context.ledger.run(lambda conn: gate.close_now(conn, self._context, day, who))
        self._context.steps_changed.fire()
        self._context.outbox_grew.fire()
        return _answer(GateMoved(day=day, gate_at=gate_at))

    async def _writer(self, request: web.Request) -> str:
        """Return who does it, for the audit log."""
        refuse_foreign_page(request, write=True)
        operator = await self._means.access.who(request)
        return f"panel: {operator.signature}"

    def _row(self, conn: Connection, member: str) -> MemberRow:
        return member_of(conn, self._context, self._means.online(), member)


async def _body[T](request: web.Request, kind: type[T]) -> T:
    try:
        async with asyncio.timeout(BODY_S):
            return decode(await request.read(), kind)
    except (web.HTTPRequestEntityTooLarge, MessageTooLarge) as error:
        raise TooLarge from error
    except (TimeoutError, web.RequestPayloadError) as error:
        raise Malformed("the body did not come whole") from error
    except MalformedMessage as error:
        raise Malformed(error.detail) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound(text) from error


def _answer(message: msgspec.Struct) -> web.Response:
    return web.Response(body=msgspec.json.encode(message), content_type="application/json")
