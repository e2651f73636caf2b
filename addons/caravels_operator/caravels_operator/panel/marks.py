"""By what the panel notices that a page is out of date: a few numbers a topic, cheap enough to read at every change."""

from collections.abc import Mapping
from dataclasses import astuple

from sqlalchemy import Connection

from ..common.periods import local_day
from ..community.context import Context
from ..ledger import auctions, books, community_forecasts, entries, members, pairing, persons, steps, tariffs, tokens
from .messages import Topic

type Marks = Mapping[Topic, object]


def marks_of(conn: Connection, context: Context, online: frozenset[str]) -> Marks:
    """Return what differs when a page would show something else; readings show by when their home was last seen."""
    now = context.clock.now()
    market = (
        local_day(now, context.settings.market_zone),
        [
            (day, auction.gate_at, books.count(conn, day, auction.gate_at))
            for day in auctions.open_days(conn)
            if (auction := auctions.get(conn, day)) is not None
        ],
        auctions.last_cleared(conn),
    )
    people = [astuple(member) for member in members.all(conn)]
    return {
        Topic.MARKET: market,
        Topic.MEMBERS: (
            people,
            frozenset(online),
            tokens.holders(conn, now),
            pairing.open_until(conn, now),
            persons.count(conn),
            [(row.name, row.valid_from) for row in tariffs.all(conn)],
            entries.last(conn),
        ),
        Topic.COMMUNITY: (
            market,
            people,
            frozenset(online),
            [astuple(step) for step in steps.failing(conn)],
            community_forecasts.last_issue(conn),
        ),
    }


def changed(before: Marks, after: Marks) -> list[Topic]:
    """Return the topics whose marks differ."""
    return [topic for topic in Topic if before.get(topic) != after.get(topic)]
