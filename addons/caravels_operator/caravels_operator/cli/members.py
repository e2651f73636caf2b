"""`invite`, `revoke` and `erase`: who is in the community. They need the ledger to themselves: stop `serve` first."""

import argparse
import asyncio
import datetime
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from ..app.operator import build_operator
from ..app.tls import Certificates
from ..app.wall_clock import WallClock
from ..common.periods import local_day
from ..common.protocol.units import MemberId
from ..community import pairing
from ..community.context import Context
from ..ledger import audit, members, persons
from ..ledger.members import Member
from ..ledger.persons import Person
from ..options import Options
from ..prices.source import HourlyList
from .common import add_place, open_ledger, place_of
from .tariff_file import enter_tariff, read_tariff

MOST_CONNECTION_W = 1_000_000
MOST_RETAILER_CHARACTERS = 64
MOST_PERSON_CHARACTERS = 200


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
        raise ValueError("Set member_addresses in the options: the addresses at which members reach this operator.")
    fingerprint = Certificates.in_folder(folder).refresh(datetime.datetime.now(datetime.UTC)).fingerprint

    def work(conn: Connection, context: Context) -> str:
        now = int(time.time())
        _enrol(conn, chosen, options.settings.time_zone, now)
        _keep_person(conn, chosen)
        return str(pairing.invite(conn, context, chosen.member, options.member_addresses, fingerprint, now))

    print(_with_ledger(chosen, options, work))
    return 0


def run_revoke(chosen: argparse.Namespace) -> int:
    """Revoke a member."""
    options, _ = place_of(chosen)

    def work(conn: Connection, _context: Context) -> str:
        if members.get(conn, chosen.member) is None:
            raise LookupError(f"No member is called {chosen.member}.")
        pairing.revoke(conn, chosen.member, "command line", int(time.time()))
        return f"{chosen.member} is revoked: its token is void; what it has contracted is settled all the same."

    print(_with_ledger(chosen, options, work))
    return 0


def run_erase(chosen: argparse.Namespace) -> int:
    """Destroy a member's personal data."""
    options, _ = place_of(chosen)

    def work(conn: Connection, _context: Context) -> str:
        if members.get(conn, chosen.member) is None:
            raise LookupError(f"No member is called {chosen.member}.")
        if not persons.erase(conn, chosen.member):
            return f"There is no personal data of {chosen.member}."
        audit.append(conn, "command line", "erase", int(time.time()), chosen.member)
        return (
            f"The personal data of {chosen.member} is destroyed; what is booked under the pseudonym stays. "
            "Backups made before still hold it: throw them away in time."
        )

    print(_with_ledger(chosen, options, work))
    return 0


def _enrol(conn: Connection, chosen: argparse.Namespace, zone: str, now: int) -> None:
    known = members.get(conn, chosen.member)
    if known is None:
        _enrol_new(conn, chosen, zone, now)
        return
    if known.state == "revoked":
        raise ValueError(f"{known.id} was sent away for good. Invite the home under another pseudonym.")
    _refuse_another_retailer(known, chosen)
    if chosen.tariff is not None:
        tariff = read_tariff(chosen.tariff, local_day(now, zone), zone)
        if tariff.name != known.tariff:
            raise ValueError(f"{known.id} has the tariff {known.tariff}; the file has {tariff.name}.")
        enter_tariff(conn, tariff, now, zone)
    part = known.zone if chosen.zone is None else chosen.zone
    members.set_origin(conn, known.id, part, green=known.green if chosen.green is None else chosen.green)


def _keep_person(conn: Connection, chosen: argparse.Namespace) -> None:
    """Store what was said of the member's person; what was not said stays as it is known."""
    said = {"name": chosen.name, "contact": chosen.contact, "metering_point": chosen.metering_point}
    told = {part: value.strip() for part, value in said.items() if value is not None}
    for part, value in told.items():
        if not (value.isprintable() and len(value) <= MOST_PERSON_CHARACTERS):
            option = part.replace("_", "-")
            raise ValueError(f"--{option} needs at most {MOST_PERSON_CHARACTERS} characters in one line.")
    if told:
        persons.put(conn, chosen.member, replace(persons.get(conn, chosen.member) or Person("", "", ""), **told))


def _refuse_another_retailer(known: Member, chosen: argparse.Namespace) -> None:
    if chosen.retailer not in (None, known.retailer):
        raise ValueError(f"{known.id} is supplied by {known.retailer}. Enrol it anew under another pseudonym.")


def _enrol_new(conn: Connection, chosen: argparse.Namespace, zone: str, now: int) -> None:
    if chosen.retailer is None or chosen.tariff is None:
        raise LookupError(f"{chosen.member} is new: say its --retailer and its --tariff.")
    try:
        member = msgspec.convert(chosen.member, MemberId)
    except msgspec.ValidationError as error:
        raise ValueError(
            "A pseudonym is of small letters, digits, - and _, at most 32, and begins with no sign."
        ) from (error)
    retailer = chosen.retailer.strip()
    if not (retailer and retailer.isprintable() and len(retailer) <= MOST_RETAILER_CHARACTERS):
        raise ValueError(f"--retailer needs a name of at most {MOST_RETAILER_CHARACTERS} characters in one line.")
    if not 1 <= chosen.connection_w <= MOST_CONNECTION_W:
        raise ValueError(f"--connection-w needs a power from 1 to {MOST_CONNECTION_W} W.")
    tariff = read_tariff(chosen.tariff, local_day(now, zone), zone)
    enter_tariff(conn, tariff, now, zone)
    members.add(
        conn,
        members.Member(
            id=member,
            retailer=retailer,
            tariff=tariff.name,
            connection_w=chosen.connection_w,
            state="active",
            joined_at=now,
            zone=chosen.zone or "",
            green=bool(chosen.green),
        ),
    )


def _with_ledger(chosen: argparse.Namespace, options: Options, work: Any) -> str:
    async def main() -> str:
        ledger = open_ledger(chosen, create=True)
        try:
            prices = HourlyList(options.hourly_price_micro_kwh, options.settings.market_zone)
            context = build_operator(ledger, WallClock(), options.settings, prices, secrets.token_bytes).context
            text: str = await ledger.run(lambda conn: work(conn, context))
            return text
        finally:
            await ledger.close()

    return asyncio.run(main())
