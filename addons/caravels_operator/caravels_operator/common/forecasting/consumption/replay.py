"""What a home would have forecast on each of the last days, and what a judge learns of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..candidates import LAST_WEEK, MEAN_7_DAYS, WEEKDAY_MEAN, Known
from ..forecast import Method
from ..judge import Judge, new_judge
from ..model import Model
from ..quality import known_at
from ..series import Floats, Integers
from .contract import Rows, day_ahead_rows, hour_ahead_rows
from .recent import Recent
from .similar import HISTORY_DAYS

MODEL: Final = Method.MODEL.value
FEWEST_DAYS: Final = 7
"""Measured days before a model is asked: its inputs are means over a week and more."""

_DAYS_AT_ONCE: Final = 7
"""More would need megabytes of room to compare each hour with all similar ones."""

type Issue = Callable[[Recent, Integers], tuple[Known, Rows]]
"""Returns what was known when target days (rows) were forecast, and the inputs for them."""


def choices(model: Model | None) -> tuple[str, ...]:
    """Return who may forecast, the default first."""
    return (MODEL, MEAN_7_DAYS, WEEKDAY_MEAN) if model else (MEAN_7_DAYS, WEEKDAY_MEAN)


def predictions(model: Model | None, known: Known, rows: Rows) -> dict[str, Floats]:
    """Return what each method says of whole days [Wh], shape (m, 24); nan where it says nothing."""
    profile = rows.profile
    measured = np.concatenate(([0], np.cumsum(np.isfinite(known.days.wh).any(axis=1))))
    days = measured[np.minimum(known.row + (known.hour > 0), known.days.count)] - measured[known.since]
    found = {
        MEAN_7_DAYS: profile.mean_7,
        WEEKDAY_MEAN: profile.mean_4_same_kind,
        LAST_WEEK: profile.week_1,
    }
    if model is not None:
        table = rows.inputs.reshape(-1, rows.inputs.shape[-1]).astype(np.float32)
        relative = model.run(table)[:, 0].astype(np.float64).reshape(profile.mean_7.shape)
        usable = np.isfinite(relative) & (days >= FEWEST_DAYS)[:, None]
        found[MODEL] = np.where(usable, np.maximum(relative, 0.0) * profile.scale[:, None], np.nan)
    return {name: np.where((days > 0)[:, None], wh, np.nan) for name, wh in found.items()}


@dataclass(slots=True)
class Replay:
    """Keeps a judge between calls; what it returns depends on its arguments alone.

    Attributes:
        issue: how past days were forecast.
        model: the pooled model, where there is one.
    """

    issue: Issue
    model: Model | None
    _first: int = 0
    _next: int = 0
    _judge: Judge = field(default_factory=lambda: new_judge((MEAN_7_DAYS,)))
    _since: int = 0
    _said: dict[int, dict[str, Floats]] = field(default_factory=dict)

    def notice(self, recent: Recent) -> None:
        """Forget what rests on days that are others now. To be called whenever a table was looked at."""
        if recent.days.first != self._first or recent.changed_from < self._next or self._next > recent.row:
            self._first, self._next, self._since = recent.days.first, HISTORY_DAYS, 0
            self._judge = new_judge(choices(self.model))
            self._said = {}
        self._said = {day: said for day, said in self._said.items() if day - 1 <= recent.changed_from}

    def keep(self, day: int, said: dict[str, Floats]) -> None:
        """Keep what was said of a day (row) when the day before it began, as `issue` would have it said again.

        Only whole days must have been known then: what is measured of the next one does not change it.
        """
        self._said[day] = said

    def judge(self, recent: Recent) -> Judge:
        """Return the judge who has seen every day that was over at the moment, from the beginning of the table."""
        while self._next < recent.row:
            said = self._said.pop(self._next, None)
            end = min(self._next + (1 if said else _DAYS_AT_ONCE), recent.row)
            if said:
                since = recent.history.since[self._next - 1 : self._next]
                self._learn(recent, {name: wh[None] for name, wh in said.items()}, since)
            else:
                known, rows = self.issue(recent, np.arange(self._next, end))
                self._learn(recent, predictions(self.model, known, rows), known.since)
            self._next = end
        return self._judge

    def _learn(self, recent: Recent, found: Mapping[str, Floats], since_days: Integers) -> None:
        actual = recent.days.wh[self._next : self._next + since_days.size]
        for index, since in enumerate(since_days.tolist()):
            if since and not self._since:  # another life: what was learnt of the one before misleads
                self._judge = new_judge(choices(self.model))
            self._since = since
            self._judge = self._judge.learn(_day(found, index), actual[index])


def _day(found: Mapping[str, Floats], index: int) -> dict[str, Floats]:
    return {name: wh[index] for name, wh in found.items()}


def day_ahead_issue(issue_hour: int) -> Issue:
    """Return how days are forecast at an hour (0 to 24) of the day before."""

    def issue(recent: Recent, target: Integers) -> tuple[Known, Rows]:
        known = known_at(recent.history, target - 1, issue_hour)
        return known, day_ahead_rows(known, recent.history.past, target, recent.days.kind[target])

    return issue


def hour_ahead_issue(recent: Recent, target: Integers) -> tuple[Known, Rows]:
    """Each hour when it began."""
    known = known_at(recent.history, target, 0)
    return known, hour_ahead_rows(known, recent.history.past)
