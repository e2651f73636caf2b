"""Who is in the community, as its operator decides: taken in, given a pairing link, sent away, forgotten as a person.

The panel and the command line ask for the same things here; what they say in return is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from ..common.protocol.units import MemberId
from ..ledger import audit, members, persons
from ..ledger.members import Member
from ..ledger.persons import Person
from ..market.tariffs import Tariff
from . import pairing
from .context import Context
from .leaving import withdraw
from .refusals import (
    AddressesMissing,
    ConnectionWrong,
    MemberKnown,
    MemberRevoked,
    MemberUnknown,
    PersonWrong,
    PseudonymWrong,
    RetailerWrong,
    TariffUnknown,
    TariffWrong,
    ZoneWrong,
)
from .tariff_entry import enter_tariff
from .tariffs import load_tariffs

MOST_CONNECTION_W = 1_000_000
MOST_NAME_CHARACTERS = 64
MOST_PERSON_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Application:
    """A home that is to be taken in.

    Attributes:
        id: its pseudonym.
        tariff: a new one, or the name of a known one.
        connection_w: what its connection carries [W].
        zone, green: as in `Member`.
    """

    id: str
    retailer: str
    tariff: Tariff | str
    connection_w: int
    zone: str = ""
    green: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """A pairing link as text, good once and until `expires_at` [Unix s]."""

    link: str
    expires_at: int


def enrol(conn: Connection, context: Context, home: Application, who: str) -> None:
    """Take a home in as a new member.

    Raises:
        PseudonymWrong, MemberKnown, RetailerWrong, ConnectionWrong, ZoneWrong, TariffUnknown, TariffWrong.
    """
    now = context.clock.now()
    try:
        member = msgspec.convert(home.id, MemberId)
    except msgspec.ValidationError as error:
        raise PseudonymWrong from error
    if members.get(conn, member) is not None:
        raise MemberKnown(member)
    retailer, zone = home.retailer.strip(), home.zone.strip()
    if not (retailer and _one_line(retailer, MOST_NAME_CHARACTERS)):
        raise RetailerWrong
    if not _one_line(zone, MOST_NAME_CHARACTERS):
        raise ZoneWrong
    if not 1 <= home.connection_w <= MOST_CONNECTION_W:
        raise ConnectionWrong
    tariff = _known_tariff(conn, context, home.tariff, now)
    members.add(
        conn, Member(member, retailer, tariff, home.connection_w, "active", now, zone=zone, green=bool(home.green))
    )
    audit.append(conn, who, "enrol", now, member)


def bring_up_to_date(
    conn: Connection,
    context: Context,
    member: str,
    *,
    retailer: str | None = None,
    tariff: Tariff | None = None,
    zone: str | None = None,
    green: bool | None = None,
) -> None:
    """Store what is newly known of a member; None leaves what is known.

    Raises:
        MemberUnknown, MemberRevoked, ZoneWrong.
        RetailerWrong, TariffWrong: its retailer and its tariff are for good; a tariff may have new prices to come.
    """
    known = taken_in(conn, member)
    if retailer not in (None, known.retailer):
        raise RetailerWrong(f"{known.id} is supplied by {known.retailer}; enrol it anew under another pseudonym")
    if tariff is not None:
        if tariff.name != known.tariff:
            raise TariffWrong(f"{known.id} has the tariff {known.tariff}; this one is {tariff.name}")
        enter_tariff(conn, tariff, context.clock.now(), context.settings.time_zone)
    part = known.zone if zone is None else zone.strip()
    if not _one_line(part, MOST_NAME_CHARACTERS):
        raise ZoneWrong
    members.set_origin(conn, known.id, part, green=known.green if green is None else green)


def keep_person(
    conn: Connection,
    member: str,
    *,
    name: str | None = None,
    contact: str | None = None,
    metering_point: str | None = None,
) -> None:
    """Seal what was said of a member's person; None leaves what is known.

    Raises:
        PersonWrong.
    """
    said = {"name": name, "contact": contact, "metering_point": metering_point}
    told = {part: value.strip() for part, value in said.items() if value is not None}
    if wrong := [part for part, value in told.items() if not _one_line(value, MOST_PERSON_CHARACTERS)]:
        raise PersonWrong(", ".join(wrong))
    if told:
        persons.put(conn, member, replace(persons.get(conn, member) or Person("", "", ""), **told))


def invite(
    conn: Connection, context: Context, member: str, addresses: Sequence[str], fingerprint: str | None, who: str
) -> Invitation:
    """Return a new pairing link for a member; an unused one that it had is void.

    Args:
        addresses: `host:port` at which homes reach this operator.
        fingerprint: of its certificate, None where a public authority vouches for it.

    Raises:
        AddressesMissing, MemberUnknown, MemberRevoked.
    """
    if not addresses:
        raise AddressesMissing
    now = context.clock.now()
    known = taken_in(conn, member)
    link = pairing.invite(conn, context, known.id, addresses, fingerprint, now, who)
    return Invitation(str(link), now + pairing.CODE_LIFETIME_S)


def revoke(conn: Connection, context: Context, member: str, who: str) -> None:
    """Send a member away for good: its keys end at once, its bids before a gate are withdrawn; contracts are settled.

    Raises:
        MemberUnknown, MemberRevoked.
    """
    now = context.clock.now()
    known = taken_in(conn, member)
    withdraw(conn, known.id, now)
    pairing.revoke(conn, known.id, who, now)


def erase(conn: Connection, context: Context, member: str, who: str) -> bool:
    """Destroy a member's personal data; return whether there was any. Its pseudonym and its bookings stay.

    Raises:
        MemberUnknown.
    """
    if members.get(conn, member) is None:
        raise MemberUnknown(member)
    if not persons.erase(conn, member):
        return False
    audit.append(conn, who, "erase", context.clock.now(), member)
    return True


def taken_in(conn: Connection, member: str) -> Member:
    """Return a member that was not sent away.

    Raises:
        MemberUnknown, MemberRevoked.
    """
    known = members.get(conn, member)
    if known is None:
        raise MemberUnknown(member)
    if known.state == "revoked":
        raise MemberRevoked(member)
    return known


def _known_tariff(conn: Connection, context: Context, tariff: Tariff | str, now: int) -> str:
    """Return the name of a tariff that is known from now on."""
    if isinstance(tariff, str):
        if tariff not in load_tariffs(conn).tariffs:
            raise TariffUnknown(tariff)
        return tariff
    enter_tariff(conn, tariff, now, context.settings.time_zone)
    return tariff.name


def _one_line(text: str, most: int) -> bool:
    return (not text or text.isprintable()) and len(text) <= most
