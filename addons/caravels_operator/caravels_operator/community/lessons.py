"""How forecasts of the community came out, day by day: whom the next band and its skill are learnt from.

What is learnt is a function of what the ledger holds; what is kept here only saves the work of learning it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.judge import DAYS, Judge, new_judge
from ..common.forecasting.series import Calendar, Floats
from ..common.periods import HOUR_S, day_end, day_start
from ..ledger import community_forecasts
from ..models.community_sum import MEASURED, SUM, Outcome, learnt, outcome
from . import schedule

if TYPE_CHECKING:
    from .context import Context

LOOK_BACK_DAYS: Final = 35
"""What the naive forecasts that a day is held against look back on."""


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    outcome: Outcome | None


class Lessons:
    """Outcomes of days in memory; used by one thread at a time."""

    def __init__(self) -> None:
        self._days: dict[tuple[Target, Horizon, date], _Kept] = {}
        self._judges: dict[tuple[Target, Horizon], tuple[tuple[date, date, int], Judge]] = {}

    def judge(self, conn: Connection, context: Context, target: Target, horizon: Horizon, today: date) -> Judge:
        """Return the judge that has seen how the last 28 to 56 days came out, all of them over before `today`.

        Of flexibility nothing comes out: it is not measured.

        It begins with a day whose ordinal divides by 28, so that it is the same however often it is asked for.
        """
        begin = date.fromordinal((today.toordinal() // DAYS - 1) * DAYS)
        learn_from, judge = begin, new_judge((SUM,))
        if target not in MEASURED:
            return judge
        kept = self._judges.get((target, horizon))
        if kept is not None:
            (kept_begin, upto, version), kept_judge = kept
            if kept_begin == begin and upto <= today and version == _version(context, begin, upto):
                learn_from, judge = upto, kept_judge
        for day in _days(learn_from, today):
            found = self._outcome(conn, context, target, horizon, day)
            judge = judge if found is None else learnt(judge, found)
        self._judges[target, horizon] = (begin, today, _version(context, begin, today)), judge
        self._forget(begin - timedelta(days=1))
        context.past.forget(begin - timedelta(days=2 * LOOK_BACK_DAYS))
        return judge

    def _outcome(
        self, conn: Connection, context: Context, target: Target, horizon: Horizon, day: date
    ) -> Outcome | None:
        version = _version(context, day, day + timedelta(days=1))
        kept = self._days.get((target, horizon, day))
        if kept is None or kept.version != version:
            kept = _Kept(version, _came_out(conn, context, target, horizon, day))
            self._days[target, horizon, day] = kept
        return kept.outcome

    def _forget(self, before: date) -> None:
        for key in [key for key in self._days if key[2] < before]:
            del self._days[key]


def _came_out(conn: Connection, context: Context, target: Target, horizon: Horizon, day: date) -> Outcome | None:
    """Return what was expected of a day and what was measured; None if nothing was expected."""
    zone = context.settings.market_zone
    expected = _expected(conn, context, target, horizon, day)
    if expected is None:
        return None
    issued_at, wh = expected
    both = context.past.series(conn, zone, day - timedelta(days=LOOK_BACK_DAYS), day)
    measured = both[0] if target is Target.CONSUMPTION else both[1]
    return outcome(Calendar(zone), measured, issued_at, day_start(day, zone), wh)


def _expected(
    conn: Connection, context: Context, target: Target, horizon: Horizon, day: date
) -> tuple[int, Floats] | None:
    """Return when a day was forecast [Unix s], and the sums that were expected of its hours [Wh], shape (n,).

    That is its last forecast before its gate closed; of the hours ahead, the last one of each hour as it began.
    """
    zone = context.settings.market_zone
    first, end = day_start(day, zone), day_end(day, zone)
    hours = -(-(end - first) // HOUR_S)
    if horizon is Horizon.DAY_AHEAD:
        gate = schedule.gate_at(day, context.settings)
        last = community_forecasts.latest(conn, target.value, horizon.value, gate)
        if last is None or last.first + HOUR_S * last.sum_wh.size < end or last.first > first:
            return None
        return last.issued_at, last.sum_wh[(first - last.first) // HOUR_S :][:hours]
    wh = np.full(hours, np.nan)
    for one in community_forecasts.issued(conn, target.value, horizon.value, first, end):
        if first <= one.first < end:
            wh[(one.first - first) // HOUR_S] = one.sum_wh[0]
    return None if np.isnan(wh).all() else (first, wh)


def _version(context: Context, first: date, end: date) -> int:
    """Return a number that grows with every reading that what is learnt from days in [first, end) rests on."""
    return sum(context.past.version(day) for day in _days(first - timedelta(days=LOOK_BACK_DAYS + DAYS), end))


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))
