"""What homes say of hours to come, and of which homes the operator must say something itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.series import Floats, Series
from ..common.periods import HOUR_S, local_day
from ..ledger import member_forecasts, members
from ..ledger.member_forecasts import MemberForecast
from ..models.community_sum import MEASURED
from .context import Context

FRESH_S: Final = {Horizon.DAY_AHEAD: 36 * HOUR_S, Horizon.HOUR_AHEAD: 2 * HOUR_S}
"""A home's word that is older does not count."""
_HIDING_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be forecast: `hours` hours from `first` on [Unix s], as known at `issued_at` [Unix s]."""

    horizon: Horizon
    issued_at: int
    first: int
    hours: int

    @property
    def end(self) -> int:
        """End of the last hour [Unix s]."""
        return self.first + HOUR_S * self.hours


@dataclass(frozen=True, slots=True)
class Said:
    """What homes said of the hours asked.

    Attributes:
        homes: all that belong to the community, by pseudonym.
        words: by target and home [Wh], shape (m,); nan where nothing is said.
        silent: homes that did not say all of what they will use and generate.
    """

    homes: tuple[str, ...]
    words: Mapping[Target, Mapping[str, Floats]]
    silent: tuple[str, ...]


def said(conn: Connection, context: Context, what: Asked) -> Said:
    """Return what homes said last of the hours asked, as far as it is fresh."""
    homes = tuple(member.id for member in members.all(conn) if member.state != "revoked")
    hiding = _hiding(conn, context, what.issued_at)
    words: dict[Target, dict[str, Floats]] = {target: {} for target in Target}
    for report in member_forecasts.latest(conn, what.horizon.value, what.issued_at - FRESH_S[what.horizon]):
        for target, wh in _by_target(report, hides=report.member in hiding).items():
            words[target][report.member] = Series(report.first, wh).between(what.first, what.end)
    silent = tuple(home for home in homes if not all(_complete(words[target].get(home)) for target in MEASURED))
    return Said(homes, words, silent)


def _by_target(report: MemberForecast, *, hides: bool) -> dict[Target, Floats]:
    """Return what a home says; of what it does not name it has none, unless it feeds in what it does not measure."""
    none = np.zeros(report.consumption_wh.size)
    told = {
        Target.CONSUMPTION: report.consumption_wh,
        Target.GENERATION: report.generation_wh,
        Target.REDUCTION: report.reduction_wh,
        Target.SHIFTING: report.shifting_wh,
    }
    return {
        target: none if wh is None else wh
        for target, wh in told.items()
        if wh is not None or not (hides and target is Target.GENERATION)
    }


def _hiding(conn: Connection, context: Context, now: int) -> frozenset[str]:
    """Return the homes that gave energy lately and did not tell what they generated."""
    zone = context.settings.market_zone
    today = local_day(now, zone)
    days = [context.past.day(conn, zone, today - timedelta(days=n)) for n in range(1, _HIDING_DAYS + 1)]
    return frozenset().union(*(day.hiding for day in days))


def _complete(wh: Floats | None) -> bool:
    return wh is not None and bool(np.isfinite(wh).all())
