"""`invite`, `revoke` and `erase`, for an operator that is stopped: while one serves, its panel does the same."""

import argparse
import asyncio
import datetime
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ..app.operator import build_operator
from ..app.tls import Certificates
from ..app.wall_clock import WallClock
from ..common.periods import local_day
from ..community import enrolment
from ..community.context import Context
from ..community.refusals import AddressesMissing
from ..ledger import members
from ..ledger.errors import LedgerInUse
from ..options import Options
from ..prices.source import HourlyList
from .common import add_place, open_ledger, place_of
from .tariff_file import read_tariff

WHO = "command line"


def add(subparsers: Any) -> None:
    """Add the commands."""
    invite = subparsers.add_parser(
        "invite", help="enrol a member if it is new, or bring its tariff up to date, and print a pairing link for it"
    )
    add_place(invite)
    invite.add_argument("member", help="pseudonym: small letters, digits, - and _; never a name")
    invite.add_argument("--retailer", help="who supplies the member (needed once)")
    invite.add_argument("--tariff", type=Path, metavar="FILE", help="JSON file with its tariff (needed once)")
    invite.add_argument("--connection-w", type=int, default=6_900, help="of its connection (default %(default)s)")
    invite.add_argument("--zone", help="its part of the grid, where neighbours are to trade first")
    invite.add_argument(
        "--green", action=argparse.BooleanOptionalAction, help="whether its generation is from renewable sources"
    )
    invite.add_argument("--name", help="of its person; this and the next two are sealed, apart from the books")
    invite.add_argument("--contact", help="where its person is reached")
    invite.add_argument("--metering-point", help="the number of its connection")
    invite.set_defaults(run=run_invite)
    revoke = subparsers.add_parser("revoke", help="send a member away: its token ends at once")
    add_place(revoke)
    revoke.add_argument("member")
    revoke.set_defaults(run=run_revoke)
    erase = subparsers.add_parser("erase", help="destroy a member's name, contact and metering point; its books stay")
    add_place(erase)
    erase.add_argument("member")
    erase.set_defaults(run=run_erase)


def run_invite(chosen: argparse.Namespace) -> int:
    """Print a pairing link, good for 15 minutes."""
    options, folder = place_of(chosen)
    if not options.member_addresses:
        raise AddressesMissing
    fingerprint = Certificates.in_folder(folder).refresh(datetime.datetime.now(datetime.UTC)).fingerprint

    def work(conn: Connection, context: Context) -> str:
        _take_in(conn, context, chosen)
        enrolment.keep_person(
            conn, chosen.member, name=chosen.name, contact=chosen.contact, metering_point=chosen.metering_point
        )
        return enrolment.invite(conn, context, chosen.member, options.member_addresses, fingerprint, WHO).link

    print(_with_ledger(chosen, options, work))
    return 0


def run_revoke(chosen: argparse.Namespace) -> int:
    """Revoke a member."""
    options, _ = place_of(chosen)

    def work(conn: Connection, context: Context) -> str:
        enrolment.revoke(conn, context, chosen.member, WHO)
        return f"{chosen.member} is revoked: its token is void; what it has contracted is settled all the same."

    print(_with_ledger(chosen, options, work))
    return 0


def run_erase(chosen: argparse.Namespace) -> int:
    """Destroy a member's personal data."""
    options, _ = place_of(chosen)

    def work(conn: Connection, context: Context) -> str:
        if not enrolment.erase(conn, context, chosen.member, WHO):
            return f"There is no personal data of {chosen.member}."
        return (
            f"The personal data of {chosen.member} is destroyed; what is booked under the pseudonym stays. "
            "Backups made before still hold it: throw them away in time."
        )

    print(_with_ledger(chosen, options, work))
    return 0


def _take_in(conn: Connection, context: Context, chosen: argparse.Namespace) -> None:
    zone = context.settings.time_zone
    tariff = chosen.tariff and read_tariff(chosen.tariff, local_day(context.clock.now(), zone), zone)
    if members.get(conn, chosen.member) is not None:
        enrolment.bring_up_to_date(
            conn,
            context,
            chosen.member,
            retailer=chosen.retailer,
            tariff=tariff,
            zone=chosen.zone,
            green=chosen.green,
        )
        return
    if chosen.retailer is None or tariff is None:
        raise LookupError(f"{chosen.member} is new: say its --retailer and its --tariff.")
    home = enrolment.Application(
        chosen.member, chosen.retailer, tariff, chosen.connection_w, chosen.zone or "", bool(chosen.green)
    )
    enrolment.enrol(conn, context, home, WHO)


def _with_ledger(chosen: argparse.Namespace, options: Options, work: Callable[[Connection, Context], str]) -> str:
    async def main() -> str:
        ledger = open_ledger(chosen, create=True)
        try:
            prices = HourlyList(options.hourly_price_micro_kwh, options.settings.market_zone)
            context = build_operator(ledger, WallClock(), options.settings, prices, secrets.token_bytes).context
            return await ledger.run(lambda conn: work(conn, context))
        finally:
            await ledger.close()

    try:
        return asyncio.run(main())
    except LedgerInUse as error:
        raise LedgerInUse(f"{error} Or do this in the operator's panel, under Members, while it works.") from error
