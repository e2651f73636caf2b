"""The operator, put together from its rooms: the same for live and for virtual time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from ..api.dispatch import Dispatcher
from ..api.limits import RateLimit
from ..api.stream import StreamHub
from ..common.member.ports import Clock
from ..common.periods import local_day
from ..community import schedule
from ..community.context import Context
from ..community.runner import Runner
from ..community.settings import CommunitySettings
from ..community.steps import HANDLERS
from ..ledger import steps
from ..ledger.store import Ledger
from ..prices.source import PriceSource


@dataclass(frozen=True, slots=True)
class Operator:
    """A running operator's parts."""

    context: Context
    dispatcher: Dispatcher
    hub: StreamHub
    runner: Runner


def build_operator(
    ledger: Ledger,
    clock: Clock,
    settings: CommunitySettings,
    prices: PriceSource,
    random_bytes: Callable[[int], bytes],
    next_fingerprint: Callable[[], str | None] = lambda: None,
) -> Operator:
    """Put an operator together; nothing runs yet."""
    context = Context(ledger, clock, settings, prices, random_bytes, next_fingerprint)
    limit = RateLimit()
    return Operator(context, Dispatcher(context, limit), StreamHub(context, limit), Runner(context, HANDLERS))


async def schedule_first_day(context: Context) -> None:
    """Put the steps of the first delivery day whose gate is still to come, if none were ever put; and the next hour's.

    In virtual time, where readings come once a day, nobody asks for the hours ahead.
    """
    now = context.clock.now()
    first = next_delivery_day(context.settings, now)

    def put(conn: Connection) -> None:
        if steps.next_due(conn) is None:
            schedule.put_day(conn, first, context.settings)
        schedule.put_hour(conn, context.settings, now)

    await context.ledger.run(put)


def next_delivery_day(settings: CommunitySettings, now: int) -> date:
    """Return the first delivery day whose gate is after `now` [Unix s]."""
    day = local_day(now, settings.time_zone) + timedelta(days=1)
    return day if schedule.gate_at(day, settings) > now else day + timedelta(days=1)
