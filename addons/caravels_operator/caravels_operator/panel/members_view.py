"""What the page Members shows of everyone who is or was in the community."""

from typing import Literal, cast

from sqlalchemy import Connection

from ..community.context import Context
from ..community.tariffs import load_tariffs
from ..ledger import entries, members, pairing, persons, tokens
from ..market.accounts import member_account
from .messages import MemberRow, Members


def members_of(conn: Connection, context: Context, online: frozenset[str]) -> Members:
    """Return all members, and the names that are known for a new one."""
    now = context.clock.now()
    balances = entries.balances(conn)
    people = persons.all(conn)
    paired, links = tokens.holders(conn, now), pairing.open_until(conn, now)
    everyone = members.all(conn)
    return Members(
        members=[
            MemberRow(
                id=member.id,
                state=cast("Literal['active', 'paused', 'revoked']", member.state),
                online=member.id in online,
                paired=member.id in paired,
                joined_at=member.joined_at,
                left_at=member.left_at,
                last_seen_at=member.last_seen_at,
                link_until=links.get(member.id),
                retailer=member.retailer,
                tariff=member.tariff,
                connection_w=member.connection_w,
                zone=member.zone,
                green=member.green,
                balance_micro=balances.get(member_account(member.id), 0),
                person=people[member.id].name if member.id in people else "",
                has_person=member.id in people,
            )
            for member in everyone
        ],
        tariffs=sorted(load_tariffs(conn).tariffs),
        retailers=sorted({member.retailer for member in everyone}),
        zones=sorted({member.zone for member in everyone if member.zone}),
    )


def member_of(conn: Connection, context: Context, online: frozenset[str], member: str) -> MemberRow:
    """Return one member's row."""
    return next(row for row in members_of(conn, context, online).members if row.id == member)
