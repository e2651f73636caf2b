"""What the operator expects of homes that say nothing, kept so that many of them are not forecast anew every hour."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from ..common.forecasting.forecast import Target
from ..common.forecasting.series import Floats, Series

if TYPE_CHECKING:
    from .words import Asked

ALWAYS_ANEW: Final = 16
"""So many silent homes are forecast anew every hour; more of them twice a day at most, for each takes some 20 ms."""


class Estimates:
    """The last estimate of each silent home in memory; used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[Target, Series]] = {}

    def keep(self, what: Asked, estimates: Mapping[Target, Mapping[str, Floats]]) -> None:
        """Keep what is expected of hours that were asked [Wh], by target and home, shape (m,), in place of before."""
        for target, of_home in estimates.items():
            for home, wh in of_home.items():
                self._kept.setdefault(home, {})[target] = Series(what.first, wh)

    def of(self, what: Asked, homes: Iterable[str]) -> dict[Target, dict[str, Floats]]:
        """Return what is expected of the hours asked [Wh], by target and home, shape (m,).

        Homes are left out of which not all of it was kept; of others than these nothing is kept any longer.
        """
        self._kept = {home: self._kept[home] for home in homes if home in self._kept}
        found: dict[Target, dict[str, Floats]] = {}
        for home, by_target in self._kept.items():
            for target, kept in by_target.items():
                if kept.first <= what.first and what.end <= kept.end:
                    found.setdefault(target, {})[home] = kept.between(what.first, what.end)
        return found
